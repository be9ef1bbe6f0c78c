package io.penstock.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** Folders for a measurement's data, under the working folder's {@code target}: on a real disk. */
final class Scratch {

  private static final Path PARENT = Path.of("benchmarks/target/scratch");

  private Scratch() {}

  /** A new folder. */
  static Path folder(String name) throws IOException {
    Files.createDirectories(PARENT);
    return Files.createTempDirectory(PARENT, name).toAbsolutePath();
  }

  /** A folder that later runs find again. */
  static Path kept(String name) throws IOException {
    return Files.createDirectories(PARENT.resolve(name)).toAbsolutePath();
  }

  static void empty(Path folder) throws IOException {
    delete(folder);
    Files.createDirectories(folder);
  }

  static void delete(Path folder) throws IOException {
    try (var paths = Files.walk(folder)) {
      for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
