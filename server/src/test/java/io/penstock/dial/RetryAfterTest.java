package io.penstock.dial;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {

  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  @ParameterizedTest
  @CsvSource({
    "0, PT0S",
    "7, PT7S",
    "' 7 ', PT7S",
    "86400, PT1H",
    "99999999999999999999, PT1H",
    "'Sun, 22 Nov 2026 12:00:30 GMT', PT30S",
    "'Sun, 22 Nov 2026 11:00:00 GMT', PT0S",
    "'Fri, 22 Nov 2126 12:00:00 GMT', PT1H"
  })
  void secondsAndDatesAreDurations(String field, Duration expected) {
    assertThat(RetryAfter.parse(field, NOW)).isEqualTo(expected);
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", "soon", "-1", "1.5", "Sun, 99 Nov 2026 12:00:30 GMT"})
  void anythingElseSaysNothing(String field) {
    assertThat(RetryAfter.parse(field, NOW)).isNull();
  }
}
