package io.penstock.stub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The files that stubs name as their bodies: below the folder, and nowhere else. */
public final class BodyFolder {

  /** All bodies together: they are held in memory, ready to send. */
  private static final long BODIES_MAX = 256L << 20;

  private final Path folder;
  private long left = BODIES_MAX;

  public BodyFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * The octets of a file.
   *
   * @param beside the folder that the name starts from
   * @throws IllegalArgumentException when it is not there, too large, or not in the folder
   */
  public byte[] read(Path beside, String name) {
    try {
      // Links are followed before the place is judged.
      var file = beside.resolve(name).toRealPath();
      if (!file.startsWith(folder.toRealPath())) {
        throw new IllegalArgumentException("is not below the folder of the stubs");
      }
      long size = Files.size(file);
      if (size > StubLimits.BODY_MAX || size > left) {
        throw new IllegalArgumentException("too large, or too much together with the others");
      }
      left -= size;
      return Files.readAllBytes(file);
    } catch (IOException | InvalidPathException e) {
      throw new IllegalArgumentException("cannot be read: " + e.getMessage(), e);
    }
  }
}
