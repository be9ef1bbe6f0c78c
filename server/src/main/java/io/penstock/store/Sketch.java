package io.penstock.store;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What the events in each of many buckets add up to. All events of a group are in one bucket, so no
 * group has more than its bucket has, and whoever looks for the highest groups may leave out every
 * bucket that has less. It takes the same memory for any number of groups, outside the heap. For
 * one thread.
 */
final class Sketch implements AutoCloseable {

  /**
   * By how much a group may have more than its bucket after all: sums of floating-point numbers are
   * not exact. Each addition is wrong by 2^-53 of it at most, so this is good for 10^11 events.
   */
  private static final double ERROR = 1e-5;

  /** As the highest bits of a number that is not negative do not reach the sign. */
  private static final int CLASSES = 1 << 19;

  private static final int CLASS_SHIFT = 44;

  private final int buckets;
  private final boolean isHighest;
  private final Runnable closed;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment sums;
  private long events;

  /**
   * Empty buckets.
   *
   * @param buckets how many; a power of two, 8 at least
   * @param isHighest whether a bucket has what its highest event has instead of the sum
   * @param closed told when the memory is free again
   */
  Sketch(int buckets, boolean isHighest, Runnable closed) {
    this.buckets = buckets;
    this.sums = arena.allocate(JAVA_DOUBLE, buckets);
    this.isHighest = isHighest;
    this.closed = closed;
  }

  int buckets() {
    return buckets;
  }

  void add(int bucket, double amount) {
    double before = sums.getAtIndex(JAVA_DOUBLE, bucket);
    // An amount below zero would let a bucket have less than one of its groups.
    double after = isHighest ? Math.max(before, amount) : before + Math.max(0, amount);
    sums.setAtIndex(JAVA_DOUBLE, bucket, after);
    events++;
  }

  /** How many were added. */
  long events() {
    return events;
  }

  /**
   * A bound above which there are at most so many buckets, and not many fewer; but none when the
   * highest ones are more and all alike.
   */
  double bound(int bucketsMax) {
    var counts = new int[CLASSES];
    for (int i = 0; i < buckets; i++) {
      counts[classOf(sums.getAtIndex(JAVA_DOUBLE, i))]++;
    }
    int lowest = CLASSES;
    for (int count = 0; lowest > 0 && count + counts[lowest - 1] <= bucketsMax; lowest--) {
      count += counts[lowest - 1];
    }
    return lowest == CLASSES
        ? Double.POSITIVE_INFINITY
        : Math.nextDown(Double.longBitsToDouble((long) lowest << CLASS_SHIFT));
  }

  private static int classOf(double sum) {
    return (int) (Double.doubleToRawLongBits(sum) >>> CLASS_SHIFT);
  }

  /** The bound below which no group has as much as this. */
  static double boundOf(double amount) {
    return amount / (1 + ERROR);
  }

  /** How many buckets are above a bound. */
  int above(double bound) {
    int count = 0;
    for (int i = 0; i < buckets; i++) {
      count += sums.getAtIndex(JAVA_DOUBLE, i) > bound ? 1 : 0;
    }
    return count;
  }

  /** Which buckets are above a bound: a bit for each, the first one the highest of its byte. */
  byte[] bitsAbove(double bound) {
    var bits = new byte[buckets / 8];
    for (int i = 0; i < buckets; i++) {
      if (sums.getAtIndex(JAVA_DOUBLE, i) > bound) {
        bits[i >>> 3] |= (byte) (0x80 >>> (i & 7));
      }
    }
    return bits;
  }

  @Override
  public void close() {
    arena.close();
    closed.run();
  }
}
