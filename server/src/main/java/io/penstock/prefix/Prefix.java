package io.penstock.prefix;

import io.penstock.event.Ip;
import java.util.Optional;

/**
 * A CIDR prefix of either family, in the one address space of {@link Ip}: an IPv4 prefix is 96 bits
 * longer than it is written.
 *
 * @param first the lowest address; no bit is set behind the prefix
 * @param bits length in the 128-bit space, 0 to 128
 */
public record Prefix(Ip first, int bits) {

  private static final int V4_BITS = 96;

  public Prefix {
    first = new Ip(first.high() & highMask(bits), first.low() & lowMask(bits));
  }

  /** The prefix of one address. */
  public static Prefix of(Ip ip) {
    return new Prefix(ip, 128);
  }

  /**
   * Reads {@code 192.0.2.0/24}, {@code 2001:db8::/32} or a single address. Host bits may be set and
   * are cleared, as most tools do.
   */
  public static Optional<Prefix> parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return Ip.parse(text).map(Prefix::of);
    }
    int written = decimal(text, slash + 1);
    return Ip.parse(text.substring(0, slash))
        .filter(ip -> written >= 0 && written <= (ip.isV4() ? 32 : 128))
        .map(ip -> new Prefix(ip, ip.isV4() ? V4_BITS + written : written));
  }

  private static int decimal(String text, int start) {
    if (start >= text.length() || text.length() - start > 3) {
      return -1;
    }
    int value = 0;
    for (int i = start; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      value = value * 10 + c - '0';
    }
    return value;
  }

  /** The upper 64 bits of an address that a prefix of so many bits fixes. */
  public static long highMask(int bits) {
    if (bits >= 64) {
      return -1L;
    }
    return bits == 0 ? 0 : -1L << (64 - bits);
  }

  /** The lower 64 bits of it. */
  public static long lowMask(int bits) {
    if (bits <= 64) {
      return 0;
    }
    return -1L << (128 - bits);
  }

  public boolean contains(Ip ip) {
    return (ip.high() & highMask(bits)) == first.high()
        && (ip.low() & lowMask(bits)) == first.low();
  }

  /** Whether it covers every address of a family. */
  public boolean isEverything() {
    return bits == 0 || isV4() && bits == V4_BITS;
  }

  /** Whether it is one of IPv4 addresses. */
  public boolean isV4() {
    return bits >= V4_BITS && first.isV4();
  }

  /** CIDR notation; a single address is written without its length. */
  @Override
  public String toString() {
    if (bits == 128) {
      return first.toString();
    }
    return first + "/" + (isV4() ? bits - V4_BITS : bits);
  }
}
