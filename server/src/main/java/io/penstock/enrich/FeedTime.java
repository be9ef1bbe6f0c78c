package io.penstock.enrich;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * Times as threat lists write them: RFC 3339, the same with a blank and without a zone (which means
 * UTC), a day, or seconds or milliseconds since 1970.
 */
final class FeedTime {

  /** Numbers above it are milliseconds: as seconds they would lie beyond the year 5000. */
  private static final long SECONDS_MAX = 100_000_000_000L;

  private static final int DIGITS_MAX = 15;

  private FeedTime() {}

  static Optional<Instant> parse(String text) {
    var time = text.strip();
    try {
      if (time.chars().allMatch(c -> c >= '0' && c <= '9')) {
        return time.isEmpty() || time.length() > DIGITS_MAX
            ? Optional.empty()
            : Optional.of(sinceEpoch(Long.parseLong(time)));
      }
      if (time.length() == "2026-01-31".length()) {
        return Optional.of(LocalDate.parse(time).atStartOfDay().toInstant(ZoneOffset.UTC));
      }
      return Optional.of(dateAndTime(time.endsWith(" UTC") ? utc(time) : time));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static String utc(String time) {
    return time.substring(0, time.length() - " UTC".length()) + "Z";
  }

  private static Instant sinceEpoch(long number) {
    return number > SECONDS_MAX ? Instant.ofEpochMilli(number) : Instant.ofEpochSecond(number);
  }

  private static Instant dateAndTime(String text) {
    var time = text.replace(' ', 'T');
    int clock = time.indexOf('T') + 1;
    boolean hasZone =
        time.endsWith("Z") || time.indexOf('+', clock) > 0 || time.indexOf('-', clock) > 0;
    return hasZone
        ? OffsetDateTime.parse(time).toInstant()
        : LocalDateTime.parse(time).toInstant(ZoneOffset.UTC);
  }
}
