package io.penstock.admit;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets a rate pass, and twice as much at once after a pause. Safe for many threads, without locks.
 *
 * <p>All there is to remember is when the bucket will be full again (the generic cell rate
 * algorithm): what is taken moves that moment away, and nothing may move it further than the two
 * seconds that filling takes. So the rate may change at any time, and no clock has to refill.
 */
final class TokenBucket {

  private static final long SECOND = 1_000_000_000;
  private static final long FILLING = 2 * SECOND;

  private final AtomicLong fullAt;

  /**
   * @param nowNanos by the clock that all calls go by
   */
  TokenBucket(long nowNanos) {
    this.fullAt = new AtomicLong(nowNanos);
  }

  /** Takes all of the tokens or none. */
  boolean take(int tokens, int rate, long nowNanos) {
    long cost = tokens * SECOND / rate;
    while (true) {
      long full = fullAt.get();
      long missing = Math.max(0, full - nowNanos);
      if (missing + cost > FILLING) {
        return false;
      }
      if (fullAt.compareAndSet(full, nowNanos + missing + cost)) {
        return true;
      }
    }
  }

  /** Takes as many of the tokens as there are; how many that was. */
  int takeUpTo(int tokens, int rate, long nowNanos) {
    while (true) {
      long full = fullAt.get();
      long missing = Math.max(0, full - nowNanos);
      // In this order: a rate of a million has a token every 1,000 ns, none is lost to rounding.
      int taken = (int) Math.min(tokens, (FILLING - missing) * rate / SECOND);
      if (taken <= 0) {
        return 0;
      }
      if (fullAt.compareAndSet(full, nowNanos + missing + taken * SECOND / rate)) {
        return taken;
      }
    }
  }

  /** Whether there is a token; takes none. */
  boolean hasOne(int rate, long nowNanos) {
    return Math.max(0, fullAt.get() - nowNanos) + SECOND / rate <= FILLING;
  }
}
