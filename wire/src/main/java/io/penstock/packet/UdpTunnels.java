package io.penstock.packet;

/**
 * Tunnels in UDP. A port number is a hint and no more: any client may happen to use it, so the
 * tunnel's own header has to be in order before what it carries is believed.
 */
final class UdpTunnels {

  private static final int TEREDO = 3544;
  private static final int VXLAN = 4789;

  /** Where VXLAN was before it had a number, and where Linux still has it. */
  private static final int VXLAN_LINUX = 8472;

  private static final int VXLAN_GPE = 4790;
  private static final int GENEVE = 6081;
  private static final int GTP_U = 2152;
  private static final int MPLS = 6635;

  private static final int VXLAN_HEADER = 8;

  /** The network identifier is valid. */
  private static final int HAS_NETWORK = 0x08;

  /** The group policy extension, which most send under VXLAN's own number. */
  private static final int HAS_POLICY = 0x80;

  private static final int HAS_NEXT_PROTOCOL = 0x04;

  private static final int USER_PACKET = 255;
  private static final int EXTENSIONS_MAX = 8;

  private UdpTunnels() {}

  static Next read(Walk walk, Layer layer) {
    return switch (layer.destinationPort) {
      case VXLAN, VXLAN_LINUX -> vxlan(walk);
      case VXLAN_GPE -> vxlanGpe(walk);
      case GENEVE -> geneve(walk);
      case MPLS -> mpls(walk);
      case GTP_U -> gtp(walk);
      case TEREDO -> teredo(walk);
      default ->
          switch (layer.sourcePort) {
            case GTP_U -> gtp(walk);
            case TEREDO -> teredo(walk);
            default -> Next.NOTHING;
          };
    };
  }

  /** RFC 7348 §5. */
  private static Next vxlan(Walk walk) {
    if (!walk.has(VXLAN_HEADER)) {
      return Next.NOTHING;
    }
    int flags = walk.u8(0);
    boolean isSound = (flags & ~HAS_POLICY) == HAS_NETWORK && walk.u8(7) == 0;
    boolean isPlain = flags != HAS_NETWORK || walk.u24(1) == 0;
    if (!isSound || !isPlain) {
      return Next.NOTHING;
    }
    int network = walk.u24(4);
    walk.at += VXLAN_HEADER;
    return walk.enter(Tunnel.VXLAN, network, Next.ETHERNET);
  }

  /** draft-ietf-nvo3-vxlan-gpe §3: version 0; reserved bits are zero. */
  private static Next vxlanGpe(Walk walk) {
    if (!walk.has(VXLAN_HEADER)) {
      return Next.NOTHING;
    }
    int flags = walk.u8(0);
    int protocol = (flags & HAS_NEXT_PROTOCOL) != 0 ? walk.u8(3) : 3;
    if ((flags & 0xf0) != 0 || (flags & HAS_NETWORK) == 0 || walk.u16(1) != 0) {
      return Next.NOTHING;
    }
    int network = walk.u24(4);
    walk.at += VXLAN_HEADER;
    return walk.enter(Tunnel.VXLAN_GPE, network, LinkHeaders.nextProtocol(protocol));
  }

  /** RFC 8926 §3.4. */
  private static Next geneve(Walk walk) {
    if (!walk.has(8)) {
      return Next.NOTHING;
    }
    int length = 8 + (walk.u8(0) & 0x3f) * 4;
    int type = walk.u16(2);
    boolean isSound = walk.u8(0) >> 6 == 0 && (walk.u8(1) & 0x3f) == 0 && walk.u8(7) == 0;
    if (!isSound || type < LinkHeaders.TYPE_MIN || !walk.has(length)) {
      return Next.NOTHING;
    }
    int network = walk.u24(4);
    walk.at += length;
    walk.etherType = type;
    return walk.enter(Tunnel.GENEVE, network, Next.TYPE);
  }

  /** RFC 7510 §3: a stack has a bottom, and the entry there is none but the last. */
  private static Next mpls(Walk walk) {
    return walk.has(4) ? walk.enter(Tunnel.MPLS, Layer.ABSENT, Next.MPLS) : Next.NOTHING;
  }

  /** 3GPP TS 29.281 §5.1: version 1, and a message that carries a user's packet. */
  private static Next gtp(Walk walk) {
    if (!walk.has(8)) {
      return Next.NOTHING;
    }
    int flags = walk.u8(0);
    if ((flags & 0xf8) != 0x30 || walk.u8(1) != USER_PACKET) {
      return Next.NOTHING;
    }
    long endpoint = walk.u32(4);
    walk.end = Math.min(walk.end, walk.at + 8 + walk.u16(2));
    boolean hasOptions = (flags & 7) != 0;
    boolean hasExtensions = (flags & 4) != 0;
    if (!walk.has(hasOptions ? 12 : 8)) {
      return Next.NOTHING;
    }
    int extension = hasExtensions ? walk.u8(11) : 0;
    walk.at += hasOptions ? 12 : 8;
    for (int i = 0; extension != 0; i++) {
      int length = walk.has(4) ? walk.u8(0) * 4 : 0;
      if (length == 0 || i == EXTENSIONS_MAX || !walk.has(length)) {
        return Next.NOTHING;
      }
      extension = walk.u8(length - 1);
      walk.at += length;
    }
    return isIp(walk) ? walk.enter(Tunnel.GTP_U, endpoint, Next.IP) : Next.NOTHING;
  }

  private static boolean isIp(Walk walk) {
    if (!walk.has(1)) {
      return false;
    }
    int version = walk.u8(0) >> 4;
    return version == 6 || version == 4 && (walk.u8(0) & 0xf) >= 5;
  }

  /** RFC 4380 §5.1.1: authentication and origin may stand before the packet. */
  private static Next teredo(Walk walk) {
    if (walk.left() >= 4 && walk.u16(0) == 1) {
      int length = 13 + walk.u8(2) + walk.u8(3);
      if (!walk.has(length)) {
        return Next.NOTHING;
      }
      walk.at += length;
    }
    if (walk.left() >= 8 && walk.u16(0) == 0) {
      walk.at += 8;
    }
    boolean isV6 = walk.has(40) && walk.u8(0) >> 4 == 6 && IpHeaders.isKnownProtocol(walk.u8(6));
    return isV6 ? walk.enter(Tunnel.TEREDO, Layer.ABSENT, Next.IP) : Next.NOTHING;
  }
}
