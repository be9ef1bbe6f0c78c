package io.penstock.exporters;

import io.penstock.event.Ip;
import org.jspecify.annotations.Nullable;

/**
 * The head of an sFlow v5 datagram, as much as tells who sent it and which one it is.
 *
 * @param subAgent the part of the agent that counts by itself
 * @param sequence its number
 * @param uptimeMillis how long the agent has been up
 * @param samples how many samples it says it holds
 */
record SflowHeader(long subAgent, long sequence, long uptimeMillis, long samples) {

  private static final int VERSION = 5;
  private static final int ADDRESS = 8;

  /** sFlow's version takes 32 bits, NetFlow's 16, so they cannot be mistaken for one another. */
  static boolean isSflow(byte[] bytes, int offset, int length) {
    return length >= ADDRESS && u32(bytes, offset) == VERSION;
  }

  /** The agent's address; null when this is no sFlow, or the agent does not know it. */
  static @Nullable Ip agent(byte[] bytes, int offset, int length) {
    if (!isSflow(bytes, offset, length)) {
      return null;
    }
    int octets = addressLength(bytes, offset);
    if (octets == 0 || length < ADDRESS + octets) {
      return null;
    }
    var ip = Ip.of(bytes, offset + ADDRESS, octets);
    return ip.equals(Ip.NONE) || ip.isV4() && ip.v4Bits() == 0 ? null : ip;
  }

  static @Nullable SflowHeader read(byte[] bytes, int offset, int length) {
    int at = ADDRESS + addressLength(bytes, offset);
    if (length < at + 16) {
      return null;
    }
    int from = offset + at;
    return new SflowHeader(
        u32(bytes, from), u32(bytes, from + 4), u32(bytes, from + 8), u32(bytes, from + 12));
  }

  private static int addressLength(byte[] bytes, int offset) {
    return switch ((int) u32(bytes, offset + 4)) {
      case 1 -> 4;
      case 2 -> 16;
      default -> 0;
    };
  }

  private static long u32(byte[] bytes, int at) {
    return (bytes[at] & 0xffL) << 24
        | (bytes[at + 1] & 0xffL) << 16
        | (bytes[at + 2] & 0xffL) << 8
        | bytes[at + 3] & 0xffL;
  }
}
