package io.penstock.intercept;

import io.penstock.event.Ip;
import io.penstock.exchange.HostName;
import java.util.Optional;

/**
 * Host and port as they are written in a Host field, in the target of CONNECT or in an absolute
 * target (RFC 3986 §3.2), without user information, which RFC 9110 §4.2.4 wants refused.
 *
 * @param host as {@link HostName} writes it, addresses of IPv6 in their canonical form
 * @param port 0 when none is written
 */
record Authority(String host, int port) {

  private static final int PORT_MAX = 65_535;

  /** Reads one; empty for what is none, and for port 0. */
  static Optional<Authority> parse(String text) {
    int end = text.startsWith("[") ? text.indexOf(']') + 1 : text.indexOf(':');
    if (text.startsWith("[") && end == 0) {
      return Optional.empty();
    }
    end = end < 0 ? text.length() : end;
    int port = end == text.length() ? 0 : port(text, end);
    return port < 0 ? Optional.empty() : of(text.substring(0, end), port);
  }

  /** From a host that is written alone. */
  static Optional<Authority> of(String host, int port) {
    return HostName.of(host).flatMap(Authority::canonical).map(name -> new Authority(name, port));
  }

  private static Optional<String> canonical(String name) {
    return name.indexOf(':') < 0 ? Optional.of(name) : Ip.parse(name).map(Ip::toString);
  }

  /** The port behind a colon; -1 when there is none, or none that can be. */
  private static int port(String text, int colon) {
    int digits = text.length() - colon - 1;
    if (text.charAt(colon) != ':' || digits < 1 || digits > 5) {
      return -1;
    }
    int port = 0;
    for (int i = colon + 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      port = 10 * port + c - '0';
    }
    return port == 0 || port > PORT_MAX ? -1 : port;
  }

  Authority withPort(int standard) {
    return port == 0 ? new Authority(host, standard) : this;
  }

  boolean isAddress() {
    return Ip.parse(host).isPresent();
  }

  /** As in the target of CONNECT. */
  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
