package io.penstock.certificate;

import java.time.Duration;

/**
 * How many certificates may be signed: so many a second in the long run, twice as many at once.
 * Guarded by its owner.
 */
final class IssueBudget {

  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final double perNano;
  private final double most;
  private double left;
  private long at;

  IssueBudget(int perSecond, long now) {
    this.perNano = (double) perSecond / SECOND;
    this.most = 2.0 * perSecond;
    this.left = most;
    this.at = now;
  }

  /** Takes one; false when none is left. */
  boolean take(long now) {
    left = Math.min(most, left + Math.max(0, now - at) * perNano);
    at = now;
    if (left < 1) {
      return false;
    }
    left -= 1;
    return true;
  }
}
