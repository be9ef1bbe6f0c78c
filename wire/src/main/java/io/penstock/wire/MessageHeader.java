package io.penstock.wire;

/**
 * The header of one message, as sent. Numbers are unsigned and widened; what a protocol lacks is
 * -1.
 *
 * @param version the protocol
 * @param count the header's count field as sent (records, or FlowSets with some vendors); IPFIX has
 *     none
 * @param sysUptimeMillis milliseconds since the exporter started; IPFIX has none
 * @param exportSeconds seconds since 1970 UTC by the exporter's clock
 * @param exportNanos residual nanoseconds (v1, v5, v7, v8), else 0
 * @param sequence sequence number; v1 has none
 * @param domain observation domain (IPFIX), source id (v9), engine type and id as 16 bits (v5, v8)
 * @param sampling the v5 header's sampling field: 2 bits mode, 14 bits interval; -1 elsewhere
 * @param countMismatch whether the count contradicts the datagram's length (v1, v5, v7, v8)
 * @param truncated whether the message ended before its stated length
 * @param aggregation the v8 header's aggregation scheme and the version of its layout, 8 bits each;
 *     -1 elsewhere
 */
public record MessageHeader(
    ProtocolVersion version,
    int count,
    long sysUptimeMillis,
    long exportSeconds,
    long exportNanos,
    long sequence,
    long domain,
    int sampling,
    boolean countMismatch,
    boolean truncated,
    int aggregation) {

  /** A header of a protocol that does not aggregate: of any but NetFlow v8. */
  public MessageHeader(
      ProtocolVersion version,
      int count,
      long sysUptimeMillis,
      long exportSeconds,
      long exportNanos,
      long sequence,
      long domain,
      int sampling,
      boolean countMismatch,
      boolean truncated) {
    this(
        version,
        count,
        sysUptimeMillis,
        exportSeconds,
        exportNanos,
        sequence,
        domain,
        sampling,
        countMismatch,
        truncated,
        -1);
  }
}
