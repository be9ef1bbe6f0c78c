package io.penstock.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Finds the recorded traffic of the repository, from whichever module a test runs in. */
public final class Corpus {

  /** The folder {@code corpus} of this checkout. */
  public static final Path ROOT = find(Path.of("").toAbsolutePath());

  private Corpus() {}

  private static Path find(Path folder) {
    for (var at = folder; at != null; at = at.getParent()) {
      if (Files.isDirectory(at.resolve("corpus/flows"))) {
        return at.resolve("corpus");
      }
    }
    throw new IllegalStateException("no corpus/flows in or above " + folder);
  }

  /** Every recorded file below {@code corpus/flows}, sorted; licences left out. */
  public static List<Path> flows() {
    try (var files = Files.walk(ROOT.resolve("flows"))) {
      return files
          .filter(Files::isRegularFile)
          .filter(f -> !f.endsWith("LICENSE"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Path flow(String name) {
    return ROOT.resolve("flows").resolve(name);
  }
}
