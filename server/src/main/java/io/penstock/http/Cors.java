package io.penstock.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.webserver.http.ServerRequest;
import java.util.List;

/** Says to browsers which origins' scripts may call (Fetch Standard §3.2). */
final class Cors {

  private final List<String> origins;
  private final boolean all;

  Cors(List<String> origins) {
    this.origins = List.copyOf(origins);
    this.all = origins.contains("*");
  }

  static boolean isPreflight(ServerRequest request) {
    return request.prologue().method().text().equals("OPTIONS")
        && request.headers().contains(HeaderNames.ORIGIN)
        && request.headers().contains(HeaderNames.ACCESS_CONTROL_REQUEST_METHOD);
  }

  /**
   * Whether a page that is neither of this server nor of an origin that is named sent the request;
   * {@code *} names nobody. The scheme is not compared: a proxy in front may speak TLS for us.
   */
  boolean isOfForeignPage(ServerRequest request) {
    var origin = request.headers().first(HeaderNames.ORIGIN);
    if (origin.isEmpty() || origins.contains(origin.get())) {
      return false;
    }
    var host = request.headers().first(HeaderNames.HOST).orElse("");
    int authority = origin.get().indexOf("://");
    return authority < 0 || !origin.get().substring(authority + 3).equalsIgnoreCase(host);
  }

  void addTo(ServerRequest request, ServerResponseHeaders headers) {
    var origin = request.headers().first(HeaderNames.ORIGIN);
    if (origin.isEmpty()) {
      return;
    }
    if (!all) {
      headers.set(HeaderNames.VARY, "Origin");
      if (!origins.contains(origin.get())) {
        return;
      }
    }
    headers.set(HeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, all ? "*" : origin.get());
    headers.set(
        HeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS,
        "X-Request-ID, X-API-Version, Retry-After, RateLimit-Limit, RateLimit-Remaining,"
            + " RateLimit-Reset, ETag, Content-Disposition");
  }

  /** The headers of a preflight's answer; keys travel in headers, so no credentials mode. */
  void addPreflightTo(ServerRequest request, ServerResponseHeaders headers) {
    headers.set(
        HeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    headers.set(
        HeaderNames.ACCESS_CONTROL_ALLOW_HEADERS,
        "Authorization, X-API-Key, Content-Type, Content-Encoding, Idempotency-Key, X-Request-ID,"
            + " X-Trace-Id, X-Tenant-ID, X-Source-Id, X-Collector-ID, If-None-Match,"
            + " Last-Event-ID");
    headers.set(HeaderNames.ACCESS_CONTROL_MAX_AGE, "600");
  }
}
