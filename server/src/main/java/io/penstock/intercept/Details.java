package io.penstock.intercept;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;

/** The answers that the listeners give by themselves. */
final class Details {

  private Details() {}

  /**
   * @param detail our own words, in which nothing needs escaping
   */
  static byte[] body(String detail) {
    return ("{\"detail\":\"" + detail + "\"}").getBytes(StandardCharsets.UTF_8);
  }

  static HttpHeaders headers() {
    return DefaultHttpHeadersFactory.headersFactory()
        .newHeaders()
        .set(HttpHeaderNames.CONTENT_TYPE, "application/json");
  }
}
