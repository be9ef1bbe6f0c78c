package io.penstock.logs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The latest lines, bounded in number and bytes. Safe for many threads. */
public final class LogRing {

  private static final int ENTRIES_MAX = 10_000;
  private static final long BYTES_MAX =
      Math.min(32L << 20, Math.max(4L << 20, Runtime.getRuntime().maxMemory() / 32));

  /**
   * Lines in their order.
   *
   * @param last number of the last line that was looked at
   * @param lost lines that were gone before they could be looked at
   */
  public record Batch(List<LogEntry> entries, long last, long lost) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition added = lock.newCondition();
  private final @Nullable LogEntry[] slots;
  private final long bytesMax;

  /** Number of the oldest line that is held, and of the one to come. */
  private long first = 1;

  private long next = 1;
  private long bytes;

  public LogRing() {
    this(ENTRIES_MAX, BYTES_MAX);
  }

  LogRing(int entriesMax, long bytesMax) {
    this.slots = new LogEntry[entriesMax];
    this.bytesMax = bytesMax;
  }

  void add(LogLine line) {
    lock.lock();
    try {
      var entry = LogEntry.of(next, line);
      while (next - first == slots.length || next > first && bytes + entry.bytes() > bytesMax) {
        dropOldest();
      }
      slots[slot(next)] = entry;
      bytes += entry.bytes();
      next++;
      added.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void dropOldest() {
    var oldest = slots[slot(first)];
    if (oldest != null) {
      bytes -= oldest.bytes();
    }
    slots[slot(first)] = null;
    first++;
  }

  private int slot(long number) {
    return (int) (number % slots.length);
  }

  /** All lines that are held, the oldest first. */
  public List<LogEntry> entries() {
    lock.lock();
    try {
      return copy(first, Integer.MAX_VALUE);
    } finally {
      lock.unlock();
    }
  }

  /** Number of the latest line; 0 before the first. */
  public long last() {
    lock.lock();
    try {
      return next - 1;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The lines behind the one with this number, waiting for one up to {@code patience}.
   *
   * @param most how many at most
   */
  public Batch after(long number, int most, Duration patience) throws InterruptedException {
    lock.lock();
    try {
      long left = patience.toNanos();
      while (next - 1 <= number && left > 0) {
        left = added.awaitNanos(left);
      }
      var entries = copy(Math.max(number + 1, first), most);
      long lost = Math.max(0, first - number - 1);
      return new Batch(entries, entries.isEmpty() ? number : entries.getLast().number(), lost);
    } finally {
      lock.unlock();
    }
  }

  private List<LogEntry> copy(long from, int most) {
    var copy = new ArrayList<LogEntry>((int) Math.min(most, Math.max(0, next - from)));
    for (long number = from; number < next && copy.size() < most; number++) {
      var entry = slots[slot(number)];
      if (entry != null) {
        copy.add(entry);
      }
    }
    return copy;
  }
}
