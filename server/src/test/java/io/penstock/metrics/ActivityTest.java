package io.penstock.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.event.Events;
import io.penstock.event.Ip;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ActivityTest {

  private Instant now = Instant.ofEpochSecond(1_790_000_040);
  private final InstantSource clock = () -> now;
  private final Activity activity = new Activity(clock);
  private final Tally two = new Tally(new Events(7).batch("default", 2));

  private void pass(int seconds) {
    now = now.plusSeconds(seconds);
  }

  private void requests(int count) {
    for (int i = 0; i < count; i++) {
      activity.request(false, 1_000);
    }
  }

  private long requestsIn(int seconds) {
    return activity.over(seconds).sum(Quantity.REQUESTS);
  }

  @Test
  void aWindowForgetsAndTheTotalDoesNot() {
    requests(5);
    pass(300);
    requests(7);

    assertThat(requestsIn(60)).isEqualTo(7);
    assertThat(requestsIn(295)).isEqualTo(7);
    assertThat(requestsIn(300)).isEqualTo(12);
    pass(5);
    assertThat(requestsIn(300)).isEqualTo(7);
    assertThat(requestsIn(360)).isEqualTo(12);
    pass(3_600 + 60);
    assertThat(requestsIn(3_600)).isZero();
    assertThat(activity.total(Quantity.REQUESTS)).isEqualTo(12);
  }

  @Test
  void anHourIsAnHourEvenWhenItsPlacesAreUsedAnew() {
    for (int minute = 0; minute < 200; minute++) {
      requests(1);
      pass(60);
    }

    assertThat(requestsIn(3_600)).isEqualTo(60);
    assertThat(requestsIn(900)).isEqualTo(15);
  }

  @Test
  void aRateIsOverTheTimeThatReallyPassed() {
    for (int i = 0; i < 100; i++) {
      activity.durable(two, 1_000);
      pass(1);
    }
    now = now.plusMillis(500);

    assertThat(activity.eventsPerSecond()).isCloseTo(2, within(0.05));
    assertThat(activity.over(300).perSecond(Quantity.BATCHES)).isCloseTo(1 / 3.0, within(0.01));
  }

  @Test
  void aSeriesHasSixtyWholeStepsOfFiveSeconds() {
    activity.durable(two, 1_000);
    pass(5);
    activity.durable(two, 1_000);

    var series = activity.series();

    assertThat(series).hasSize(60);
    assertThat(series[59].fromSecond()).isEqualTo(now.getEpochSecond() - 5);
    assertThat(series[59].sum(Quantity.EVENTS)).isEqualTo(2);
    assertThat(series[59].perSecond(Quantity.EVENTS)).isEqualTo(0.4);
    assertThat(series[58].sum(Quantity.EVENTS)).isZero();
    assertThat(series[0].fromSecond()).isEqualTo(now.getEpochSecond() - 300);
  }

  @Test
  void latencyIsThatOfTheWindow() {
    activity.request(false, 500_000);
    pass(600);
    for (int i = 1; i <= 100; i++) {
      activity.request(i > 90, i * 1_000L);
    }

    var window = activity.over(300);

    assertThat(window.latencyMillis(0.5)).isCloseTo(50, within(4.0));
    assertThat(window.latencyMillis(0.95)).isCloseTo(95, within(7.0));
    assertThat(window.latencyMillis(1)).isCloseTo(100, within(7.0));
    assertThat(window.sum(Quantity.FAILED_REQUESTS)).isEqualTo(10);
    assertThat(window.average(Quantity.REQUEST_MICROS, Quantity.TIMED_REQUESTS)).isEqualTo(50_500);
    assertThat(activity.over(900).latencyMillis(1)).isCloseTo(500, within(35.0));
    assertThat(new Activity(clock).over(60).latencyMillis(0.5)).isZero();
  }

  @Test
  void aStreamIsARequestWithoutLatency() {
    activity.request(false, -1);

    assertThat(requestsIn(60)).isEqualTo(1);
    assertThat(activity.over(60).sum(Quantity.TIMED_REQUESTS)).isZero();
  }

  @Test
  void whoRestsForAnHourKeepsTheTotals() {
    requests(3);
    pass(3_000);
    activity.rest();
    assertThat(requestsIn(3_600)).isEqualTo(3);

    pass(1_000);
    activity.rest();

    assertThat(requestsIn(3_600)).isZero();
    assertThat(activity.total(Quantity.REQUESTS)).isEqualTo(3);
    requests(1);
    assertThat(requestsIn(60)).isEqualTo(1);
  }

  @Test
  void wordsOfClientsAreBounded() {
    for (int i = 0; i < 3_000; i++) {
      activity.admitted("source-" + i, 1);
    }

    assertThat(activity.bySource()).hasSize(1_001).containsEntry("other", 2_000L);
  }

  @Test
  void theRiskIsThatOfTraffic() {
    var events = new Events(3).batch("default", 500);
    var tally = new Tally(events);

    long scored =
        events.events().stream()
            .filter(event -> event.kind() == Event.Kind.FLOW)
            .filter(event -> event.enrichment() != null)
            .count();
    assertThat(tally.riskCount).isEqualTo(scored).isPositive();
    assertThat(new Tally(new EventBatch("default", List.of(), null)).riskCount).isZero();
  }

  @Test
  void aSpreadIsWithinSevenPerCentOfTheTruth() {
    var random = new Random(11);
    var spread = new Spread();
    var values = random.longs(10_000, 0, 40_000_000).sorted().toArray();
    for (long value : values) {
      spread.add(value);
    }

    for (double share : new double[] {0.01, 0.5, 0.9, 0.99, 1}) {
      double truth = values[(int) Math.ceil(share * values.length) - 1];
      assertThat(spread.percentile(share)).isCloseTo(truth, within(0.07 * truth + 1));
    }
    spread.add(Long.MAX_VALUE);
    spread.add(-5);
    assertThat(spread.percentile(0)).isZero();
  }

  @Test
  void fewExportersAreCountedAndManyEstimated() {
    var few = new Distinct();
    var many = new Distinct();
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 500; i++) {
        few.add(Distinct.hash(Ip.v4(i)));
      }
      for (int i = 0; i < 100_000; i++) {
        many.add(Distinct.hash(Ip.v4(i)));
      }
    }

    assertThat(few.estimate()).isEqualTo(500);
    // Five standard deviations.
    assertThat(many.estimate()).isBetween(78_000L, 122_000L);
  }
}
