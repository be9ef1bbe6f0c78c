package io.penstock.metrics;

import java.util.Arrays;

/**
 * Sums of each {@link Quantity} over the latest steps of time. A place of the ring is stamped with
 * the number of its step, so what is too old counts as nothing and is overwritten when its place is
 * needed. Guarded by its owner.
 */
final class Ring {

  private final int stepSeconds;
  private final long[] stamps;
  private final long[] sums;

  /**
   * @param places steps that are remembered, the running one included
   */
  Ring(int stepSeconds, int places) {
    this.stepSeconds = stepSeconds;
    this.stamps = new long[places];
    this.sums = new long[places * Quantity.COUNT];
    Arrays.fill(stamps, -1);
  }

  void add(long second, Quantity quantity, long amount) {
    long step = second / stepSeconds;
    int place = place(step);
    int first = place * Quantity.COUNT;
    if (stamps[place] != step) {
      stamps[place] = step;
      Arrays.fill(sums, first, first + Quantity.COUNT, 0);
    }
    sums[first + quantity.ordinal()] += amount;
  }

  /** Adds what was counted from one second to another, both in whole steps and included. */
  void addTo(long[] all, long from, long to) {
    for (long step = from / stepSeconds; step <= to / stepSeconds; step++) {
      int place = place(step);
      if (stamps[place] == step) {
        int first = place * Quantity.COUNT;
        for (int i = 0; i < Quantity.COUNT; i++) {
          all[i] += sums[first + i];
        }
      }
    }
  }

  private int place(long step) {
    return (int) Math.floorMod(step, (long) stamps.length);
  }
}
