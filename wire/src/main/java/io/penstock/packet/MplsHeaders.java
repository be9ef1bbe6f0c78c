package io.penstock.packet;

/**
 * MPLS label stacks, and what is behind them. A stack does not say what it carries: whoever is not
 * the router that popped it has to guess (RFC 4928 §3).
 */
final class MplsHeaders {

  private static final int EXPLICIT_NULL_V4 = 0;
  private static final int EXPLICIT_NULL_V6 = 2;

  /** Generic associated channel: maintenance, no traffic (RFC 5586 §4). */
  private static final int ASSOCIATED_CHANNEL = 13;

  private static final int CONTROL_WORD = 4;

  /** Octets by which a payload is judged: control word, Ethernet header, and one behind it. */
  private static final int JUDGED = CONTROL_WORD + 15;

  private MplsHeaders() {}

  static Next stack(Walk walk) {
    long entry;
    do {
      if (!walk.has(4)) {
        return Next.NOTHING;
      }
      entry = walk.u32(0);
      walk.layer().addLabel(entry);
      walk.at += 4;
    } while ((entry & 0x100) == 0);
    return payload(walk, (int) (entry >>> 12));
  }

  private static Next payload(Walk walk, int bottom) {
    if (bottom == EXPLICIT_NULL_V4 || bottom == EXPLICIT_NULL_V6) {
      return Next.IP;
    }
    if (bottom == ASSOCIATED_CHANNEL || !walk.has(1)) {
      return Next.NOTHING;
    }
    return switch (walk.u8(0) >> 4) {
      case 4 -> isV4(walk) || !isEthernet(walk, 0) ? Next.IP : ethernet(walk, bottom, 0);
      case 6 -> isV6(walk) || !isEthernet(walk, 0) ? Next.IP : ethernet(walk, bottom, 0);
      case 0 -> controlWord(walk, bottom);
      default -> isEthernet(walk, 0) ? ethernet(walk, bottom, 0) : unknown(walk);
    };
  }

  /**
   * Four bits of zero begin a control word (RFC 4385 §3), and the MAC address of many a vendor. A
   * tagged frame without control word looks like an untagged one behind it, but hardly the other
   * way round.
   */
  private static Next controlWord(Walk walk, int bottom) {
    if (isEthernet(walk, 0)) {
      return ethernet(walk, bottom, 0);
    }
    return isEthernet(walk, CONTROL_WORD) ? ethernet(walk, bottom, CONTROL_WORD) : unknown(walk);
  }

  /** No guess; which with a few octets more might have been one. */
  private static Next unknown(Walk walk) {
    walk.isCut |= walk.left() < JUDGED;
    return Next.NOTHING;
  }

  private static Next ethernet(Walk walk, int bottom, int behind) {
    walk.at += behind;
    return walk.enter(Tunnel.EOMPLS, bottom, Next.ETHERNET);
  }

  /** Whether the header's own checksum says that this is IPv4. */
  private static boolean isV4(Walk walk) {
    int header = (walk.u8(0) & 0xf) * 4;
    if (header < 20 || walk.left() < header) {
      return false;
    }
    int sum = 0;
    for (int i = 0; i < header; i += 2) {
      sum += walk.u16(i);
    }
    sum = (sum & 0xffff) + (sum >> 16);
    return (sum & 0xffff) + (sum >> 16) == 0xffff;
  }

  /** Whether the version is followed by addresses that are not those of an Ethernet payload. */
  private static boolean isV6(Walk walk) {
    return walk.left() < 40 || IpHeaders.isKnownProtocol(walk.u8(6)) && walk.u8(7) != 0;
  }

  /** Whether there is an Ethernet header, to judge by what its type promises. */
  private static boolean isEthernet(Walk walk, int behind) {
    int at = behind + 12;
    while (walk.left() >= at + 2 && LinkHeaders.isVlan(walk.u16(at)) && at < behind + 32) {
      at += 4;
    }
    if (walk.left() < at + 3) {
      // A VLAN tag before the cut is good enough.
      return at > behind + 12;
    }
    int type = walk.u16(at);
    int first = walk.u8(at + 2);
    if (type < LinkHeaders.TYPE_MIN) {
      // 802.3: the service access points of SNAP, spanning tree and IS-IS, one like the other.
      boolean isPair = walk.left() > at + 3 && walk.u8(at + 3) == first;
      return type >= 3 && isPair && (first == 0xaa || first == 0x42 || first == 0xfe);
    }
    return switch (type) {
      case LinkHeaders.TYPE_IPV4 -> first >> 4 == 4;
      case LinkHeaders.TYPE_IPV6 -> first >> 4 == 6;
      case LinkHeaders.TYPE_PPPOE -> first == 0x11;
      case LinkHeaders.TYPE_ARP, LinkHeaders.TYPE_MPLS, LinkHeaders.TYPE_PBB, 0x88cc -> true;
      default -> false;
    };
  }
}
