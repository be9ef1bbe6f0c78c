package io.penstock.dial;

import io.penstock.event.Ip;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;

/**
 * How hosts are written. Resolvers take numbers in many forms for IPv4 addresses ({@code
 * 2130706433}, {@code 0x7f.1}, {@code 0177.0.0.1}) and differ in what they make of them; here only
 * four decimal parts are an address, and nothing else that ends in a number is a name.
 */
final class Hosts {

  private static final int LENGTH_MAX = 255;

  private Hosts() {}

  /** A host without the brackets of a URL and without the dot of the root. */
  static String name(String host) {
    boolean isBracketed = host.length() > 2 && host.startsWith("[") && host.endsWith("]");
    var bare = isBracketed ? host.substring(1, host.length() - 1) : host;
    return bare.length() > 1 && bare.endsWith(".") ? bare.substring(0, bare.length() - 1) : bare;
  }

  /**
   * The address that a host is; empty when it is a name.
   *
   * @throws UnknownHostException when it is neither
   */
  static Optional<InetAddress> literal(String host) throws UnknownHostException {
    var name = name(host);
    if (name.isEmpty() || name.length() > LENGTH_MAX) {
      throw new UnknownHostException("a host has 1 to " + LENGTH_MAX + " characters");
    }
    if (name.indexOf(':') >= 0) {
      try {
        return Optional.of(InetAddress.ofLiteral(name));
      } catch (IllegalArgumentException e) {
        throw unknown(name + " is no IPv6 address", e);
      }
    }
    var ip = Ip.parse(name);
    if (ip.isPresent()) {
      return Optional.of(InetAddress.getByAddress(ip.get().toBytes()));
    }
    if (endsInNumber(name)) {
      throw new UnknownHostException(name + " is neither a name nor four decimal numbers");
    }
    return Optional.empty();
  }

  /** No name on the Internet does: top-level domains are not numeric (RFC 3696 §2). */
  private static boolean endsInNumber(String name) {
    var last = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    boolean isHex = last.startsWith("0x");
    for (int i = isHex ? 2 : 0; i < last.length(); i++) {
      char c = last.charAt(i);
      boolean isDigit = c >= '0' && c <= '9' || isHex && c >= 'a' && c <= 'f';
      if (!isDigit) {
        return false;
      }
    }
    return true;
  }

  private static UnknownHostException unknown(String message, Exception cause) {
    var exception = new UnknownHostException(message);
    exception.initCause(cause);
    return exception;
  }
}
