package io.penstock.http;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.util.Optional;
import java.util.regex.Pattern;

/** Finds the key that a request shows. */
final class Credentials {

  private static final String BEARER = "bearer";

  private static final Pattern IN_PATH =
      Pattern.compile("(?i)(key|ticket|token|password|secret|authorization)=[^/&;]*");

  private Credentials() {}

  /** From {@code Authorization}, with or without the word Bearer, else from {@code X-API-Key}. */
  static Optional<String> of(ServerRequest request) {
    return request
        .headers()
        .first(HeaderNames.AUTHORIZATION)
        .map(Credentials::withoutScheme)
        .filter(Credentials::isThere)
        .or(() -> request.headers().first(HeaderNames.create("X-API-Key")).map(String::strip))
        .filter(Credentials::isThere);
  }

  /** From the query, where a route allows that. */
  static Optional<String> inQuery(ServerRequest request, String name) {
    var query = request.query();
    return query.contains(name)
        ? query.first(name).asOptional().filter(value -> !value.isEmpty())
        : Optional.empty();
  }

  /** A path without a secret that somebody wrote into it for want of a question mark. */
  static String scrubbed(String path) {
    return path.indexOf('=') < 0 ? path : IN_PATH.matcher(path).replaceAll("$1=[REDACTED]");
  }

  private static boolean isThere(String key) {
    return !key.isEmpty();
  }

  private static String withoutScheme(String value) {
    String text = value.strip();
    if (!text.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return text;
    }
    if (text.length() == BEARER.length()) {
      return "";
    }
    return Character.isWhitespace(text.charAt(BEARER.length()))
        ? text.substring(BEARER.length()).strip()
        : text;
  }
}
