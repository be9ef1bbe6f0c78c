package io.penstock.event;

import java.time.Instant;

/** Points in time as events hold them: nanoseconds since 1970 UTC, good until the year 2262. */
public final class Nanos {

  public static final long SECOND = 1_000_000_000L;

  private Nanos() {}

  /**
   * @throws ArithmeticException when the time is beyond what 64 bits can say
   */
  public static long of(Instant time) {
    return Math.addExact(Math.multiplyExact(time.getEpochSecond(), SECOND), time.getNano());
  }

  public static Instant instant(long nanos) {
    return Instant.ofEpochSecond(Math.floorDiv(nanos, SECOND), Math.floorMod(nanos, SECOND));
  }
}
