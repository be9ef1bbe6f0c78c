package io.penstock.forward;

import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * A UDP datagram (RFC 768) in an IP packet of our own making, or in several when it is longer than
 * the interface takes: raw sockets do not cut packets. The headers of each fragment are written in
 * front of its part of the payload, over the part before, which has been sent by then: nothing is
 * copied twice. One is used for datagram after datagram.
 */
final class Packet {

  private static final int V4_HEADER = 20;
  private static final int V6_HEADER = 40;
  private static final int V6_FRAGMENT_HEADER = 8;
  private static final int UDP_HEADER = 8;

  /** In front of the UDP header; a multiple of 8, so that words of the checksum are aligned. */
  private static final int ROOM = V6_HEADER + V6_FRAGMENT_HEADER;

  /** The most that IPv4's total length and IPv6's payload length can say. */
  private static final int LENGTH_MAX = 65_535;

  /** Zeros behind the datagram, for the words of the checksum. */
  private static final int PADDING = 8;

  private static final int UDP = 17;
  private static final int FRAGMENT = 44;
  private static final int HOPS = 64;
  private static final int MORE_FRAGMENTS_V4 = 0x2000;

  private final ByteBuffer buffer = ByteBuffer.allocateDirect(ROOM + LENGTH_MAX + PADDING);
  private final MemorySegment segment = MemorySegment.ofBuffer(buffer);
  private byte[] source = new byte[0];
  private byte[] target = new byte[0];
  private int udpLength;

  /** Of fragmented ones alone: the kernel numbers the others (RFC 6864 §4.1). */
  private int identification;

  /** Where packets go. */
  interface Line {

    /** Sends one; 0, or the system's number for what was wrong. */
    int send(MemorySegment packet);
  }

  /**
   * Makes it a datagram between two addresses of one family.
   *
   * @return false if it is longer than such a packet can be
   */
  boolean set(InetSocketAddress from, InetAddress to, int toPort, ByteBuffer payload) {
    source = from.getAddress().getAddress();
    target = to.getAddress();
    udpLength = UDP_HEADER + payload.remaining();
    if (udpLength + (isV4() ? V4_HEADER : 0) > LENGTH_MAX) {
      return false;
    }
    buffer.clear().position(ROOM);
    buffer
        .putShort((short) from.getPort())
        .putShort((short) toPort)
        .putShort((short) udpLength)
        .putShort((short) 0)
        .put(payload)
        .putLong(0);
    buffer.putShort(ROOM + 6, checksum());
    return true;
  }

  private boolean isV4() {
    return source.length == 4;
  }

  /** Over the pseudo-header, too (RFC 768, RFC 8200 §8.1); an odd octet is padded with zero. */
  private short checksum() {
    long sum = words(source) + words(target) + UDP + udpLength;
    for (int at = ROOM; at < ROOM + udpLength; at += 4) {
      sum += buffer.getInt(at) & 0xffff_ffffL;
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    int complement = (int) ~sum & 0xffff;
    // Zero would mean that there is none.
    return (short) (complement == 0 ? 0xffff : complement);
  }

  private static long words(byte[] address) {
    long sum = 0;
    for (int i = 0; i < address.length; i += 2) {
      sum += (address[i] & 0xff) << 8 | address[i + 1] & 0xff;
    }
    return sum;
  }

  /**
   * Sends it, in as many pieces as it takes.
   *
   * @param mtu the largest packet, headers included, that the interface takes
   * @return 0, or the system's number for what was wrong with a piece; those after it are not sent
   */
  int send(int mtu, Line line) {
    int whole = udpLength + (isV4() ? V4_HEADER : V6_HEADER);
    if (whole <= mtu) {
      return line.send(isV4() ? v4(0, udpLength, 0, 0) : v6(udpLength));
    }
    identification++;
    int headers = isV4() ? V4_HEADER : ROOM;
    // All fragments but the last are multiples of 8 long (RFC 791 §2.3, RFC 8200 §4.5).
    int most = Math.max(8, mtu - headers & ~7);
    for (int offset = 0; offset < udpLength; offset += most) {
      int length = Math.min(most, udpLength - offset);
      int error = line.send(fragment(offset, length, offset + length < udpLength));
      if (error != 0) {
        return error;
      }
    }
    return 0;
  }

  private MemorySegment fragment(int offset, int length, boolean hasMore) {
    return isV4()
        // An identification of zero would be replaced, another in each fragment.
        ? v4(offset, length, identification | 0x8000, hasMore ? MORE_FRAGMENTS_V4 : 0)
        : v6Fragment(offset, length, hasMore);
  }

  /** RFC 791 §3.1; the kernel fills in the header's checksum (raw(7), IP_HDRINCL). */
  private MemorySegment v4(int offset, int length, int id, int flags) {
    int start = ROOM + offset - V4_HEADER;
    buffer
        .position(start)
        .putShort((short) 0x4500)
        .putShort((short) (V4_HEADER + length))
        .putShort((short) id)
        .putShort((short) (flags | offset >>> 3))
        .put((byte) HOPS)
        .put((byte) UDP)
        .putShort((short) 0)
        .put(source)
        .put(target);
    return segment.asSlice(start, V4_HEADER + length);
  }

  /** RFC 8200 §3. */
  private MemorySegment v6(int length) {
    int start = ROOM - V6_HEADER;
    v6Header(start, length, UDP);
    return segment.asSlice(start, V6_HEADER + length);
  }

  /** RFC 8200 §4.5. */
  private MemorySegment v6Fragment(int offset, int length, boolean hasMore) {
    int start = offset; // as much room as both headers take
    v6Header(start, V6_FRAGMENT_HEADER + length, FRAGMENT);
    buffer
        .put((byte) UDP)
        .put((byte) 0)
        .putShort((short) (offset | (hasMore ? 1 : 0)))
        .putInt(identification);
    return segment.asSlice(start, ROOM + length);
  }

  private void v6Header(int start, int length, int next) {
    buffer
        .position(start)
        .putInt(6 << 28)
        .putShort((short) length)
        .put((byte) next)
        .put((byte) HOPS)
        .put(source)
        .put(target);
  }
}
