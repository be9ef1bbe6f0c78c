package io.penstock.dial;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Files with keys in them, which nobody but their owner may read or change. */
public final class OwnerAlone {

  private static final Set<PosixFilePermission> ALLOWED =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private OwnerAlone() {}

  /** Who else may do something with a file or folder, and the command that ends it. */
  public static Optional<String> problem(Path path) throws IOException {
    try {
      var permissions = Files.getPosixFilePermissions(path);
      if (ALLOWED.containsAll(permissions)) {
        return Optional.empty();
      }
      return Optional.of(
          "%s is open to others (%s): chmod %s %s"
              .formatted(
                  path,
                  PosixFilePermissions.toString(permissions),
                  Files.isDirectory(path) ? "700" : "600",
                  path));
    } catch (UnsupportedOperationException _) {
      // A file system without such permissions: access is the matter of whoever set it up.
      return Optional.empty();
    }
  }
}
