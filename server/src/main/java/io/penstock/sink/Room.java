package io.penstock.sink;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The memory that all sinks of a server together may take for what is under way, in equal shares:
 * what has no room stays in the log. Safe for many threads.
 */
public final class Room {

  /** The rest of the heap belongs to what receives, stores and answers. */
  private static final int PART_OF_HEAP = 8;

  /** A sink cannot work with less. */
  private static final long SHARE_MIN = 1 << 20;

  private final long bytes;
  private final AtomicInteger sinks = new AtomicInteger();

  public Room(long bytes) {
    this.bytes = bytes;
  }

  /** An eighth of the heap that this process may have. */
  public static Room ofHeap() {
    return new Room(Runtime.getRuntime().maxMemory() / PART_OF_HEAP);
  }

  void enter() {
    sinks.incrementAndGet();
  }

  void leave() {
    sinks.decrementAndGet();
  }

  /** What one sink may take now. */
  long share() {
    return Math.max(SHARE_MIN, bytes / Math.max(1, sinks.get()));
  }
}
