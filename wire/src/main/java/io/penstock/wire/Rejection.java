package io.penstock.wire;

/** Why a datagram, a message, a set or a template was not (wholly) decoded. */
public enum Rejection {
  /** Too short for a version number or the header it announces. */
  TRUNCATED_HEADER,
  /** A version that is not decoded. */
  UNKNOWN_VERSION,
  /** The message or a set is shorter than it says; whole records before the end were decoded. */
  TRUNCATED,
  /** A set length of 0 to 3 outside zero padding: nothing behind it can be found. */
  BAD_SET_LENGTH,
  /** A set id from 4 to 255, reserved by RFC 7011 §3.3.2: skipped. */
  RESERVED_SET,
  /** A template that can never describe a record, or a template id below 256. */
  BAD_TEMPLATE,
  /**
   * A set ends inside a record: a variable-length value crosses the end, or the rest is no padding.
   */
  BAD_RECORD,
  /** Data that waited for its template longer or larger than allowed. */
  TEMPLATE_NEVER_CAME,
  /** The exporter has more templates than allowed: its least recently used one was forgotten. */
  TOO_MANY_TEMPLATES,
  /** Octets behind the end that the header states, as much as a message and no padding: ignored. */
  BEYOND_MESSAGE,
  /** A NetFlow v8 aggregation scheme that nobody has published: its records cannot be read. */
  UNKNOWN_AGGREGATION,
  /** An sFlow sample of a format that is not known: skipped by its length. */
  UNKNOWN_FORMAT
}
