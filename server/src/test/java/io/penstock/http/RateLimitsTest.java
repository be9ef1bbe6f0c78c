package io.penstock.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Ip;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class RateLimitsTest {

  private static final Ip CLIENT = Ip.parse("192.0.2.1").orElseThrow();
  private static final Principal KEY = key("default", "key-1");

  /** Begins where System.nanoTime may: below zero. */
  private final AtomicLong nanos = new AtomicLong(-5_000_000_000L);

  private final RateLimits limits = limits(100);

  private RateLimits limits(int keysMax) {
    return new RateLimits(
        new HttpConfig.Clients(10, 600, 60, ProxyConfig.NONE),
        keysMax,
        nanos::get,
        new PrometheusRegistry());
  }

  private static Principal key(String tenant, String id) {
    return new Principal(tenant, Set.of("ingest"), id);
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private static long taken(RateLimits limits, Principal key, int tries) {
    return IntStream.range(0, tries).filter(_ -> limits.take(key) >= 0).count();
  }

  private long failuresAllowed(Ip ip, int tries) {
    return IntStream.range(0, tries).filter(_ -> limits.failed(ip) >= 0).count();
  }

  @Test
  void aMinutesWorthPassesAtOnceAndThenTenASecond() {
    assertThat(taken(limits, KEY, 700)).isEqualTo(600);

    pass(Duration.ofSeconds(1));
    assertThat(taken(limits, KEY, 50)).isEqualTo(10);

    pass(Duration.ofMinutes(5));
    assertThat(taken(limits, KEY, 700)).isEqualTo(600);
  }

  @Test
  void everyAnswerTellsWhatIsLeftAndWhenItIsWhole() {
    long first = limits.take(KEY);
    assertThat(limits.remaining(first)).isEqualTo(599);
    assertThat(TokenBuckets.seconds(first)).isEqualTo(1);

    taken(limits, KEY, 598);
    long last = limits.take(KEY);
    assertThat(limits.remaining(last)).isZero();
    assertThat(TokenBuckets.seconds(last)).isEqualTo(60);

    long refused = limits.take(KEY);
    assertThat(refused).isEqualTo(-Duration.ofMillis(100).toNanos());
    assertThat(TokenBuckets.seconds(-refused)).isEqualTo(1);
  }

  @Test
  void keysAndTheTenantsTheyActForHaveBucketsOfTheirOwn() {
    taken(limits, KEY, 600);

    assertThat(limits.take(KEY)).isNegative();
    assertThat(limits.take(key("default", "key-2"))).isPositive();
    assertThat(limits.take(key("acme", "key-1"))).isPositive();
  }

  @Test
  void aFullTableForgetsOnlyTheKeysThatOweNothing() {
    var few = limits(2);
    taken(few, KEY, 600);
    few.take(key("a", "x"));
    pass(Duration.ofSeconds(10));

    // Makes room by forgetting a/x; default/key-1 still owes most of its minute.
    assertThat(taken(few, key("b", "y"), 601)).isEqualTo(600);
    assertThat(taken(few, KEY, 200)).isEqualTo(100);
    // Nothing can be forgotten now: all newcomers share one bucket.
    assertThat(taken(few, key("c", "z"), 400)).isEqualTo(400);
    assertThat(taken(few, key("d", "z"), 400)).isEqualTo(200);
  }

  @Test
  void withoutALimitNothingIsCounted() {
    var off =
        new RateLimits(
            new HttpConfig.Clients(10, 0, 0, ProxyConfig.NONE), new PrometheusRegistry());

    assertThat(off.take(KEY)).isEqualTo(RateLimits.UNLIMITED);
    assertThat(off.failed(CLIENT)).isEqualTo(RateLimits.UNLIMITED);
    assertThat(off.succeeded(CLIENT, KEY)).isEqualTo(RateLimits.UNLIMITED);
  }

  @Test
  void anAddressMayFailAMinutesWorth() {
    assertThat(failuresAllowed(CLIENT, 100)).isEqualTo(60);
    assertThat(failuresAllowed(Ip.parse("192.0.2.2").orElseThrow(), 10)).isEqualTo(10);

    pass(Duration.ofSeconds(3));
    assertThat(failuresAllowed(CLIENT, 10)).isEqualTo(3);
  }

  @Test
  void theAddressesOfOneSubnetAreOneClient() {
    var first = Ip.parse("2001:db8:0:1::1").orElseThrow();
    var neighbour = Ip.parse("2001:db8:0:1:ffff::2").orElseThrow();
    var other = Ip.parse("2001:db8:0:2::1").orElseThrow();

    assertThat(failuresAllowed(first, 60)).isEqualTo(60);
    assertThat(limits.failed(neighbour)).isNegative();
    assertThat(limits.failed(other)).isPositive();
  }

  @Test
  void whoGuessesLearnsNothingOfAHitAndWhoWorkedGoesOn() {
    assertThat(limits.succeeded(CLIENT, KEY)).isNotNegative();
    failuresAllowed(CLIENT, 61);

    assertThat(limits.succeeded(CLIENT, KEY)).isNotNegative();
    assertThat(limits.succeeded(CLIENT, key("default", "guessed"))).isNegative();

    pass(Duration.ofSeconds(2));
    assertThat(limits.succeeded(CLIENT, key("default", "guessed"))).isNotNegative();
  }

  @Test
  void aFloodOfAddressesClearsNobodysRecord() {
    failuresAllowed(CLIENT, 61);

    for (int i = 0; i < 500_000; i++) {
      limits.failed(Ip.v4(0x0a00_0000 + i));
    }

    assertThat(limits.failed(CLIENT)).isNegative();
  }
}
