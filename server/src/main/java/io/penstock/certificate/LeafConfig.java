package io.penstock.certificate;

import java.time.Duration;

/**
 * How certificates for hosts are issued.
 *
 * @param life of one; at most {@link #LIFE_MAX}
 * @param cachedMax hosts whose certificates are kept, those used last
 * @param waitingMax hosts for which one is waited for
 * @param perSecondMax new certificates a second in the long run; twice as many at once
 * @param threads that sign
 */
public record LeafConfig(
    Duration life, int cachedMax, int waitingMax, int perSecondMax, int threads) {

  /**
   * What clients with a limit accept from March 2026 on is 200 days (CA/Browser Forum ballot
   * SC-081); three days stay for clocks that are wrong.
   */
  public static final Duration LIFE_MAX = Duration.ofDays(197);

  /**
   * Of the rate: more than all the software of a site asks for, and less than half a core when
   * somebody asks for names at random.
   */
  private static final int PER_SECOND = 500;

  public static final LeafConfig STANDARD =
      new LeafConfig(
          Duration.ofDays(90),
          10_000,
          1_000,
          PER_SECOND,
          Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 4));

  public LeafConfig {
    if (life.compareTo(LIFE_MAX) > 0 || life.compareTo(Duration.ofHours(2)) < 0) {
      throw new IllegalArgumentException("a life of " + life);
    }
    if (cachedMax < 1 || waitingMax < 1 || perSecondMax < 1 || threads < 1) {
      throw new IllegalArgumentException("a limit below 1");
    }
  }
}
