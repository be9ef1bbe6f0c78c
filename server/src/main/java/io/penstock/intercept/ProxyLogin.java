package io.penstock.intercept;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Reads what a client of the proxy says about itself: Basic credentials (RFC 7617). */
final class ProxyLogin {

  private static final String SCHEME = "Basic ";

  private ProxyLogin() {}

  /** Who it is; null when nobody that is known. */
  static @Nullable Login check(String given, Logins logins) {
    if (!given.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return null;
    }
    try {
      var octets = Base64.getDecoder().decode(given.substring(SCHEME.length()).strip());
      var pair = new String(octets, StandardCharsets.UTF_8);
      int colon = pair.indexOf(':');
      return colon < 0 ? null : logins.check(pair.substring(0, colon), pair.substring(colon + 1));
    } catch (IllegalArgumentException _) {
      return null;
    }
  }
}
