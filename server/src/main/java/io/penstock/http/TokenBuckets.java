package io.penstock.http;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The rule of a token bucket that holds a minute's worth: as many requests may come at once, then
 * one whenever a token has grown again. A bucket is one number, the time at which it will be full
 * (the virtual scheduling algorithm of ITU-T I.371), so that taking is one compare-and-set.
 */
public final class TokenBuckets {

  private static final long MINUTE = 60_000_000_000L;

  private final int perMinute;
  private final long interval;

  /**
   * @param perMinute tokens that grow in a minute, at least 1
   */
  public TokenBuckets(int perMinute) {
    this.perMinute = perMinute;
    this.interval = MINUTE / perMinute;
  }

  int perMinute() {
    return perMinute;
  }

  /**
   * Takes a token.
   *
   * @param now nanoseconds on a clock that never was below 0
   * @return nanoseconds until the bucket is full again, or less than 0: minus the nanoseconds until
   *     there is a token
   */
  long take(AtomicLong bucket, long now) {
    while (true) {
      long fullAt = bucket.get();
      long used = afterTaking(fullAt, now);
      if (used < 0 || bucket.compareAndSet(fullAt, now + used)) {
        return used;
      }
    }
  }

  /** The same for a bucket in an array. */
  public long take(AtomicLongArray buckets, int index, long now) {
    while (true) {
      long fullAt = buckets.get(index);
      long used = afterTaking(fullAt, now);
      if (used < 0 || buckets.compareAndSet(index, fullAt, now + used)) {
        return used;
      }
    }
  }

  /** What {@link #take} would answer now, with nothing taken. */
  long afterTaking(long fullAt, long now) {
    long used = Math.max(0, fullAt - now) + interval;
    long capacity = perMinute * interval;
    return used > capacity ? capacity - used : used;
  }

  /** Tokens that are left in a bucket that will be full in so many nanoseconds. */
  long remaining(long used) {
    return Math.max(0, perMinute - (used + interval - 1) / interval);
  }

  /** Whole seconds, at least as long as so many nanoseconds. */
  static long seconds(long nanos) {
    return (nanos + 999_999_999L) / 1_000_000_000L;
  }
}
