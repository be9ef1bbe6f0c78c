package io.penstock.enrich;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table read from its files.
 *
 * @param table the immutable table
 * @param kind what the files call themselves, for people
 * @param entries number of ranges or indicators in it
 * @param built when its publisher built it, null when the files do not say
 * @param problems what was skipped, in words
 */
record Loaded<T>(T table, String kind, long entries, @Nullable Instant built, Problems problems) {

  /**
   * Lines that were not understood.
   *
   * @param count how many there were
   * @param first the first of them as {@code file:line: text}
   */
  record Problems(long count, List<String> first) {

    static final Problems NONE = new Problems(0, List.of());

    Problems {
      first = List.copyOf(first);
    }
  }
}
