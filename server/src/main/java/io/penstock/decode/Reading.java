package io.penstock.decode;

/** How the octets of a field become the number in a {@link Slot}. */
enum Reading {
  /** An unsigned integer of 1 to 8 octets (RFC 7011 §6.2). */
  NUMBER,
  /** A number of which zero stays extra, because the event would not show it. */
  RATE,
  /** An IPv4 address of exactly 4 octets. */
  IPV4,
  /** An IPv6 address of exactly 16 octets, into two slots. */
  IPV6,
  /** A MAC address of exactly 6 octets. */
  MAC,
  /** Seconds since 1970. */
  SECONDS,
  /** Milliseconds since 1970. */
  MILLISECONDS,
  /** An NTP timestamp, or microseconds since 1970 from exporters that know no better. */
  NTP_MICROSECONDS,
  /** An NTP timestamp, or nanoseconds since 1970 from exporters that know no better. */
  NTP_NANOSECONDS,
  /** Microseconds before the export time (elements 158 and 159). */
  MICROSECONDS_BEFORE_EXPORT,
  /** A length of time in milliseconds. */
  MILLISECONDS_LONG,
  /** A length of time in microseconds. */
  MICROSECONDS_LONG,
  /** A sampling probability: float32 or float64, of which the slot takes the reciprocal. */
  PROBABILITY,
  /** Octets that only name something: a number that is the same for the same octets. */
  NAME,
  /** No slot at all: the value goes to the extra members. */
  NONE
}
