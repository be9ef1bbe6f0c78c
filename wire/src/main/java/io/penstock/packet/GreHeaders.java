package io.penstock.packet;

/** Generic routing encapsulation (RFC 2784, RFC 2890) and what is built upon it. */
final class GreHeaders {

  private static final int CHECKSUM = 0x8000;
  private static final int ROUTING = 0x4000;
  private static final int KEY = 0x2000;
  private static final int SEQUENCE = 0x1000;
  private static final int ACKNOWLEDGMENT = 0x0080;
  private static final int VERSION = 0x0007;

  private static final int TYPE_ERSPAN = 0x88be;
  private static final int TYPE_ERSPAN_III = 0x22eb;

  /** Virtual subnets begin here (RFC 7637 §3.2); below it, the key is a plain GRE key. */
  private static final int SUBNET_MIN = 0x1000;

  private GreHeaders() {}

  static Next read(Walk walk) {
    if (!walk.has(4)) {
      return Next.NOTHING;
    }
    int flags = walk.u16(0);
    int type = walk.u16(2);
    if ((flags & VERSION) == 1) {
      return pointToPoint(walk, flags, type);
    }
    // Source routes were never in use and are deprecated (RFC 2784 §5).
    if ((flags & VERSION) != 0 || (flags & ROUTING) != 0) {
      return Next.NOTHING;
    }
    int keyAt = (flags & CHECKSUM) != 0 ? 8 : 4;
    int sequenceAt = keyAt + ((flags & KEY) != 0 ? 4 : 0);
    int length = sequenceAt + ((flags & SEQUENCE) != 0 ? 4 : 0);
    if (!walk.has(length)) {
      return Next.NOTHING;
    }
    long key = (flags & KEY) != 0 ? walk.u32(keyAt) : Layer.ABSENT;
    walk.at += length;
    return switch (type) {
      case LinkHeaders.TYPE_BRIDGED -> bridged(walk, flags, key);
      case TYPE_ERSPAN -> erspan(walk, (flags & SEQUENCE) != 0);
      case TYPE_ERSPAN_III -> erspanIii(walk);
      default -> {
        walk.etherType = type;
        yield walk.enter(Tunnel.GRE, key, Next.TYPE);
      }
    };
  }

  /** NVGRE has a key and nothing else (RFC 7637 §3.2); so does many an Ethernet in GRE. */
  private static Next bridged(Walk walk, int flags, long key) {
    boolean isSubnet = flags == KEY && key >>> 8 >= SUBNET_MIN;
    return isSubnet
        ? walk.enter(Tunnel.NVGRE, key >>> 8, Next.ETHERNET)
        : walk.enter(Tunnel.GRE, key, Next.ETHERNET);
  }

  /** Version 1 carries PPP; the lower half of its key is the call (RFC 2637 §4.1). */
  private static Next pointToPoint(Walk walk, int flags, int type) {
    int length = 8;
    length += (flags & SEQUENCE) != 0 ? 4 : 0;
    length += (flags & ACKNOWLEDGMENT) != 0 ? 4 : 0;
    if ((flags & KEY) == 0 || !walk.has(length)) {
      return Next.NOTHING;
    }
    int call = walk.u16(6);
    walk.at += length;
    walk.etherType = type;
    return walk.enter(Tunnel.GRE, call, Next.TYPE);
  }

  /** Type I is a frame at once and has no sequence number; type II has a header of its own. */
  private static Next erspan(Walk walk, boolean hasHeader) {
    if (!hasHeader) {
      return walk.enter(Tunnel.ERSPAN, Layer.ABSENT, Next.ETHERNET);
    }
    if (!walk.has(8) || walk.u8(0) >> 4 != 1) {
      return Next.NOTHING;
    }
    int session = walk.u16(2) & 0x3ff;
    walk.at += 8;
    return walk.enter(Tunnel.ERSPAN, session, Next.ETHERNET);
  }

  private static Next erspanIii(Walk walk) {
    if (!walk.has(12) || walk.u8(0) >> 4 != 2) {
      return Next.NOTHING;
    }
    int session = walk.u16(2) & 0x3ff;
    boolean isIp = (walk.u16(10) >> 10 & 0x1f) == 2;
    int length = (walk.u8(11) & 1) == 0 ? 12 : 20;
    if (!walk.has(length)) {
      return Next.NOTHING;
    }
    walk.at += length;
    return walk.enter(Tunnel.ERSPAN, session, isIp ? Next.IP : Next.ETHERNET);
  }
}
