package io.penstock.enrich;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Counts the lines of a load that were not understood and keeps the first of them. For one load.
 */
final class ProblemLog {

  private static final int KEPT = 20;

  private final List<String> first = new ArrayList<>();
  private long count;

  void add(Path file, long line, String what) {
    add(file.getFileName().toString(), line, what);
  }

  void add(String list, long line, String what) {
    if (count++ < KEPT) {
      first.add(list + ":" + line + ": " + what);
    }
  }

  Loaded.Problems problems() {
    return count == 0 ? Loaded.Problems.NONE : new Loaded.Problems(count, first);
  }
}
