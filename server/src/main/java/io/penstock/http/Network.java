package io.penstock.http;

import io.penstock.event.Ip;
import java.util.Optional;

/**
 * A range of addresses in CIDR notation.
 *
 * @param first its first address
 * @param bits length of the prefix, counted over 128 bits for both families
 */
public record Network(Ip first, int bits) {

  private static final int V4_BITS = 96;

  /** Reads {@code 192.0.2.0/24}, {@code 2001:db8::/32} or a single address. */
  public static Optional<Network> parse(String text) {
    int slash = text.indexOf('/');
    var ip = Ip.parse(slash < 0 ? text : text.substring(0, slash));
    if (ip.isEmpty() || slash < 0) {
      return ip.map(address -> new Network(address, 128));
    }
    var length = text.substring(slash + 1);
    if (!length.matches("\\d{1,3}")) {
      return Optional.empty();
    }
    int bits = Integer.parseInt(length);
    boolean isV4 = ip.get().isV4();
    return bits > (isV4 ? 32 : 128)
        ? Optional.empty()
        : Optional.of(new Network(ip.get(), isV4 ? V4_BITS + bits : bits));
  }

  boolean contains(Ip ip) {
    long high = bits >= 64 ? -1L : bits == 0 ? 0 : -1L << (64 - bits);
    long low = bits <= 64 ? 0 : -1L << (128 - bits);
    return ((ip.high() ^ first.high()) & high) == 0 && ((ip.low() ^ first.low()) & low) == 0;
  }

  /**
   * What one client has for itself: an IPv4 address, or the /64 that every IPv6 host can choose its
   * addresses from.
   */
  static Ip ofOneClient(Ip ip) {
    return ip.isV4() ? ip : new Ip(ip.high(), 0);
  }
}
