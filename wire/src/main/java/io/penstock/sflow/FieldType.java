package io.penstock.sflow;

/** How a field of a structure is encoded (RFC 4506), and what it is to be read as. */
public enum FieldType {
  /** An unsigned integer. */
  U32(4),
  /** A signed integer. */
  S32(4),
  /** An unsigned hyper integer. */
  U64(8),
  FLOAT(4),
  IPV4(4),
  IPV6(16),
  /** Six octets, and two of padding. */
  MAC(8),
  UUID(16),
  /** A type, then 0, 4 or 16 octets. */
  ADDRESS(-1),
  /** A length, then characters, mostly UTF-8. */
  TEXT(-1),
  /** A length, then octets. */
  OPAQUE(-1),
  /** A count, then unsigned integers. */
  NUMBERS(-1),
  /** A count, then BGP communities of two times 16 bits (RFC 1997). */
  COMMUNITIES(-1),
  /** A count, then MPLS label stack entries (RFC 3032 §2.1). */
  LABELS(-1),
  /** A count, then VLAN tags: TPID and TCI. */
  TAGS(-1),
  /** A count, then segments: type, count, AS numbers. */
  AS_PATH(-1),
  /** A count, then network adapters: index, count, MAC addresses. */
  ADAPTERS(-1),
  /** A count, then lanes of an optical module: {@link #LANE_FIELDS} unsigned integers each. */
  LANES(-1);

  /** Unsigned integers that tell of one lane. */
  public static final int LANE_FIELDS = 10;

  /** Octets on the wire; -1 when the value says how many. */
  final int octets;

  FieldType(int octets) {
    this.octets = octets;
  }
}
