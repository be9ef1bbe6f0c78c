package io.penstock.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** Folders for a measurement's data, under the working folder's {@code target}: on a real disk. */
final class Scratch {

  private Scratch() {}

  static Path folder(String name) throws IOException {
    var parent = Path.of("benchmarks/target/scratch");
    Files.createDirectories(parent);
    return Files.createTempDirectory(parent, name);
  }

  static void delete(Path folder) throws IOException {
    try (var paths = Files.walk(folder)) {
      for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
