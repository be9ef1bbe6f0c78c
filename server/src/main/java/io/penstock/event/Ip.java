package io.penstock.event;

import java.net.InetAddress;
import java.util.Optional;

/**
 * An IPv4 or IPv6 address as 128 bits; IPv4 is held in its mapped form {@code ::ffff:a.b.c.d}, so
 * both families sort and compare in one space.
 *
 * @param high upper 64 bits
 * @param low lower 64 bits
 */
public record Ip(long high, long low) implements Comparable<Ip> {

  /** {@code ::}, which stands for "no address" in an event. */
  public static final Ip NONE = new Ip(0, 0);

  private static final long V4_MAPPED = 0xffff_0000_0000L;

  /** The IPv4 address of 32 bits. */
  public static Ip v4(int bits) {
    return new Ip(0, v4Low(bits));
  }

  /** The lower half of a mapped IPv4 address. */
  public static long v4Low(int bits) {
    return V4_MAPPED | (bits & 0xffff_ffffL);
  }

  /**
   * Reads an address of 4 or 16 bytes in network order.
   *
   * @throws IllegalArgumentException on any other length
   */
  public static Ip of(byte[] bytes, int offset, int length) {
    if (length == 4) {
      return v4((int) bigEndian(bytes, offset, 4));
    }
    if (length == 16) {
      return new Ip(bigEndian(bytes, offset, 8), bigEndian(bytes, offset + 8, 8));
    }
    throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + length);
  }

  public static Ip of(InetAddress address) {
    var bytes = address.getAddress();
    return of(bytes, 0, bytes.length);
  }

  private static long bigEndian(byte[] bytes, int offset, int length) {
    long value = 0;
    for (int i = 0; i < length; i++) {
      value = value << 8 | bytes[offset + i] & 0xff;
    }
    return value;
  }

  /**
   * Reads the text form of an address: dotted quad or RFC 4291 §2.2, without zone, brackets or
   * names. Never asks a resolver.
   */
  public static Optional<Ip> parse(CharSequence text) {
    return IpText.parse(text);
  }

  public static boolean isV4(long high, long low) {
    return high == 0 && (low & 0xffff_ffff_0000_0000L) == V4_MAPPED;
  }

  public boolean isV4() {
    return isV4(high, low);
  }

  /** The 32 bits of an IPv4 address. */
  public int v4Bits() {
    return (int) low;
  }

  /** 4 or 16 bytes in network order. */
  public byte[] toBytes() {
    int length = isV4() ? 4 : 16;
    var bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      int shift = 8 * (length - 1 - i);
      bytes[i] = (byte) (shift >= 64 ? high >>> (shift - 64) : low >>> shift);
    }
    return bytes;
  }

  @Override
  public int compareTo(Ip other) {
    int upper = Long.compareUnsigned(high, other.high);
    return upper != 0 ? upper : Long.compareUnsigned(low, other.low);
  }

  /** Dotted quad, or the canonical form of RFC 5952. */
  @Override
  public String toString() {
    return IpText.format(high, low);
  }
}
