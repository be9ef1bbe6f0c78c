package io.penstock.enrich;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeedTimeTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-03-01T00:00:00Z",
        "2026-03-01T00:00:00.000Z",
        "2026-03-01T01:00:00+01:00",
        "2026-03-01T00:00:00",
        "2026-03-01 00:00:00",
        "2026-03-01 00:00:00 UTC",
        "2026-03-01",
        "1772323200",
        "1772323200000"
      })
  void everyFormOfATimeMeansTheSame(String text) {
    assertThat(FeedTime.parse(text)).contains(Instant.parse("2026-03-01T00:00:00Z"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "never", "2026-02-30", "2026-03-01T", "9999999999999999", "-5", "1e9"})
  void anythingElseIsNoTime(String text) {
    assertThat(FeedTime.parse(text)).isEmpty();
  }
}
