package io.penstock.upstream;

/**
 * A server that a client means.
 *
 * @param scheme {@code http} or {@code https}; a WebSocket's is that of the request it begins as
 * @param host as {@link io.penstock.exchange.HostName} writes it
 */
public record Target(String scheme, String host, int port) {

  boolean isSecure() {
    return scheme.equals("https");
  }

  /** Host and port as a request line has them (RFC 9112 §3.2.3). */
  String authority() {
    return HostPort.text(host, port);
  }

  /** The beginning of a request's target for a proxy (RFC 9112 §3.2.2). */
  String absolute() {
    return port == 80 && !isSecure() ? scheme + "://" + HostPort.host(host) : toString();
  }

  @Override
  public String toString() {
    return scheme + "://" + authority();
  }
}
