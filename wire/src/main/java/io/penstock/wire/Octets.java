package io.penstock.wire;

/** Unsigned big-endian integers in a byte array. The caller has checked the bounds. */
public final class Octets {

  private Octets() {}

  public static int u8(byte[] bytes, int at) {
    return bytes[at] & 0xff;
  }

  public static int u16(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }

  public static long u32(byte[] bytes, int at) {
    return (long) u16(bytes, at) << 16 | u16(bytes, at + 2);
  }

  /** Whether all octets in the range are zero; true for an empty range. */
  public static boolean areZero(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }
}
