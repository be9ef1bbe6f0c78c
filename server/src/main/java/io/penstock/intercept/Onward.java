package io.penstock.intercept;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * The fields of a message that is forwarded: all of them as they came, but for those that are about
 * the connection alone (RFC 9110 §7.6.1). Transfer-Encoding stays, where it is the framing that the
 * next connection has too.
 */
final class Onward {

  private static final Set<String> OF_CONNECTION =
      Set.of("connection", "keep-alive", "proxy-connection", "te", "upgrade", "http2-settings");

  private static final String NETTY_HTTP2 = "x-http2-";

  private Onward() {}

  /**
   * @param isUpgrade whether the connection is to become another protocol's (RFC 9110 §7.8)
   */
  static HttpHeaders request(HttpHeaders came, boolean isUpgrade, boolean isOpenProxy) {
    var forwarded = forwarded(came, isUpgrade);
    if (isOpenProxy) {
      forwarded.remove(HttpHeaderNames.PROXY_AUTHORIZATION);
    }
    // gRPC's servers insist on it, and it means the same on every hop that keeps trailers.
    if (came.containsValue(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS, true)) {
      forwarded.set(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS);
    }
    return forwarded;
  }

  static HttpHeaders response(HttpHeaders came, boolean isUpgrade) {
    return forwarded(came, isUpgrade);
  }

  private static HttpHeaders forwarded(HttpHeaders came, boolean isUpgrade) {
    var dropped = named(came);
    // They were checked when they were read, or are an upstream's own affair.
    var kept = DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    var lines = came.iteratorCharSequence();
    while (lines.hasNext()) {
      var line = lines.next();
      var name = line.getKey().toString().toLowerCase(Locale.ROOT);
      boolean isDropped = dropped.contains(name) && !(isUpgrade && isOfUpgrade(name));
      if (!isDropped && !name.startsWith(NETTY_HTTP2)) {
        kept.add(line.getKey(), line.getValue());
      }
    }
    if (isUpgrade) {
      kept.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
    }
    return kept;
  }

  private static boolean isOfUpgrade(String name) {
    return name.equals("connection") || name.equals("upgrade");
  }

  private static Set<String> named(HttpHeaders came) {
    var connection = came.getAll(HttpHeaderNames.CONNECTION);
    if (connection.isEmpty()) {
      return OF_CONNECTION;
    }
    var dropped = new HashSet<>(OF_CONNECTION);
    for (var value : connection) {
      for (var option : value.split(",")) {
        var name = option.strip().toLowerCase(Locale.ROOT);
        // What frames or addresses the message cannot be taken out of it.
        if (!name.equals("content-length") && !name.equals("host")) {
          dropped.add(name);
        }
      }
    }
    dropped.remove("transfer-encoding");
    return dropped;
  }

  /** Whether a request asks for another protocol (RFC 9110 §7.8), such as a WebSocket. */
  static boolean isUpgrade(HttpHeaders headers) {
    return headers.contains(HttpHeaderNames.UPGRADE)
        && headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true);
  }
}
