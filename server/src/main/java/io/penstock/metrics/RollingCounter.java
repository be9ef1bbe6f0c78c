package io.penstock.metrics;

import java.time.InstantSource;

/**
 * A count per second over the last hour, and since the start: a ring of {@value #SECONDS} cells,
 * each stamped with its second. Safe for many threads, and meant for a few thousand additions a
 * second: one a request or batch, not one a record.
 */
public final class RollingCounter {

  /** How far back the window can reach. */
  public static final int SECONDS = 3600;

  private final InstantSource clock;
  private final long[] seconds = new long[SECONDS];
  private final long[] counts = new long[SECONDS];
  private long total;

  public RollingCounter(InstantSource clock) {
    this.clock = clock;
  }

  public synchronized void add(long amount) {
    total += amount;
    long now = now();
    int cell = cell(now);
    if (seconds[cell] != now) {
      seconds[cell] = now;
      counts[cell] = 0;
    }
    counts[cell] += amount;
  }

  /** Since the start. */
  public synchronized long total() {
    return total;
  }

  /** In the last {@code window} seconds, the running one included. */
  public synchronized long sum(int window) {
    long now = now();
    long sum = 0;
    for (int age = 0; age < Math.min(window, SECONDS); age++) {
      sum += at(now - age);
    }
    return sum;
  }

  /** Per second over the last {@code window} whole seconds. */
  public synchronized double rate(int window) {
    long now = now();
    long sum = 0;
    for (int age = 1; age <= Math.min(window, SECONDS - 1); age++) {
      sum += at(now - age);
    }
    return (double) sum / window;
  }

  /** What was counted in {@code step} seconds from {@code from}, an epoch second. */
  public synchronized long between(long from, int step) {
    long sum = 0;
    for (long second = from; second < from + step; second++) {
      sum += at(second);
    }
    return sum;
  }

  private long at(long second) {
    int cell = cell(second);
    return seconds[cell] == second ? counts[cell] : 0;
  }

  private long now() {
    return clock.instant().getEpochSecond();
  }

  private static int cell(long second) {
    return (int) Math.floorMod(second, (long) SECONDS);
  }
}
