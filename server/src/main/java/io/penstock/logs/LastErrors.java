package io.penstock.logs;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The latest errors, which stay when the ring is full of other things. Safe for many threads. */
final class LastErrors {

  private static final int KEPT = 20;

  private final Deque<String> lines = new ArrayDeque<>(KEPT);

  synchronized void add(LogLine line) {
    if (!line.level().equals("ERROR")) {
      return;
    }
    if (lines.size() == KEPT) {
      lines.removeLast();
    }
    lines.addFirst(line.at() + " " + line.logger() + ": " + line.message());
  }

  synchronized List<String> lines() {
    return List.copyOf(lines);
  }
}
