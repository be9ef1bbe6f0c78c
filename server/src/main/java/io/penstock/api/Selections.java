package io.penstock.api;

import io.penstock.api.EventQueries.Selection;
import io.penstock.event.Nanos;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import java.time.Instant;

/** Which events a request asks for: {@code from}, {@code to} and {@code filter}. */
final class Selections {

  private static final int FILTER_LENGTH_MAX = 4_096;

  private Selections() {}

  /**
   * @param lookBackNanos how far back it reaches unless the request says; 0 for everything
   */
  static Selection of(Request request, long lookBackNanos, Instant now) {
    long from = time(request, "from", lookBackNanos == 0 ? 0 : Nanos.of(now) - lookBackNanos, now);
    long to = time(request, "to", Long.MAX_VALUE, now);
    var filter = request.query("filter").orElse(null);
    if (filter != null && filter.length() > FILTER_LENGTH_MAX) {
      throw Refusal.badRequest(
          "bad_filter", "The filter is longer than " + FILTER_LENGTH_MAX + " characters");
    }
    return new Selection(request.tenant(), from, to, filter);
  }

  private static long time(Request request, String name, long byDefault, Instant now) {
    var text = request.query(name);
    if (text.isEmpty()) {
      return byDefault;
    }
    var nanos = Times.parse(text.get(), now);
    if (nanos.isEmpty()) {
      throw noTime(name, text.get());
    }
    return nanos.getAsLong();
  }

  /** The parameter is no time. */
  static Refusal noTime(String name, String text) {
    return Refusal.invalidParameter(
        "query",
        name,
        "Input should be a time: ISO 8601, seconds or milliseconds since 1970, or an age like 15m",
        text);
  }
}
