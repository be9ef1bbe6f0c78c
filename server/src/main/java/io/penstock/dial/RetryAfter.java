package io.penstock.dial;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** The field {@code Retry-After} (RFC 9110 §10.2.3): seconds, or a date. */
final class RetryAfter {

  /** Nobody is left alone for longer, whatever was said. */
  private static final Duration MAX = Duration.ofHours(1);

  private static final int DIGITS_MAX = 9;

  private RetryAfter() {}

  /** How long to wait; null when that is not to be read from it. */
  static @Nullable Duration parse(@Nullable String value, Instant now) {
    if (value == null || value.isBlank()) {
      return null;
    }
    var text = value.strip();
    if (text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return text.length() > DIGITS_MAX ? MAX : bounded(Duration.ofSeconds(Long.parseLong(text)));
    }
    try {
      var date = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME);
      return bounded(Duration.between(now, date.toInstant()));
    } catch (DateTimeException _) {
      return null;
    }
  }

  private static Duration bounded(Duration duration) {
    if (duration.isNegative()) {
      return Duration.ZERO;
    }
    return duration.compareTo(MAX) > 0 ? MAX : duration;
  }
}
