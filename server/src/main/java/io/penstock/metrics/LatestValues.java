package io.penstock.metrics;

import java.util.Arrays;

/** The latest values of something, for percentiles. Safe for many threads. */
final class LatestValues {

  private final double[] values;
  private int next;
  private int held;

  /**
   * @param size how many values are kept
   */
  LatestValues(int size) {
    this.values = new double[size];
  }

  synchronized void add(double value) {
    values[next] = value;
    next = (next + 1) % values.length;
    held = Math.min(held + 1, values.length);
  }

  /** The values below which these shares of the latest ones lie; 0 while there are none. */
  double[] percentiles(double... shares) {
    double[] sorted;
    synchronized (this) {
      sorted = Arrays.copyOf(values, held);
    }
    Arrays.sort(sorted);
    return Arrays.stream(shares)
        .map(
            share ->
                sorted.length == 0
                    ? 0
                    : sorted[(int) Math.min(sorted.length - 1, Math.ceil(share * sorted.length))])
        .toArray();
  }
}
