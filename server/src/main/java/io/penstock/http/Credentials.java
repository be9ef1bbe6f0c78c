package io.penstock.http;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.util.Optional;

/** Finds the key that a request shows. */
final class Credentials {

  private static final String BEARER = "bearer";

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
