package io.penstock.packet;

/** What IP carries: a transport's ports and flags, or a tunnel. */
final class UpperHeaders {

  private static final int TCP_HEADER = 20;
  private static final int UDP_HEADER = 8;

  private UpperHeaders() {}

  static Next read(Walk walk) {
    var layer = walk.layer();
    return switch (layer.protocol) {
      case IpHeaders.TCP -> tcp(walk, layer);
      case IpHeaders.UDP -> udp(walk, layer);
      case IpHeaders.SCTP, IpHeaders.DCCP, IpHeaders.UDP_LITE -> ports(walk, layer);
      case IpHeaders.ICMP, IpHeaders.ICMP6 -> icmp(walk, layer);
      case IpHeaders.IPV4, IpHeaders.IPV6 -> walk.enter(ipTunnel(layer), Layer.ABSENT, Next.IP);
      case IpHeaders.ETHERNET -> walk.enter(Tunnel.SRV6, Layer.ABSENT, Next.ETHERNET);
      case IpHeaders.MPLS -> walk.enter(Tunnel.MPLS, Layer.ABSENT, Next.MPLS);
      case IpHeaders.GRE -> GreHeaders.read(walk);
      case IpHeaders.ETHERIP -> etherIp(walk);
      default -> Next.NOTHING;
    };
  }

  private static Tunnel ipTunnel(Layer layer) {
    return layer.segmentCount() > 0 ? Tunnel.SRV6 : Tunnel.IPIP;
  }

  /** RFC 3378 §3: version 3, the rest zero. */
  private static Next etherIp(Walk walk) {
    if (!walk.has(2) || walk.u16(0) != 0x3000) {
      return Next.NOTHING;
    }
    walk.at += 2;
    return walk.enter(Tunnel.ETHERIP, Layer.ABSENT, Next.ETHERNET);
  }

  private static Next ports(Walk walk, Layer layer) {
    if (walk.has(4)) {
      layer.sourcePort = walk.u16(0);
      layer.destinationPort = walk.u16(2);
    }
    return Next.NOTHING;
  }

  private static Next icmp(Walk walk, Layer layer) {
    layer.icmp = walk.has(2) ? walk.u16(0) : Layer.ABSENT;
    return Next.NOTHING;
  }

  private static Next tcp(Walk walk, Layer layer) {
    ports(walk, layer);
    int left = walk.left();
    layer.tcpSequence = left >= 8 ? walk.u32(4) : Layer.ABSENT;
    layer.tcpFlags = left >= 14 ? walk.u16(12) & 0xfff : Layer.ABSENT;
    layer.tcpWindow = left >= 16 ? walk.u16(14) : Layer.ABSENT;
    walk.isCut |= left < TCP_HEADER;
    return Next.NOTHING;
  }

  private static Next udp(Walk walk, Layer layer) {
    ports(walk, layer);
    if (!walk.has(UDP_HEADER)) {
      return Next.NOTHING;
    }
    walk.at += UDP_HEADER;
    return UdpTunnels.read(walk, layer);
  }
}
