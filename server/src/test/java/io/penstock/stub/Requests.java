package io.penstock.stub;

import io.penstock.exchange.Asked;
import io.penstock.exchange.Content;
import io.penstock.exchange.Headers;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** Requests for tests. */
public final class Requests {

  private Requests() {}

  public static Asked get(String url, String... headers) {
    return asked("GET", url, new byte[0], headers);
  }

  public static Asked post(String url, String body, String... headers) {
    return asked("POST", url, body.getBytes(StandardCharsets.UTF_8), headers);
  }

  public static Asked asked(String method, String url, byte[] body, String... headers) {
    int path = url.indexOf('/', url.indexOf("://") + 3);
    var origin = URI.create(url.substring(0, path));
    int standard = origin.getScheme().equals("https") ? 443 : 80;
    return new Asked(
        origin.getScheme(),
        origin.getHost(),
        origin.getPort() < 0 ? standard : origin.getPort(),
        method,
        url.substring(path),
        "HTTP/1.1",
        Headers.of(headers),
        Content.of(body));
  }
}
