package io.penstock.api;

import io.penstock.event.Nanos;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.OptionalLong;

/** Times as clients write them in a query. */
final class Times {

  private static final long LAST_SECOND = Long.MAX_VALUE / Nanos.SECOND;

  private Times() {}

  /** ISO 8601, a day, seconds or milliseconds since 1970, {@code now}, or an age like 15m. */
  static OptionalLong parse(String text, Instant now) {
    if (text.equals("now")) {
      return OptionalLong.of(Nanos.of(now));
    }
    var age = duration(text.startsWith("now-") ? text.substring(4) : text.replaceFirst("^-", ""));
    if (age.isPresent()) {
      return instant(now.minus(age.get()));
    }
    try {
      if (text.matches("\\d{1,15}(\\.\\d{1,9})?")) {
        double number = Double.parseDouble(text);
        return instant(
            number < 1e11
                ? Instant.ofEpochMilli(Math.round(number * 1000))
                : Instant.ofEpochMilli((long) number));
      }
      if (text.length() == 10) {
        return instant(LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant());
      }
      // A plus sign that was not escaped comes out of a query as a space.
      return instant(OffsetDateTime.parse(text.replace(' ', '+')).toInstant());
    } catch (DateTimeException e) {
      return OptionalLong.empty();
    }
  }

  /** A query parameter with a time, else a 422. */
  static Optional<Instant> since(Request request, String name, Instant now) {
    var text = request.query(name);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    var nanos = parse(text.get(), now);
    if (nanos.isEmpty()) {
      throw Refusal.invalidParameter(
          "query",
          name,
          "Input should be a time: RFC 3339, seconds or milliseconds since 1970, or an age like 15m",
          text.get());
    }
    return Optional.of(Nanos.instant(nanos.getAsLong()));
  }

  private static OptionalLong instant(Instant instant) {
    long second = instant.getEpochSecond();
    return second < 0 || second >= LAST_SECOND
        ? OptionalLong.empty()
        : OptionalLong.of(Nanos.of(instant));
  }

  /** A whole number and a unit: s, m, h or d. */
  static Optional<Duration> duration(String text) {
    if (!text.matches("\\d{1,9}[smhd]")) {
      return Optional.empty();
    }
    long number = Long.parseLong(text.substring(0, text.length() - 1));
    return Optional.of(
        switch (text.charAt(text.length() - 1)) {
          case 's' -> Duration.ofSeconds(number);
          case 'm' -> Duration.ofMinutes(number);
          case 'h' -> Duration.ofHours(number);
          default -> Duration.ofDays(number);
        });
  }
}
