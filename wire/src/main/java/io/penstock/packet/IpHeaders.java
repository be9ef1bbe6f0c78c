package io.penstock.packet;

/** IPv4 (RFC 791) and IPv6 with its extension headers (RFC 8200). */
final class IpHeaders {

  static final int HOP_BY_HOP = 0;
  static final int ICMP = 1;
  static final int IPV4 = 4;
  static final int TCP = 6;
  static final int UDP = 17;
  static final int DCCP = 33;
  static final int IPV6 = 41;
  static final int ROUTING = 43;
  static final int FRAGMENT = 44;
  static final int GRE = 47;
  static final int AUTHENTICATION = 51;
  static final int ICMP6 = 58;
  static final int DESTINATION_OPTIONS = 60;
  static final int ETHERIP = 97;
  static final int SCTP = 132;
  static final int MOBILITY = 135;
  static final int UDP_LITE = 136;
  static final int MPLS = 137;
  static final int HIP = 139;
  static final int SHIM6 = 140;
  static final int ETHERNET = 143;

  private static final int V4_HEADER = 20;
  private static final int V6_HEADER = 40;
  private static final int SEGMENT_ROUTING = 4;

  /** Extension headers that are walked through in one packet; more are an attack. */
  private static final int EXTENSIONS_MAX = Layer.LIST_MAX;

  private IpHeaders() {}

  static Next read(Walk walk) {
    if (!walk.has(1)) {
      return Next.NOTHING;
    }
    return switch (walk.u8(0) >> 4) {
      case 4 -> v4(walk);
      case 6 -> v6(walk);
      default -> Next.NOTHING;
    };
  }

  /** Whether a protocol number is one that packets of the Internet have. */
  static boolean isKnownProtocol(int protocol) {
    return switch (protocol) {
      case ICMP, 2, TCP, UDP, DCCP, GRE, 50, 59, 88, 89, 103, 112, 115, SCTP, UDP_LITE -> true;
      case IPV4, IPV6, ICMP6, ETHERIP, MPLS, ETHERNET -> true;
      default -> isExtension(protocol);
    };
  }

  private static boolean isExtension(int header) {
    return switch (header) {
      case HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION_OPTIONS -> true;
      case MOBILITY, HIP, SHIM6 -> true;
      default -> false;
    };
  }

  private static Next v4(Walk walk) {
    int header = (walk.u8(0) & 0xf) * 4;
    if (header < V4_HEADER) {
      return Next.NOTHING;
    }
    var layer = walk.layer();
    layer.version = 4;
    layer.offset = walk.at;
    if (!walk.has(V4_HEADER)) {
      cutV4(walk, layer);
      return Next.NOTHING;
    }
    layer.trafficClass = walk.u8(1);
    layer.length = walk.u16(2);
    layer.fragmentId = walk.u16(4);
    int fragment = walk.u16(6);
    layer.flags = fragment >> 13;
    layer.fragmentOffset = (fragment & 0x1fff) * 8;
    layer.ttl = walk.u8(8);
    layer.protocol = walk.u8(9);
    layer.sourceLow = Layer.v4Low(walk.u32(12));
    layer.destinationLow = Layer.v4Low(walk.u32(16));
    return behindV4(walk, layer, header);
  }

  private static Next behindV4(Walk walk, Layer layer, int header) {
    // A length of zero is what segmentation offload leaves for the network card to fill in.
    if (layer.length >= header) {
      walk.end = Math.min(walk.end, walk.at + layer.length);
    }
    if (!walk.has(header)) {
      return Next.NOTHING;
    }
    walk.at += header;
    return layer.fragmentOffset > 0 ? Next.NOTHING : Next.UPPER;
  }

  private static void cutV4(Walk walk, Layer layer) {
    int left = walk.left();
    layer.trafficClass = left >= 2 ? walk.u8(1) : Layer.ABSENT;
    layer.length = left >= 4 ? walk.u16(2) : Layer.ABSENT;
    layer.fragmentId = left >= 6 ? walk.u16(4) : Layer.ABSENT;
    layer.flags = left >= 8 ? walk.u8(6) >> 5 : Layer.ABSENT;
    layer.fragmentOffset = left >= 8 ? (walk.u16(6) & 0x1fff) * 8 : Layer.ABSENT;
    layer.ttl = left >= 9 ? walk.u8(8) : Layer.ABSENT;
    layer.protocol = left >= 10 ? walk.u8(9) : Layer.ABSENT;
    layer.sourceLow = left >= 16 ? Layer.v4Low(walk.u32(12)) : 0;
  }

  private static Next v6(Walk walk) {
    var layer = walk.layer();
    layer.version = 6;
    layer.offset = walk.at;
    if (!walk.has(V6_HEADER)) {
      cutV6(walk, layer);
      return Next.NOTHING;
    }
    layer.trafficClass = walk.u16(0) >> 4 & 0xff;
    layer.flowLabel = walk.u24(1) & 0xf_ffff;
    int payload = walk.u16(4);
    layer.length = V6_HEADER + payload;
    layer.protocol = walk.u8(6);
    layer.ttl = walk.u8(7);
    layer.sourceHigh = walk.u64(8);
    layer.sourceLow = walk.u64(16);
    layer.destinationHigh = walk.u64(24);
    layer.destinationLow = walk.u64(32);
    walk.at += V6_HEADER;
    if (payload > 0) {
      // Zero is a jumbogram (RFC 2675), or segmentation offload.
      walk.end = Math.min(walk.end, walk.at + payload);
    }
    return extensions(walk, layer);
  }

  private static void cutV6(Walk walk, Layer layer) {
    int left = walk.left();
    layer.trafficClass = left >= 2 ? walk.u16(0) >> 4 & 0xff : Layer.ABSENT;
    layer.flowLabel = left >= 4 ? walk.u24(1) & 0xf_ffff : Layer.ABSENT;
    layer.length = left >= 6 ? V6_HEADER + walk.u16(4) : Layer.ABSENT;
    layer.protocol = left >= 7 ? walk.u8(6) : Layer.ABSENT;
    layer.ttl = left >= 8 ? walk.u8(7) : Layer.ABSENT;
    if (left >= 24) {
      layer.sourceHigh = walk.u64(8);
      layer.sourceLow = walk.u64(16);
    }
  }

  private static Next extensions(Walk walk, Layer layer) {
    for (int chain = 0; isExtension(layer.protocol); chain++) {
      if (chain == EXTENSIONS_MAX) {
        walk.isDeeper = true;
        return Next.NOTHING;
      }
      layer.addExtension(layer.protocol);
      if (!walk.has(8)) {
        return Next.NOTHING;
      }
      int header = layer.protocol;
      int following = walk.u8(0);
      int length = extensionLength(header, walk.u8(1));
      switch (header) {
        case FRAGMENT -> fragment(walk, layer);
        case ROUTING -> routing(walk, layer, length);
        default -> {}
      }
      layer.protocol = following;
      if (!walk.has(length)) {
        return Next.NOTHING;
      }
      walk.at += length;
      if (header == FRAGMENT && layer.fragmentOffset > 0) {
        return Next.NOTHING;
      }
    }
    return Next.UPPER;
  }

  private static int extensionLength(int header, int stated) {
    return switch (header) {
      case FRAGMENT -> 8;
      // The authentication header counts in units of 4, less 2 (RFC 4302 §2.2).
      case AUTHENTICATION -> Math.max(8, (stated + 2) * 4);
      default -> (stated + 1) * 8;
    };
  }

  private static void fragment(Walk walk, Layer layer) {
    int field = walk.u16(2);
    layer.fragmentOffset = field & 0xfff8;
    layer.flags = field & 1;
    layer.fragmentId = walk.u32(4);
  }

  /** The segment list, as far as it is there: it may be cut short, or claim more than it holds. */
  private static void routing(Walk walk, Layer layer, int length) {
    if (walk.u8(2) != SEGMENT_ROUTING) {
      return;
    }
    layer.segmentsLeft = walk.u8(3);
    int segments = walk.u8(4) + 1;
    int room = Math.min(length, walk.left()) - 8;
    for (int i = 0; i < segments && 16 * (i + 1) <= room; i++) {
      layer.addSegment(walk.u64(8 + 16 * i), walk.u64(16 + 16 * i));
    }
  }
}
