package io.penstock.enrich;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Reads threat lists from files and folders into one {@link ThreatTable}. A folder is read with its
 * subfolders; what lies below {@code domains/} holds domain names.
 */
final class ThreatFeeds {

  private static final int FILES_MAX = 1_000;
  private static final int DEPTH_MAX = 4;
  private static final long SIZE_MAX = 1L << 30;

  private ThreatFeeds() {}

  /** The files below some roots, in a stable order; a root that does not exist has none. */
  static List<Path> files(List<Path> roots) {
    var files = new ArrayList<Path>();
    for (var root : roots) {
      if (Files.isRegularFile(root)) {
        files.add(root);
      } else if (Files.isDirectory(root)) {
        files.addAll(list(root));
      }
    }
    return files;
  }

  private static List<Path> list(Path folder) {
    try (var found = Files.walk(folder, DEPTH_MAX, FileVisitOption.FOLLOW_LINKS)) {
      return found
          .filter(path -> isFeed(path.getFileName().toString()) && Files.isRegularFile(path))
          .sorted()
          .limit(FILES_MAX)
          .toList();
    } catch (IOException | java.io.UncheckedIOException e) {
      // A folder that changes or cannot be entered while it is listed is seen at the next look.
      return List.of();
    }
  }

  /** Hidden files and half-written ones are not lists. */
  private static boolean isFeed(String name) {
    var lower = name.toLowerCase(Locale.ROOT);
    return !lower.startsWith(".")
        && !lower.endsWith("~")
        && !lower.endsWith(".tmp")
        && !lower.endsWith(".part")
        && !lower.endsWith(".md");
  }

  /**
   * Reads every list. A list that cannot be read costs a problem, not the others.
   *
   * @param now what has expired by then is left out
   * @throws IOException when not one could be read
   */
  static Loaded<ThreatTable> load(List<Path> roots, Instant now) throws IOException {
    var files = files(roots);
    if (files.isEmpty()) {
      throw new NoSuchFileException("no list found at " + roots);
    }
    var table = new ThreatTable.Builder();
    var problems = new ProblemLog();
    int read = 0;
    for (var file : files) {
      try {
        read(file, now, table, problems);
        read++;
      } catch (IOException e) {
        problems.add(file, 0, "cannot be read: " + e.getMessage());
      }
    }
    if (read == 0) {
      throw new BadTableException(String.join("; ", problems.problems().first()));
    }
    var built = table.build();
    var kind = read == 1 ? "1 list" : read + " lists";
    return new Loaded<>(built, kind, built.size(), null, problems.problems());
  }

  private static void read(Path file, Instant now, ThreatTable.Builder table, ProblemLog problems)
      throws IOException {
    if (Files.size(file) > SIZE_MAX) {
      throw new BadTableException("larger than 1 GiB");
    }
    var folder = file.getParent();
    var feed =
        new FeedReader.Feed(
            file.getFileName().toString(),
            FeedReader.Format.AUTO,
            folder != null && folder.endsWith("domains"));
    FeedReader.read(() -> Files.newInputStream(file), feed, now, table::add, problems);
  }
}
