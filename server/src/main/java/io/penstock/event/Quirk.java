package io.penstock.event;

/**
 * Something odd about a record or its message that an operator may want to know. Kept in {@link
 * Event#quirks} as bit {@code 1 << ordinal()}: constants are only ever added at the end.
 */
public enum Quirk {
  /** The exporter's clock was unusable or far off; times were moved onto the receive time. */
  CLOCK_SKEW,
  /** The record carried no time; the export time stands for both ends. */
  TIME_MISSING,
  /** Start was after end by more than jitter; the duration was clamped to zero. */
  NEGATIVE_DURATION,
  /** The header's record count contradicts the datagram's length. */
  COUNT_MISMATCH,
  /** The message ended before its stated length; the complete records were decoded. */
  TRUNCATED,
  /** Decoded late: the record waited for its template. */
  LATE_TEMPLATE,
  /** A 32-bit counter is implausible for the duration and may have wrapped. */
  COUNTER_WRAP,
  /** An "NTP" timestamp element held a Unix timestamp instead (seen in the field). */
  UNIX_TIME_IN_NTP_FIELD,
  /** The exporter counts from its start and never said when that was: times are a close guess. */
  TIME_ESTIMATED,
  /** A list (RFC 6313) contradicts itself or nests too deeply; its octets were kept as they are. */
  LIST_MALFORMED,
  /** A list holds records of a template that the exporter did not send; its octets were kept. */
  LIST_TEMPLATE_UNKNOWN;

  /** This quirk's bit. */
  public int bit() {
    return 1 << ordinal();
  }
}
