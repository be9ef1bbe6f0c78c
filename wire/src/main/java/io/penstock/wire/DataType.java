package io.penstock.wire;

import java.util.Optional;

/**
 * The abstract data types of Information Elements (RFC 7012 §3.1, RFC 6313 §4.5), in the order of
 * their numbers at IANA.
 */
public enum DataType {
  OCTET_ARRAY("octetArray", Shape.OCTETS, FieldSpecifier.VARIABLE),
  UNSIGNED8("unsigned8", Shape.UNSIGNED, 1),
  UNSIGNED16("unsigned16", Shape.UNSIGNED, 2),
  UNSIGNED32("unsigned32", Shape.UNSIGNED, 4),
  UNSIGNED64("unsigned64", Shape.UNSIGNED, 8),
  SIGNED8("signed8", Shape.SIGNED, 1),
  SIGNED16("signed16", Shape.SIGNED, 2),
  SIGNED32("signed32", Shape.SIGNED, 4),
  SIGNED64("signed64", Shape.SIGNED, 8),
  FLOAT32("float32", Shape.FLOAT, 4),
  FLOAT64("float64", Shape.FLOAT, 8),
  BOOLEAN("boolean", Shape.BOOLEAN, 1),
  MAC_ADDRESS("macAddress", Shape.ADDRESS, 6),
  STRING("string", Shape.TEXT, FieldSpecifier.VARIABLE),
  DATE_TIME_SECONDS("dateTimeSeconds", Shape.TIME, 4),
  DATE_TIME_MILLISECONDS("dateTimeMilliseconds", Shape.TIME, 8),
  DATE_TIME_MICROSECONDS("dateTimeMicroseconds", Shape.TIME, 8),
  DATE_TIME_NANOSECONDS("dateTimeNanoseconds", Shape.TIME, 8),
  IPV4_ADDRESS("ipv4Address", Shape.ADDRESS, 4),
  IPV6_ADDRESS("ipv6Address", Shape.ADDRESS, 16),
  BASIC_LIST("basicList", Shape.LIST, FieldSpecifier.VARIABLE),
  SUB_TEMPLATE_LIST("subTemplateList", Shape.LIST, FieldSpecifier.VARIABLE),
  SUB_TEMPLATE_MULTI_LIST("subTemplateMultiList", Shape.LIST, FieldSpecifier.VARIABLE);

  /** How the octets of a value are read. */
  public enum Shape {
    OCTETS,
    UNSIGNED,
    SIGNED,
    FLOAT,
    BOOLEAN,
    ADDRESS,
    TEXT,
    TIME,
    LIST
  }

  private static final DataType[] NUMBERED = values();

  private final String word;
  private final Shape shape;
  private final int length;

  DataType(String word, Shape shape, int length) {
    this.word = word;
    this.shape = shape;
    this.length = length;
  }

  /** The type called this in the registry. */
  public static Optional<DataType> of(String word) {
    for (var type : values()) {
      if (type.word.equals(word)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** The type of this number in IANA's "IPFIX Information Element Data Types" (RFC 5610 §3.1). */
  public static Optional<DataType> numbered(long number) {
    return number >= 0 && number < NUMBERED.length
        ? Optional.of(NUMBERED[(int) number])
        : Optional.empty();
  }

  /** The registry's spelling. */
  public String word() {
    return word;
  }

  public Shape shape() {
    return shape;
  }

  /**
   * Octets of a full-size value, {@link FieldSpecifier#VARIABLE} when the type has no size of its
   * own. Integers and float64 may be sent shorter (RFC 7011 §6.2).
   */
  public int length() {
    return length;
  }
}
