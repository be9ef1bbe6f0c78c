package io.penstock.capture;

import io.penstock.wire.Octets;
import io.penstock.wire.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Takes UDP payloads and IPFIX messages of TCP streams out of captured packets: link layer, IPv4 or
 * IPv6 with its extension headers, fragments put together, transport. A packet that makes no sense
 * is counted and passed over.
 */
final class PacketPayloads implements PayloadSource {

  private static final int TCP = 6;
  private static final int UDP = 17;

  /** Extension headers believed in one packet. */
  private static final int CHAIN_MAX = 16;

  private final FrameReader frames;
  private final CaptureCounts counts;
  private final LinkLayer links = new LinkLayer();
  private final Fragments fragments;
  private final TcpStreams streams;
  private final ArrayDeque<Payload> ready = new ArrayDeque<>();

  PacketPayloads(FrameReader frames, CaptureCounts counts) {
    this.frames = frames;
    this.counts = counts;
    this.fragments = new Fragments(counts);
    this.streams = new TcpStreams(counts, ready::add);
  }

  @Override
  public @Nullable Payload next() throws CaptureException {
    while (ready.isEmpty()) {
      var frame = frames.next();
      if (frame == null) {
        fragments.finish();
        streams.finish();
        return ready.poll();
      }
      counts.packets++;
      link(frame);
    }
    return ready.poll();
  }

  private void link(Frame frame) {
    int at = links.packetAt(frame);
    switch (at) {
      case LinkLayer.NO_PACKET -> counts.skipped++;
      case LinkLayer.MALFORMED -> counts.malformed++;
      default -> version(frame, at);
    }
  }

  private void version(Frame frame, int at) {
    switch (frame.bytes()[at] >> 4 & 0xf) {
      case 4 -> ipv4(frame, at);
      case 6 -> ipv6(frame, at);
      default -> counts.malformed++;
    }
  }

  private void ipv4(Frame frame, int at) {
    var bytes = frame.bytes();
    int headerLength = (bytes[at] & 0xf) * 4;
    if (headerLength < 20 || at + headerLength > bytes.length) {
      counts.malformed++;
      return;
    }
    int totalLength = Octets.u16(bytes, at + 2);
    // Zero is what segmentation offload leaves for the network card to fill in.
    int length = totalLength == 0 ? wireLength(frame, at) : totalLength;
    if (length < headerLength) {
      counts.malformed++;
      return;
    }
    int flagsAndOffset = Octets.u16(bytes, at + 6);
    var packet =
        new Packet(
            frame.timeNanos(),
            address(bytes, at + 12, 4),
            address(bytes, at + 16, 4),
            Octets.u8(bytes, at + 9),
            bytes,
            at + headerLength,
            Math.min(at + length, bytes.length),
            at + length > bytes.length);
    boolean hasMore = (flagsAndOffset & 0x2000) != 0;
    int fragmentAt = (flagsAndOffset & 0x1fff) * 8;
    if (hasMore || fragmentAt > 0) {
      fragment(packet, Octets.u16(bytes, at + 4), fragmentAt, hasMore);
      return;
    }
    transport(packet);
  }

  private void ipv6(Frame frame, int at) {
    var bytes = frame.bytes();
    if (at + 40 > bytes.length) {
      counts.malformed++;
      return;
    }
    int payloadLength = Octets.u16(bytes, at + 4);
    int length = payloadLength == 0 ? wireLength(frame, at) : 40 + payloadLength;
    int end = Math.min(at + length, bytes.length);
    boolean isCut = at + length > bytes.length;
    int next = Octets.u8(bytes, at + 6);
    int header = at + 40;
    for (int chain = 0; isExtension(next) && chain < CHAIN_MAX; chain++) {
      if (header + 8 > end) {
        counts.malformed++;
        return;
      }
      int following = Octets.u8(bytes, header);
      if (next == 44) {
        int field = Octets.u16(bytes, header + 2);
        var part = packet6(frame, at, following, header + 8, end, isCut);
        long id = Octets.u32(bytes, header + 4);
        if ((field & 0xfff9) != 0) {
          fragment(part, id, field & 0xfff8, (field & 1) != 0);
          return;
        }
        // An atomic fragment is a whole packet (RFC 6946).
        header += 8;
      } else {
        int words = Octets.u8(bytes, header + 1);
        // The authentication header counts in units of 4, less 2 (RFC 4302 §2.2).
        header += next == 51 ? (words + 2) * 4 : (words + 1) * 8;
      }
      next = following;
    }
    if (header > end) {
      counts.malformed++;
      return;
    }
    transport(packet6(frame, at, next, header, end, isCut));
  }

  private static Packet packet6(
      Frame frame, int at, int protocol, int start, int end, boolean isCut) {
    var bytes = frame.bytes();
    return new Packet(
        frame.timeNanos(),
        address(bytes, at + 8, 16),
        address(bytes, at + 24, 16),
        protocol,
        bytes,
        start,
        end,
        isCut);
  }

  /** Hop-by-hop, routing, fragment, authentication, destination options, mobility, HIP, shim6. */
  private static boolean isExtension(int header) {
    return switch (header) {
      case 0, 43, 44, 51, 60, 135, 139, 140 -> true;
      default -> false;
    };
  }

  /** What the network packet at {@code at} had on the wire, as far as the frame tells. */
  private static int wireLength(Frame frame, int at) {
    return (int) Math.min(frame.originalLength(), FrameReader.FRAME_BYTES_MAX) - at;
  }

  private void fragment(Packet part, long id, int at, boolean hasMore) {
    if (part.protocol() != UDP && part.protocol() != TCP) {
      counts.skipped++;
      return;
    }
    var whole = fragments.add(part, id, at, hasMore);
    if (whole != null) {
      transport(whole);
    }
  }

  private void transport(Packet packet) {
    switch (packet.protocol()) {
      case UDP -> udp(packet);
      case TCP -> streams.add(packet);
      default -> counts.skipped++;
    }
  }

  private void udp(Packet packet) {
    int at = packet.start();
    if (packet.end() - at < 8) {
      counts.malformed++;
      return;
    }
    var bytes = packet.bytes();
    int stated = Octets.u16(bytes, at + 4);
    int there = packet.end() - at;
    // A length of zero belongs to a jumbogram (RFC 2675 §4): the rest of the packet.
    int length = stated == 0 ? there : stated;
    if (length < 8 || length > there && !packet.isCut()) {
      counts.malformed++;
      return;
    }
    boolean isTruncated = length > there;
    counts.truncated += isTruncated ? 1 : 0;
    ready.add(
        new Payload(
            Transport.UDP,
            new InetSocketAddress(packet.source(), Octets.u16(bytes, at)),
            new InetSocketAddress(packet.destination(), Octets.u16(bytes, at + 2)),
            packet.timeNanos(),
            bytes,
            at + 8,
            Math.min(length, there) - 8,
            isTruncated));
  }

  private static InetAddress address(byte[] bytes, int at, int length) {
    try {
      return InetAddress.getByAddress(Arrays.copyOfRange(bytes, at, at + length));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address has 4 or 16 octets, not " + length, e);
    }
  }

  /**
   * The transport part of an IP packet.
   *
   * @param isCut whether the capture holds less than the packet's stated length
   */
  record Packet(
      long timeNanos,
      InetAddress source,
      InetAddress destination,
      int protocol,
      byte[] bytes,
      int start,
      int end,
      boolean isCut) {}
}
