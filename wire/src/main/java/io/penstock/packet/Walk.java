package io.penstock.packet;

/**
 * How far the reading of a frame has come. Whoever reads octets asks {@link #has} first, so nothing
 * is read beyond the header's end.
 */
final class Walk {

  private final Layer[] layers;
  private int count;
  private Layer layer;

  private byte[] bytes = {};

  /** Where the next header begins. */
  int at;

  /** Behind the last octet that belongs to the header being read. */
  int end;

  /** What {@link Next#TYPE} refers to. */
  int etherType;

  boolean isCut;
  boolean isDeeper;

  Walk(int tunnelsMax) {
    layers = new Layer[tunnelsMax + 1];
    for (int i = 0; i < layers.length; i++) {
      layers[i] = new Layer();
    }
    layer = layers[0];
  }

  void begin(byte[] frame, int offset, int length) {
    bytes = frame;
    at = offset;
    end = offset + length;
    etherType = Layer.ABSENT;
    isCut = false;
    isDeeper = false;
    count = 1;
    layer = layers[0];
    layer.begin(Tunnel.NONE, Layer.ABSENT);
  }

  int count() {
    return count;
  }

  Layer layer(int index) {
    return layers[index];
  }

  /** The layer being read. */
  Layer layer() {
    return layer;
  }

  /** Turns to what a tunnel carries, unless that is too deep. */
  Next enter(Tunnel tunnel, long id, Next next) {
    if (count == layers.length) {
      isDeeper = true;
      return Next.NOTHING;
    }
    layer = layers[count++];
    layer.begin(tunnel, id);
    return next;
  }

  /** Whether so many octets are there; if not, the header was cut short. */
  boolean has(int octets) {
    boolean has = end - at >= octets;
    isCut |= !has;
    return has;
  }

  /** Octets that are left. */
  int left() {
    return end - at;
  }

  /** An octet so far behind where the walk stands. */
  int u8(int behind) {
    return bytes[at + behind] & 0xff;
  }

  int u16(int behind) {
    return u8(behind) << 8 | u8(behind + 1);
  }

  int u24(int behind) {
    return u16(behind) << 8 | u8(behind + 2);
  }

  long u32(int behind) {
    return (long) u16(behind) << 16 | u16(behind + 2);
  }

  long u48(int behind) {
    return (long) u16(behind) << 32 | u32(behind + 2);
  }

  long u64(int behind) {
    return u32(behind) << 32 | u32(behind + 4);
  }
}
