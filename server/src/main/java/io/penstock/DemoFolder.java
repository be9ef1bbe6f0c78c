package io.penstock;

import io.penstock.demo.Incidents;
import io.penstock.demo.Networks;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * The folder of a demo. It is emptied at each start, and therefore marked as a demo's own: one with
 * anything else in it is never touched.
 *
 * @param path where it is
 * @param systems table of autonomous systems
 * @param indicators list of indicators
 */
record DemoFolder(Path path, Path systems, Path indicators) {

  static final String MARK = "made-by-penstock-demo";

  /**
   * Makes an empty one.
   *
   * @throws IOException with a line for the operator
   */
  static DemoFolder prepare(Path path, Networks networks) throws IOException {
    if (Files.exists(path)) {
      if (!Files.exists(path.resolve(MARK)) && !isEmpty(path)) {
        throw new IOException(
            path + " is not a demo's folder, and a demo empties its own: name another with --data");
      }
      empty(path);
    }
    Files.createDirectories(path);
    Files.writeString(
        path.resolve(MARK), "This folder is emptied whenever the demo is started again.\n");
    var facts = Files.createDirectories(path.resolve("facts"));
    var systems = facts.resolve("systems.csv");
    Files.writeString(systems, networks.systems());
    var indicators = facts.resolve("demo-indicators.csv");
    Files.writeString(indicators, Incidents.indicators());
    return new DemoFolder(path, systems, indicators);
  }

  private static boolean isEmpty(Path path) throws IOException {
    try (var entries = Files.newDirectoryStream(path)) {
      return !entries.iterator().hasNext();
    }
  }

  /** The mark goes last: what was interrupted can be gone on with. Links are not followed. */
  private static void empty(Path path) throws IOException {
    var mark = path.resolve(MARK);
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (!file.equals(mark)) {
              Files.delete(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            if (!folder.equals(path)) {
              Files.delete(folder);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    Files.deleteIfExists(mark);
  }
}
