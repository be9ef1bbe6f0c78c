package io.penstock.capture;

import io.penstock.packet.HeaderProtocol;
import io.penstock.packet.PacketHeaders;
import io.penstock.wire.Octets;

/**
 * Finds the IP packet of a captured frame that export traffic is in: behind whatever link layer,
 * tags and labels stand before it, and within the tunnels that mirrored traffic comes in (ERSPAN,
 * GRE, VXLAN), where it is the innermost packet that counts. Not thread-safe.
 */
final class LinkLayer {

  /** There is no IP packet in the frame, or we cannot read its link layer. */
  static final int NO_PACKET = -1;

  /** The frame's headers contradict themselves or end early. */
  static final int MALFORMED = -2;

  /** Tunnels within one another; export traffic is mirrored once, seldom twice. */
  private static final int TUNNELS_MAX = 4;

  private static final int TYPE_IPV4 = 0x0800;
  private static final int TYPE_IPV6 = 0x86dd;
  private static final int TYPE_PPPOE = 0x8864;

  private static final int NULL = 0;
  private static final int ETHERNET = 1;
  private static final int PPP = 9;
  private static final int RAW_BSD = 12;
  private static final int RAW_OPENBSD = 14;
  private static final int PPP_HDLC = 50;
  private static final int PPPOE = 51;
  private static final int RAW = 101;
  private static final int CISCO_HDLC = 104;
  private static final int FRAME_RELAY = 107;
  private static final int LOOP = 108;
  private static final int LINUX_SLL = 113;
  private static final int PPP_DIRECTION = 204;
  private static final int MPLS = 219;
  private static final int RAW_IPV4 = 228;
  private static final int RAW_IPV6 = 229;
  private static final int LINUX_SLL2 = 276;

  private final PacketHeaders headers = new PacketHeaders(TUNNELS_MAX);

  /** Where the IP packet begins, or {@link #NO_PACKET} or {@link #MALFORMED}. */
  int packetAt(Frame frame) {
    return switch (frame.linkType()) {
      case ETHERNET -> read(frame, HeaderProtocol.ETHERNET, 0);
      case LINUX_SLL -> typed(frame, 14, 16);
      case LINUX_SLL2 -> typed(frame, 0, 20);
      case PPP, PPP_HDLC, CISCO_HDLC -> read(frame, HeaderProtocol.PPP, 0);
      // An octet says which way the frame went.
      case PPP_DIRECTION -> read(frame, HeaderProtocol.PPP, 1);
      case PPPOE -> behindType(frame, TYPE_PPPOE, 0);
      case FRAME_RELAY -> read(frame, HeaderProtocol.FRAME_RELAY, 0);
      case MPLS -> read(frame, HeaderProtocol.MPLS, 0);
      // The address family before the packet is in the capturing host's own byte order and numbers:
      // the packet's version says the same.
      case NULL, LOOP -> packet(frame, 4);
      case RAW, RAW_BSD, RAW_OPENBSD, RAW_IPV4, RAW_IPV6 -> packet(frame, 0);
      default -> NO_PACKET;
    };
  }

  private int packet(Frame frame, int at) {
    int found = read(frame, HeaderProtocol.IPV4, at);
    return found == NO_PACKET ? MALFORMED : found;
  }

  /** A header of the capturing host that has an EtherType somewhere. */
  private int typed(Frame frame, int typeAt, int end) {
    return frame.bytes().length < end
        ? MALFORMED
        : behindType(frame, Octets.u16(frame.bytes(), typeAt), end);
  }

  private int behindType(Frame frame, int type, int at) {
    headers.readBehind(type, frame.bytes(), at, frame.bytes().length - at);
    return found();
  }

  private int read(Frame frame, HeaderProtocol protocol, int at) {
    if (at > frame.bytes().length) {
      return MALFORMED;
    }
    headers.read(protocol, frame.bytes(), at, frame.bytes().length - at);
    return found();
  }

  /** A fragment is put together before anyone looks into it: what it seems to carry is cut off. */
  private int found() {
    int at = NO_PACKET;
    for (int i = 0; i < headers.layerCount(); i++) {
      var layer = headers.layer(i);
      at = layer.hasIp() ? layer.offset() : at;
      if (layer.isFragment()) {
        break;
      }
    }
    return at == NO_PACKET && isBroken() ? MALFORMED : at;
  }

  private boolean isBroken() {
    int type = headers.layer(headers.layerCount() - 1).etherType();
    return headers.isCut() || type == TYPE_IPV4 || type == TYPE_IPV6;
  }
}
