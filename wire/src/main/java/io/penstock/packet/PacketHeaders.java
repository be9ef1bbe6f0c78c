package io.penstock.packet;

/**
 * The beginning of a frame, read in place: its layers from the outermost to the innermost, each
 * with its Ethernet header, MPLS labels and IP packet as far as there are any, and the tunnel that
 * led to it. Used again for every frame; allocates nothing after construction. Not safe for
 * threads.
 *
 * <p>A frame is hostile, and mostly cut short: nothing is read beyond the length given, every
 * header consumes octets, and the layers are limited. What a cut header still says is kept.
 */
public final class PacketHeaders {

  /** Layers of a sane frame are fewer. */
  public static final int TUNNELS_MAX = 16;

  private final Walk walk;

  /**
   * @param tunnelsMax how many tunnels within one another are entered, 0 to {@link #TUNNELS_MAX}
   */
  public PacketHeaders(int tunnelsMax) {
    if (tunnelsMax < 0 || tunnelsMax > TUNNELS_MAX) {
      throw new IllegalArgumentException("0 to " + TUNNELS_MAX + " tunnels, not " + tunnelsMax);
    }
    this.walk = new Walk(tunnelsMax);
  }

  /**
   * Reads the headers of a frame.
   *
   * @return whether anything at all was understood
   */
  public boolean read(HeaderProtocol protocol, byte[] bytes, int offset, int length) {
    walk.begin(bytes, offset, length);
    return walk(LinkHeaders.first(walk, protocol));
  }

  /**
   * Reads the headers of a frame that begins behind its EtherType.
   *
   * @return whether anything at all was understood
   */
  public boolean readBehind(int etherType, byte[] bytes, int offset, int length) {
    walk.begin(bytes, offset, length);
    walk.etherType = etherType;
    return walk(etherType < LinkHeaders.TYPE_MIN ? Next.LLC : Next.TYPE);
  }

  private boolean walk(Next first) {
    var next = first;
    while (next != Next.NOTHING) {
      next = step(next);
    }
    var outer = walk.layer(0);
    return outer.hasEthernet() || outer.hasIp() || outer.labelCount() > 0;
  }

  /** Reads the header that begins where the walk stands, and tells what follows. */
  private Next step(Next next) {
    return switch (next) {
      case ETHERNET -> LinkHeaders.ethernet(walk);
      case TYPE -> LinkHeaders.typed(walk);
      case LLC -> LinkHeaders.llc(walk);
      case PPP -> LinkHeaders.ppp(walk);
      case SERVICE_HEADER -> LinkHeaders.serviceHeader(walk);
      case MPLS -> MplsHeaders.stack(walk);
      case IP -> IpHeaders.read(walk);
      case UPPER -> UpperHeaders.read(walk);
      case NOTHING -> Next.NOTHING;
    };
  }

  /** How many layers there are, at least one. */
  public int layerCount() {
    return walk.count();
  }

  /** A layer; index 0 is the outermost. */
  public Layer layer(int index) {
    return walk.layer(index);
  }

  /** Whether a header ended before all of it was there. */
  public boolean isCut() {
    return walk.isCut;
  }

  /** Whether there was a tunnel deeper than the limit. */
  public boolean isDeeper() {
    return walk.isDeeper;
  }
}
