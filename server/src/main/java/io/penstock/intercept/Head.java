package io.penstock.intercept;

import io.penstock.exchange.Asked;
import io.penstock.exchange.Content;
import io.penstock.exchange.Headers;

/**
 * A request without its body.
 *
 * @param host whom it says it is for
 */
record Head(
    String scheme,
    String host,
    int port,
    String method,
    String target,
    String version,
    Headers headers) {

  private static final String UNKNOWN = "unknown";

  /** Of a connection that is passed on. */
  static Head connect(Authority meant, String scheme, Headers headers) {
    return new Head(
        scheme, meant.host(), meant.port(), "CONNECT", meant.toString(), "HTTP/1.1", headers);
  }

  /** Of what cannot be read as a request; its host is the connection's, if that has one. */
  static Head unreadable(Incoming from, String method, String target, Headers headers) {
    var scheme = from.isSecure() ? "https" : "http";
    var certified = from.certified();
    int port = from.meant == null ? from.towards(from.isSecure() ? 443 : 80) : from.meant.port();
    return new Head(
        scheme, certified == null ? UNKNOWN : certified, port, method, target, "HTTP/1.1", headers);
  }

  Asked asked(Content body) {
    return new Asked(scheme, host, port, method, target, version, headers, body);
  }

  /** The path as sent, without the query. */
  String path() {
    int question = target.indexOf('?');
    return question < 0 ? target : target.substring(0, question);
  }
}
