package io.penstock.admit;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a source is, by when it last sent and how much of it was refused. */
public enum Health {
  HEALTHY,
  DEGRADED,
  STALE;

  private static final Duration FRESH = Duration.ofMinutes(2);
  private static final Duration RECENT = Duration.ofMinutes(5);
  private static final double MANY_PERCENT = 5;

  /**
   * @param lastSeen null when it never sent
   * @param refusedPercent of what it sent in the last minute
   */
  public static Health of(@Nullable Instant lastSeen, double refusedPercent, Instant now) {
    if (lastSeen == null) {
      return STALE;
    }
    var age = Duration.between(lastSeen, now);
    if (age.compareTo(FRESH) < 0 && refusedPercent < MANY_PERCENT) {
      return HEALTHY;
    }
    return age.compareTo(RECENT) < 0 || refusedPercent >= MANY_PERCENT ? DEGRADED : STALE;
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
