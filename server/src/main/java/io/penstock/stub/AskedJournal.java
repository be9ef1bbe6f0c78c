package io.penstock.stub;

import io.penstock.exchange.Asked;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The latest requests that stubs were asked about: a ring, bounded by number and by size. */
final class AskedJournal {

  /**
   * One request.
   *
   * @param stub which answered; null when none did
   */
  record Entry(Instant at, Asked asked, @Nullable String product, @Nullable String stub) {}

  private final int entriesMax;
  private final long bytesMax;
  private final InstantSource clock;
  private final StubMetrics metrics;
  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private long bytes;

  AskedJournal(StubConfig config, InstantSource clock, StubMetrics metrics) {
    this.entriesMax = config.journalMax();
    this.bytesMax = config.journalBytesMax();
    this.clock = clock;
    this.metrics = metrics;
  }

  void add(Asked asked, @Nullable String product, @Nullable String stub) {
    var entry = new Entry(clock.instant(), asked, product, stub);
    long size = size(asked);
    int dropped = 0;
    synchronized (entries) {
      entries.add(entry);
      bytes += size;
      while (entries.size() > entriesMax || bytes > bytesMax) {
        bytes -= size(entries.remove().asked());
        dropped++;
      }
    }
    if (dropped > 0) {
      metrics.journalDropped.inc(dropped);
    }
  }

  private static long size(Asked asked) {
    long size = (long) asked.body().bytes().length + asked.target().length();
    for (var line : asked.headers().lines()) {
      size += line.name().length() + line.value().length();
    }
    return size;
  }

  /** Oldest first. */
  List<Entry> entries() {
    synchronized (entries) {
      return List.copyOf(entries);
    }
  }

  void clear() {
    synchronized (entries) {
      entries.clear();
      bytes = 0;
    }
  }
}
