package io.penstock.control;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The file in which the hash of the first key was kept before there was a database: a hash a line,
 * comments behind {@code #}.
 */
final class KeyFile {

  private KeyFile() {}

  /**
   * The hashes in it; none when there is no such file.
   *
   * @throws IllegalStateException when it is damaged, with a line for the operator
   */
  static List<SecretHash> read(Path file) {
    var hashes = new ArrayList<SecretHash>();
    try {
      for (var line : Files.readAllLines(file)) {
        if (line.isBlank() || line.startsWith("#")) {
          continue;
        }
        hashes.add(
            SecretHash.parse(line.strip())
                .orElseThrow(
                    () ->
                        new IllegalStateException(
                            file + " is damaged: remove it to have a new admin key made")));
      }
    } catch (NoSuchFileException _) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    return hashes;
  }

  static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + file, e);
    }
  }
}
