package io.penstock.decode;

import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.Origin;
import io.penstock.event.Protocol;
import io.penstock.event.Quirk;
import io.penstock.event.Traffic.Sampling;
import io.penstock.event.Traffic.Sampling.Source;
import io.penstock.wire.MessageHeader;
import io.penstock.wire.ProtocolVersion;
import org.jspecify.annotations.Nullable;

/**
 * What the records of one message share: their {@link Origin}, the exporter's clock at the time of
 * export, and what the exporter announced. Made once per message.
 */
final class MessageContext {

  /** An exporter that thinks it is before 1980 has no clock: it counts from its start. */
  private static final long NO_CLOCK = 10L * 365 * 86_400 * ExporterTime.SECOND;

  private static final int SAMPLING_INTERVAL_BITS = 14;
  private static final int SAMPLING_INTERVAL = (1 << SAMPLING_INTERVAL_BITS) - 1;

  private static final byte[] AGGREGATION = ExtraField.encoded("aggregation");
  private static final byte[] AGGREGATION_VERSION = ExtraField.encoded("aggregation_version");

  /** The schemes of NetFlow v8 by their number, from 1. */
  private static final String[] AGGREGATIONS = {
    "as",
    "protocol-port",
    "source-prefix",
    "destination-prefix",
    "prefix",
    "destination",
    "source-destination",
    "full-flow",
    "as-tos",
    "protocol-port-tos",
    "source-prefix-tos",
    "destination-prefix-tos",
    "prefix-tos",
    "prefix-port"
  };

  private final Origin origin;
  private final MessageHeader header;
  private final Announcements announcements;
  private final Vocabulary vocabulary;
  private final Sampling headerSampling;
  private final long exportNanos;
  private final boolean isSkewed;
  private final boolean isLate;
  private final int quirks;
  private final byte[] description;

  MessageContext(
      MessageHeader header,
      Ip exporter,
      int port,
      long receiptNanos,
      boolean isLate,
      long skewMaxNanos,
      Announcements announcements,
      Vocabulary vocabulary,
      @Nullable String sourceId) {
    this.header = header;
    this.announcements = announcements;
    this.vocabulary = vocabulary;
    this.exportNanos = header.exportSeconds() * ExporterTime.SECOND + header.exportNanos();
    // A recording may not tell when it was made; then the exporter is all we can believe.
    long receivedNanos = receiptNanos < 0 ? exportNanos : receiptNanos;
    this.isSkewed = isSkewed(exportNanos, receivedNanos, skewMaxNanos);
    this.isLate = isLate;
    this.headerSampling = headerSampling(header);
    this.quirks = quirks(header, isSkewed, isLate);
    this.description = description(header.aggregation());
    this.origin =
        new Origin(
            protocol(header.version()),
            exporter,
            port,
            header.domain(),
            header.sequence(),
            exportNanos,
            receivedNanos,
            null,
            sourceId,
            null);
  }

  private static boolean isSkewed(long exportNanos, long receivedNanos, long skewMaxNanos) {
    boolean hasNoClock = exportNanos < NO_CLOCK && receivedNanos >= NO_CLOCK;
    return hasNoClock || skewMaxNanos > 0 && Math.abs(exportNanos - receivedNanos) > skewMaxNanos;
  }

  /**
   * v5 puts two bits of mode before 14 bits of interval. Some exporters leave the mode zero and set
   * the interval all the same; an interval of zero says nothing (decoding cases 74 and 76).
   */
  private static Sampling headerSampling(MessageHeader header) {
    int interval = header.sampling() < 0 ? 0 : header.sampling() & SAMPLING_INTERVAL;
    if (interval == 0) {
      return Sampling.UNKNOWN;
    }
    var algorithm = SamplingAlgorithms.ofMode(header.sampling() >>> SAMPLING_INTERVAL_BITS & 3);
    return new Sampling(interval, Source.DOMAIN, algorithm);
  }

  private static int quirks(MessageHeader header, boolean isSkewed, boolean isLate) {
    int quirks = isSkewed ? Quirk.CLOCK_SKEW.bit() : 0;
    quirks |= header.countMismatch() ? Quirk.COUNT_MISMATCH.bit() : 0;
    quirks |= header.truncated() ? Quirk.TRUNCATED.bit() : 0;
    return quirks | (isLate ? Quirk.LATE_TEMPLATE.bit() : 0);
  }

  static Protocol protocol(ProtocolVersion version) {
    return switch (version) {
      case NETFLOW_V1 -> Protocol.NETFLOW_V1;
      case NETFLOW_V5 -> Protocol.NETFLOW_V5;
      case NETFLOW_V7 -> Protocol.NETFLOW_V7;
      case NETFLOW_V8 -> Protocol.NETFLOW_V8;
      case NETFLOW_V9 -> Protocol.NETFLOW_V9;
      case IPFIX -> Protocol.IPFIX;
    };
  }

  /** NetFlow v8's aggregation, since what its records leave out was summed over. */
  private static byte[] description(int aggregation) {
    if (aggregation < 0) {
      return Event.NO_EXTRA;
    }
    var members = new ExtraMembers();
    members.member(AGGREGATION);
    members.plain(AGGREGATIONS[(aggregation >> 8) - 1]);
    members.member(AGGREGATION_VERSION);
    members.unsigned(aggregation & 0xff);
    return members.toBytes();
  }

  /** Writes what the message says of all its records and an event has no place for. */
  void describe(ExtraMembers extra) {
    if (description.length > 0) {
      extra.members(description);
    }
  }

  /** Whether this is the context of the message with this very header. */
  @SuppressWarnings("ReferenceEquality") // one header object per message; equal ones may repeat
  boolean isOf(MessageHeader other, boolean late) {
    return header == other && isLate == late;
  }

  Origin origin() {
    return origin;
  }

  /** What the exporter announced, and what it does now. */
  Announcements announcements() {
    return announcements;
  }

  /** What the fields of the exporter's templates mean. */
  Vocabulary vocabulary() {
    return vocabulary;
  }

  /** Rate of the v5 header, else unknown. */
  Sampling headerSampling() {
    return headerSampling;
  }

  int quirks() {
    return quirks;
  }

  long domain() {
    return header.domain();
  }

  /** Whether the dst port of an ICMP flow is its type and code: versions without elements do so. */
  boolean putsIcmpIntoPort() {
    return header.version() != ProtocolVersion.IPFIX;
  }

  /** The export time by the exporter's clock, nanoseconds since 1970. */
  long exportNanos() {
    return exportNanos;
  }

  /** The export time as we believe it. */
  long believedExportNanos() {
    return isSkewed ? origin.receivedNanos() : exportNanos;
  }

  /** Whether the header says how long the exporter has been up; IPFIX does not. */
  boolean hasUptime() {
    return header.sysUptimeMillis() != Event.ABSENT;
  }

  long uptimeMillis() {
    return header.sysUptimeMillis();
  }

  /**
   * A time by the exporter's clock as we believe it: moved with the clock's error, unless it is
   * right where the clock is wrong.
   */
  long believed(long nanos) {
    if (!isSkewed) {
      return nanos;
    }
    long received = origin.receivedNanos();
    boolean isByThatClock = Math.abs(nanos - exportNanos) < Math.abs(nanos - received);
    return isByThatClock ? nanos - exportNanos + received : nanos;
  }
}
