package io.penstock.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

final class RollingCounterTest {

  private Instant now = Instant.ofEpochSecond(1_790_000_000);
  private final RollingCounter counter = new RollingCounter(() -> now);

  private void wait(int seconds) {
    now = now.plusSeconds(seconds);
  }

  @Test
  void aWindowForgetsAndTheTotalDoesNot() {
    counter.add(5);
    wait(10);
    counter.add(7);

    assertThat(counter.sum(1)).isEqualTo(7);
    assertThat(counter.sum(10)).isEqualTo(7);
    assertThat(counter.sum(11)).isEqualTo(12);
    wait(3_599);
    assertThat(counter.sum(3_600)).isEqualTo(7);
    wait(1);
    assertThat(counter.sum(3_600)).isZero();
    assertThat(counter.total()).isEqualTo(12);
  }

  @Test
  void aCellIsReusedAfterAnHour() {
    counter.add(5);
    wait(3_600);
    counter.add(1);

    assertThat(counter.sum(3_600)).isEqualTo(1);
  }

  @Test
  void aRateCountsWholeSecondsOnly() {
    for (int i = 0; i < 60; i++) {
      counter.add(100);
      wait(1);
    }
    counter.add(1_000_000);

    assertThat(counter.rate(60)).isEqualTo(100.0);
    assertThat(counter.between(now.getEpochSecond() - 10, 5)).isEqualTo(500);
  }

  @Test
  void percentilesAreOfTheLatestValues() {
    var values = new LatestValues(100);
    assertThat(values.percentiles(0.5)).containsExactly(0);
    for (int i = 0; i < 1_000; i++) {
      values.add(i);
    }

    assertThat(values.percentiles(0.5, 0.99)).containsExactly(950, 999);
  }
}
