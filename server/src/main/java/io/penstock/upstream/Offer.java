package io.penstock.upstream;

import java.util.List;

/** Which versions of HTTP a client would take, of those that we speak (RFC 7301 §3). */
enum Offer {
  HTTP_1,
  HTTP_2,
  BOTH;

  /** Nothing that we know means the version that everybody speaks. */
  static Offer of(List<String> alpn) {
    boolean isTwo = alpn.contains("h2");
    boolean isOne = alpn.contains("http/1.1");
    if (isTwo) {
      return isOne ? BOTH : HTTP_2;
    }
    return HTTP_1;
  }

  /** Their names, the best first. */
  String[] protocols() {
    return switch (this) {
      case HTTP_1 -> new String[] {"http/1.1"};
      case HTTP_2 -> new String[] {"h2"};
      case BOTH -> new String[] {"h2", "http/1.1"};
    };
  }

  boolean hasTwo() {
    return this != HTTP_1;
  }
}
