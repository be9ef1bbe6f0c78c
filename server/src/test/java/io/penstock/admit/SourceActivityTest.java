package io.penstock.admit;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.control.Source;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class SourceActivityTest {

  private static final Instant START = Instant.ofEpochSecond(1_800_000);

  private final SourceActivity activity = new SourceActivity();

  @Test
  void figuresAreOfTheirWindows() {
    for (int second = 0; second < 3_600; second++) {
      activity.took(START.plusSeconds(second), Source.Type.UDP, 10, 200);
    }
    var end = START.plusSeconds(3_599);
    activity.refused(end, Source.Type.UDP, 600);

    assertThat(activity.lastMinute(end).eps()).isEqualTo(10);
    assertThat(activity.lastMinute(end).refusedPercent()).isEqualTo(50);
    assertThat(activity.over(900, end).records()).isEqualTo(9_000);
    assertThat(activity.over(900, end).averageRisk()).isEqualTo(20);
    assertThat(activity.lastDay(end).records()).isEqualTo(36_000);

    var later = end.plus(Duration.ofHours(25));
    assertThat(activity.lastMinute(later).eps()).isZero();
    assertThat(activity.over(3_600, later).records()).isZero();
    assertThat(activity.lastDay(later).records()).isZero();
  }

  @Test
  void ofASourceThatNeverSentThereIsNothing() {
    assertThat(activity.lastMinute(START).eps()).isZero();
    assertThat(activity.over(900, START).averageRisk()).isZero();
    assertThat(activity.seen()).isEmpty();
  }

  @Test
  void nothingIsLostBetweenThreads() throws InterruptedException {
    var threads = new ArrayList<Thread>();
    for (int t = 0; t < 4; t++) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; i < 100_000; i++) {
                      activity.took(START.plusMillis(i / 10), Source.Type.UDP, 1, 0);
                    }
                  }));
    }
    for (var thread : threads) {
      thread.join();
    }

    assertThat(activity.lastMinute(START.plusSeconds(10)).records()).isEqualTo(400_000);
  }

  @Test
  void healthFollowsTheRule() {
    assertThat(Health.of(null, 0, START)).isEqualTo(Health.STALE);
    assertThat(Health.of(START, 0, START.plusSeconds(119))).isEqualTo(Health.HEALTHY);
    assertThat(Health.of(START, 0, START.plusSeconds(120))).isEqualTo(Health.DEGRADED);
    assertThat(Health.of(START, 5, START.plusSeconds(1))).isEqualTo(Health.DEGRADED);
    assertThat(Health.of(START, 0, START.plusSeconds(300))).isEqualTo(Health.STALE);
    assertThat(Health.of(START, 5, START.plusSeconds(300))).isEqualTo(Health.DEGRADED);
  }
}
