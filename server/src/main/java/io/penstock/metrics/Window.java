package io.penstock.metrics;

/** What happened from some second until now: a copy that does not change. */
public final class Window {

  private final long fromSecond;
  private final double seconds;
  private final long[] sums;
  private final Spread latency;
  private final Spread lag;

  /**
   * @param seconds that have passed since {@code fromSecond}
   * @param sums by the ordinal of the quantity; owned from here on, as are the spreads
   */
  Window(long fromSecond, double seconds, long[] sums, Spread latency, Spread lag) {
    this.fromSecond = fromSecond;
    this.seconds = seconds;
    this.sums = sums;
    this.latency = latency;
    this.lag = lag;
  }

  /** The epoch second with which it begins: that of a step, so a little earlier than asked for. */
  public long fromSecond() {
    return fromSecond;
  }

  public long sum(Quantity quantity) {
    return sums[quantity.ordinal()];
  }

  public double perSecond(Quantity quantity) {
    return sum(quantity) / seconds;
  }

  /** 0 when nothing was counted. */
  public double average(Quantity sum, Quantity count) {
    return sum(count) == 0 ? 0 : (double) sum(sum) / sum(count);
  }

  /**
   * The time within which this share of the requests was answered, milliseconds; of the whole
   * minutes that the window touches.
   */
  public double latencyMillis(double share) {
    return latency.percentile(share) / 1000;
  }

  /** The same for the time from the receipt of a batch until it was durable. */
  public double lagMillis(double share) {
    return lag.percentile(share) / 1000;
  }
}
