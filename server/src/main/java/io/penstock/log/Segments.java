package io.penstock.log;

import java.util.Collection;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The segments that make up the log now, and how far they are durable: the state that writer,
 * readers and retention share. The writer alone adds segments and moves {@link #end}; retention
 * alone removes them; anyone may look.
 */
final class Segments {

  private final ConcurrentSkipListMap<Long, Segment> byBase = new ConcurrentSkipListMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private volatile long end;

  /** Where the log starts while it has no segment. */
  private volatile long emptyStart;

  Segments(Collection<Segment> found, long end, long emptyStart) {
    found.forEach(this::add);
    this.end = end;
    this.emptyStart = emptyStart;
  }

  void add(Segment segment) {
    byBase.put(segment.base(), segment);
  }

  void remove(Segment segment) {
    emptyStart = Math.max(emptyStart, segment.dataEnd());
    byBase.remove(segment.base());
  }

  /** Takes out a segment that never held a durable frame. */
  void discard(Segment segment) {
    byBase.remove(segment.base());
  }

  /** Makes what is before {@code position} visible to readers. */
  void advance(Segment active, long position) {
    lock.lock();
    try {
      active.dataEnd(position);
      end = position;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the log has grown beyond {@code position}; false when the time is over. */
  boolean awaitBeyond(long position, long nanos) throws InterruptedException {
    if (end > position) {
      return true;
    }
    if (nanos <= 0) {
      return false;
    }
    lock.lockInterruptibly();
    try {
      long left = nanos;
      while (end <= position) {
        if (left <= 0) {
          return false;
        }
        left = moved.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  long start() {
    var first = byBase.firstEntry();
    return first == null ? emptyStart : first.getKey();
  }

  long end() {
    return end;
  }

  @Nullable Segment first() {
    var entry = byBase.firstEntry();
    return entry == null ? null : entry.getValue();
  }

  /** The segment that holds a position, or the first one behind it; null when there is none. */
  @Nullable Segment holding(long position) {
    var entry = byBase.floorEntry(position);
    if (entry == null) {
      entry = byBase.firstEntry();
    }
    return entry == null ? null : entry.getValue();
  }

  @Nullable Segment after(Segment segment) {
    var entry = byBase.higherEntry(segment.base());
    return entry == null ? null : entry.getValue();
  }

  boolean contains(Segment segment) {
    return byBase.containsKey(segment.base());
  }

  int count() {
    return byBase.size();
  }

  /** Bytes held, as far as they are durable. */
  long sizeBytes() {
    long size = 0;
    for (var segment : byBase.values()) {
      size += segment.dataEnd() - segment.base();
    }
    return size;
  }
}
