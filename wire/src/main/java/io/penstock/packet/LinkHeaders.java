package io.penstock.packet;

/**
 * What stands before a network packet: Ethernet with its tags, IEEE 802.2 LLC and SNAP, PPP and the
 * other link layers that sFlow names.
 */
final class LinkHeaders {

  static final int TYPE_MIN = 0x600;
  static final int TYPE_IPV4 = 0x0800;
  static final int TYPE_ARP = 0x0806;
  static final int TYPE_BRIDGED = 0x6558;
  static final int TYPE_IPV6 = 0x86dd;
  static final int TYPE_MPLS = 0x8847;
  static final int TYPE_PPPOE = 0x8864;
  static final int TYPE_PBB = 0x88e7;

  private static final int TYPE_MPLS_UPSTREAM = 0x8848;

  /** Cisco's metadata before the packet's own type: the security group of its sender. */
  private static final int TYPE_METADATA = 0x8909;

  private static final int TYPE_VN_TAG = 0x8926;
  private static final int TYPE_E_TAG = 0x893f;
  private static final int TYPE_NSH = 0x894f;
  private static final int TYPE_PPP = 0x880b;

  private static final int MACS = 12;
  private static final int HDLC_PPP = 0xff03;

  /** Cisco HDLC: unicast and multicast. */
  private static final int HDLC_CISCO = 0x0f00;

  private static final int HDLC_CISCO_MULTICAST = 0x8f00;

  private static final int OUI_BRIDGED = 0x0080c2;

  private LinkHeaders() {}

  /** What a frame of this kind begins with. */
  static Next first(Walk walk, HeaderProtocol protocol) {
    return switch (protocol) {
      case ETHERNET -> Next.ETHERNET;
      case IPV4, IPV6, AAL5_IP -> Next.IP;
      case MPLS -> Next.MPLS;
      case PPP, POS -> Next.PPP;
      case AAL5 -> Next.LLC;
      case FRAME_RELAY -> frameRelay(walk);
      case TOKEN_BUS, FDDI -> controlled(walk, 1);
      case TOKEN_RING -> tokenRing(walk);
      case WLAN -> wlan(walk);
      case WLAN_AMPDU -> skip(walk, 4) ? wlan(walk) : Next.NOTHING;
      case WLAN_AMSDU_SUBFRAME -> Next.ETHERNET;
      case X25, SMDS, UNKNOWN -> Next.NOTHING;
    };
  }

  static boolean isVlan(int type) {
    return type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200;
  }

  /** MAC addresses, then a type, or a length with LLC behind it (IEEE 802.3 §3.2.6). */
  static Next ethernet(Walk walk) {
    if (!macs(walk) || !walk.has(2)) {
      return Next.NOTHING;
    }
    return typeOrLength(walk);
  }

  private static boolean macs(Walk walk) {
    var layer = walk.layer();
    layer.hasEthernet = walk.left() >= 6;
    layer.destinationMac = walk.left() >= 6 ? walk.u48(0) : Layer.ABSENT;
    layer.sourceMac = walk.left() >= MACS ? walk.u48(6) : Layer.ABSENT;
    return skip(walk, MACS);
  }

  private static Next typeOrLength(Walk walk) {
    int type = walk.u16(0);
    walk.at += 2;
    if (type < TYPE_MIN) {
      walk.end = Math.min(walk.end, walk.at + type);
      return Next.LLC;
    }
    walk.etherType = type;
    return Next.TYPE;
  }

  static Next typed(Walk walk) {
    int type = walk.etherType;
    var layer = walk.layer();
    if (isVlan(type)) {
      return vlan(walk);
    }
    layer.etherType = type;
    return switch (type) {
      case TYPE_IPV4, TYPE_IPV6 -> Next.IP;
      case TYPE_MPLS, TYPE_MPLS_UPSTREAM -> Next.MPLS;
      case TYPE_PPPOE -> skip(walk, 6) ? Next.PPP : Next.NOTHING;
      case TYPE_PPP -> Next.PPP;
      case TYPE_VN_TAG -> tag(walk, 4);
      case TYPE_E_TAG, TYPE_METADATA -> tag(walk, 6);
      case TYPE_PBB -> backbone(walk);
      case TYPE_NSH -> Next.SERVICE_HEADER;
      case TYPE_BRIDGED -> layer.hasEthernet ? Next.NOTHING : Next.ETHERNET;
      default -> Next.NOTHING;
    };
  }

  private static Next vlan(Walk walk) {
    if (!walk.has(2)) {
      return Next.NOTHING;
    }
    walk.layer().addVlan(walk.u16(0));
    walk.at += 2;
    return walk.has(2) ? typeOrLength(walk) : Next.NOTHING;
  }

  /** A tag that tells nothing about the packet, before another type. */
  private static Next tag(Walk walk, int octets) {
    return skip(walk, octets) && walk.has(2) ? typeOrLength(walk) : Next.NOTHING;
  }

  private static Next backbone(Walk walk) {
    if (!walk.has(4)) {
      return Next.NOTHING;
    }
    int service = walk.u24(1);
    walk.at += 4;
    return walk.enter(Tunnel.PBB, service, Next.ETHERNET);
  }

  /** Network service header (RFC 8300 §2). */
  static Next serviceHeader(Walk walk) {
    if (!walk.has(8)) {
      return Next.NOTHING;
    }
    int length = (walk.u16(0) & 0x3f) * 4;
    int carried = walk.u8(3);
    int path = walk.u24(4);
    if (length < 8 || !skip(walk, length)) {
      return Next.NOTHING;
    }
    return walk.enter(Tunnel.NSH, path, nextProtocol(carried));
  }

  /** The numbers that the network service header and VXLAN's extension share. */
  static Next nextProtocol(int number) {
    return switch (number) {
      case 1, 2 -> Next.IP;
      case 3 -> Next.ETHERNET;
      case 4 -> Next.SERVICE_HEADER;
      case 5 -> Next.MPLS;
      default -> Next.NOTHING;
    };
  }

  /** IEEE 802.2, and SNAP (RFC 1042, RFC 2684 §5). */
  static Next llc(Walk walk) {
    if (!walk.has(3)) {
      return Next.NOTHING;
    }
    int points = walk.u16(0);
    int control = walk.u8(2);
    if (points == 0x0606 && control == 3) {
      walk.at += 3;
      return Next.IP;
    }
    if (points == 0xfefe && control == 3) {
      walk.at += 3;
      return networkLayer(walk);
    }
    if (points != 0xaaaa || control != 3 || !walk.has(8)) {
      return Next.NOTHING;
    }
    walk.at += 3;
    return snap(walk);
  }

  private static Next snap(Walk walk) {
    if (!walk.has(5)) {
      return Next.NOTHING;
    }
    int organization = walk.u24(0);
    int type = walk.u16(3);
    walk.at += 5;
    if (organization == OUI_BRIDGED) {
      boolean isEthernet = (type == 1 || type == 7) && !walk.layer().hasEthernet;
      return isEthernet && skip(walk, 2) ? Next.ETHERNET : Next.NOTHING;
    }
    // Zero, and what bridges make of zero (IEEE 802.1H).
    if (organization != 0 && organization != 0x0000f8) {
      return Next.NOTHING;
    }
    walk.etherType = type;
    return Next.TYPE;
  }

  /** Network layer protocol identifier (RFC 2427 §3, RFC 2684 §5.2). */
  private static Next networkLayer(Walk walk) {
    if (!walk.has(1)) {
      return Next.NOTHING;
    }
    int identifier = walk.u8(0);
    walk.at += 1;
    return switch (identifier) {
      case 0xcc, 0x8e -> Next.IP;
      case 0xcf -> Next.PPP;
      case 0x80 -> snap(walk);
      default -> Next.NOTHING;
    };
  }

  /** PPP, with or without the address and control octets of HDLC; Cisco's HDLC. */
  static Next ppp(Walk walk) {
    if (!walk.has(2)) {
      return Next.NOTHING;
    }
    int framing = walk.u16(0);
    if (framing == HDLC_CISCO || framing == HDLC_CISCO_MULTICAST) {
      return tag(walk, 2);
    }
    if (framing == HDLC_PPP) {
      walk.at += 2;
    }
    if (!walk.has(2)) {
      return Next.NOTHING;
    }
    // An odd first octet is a protocol number of one octet (RFC 1661 §6.5).
    boolean isShort = (walk.u8(0) & 1) != 0;
    int protocol = isShort ? walk.u8(0) : walk.u16(0);
    walk.at += isShort ? 1 : 2;
    return switch (protocol) {
      case 0x0021, 0x0057 -> Next.IP;
      case 0x0281, 0x0283 -> Next.MPLS;
      default -> Next.NOTHING;
    };
  }

  /** Q.922 address, then RFC 2427, or an EtherType as Cisco sends it. */
  private static Next frameRelay(Walk walk) {
    int address = 0;
    do {
      if (!walk.has(address + 1) || address == 4) {
        return Next.NOTHING;
      }
    } while ((walk.u8(address++) & 1) == 0);
    walk.at += address;
    if (!walk.has(2)) {
      return Next.NOTHING;
    }
    if (walk.u8(0) != 3) {
      return typeOrLength(walk);
    }
    // A pad of zero may follow the control octet.
    walk.at += walk.u8(1) == 0 ? 2 : 1;
    return networkLayer(walk);
  }

  private static Next controlled(Walk walk, int octets) {
    return skip(walk, octets) && macs(walk) ? Next.LLC : Next.NOTHING;
  }

  /** IEEE 802.5: the top bit of the source address tells of routing information. */
  private static Next tokenRing(Walk walk) {
    if (!skip(walk, 2) || !macs(walk)) {
      return Next.NOTHING;
    }
    var layer = walk.layer();
    long routed = 1L << 47;
    if ((layer.sourceMac & routed) == 0) {
      return Next.LLC;
    }
    layer.sourceMac &= ~routed;
    return walk.has(2) && skip(walk, Math.max(2, walk.u8(0) & 0x1f)) ? Next.LLC : Next.NOTHING;
  }

  /** IEEE 802.11 §9.2: only data frames that are not encrypted show their packet. */
  private static Next wlan(Walk walk) {
    if (!walk.has(24)) {
      return Next.NOTHING;
    }
    int control = walk.u8(0);
    int flags = walk.u8(1);
    boolean isData = (control & 0x0c) == 0x08;
    boolean hasBody = (control & 0x40) == 0;
    boolean isQos = (control & 0x80) != 0;
    int distribution = flags & 3;
    if (!isData) {
      return Next.NOTHING;
    }
    int header = 24 + (distribution == 3 ? 6 : 0) + (isQos ? 2 : 0);
    header += isQos && (flags & 0x80) != 0 ? 4 : 0;
    if (distribution == 3 && !walk.has(30)) {
      return Next.NOTHING;
    }
    var layer = walk.layer();
    layer.hasEthernet = true;
    layer.destinationMac = walk.u48((distribution & 1) == 0 ? 4 : 16);
    layer.sourceMac =
        switch (distribution) {
          case 2 -> walk.u48(16);
          case 3 -> walk.u48(24);
          default -> walk.u48(10);
        };
    boolean isEncrypted = (flags & 0x40) != 0;
    return hasBody && !isEncrypted && skip(walk, header) ? Next.LLC : Next.NOTHING;
  }

  private static boolean skip(Walk walk, int octets) {
    if (!walk.has(octets)) {
      return false;
    }
    walk.at += octets;
    return true;
  }
}
