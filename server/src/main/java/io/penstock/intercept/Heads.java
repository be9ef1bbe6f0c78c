package io.penstock.intercept;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.penstock.exchange.Header;
import io.penstock.exchange.Headers;
import java.util.ArrayList;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads the heads of requests, and refuses every one that two parties could read in two ways: that
 * is how requests are smuggled (RFC 9112 §11.2).
 */
final class Heads {

  /** Put in by Netty where HTTP/2 has pseudo headers. */
  private static final String NETTY_HTTP2 = "x-http2-";

  private Heads() {}

  /** How a head was read. */
  sealed interface Reading {}

  /** It says one thing. */
  record Good(Head head) implements Reading {}

  /** It is refused with a status. */
  record Bad(int status, String why) implements Reading {}

  static Reading read(HttpRequest request, Incoming from, boolean isHttp2, int linesMax) {
    var bad = malformed(request, isHttp2, linesMax);
    if (bad != null) {
      return bad;
    }
    var host = request.headers().get(HttpHeaderNames.HOST);
    var target = request.uri();
    return target.startsWith("/") || target.equals("*")
        ? origin(request, host, from, isHttp2)
        : absolute(request, from, isHttp2);
  }

  /** What is wrong before the target is looked at; null when nothing is. */
  static @Nullable Bad malformed(HttpRequest request, boolean isHttp2, int linesMax) {
    if (request.decoderResult().isFailure()) {
      return undecoded(request.decoderResult().cause());
    }
    if (request.headers().size() > linesMax) {
      return new Bad(431, "too many header lines");
    }
    if (!isToken(request.method().name())) {
      return new Bad(400, "the method is no token");
    }
    if (!isVisible(request.uri())) {
      return new Bad(400, "the target has characters that it cannot have");
    }
    return isHttp2 ? null : framing(request);
  }

  private static Bad undecoded(Throwable why) {
    if (why instanceof TooLongHttpLineException) {
      return new Bad(414, "the request line is too long");
    }
    if (why instanceof TooLongHttpHeaderException) {
      return new Bad(431, "the header is too long");
    }
    return new Bad(400, "not HTTP");
  }

  /** RFC 9112 §3.2 and §6.1: one Host; one way to tell where the body ends. */
  private static @Nullable Bad framing(HttpRequest request) {
    var headers = request.headers();
    var version = request.protocolVersion();
    if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
      return new Bad(505, "not a version of HTTP that is spoken here");
    }
    int hosts = headers.getAll(HttpHeaderNames.HOST).size();
    if (hosts > 1 || hosts == 0 && version.equals(HttpVersion.HTTP_1_1)) {
      return new Bad(400, "one Host field is needed");
    }
    var codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
    if (codings.isEmpty()) {
      return null;
    }
    if (codings.size() > 1
        || !codings.get(0).equalsIgnoreCase("chunked")
        || version.equals(HttpVersion.HTTP_1_0)
        || headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
      return new Bad(400, "the length of the body is ambiguous");
    }
    return null;
  }

  private static boolean isToken(String method) {
    return !method.isEmpty()
        && method.length() <= 64
        && method
            .chars()
            .allMatch(c -> c > 0x20 && c < 0x7f && "\"(),/:;<=>?@[\\]{}".indexOf(c) < 0);
  }

  private static boolean isVisible(String target) {
    for (int i = 0; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c <= 0x20 || c >= 0x7f) {
        return false;
      }
    }
    return !target.isEmpty();
  }

  /** RFC 9112 §3.2.1: the server is in Host, or is the connection's. */
  private static Reading origin(
      HttpRequest request, @Nullable String host, Incoming from, boolean isHttp2) {
    var scheme = from.isSecure() ? "https" : "http";
    int standard = from.towards(from.isSecure() ? 443 : 80);
    var named = host == null || host.isEmpty() ? fallback(from) : parsed(host);
    if (named == null) {
      return new Bad(400, "the Host field names no host");
    }
    var destination = from.destination();
    int port = destination == null ? named.withPort(standard).port() : destination.port();
    return good(request, scheme, new Authority(named.host(), port), request.uri(), isHttp2);
  }

  private static @Nullable Authority parsed(String host) {
    return Authority.parse(host).orElse(null);
  }

  private static @Nullable Authority fallback(Incoming from) {
    var certified = from.certified();
    return certified == null ? null : new Authority(certified, 0);
  }

  /** RFC 9112 §3.2.2: the server is in the target, whatever Host says. */
  private static Reading absolute(HttpRequest request, Incoming from, boolean isHttp2) {
    var uri = request.uri();
    int colon = uri.indexOf("://");
    var scheme = colon < 0 ? "" : uri.substring(0, colon).toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      return new Bad(400, "the target is neither a path nor an address of the web");
    }
    int path = pathFrom(uri, colon + 3);
    var named = Authority.parse(uri.substring(colon + 3, path)).orElse(null);
    if (named == null) {
      return new Bad(400, "the target names no host");
    }
    var rest = uri.substring(path);
    var target = rest.startsWith("/") ? rest : "/" + rest;
    var destination = from.destination();
    if (destination != null) {
      scheme = from.isSecure() ? "https" : "http";
      named = new Authority(named.host(), destination.port());
    }
    return good(
        request, scheme, named.withPort(scheme.equals("https") ? 443 : 80), target, isHttp2);
  }

  private static int pathFrom(String uri, int from) {
    int i = from;
    while (i < uri.length() && "/?#".indexOf(uri.charAt(i)) < 0) {
      i++;
    }
    return i;
  }

  private static Good good(
      HttpRequest request, String scheme, Authority server, String target, boolean isHttp2) {
    return new Good(
        new Head(
            scheme,
            server.host(),
            server.port(),
            request.method().name(),
            target,
            isHttp2 ? "HTTP/2" : request.protocolVersion().text(),
            headers(request.headers())));
  }

  static boolean isConnect(HttpRequest request) {
    return request.method().equals(HttpMethod.CONNECT);
  }

  /** The lines as they were sent. */
  static Headers headers(HttpHeaders headers) {
    if (headers.isEmpty()) {
      return Headers.NONE;
    }
    var lines = new ArrayList<Header>(headers.size());
    var all = headers.iteratorAsString();
    while (all.hasNext()) {
      var line = all.next();
      if (!line.getKey().startsWith(NETTY_HTTP2)) {
        lines.add(new Header(line.getKey(), line.getValue()));
      }
    }
    return new Headers(lines);
  }
}
