package io.penstock.shape;

import io.penstock.event.Event;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the members of an exchange say that other schemas have a field for. All of it is null where
 * the details are encrypted.
 *
 * @param url as it was redacted
 * @param query of it, without the question mark
 * @param version of HTTP, such as {@code 2}
 * @param contentType of the answer
 */
record ExchangeDetails(
    @Nullable String url,
    @Nullable String query,
    @Nullable String version,
    @Nullable String userAgent,
    @Nullable String referrer,
    @Nullable String contentType) {

  private static final ExchangeDetails NONE =
      new ExchangeDetails(null, null, null, null, null, null);

  static ExchangeDetails of(Event event) {
    if (event.extra().length == 0) {
      return NONE;
    }
    try {
      var members = "{" + new String(event.extra(), StandardCharsets.UTF_8) + "}";
      return JsonTree.parse(members) instanceof Map<?, ?> map ? of(map) : NONE;
    } catch (MalformedJsonException deeperThanWeRead) {
      // The members are written as they are in any case.
      return NONE;
    }
  }

  private static ExchangeDetails of(Map<?, ?> members) {
    var url = text(members.get("url"));
    int question = url == null ? -1 : url.indexOf('?');
    var version = text(members.get("http_version"));
    return new ExchangeDetails(
        url,
        url == null || question < 0 ? null : url.substring(question + 1),
        version == null ? null : version.substring(version.indexOf('/') + 1),
        header(members.get("request_headers"), "user-agent"),
        header(members.get("request_headers"), "referer"),
        header(members.get("response_headers"), "content-type"));
  }

  /** The first value of a header in a list of names and values. */
  private static @Nullable String header(@Nullable Object headers, String name) {
    if (headers instanceof List<?> lines) {
      for (var line : lines) {
        if (line instanceof List<?> pair
            && pair.size() == 2
            && pair.get(0) instanceof String one
            && one.equalsIgnoreCase(name)) {
          return text(pair.get(1));
        }
      }
    }
    return null;
  }

  private static @Nullable String text(@Nullable Object value) {
    return value instanceof String text ? text : null;
  }
}
