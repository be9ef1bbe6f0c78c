package io.penstock.stub;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long an answer waits. */
sealed interface Delay {

  /** Whoever waits longer has given up. */
  Duration MAX = Duration.ofMinutes(10);

  Duration draw(RandomGenerator random);

  /** Always the same. */
  record Fixed(Duration time) implements Delay {

    static final Fixed ZERO = new Fixed(Duration.ZERO);

    @Override
    public Duration draw(RandomGenerator random) {
      return time;
    }
  }

  /** Anything between two times. */
  record Uniform(Duration least, Duration most) implements Delay {

    @Override
    public Duration draw(RandomGenerator random) {
      return Duration.ofNanos(random.nextLong(least.toNanos(), most.toNanos() + 1));
    }
  }

  /**
   * Mostly near the median, with a long tail, as networks are: the logarithm is normal.
   *
   * @param sigma of the logarithm: 0.1 is steady, 1 has one in a hundred at ten times the median
   * @param most what longer ones are cut to
   */
  record LogNormal(Duration median, double sigma, Duration most) implements Delay {

    @Override
    public Duration draw(RandomGenerator random) {
      double nanos = median.toNanos() * Math.exp(sigma * random.nextGaussian());
      return Duration.ofNanos((long) Math.min(nanos, (double) most.toNanos()));
    }
  }
}
