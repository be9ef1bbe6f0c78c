package io.penstock.exporters;

import io.penstock.event.Ip;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Writes datagrams as a pcap file of raw IP packets with nanosecond times. The headers are made of
 * the exporter's real address and port and, where it is known, the port it sent to; the address it
 * sent to is not known and stands as unspecified.
 */
final class PcapWriter {

  private static final int NANOSECOND_MAGIC = 0xa1b23c4d;
  private static final int LINKTYPE_RAW = 101;
  private static final int SNAPSHOT_LENGTH = 262_144;
  private static final int FILE_HEADER = 24;
  private static final int PACKET_HEADER = 16;
  private static final int IPV4_HEADER = 20;
  private static final int IPV6_HEADER = 40;
  private static final int UDP_HEADER = 8;
  private static final int DATAGRAM_MAX = 65_535 - IPV4_HEADER - UDP_HEADER;
  private static final byte UDP = 17;
  private static final byte HOP_LIMIT = 64;
  private static final long SECOND = 1_000_000_000L;

  /** Where exporters of each protocol send to, unless told otherwise. */
  private static final int NETFLOW_PORT = 2055;

  private static final int IPFIX_PORT = 4739;
  private static final int SFLOW_PORT = 6343;

  private PcapWriter() {}

  static byte[] write(Ip exporter, List<Recording.Kept> messages) {
    var datagrams = messages.stream().map(PcapWriter::fitting).toList();
    int headers = PACKET_HEADER + UDP_HEADER + (exporter.isV4() ? IPV4_HEADER : IPV6_HEADER);
    int size = FILE_HEADER;
    for (var datagram : datagrams) {
      size += headers + datagram.payload().length;
    }
    var out = ByteBuffer.allocate(size);
    out.putInt(NANOSECOND_MAGIC).putShort((short) 2).putShort((short) 4);
    out.putInt(0).putInt(0).putInt(SNAPSHOT_LENGTH).putInt(LINKTYPE_RAW);
    for (var datagram : datagrams) {
      packet(out, exporter, datagram);
    }
    return out.array();
  }

  /** A message of a stream may be longer than a datagram can be. */
  private static Recording.Kept fitting(Recording.Kept message) {
    if (message.length() <= DATAGRAM_MAX) {
      return message;
    }
    var payload = message.payload();
    return new Recording.Kept(
        message.timeNanos(),
        message.port(),
        message.localPort(),
        Arrays.copyOf(payload, Math.min(payload.length, DATAGRAM_MAX)),
        DATAGRAM_MAX);
  }

  private static void packet(ByteBuffer out, Ip exporter, Recording.Kept datagram) {
    long time = Math.max(0, datagram.timeNanos());
    int ipHeader = exporter.isV4() ? IPV4_HEADER : IPV6_HEADER;
    out.putInt((int) (time / SECOND)).putInt((int) (time % SECOND));
    out.putInt(ipHeader + UDP_HEADER + datagram.payload().length);
    out.putInt(ipHeader + UDP_HEADER + datagram.length());
    int udpLength = UDP_HEADER + datagram.length();
    if (exporter.isV4()) {
      ipv4(out, exporter, udpLength);
    } else {
      ipv6(out, exporter, udpLength);
    }
    int to = datagram.localPort() == 0 ? usualPort(datagram.payload()) : datagram.localPort();
    out.putShort((short) datagram.port()).putShort((short) to);
    // No checksum: over IPv4 zero means none, and the cut ones could not be checked.
    out.putShort((short) udpLength).putShort((short) 0);
    out.put(datagram.payload());
  }

  private static void ipv4(ByteBuffer out, Ip exporter, int udpLength) {
    int start = out.position();
    out.putShort((short) 0x4500).putShort((short) (IPV4_HEADER + udpLength));
    out.putInt(0).put(HOP_LIMIT).put(UDP).putShort((short) 0);
    out.put(exporter.toBytes()).putInt(0);
    out.putShort(start + 10, checksum(out, start));
  }

  private static short checksum(ByteBuffer out, int start) {
    int sum = 0;
    for (int i = 0; i < IPV4_HEADER; i += 2) {
      sum += out.getShort(start + i) & 0xffff;
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    return (short) ~(sum + (sum >>> 16));
  }

  private static void ipv6(ByteBuffer out, Ip exporter, int udpLength) {
    out.putInt(0x6000_0000).putShort((short) udpLength).put(UDP).put(HOP_LIMIT);
    out.putLong(exporter.high()).putLong(exporter.low()).putLong(0).putLong(0);
  }

  private static int usualPort(byte[] payload) {
    int version = payload.length < 2 ? 0 : (payload[0] & 0xff) << 8 | payload[1] & 0xff;
    return switch (version) {
      case 0 -> SFLOW_PORT;
      case 10 -> IPFIX_PORT;
      default -> NETFLOW_PORT;
    };
  }
}
