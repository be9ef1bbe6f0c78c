package io.penstock.wire;

import io.penstock.wire.DecoderCounters.Count;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.List;

/**
 * Turns datagrams of NetFlow v1, v5, v7, v8, v9 and IPFIX into records, remembering each exporter's
 * templates. One per worker thread: nothing here is synchronised, and an exporter's datagrams (an
 * address's, if ports may change) belong to one decoder.
 *
 * <p>No input throws, loops, or is kept beyond the {@link Limits}; what cannot be read is counted
 * by reason, so that all octets received are accounted for in the {@link DecoderCounters}.
 */
public final class FlowDecoder {

  private static final int V1_HEADER = 16;
  private static final int V5_HEADER = 24;
  private static final int V7_HEADER = 24;
  private static final int V8_HEADER = 28;

  /** No exporter of v1, v5 or v7 sends more in a datagram; a greater count is a lie. */
  private static final int FIXED_RECORDS_MAX = 30;

  /** Nor of v8, whose shortest records fill an Ethernet frame with as many. */
  private static final int V8_RECORDS_MAX = 51;

  private static final int V9_HEADER = 20;
  private static final int IPFIX_HEADER = 16;

  private static final MessageHeader NO_MESSAGE =
      new MessageHeader(ProtocolVersion.IPFIX, -1, -1, -1, 0, -1, -1, -1, false, false);

  private final InstantSource clock;
  private final DecoderCounters counters = new DecoderCounters();
  private final FixedLayouts layouts = new FixedLayouts();
  private final Ledger ledger;
  private final WaitingSets waiting;
  private final Sessions sessions;
  private final DataRecord record;
  private final SetDecoder sets;

  public FlowDecoder(Limits limits, InstantSource clock, RecordHandler handler) {
    this(limits, DecoderOptions.DEFAULT, clock, handler);
  }

  public FlowDecoder(
      Limits limits, DecoderOptions options, InstantSource clock, RecordHandler handler) {
    this.clock = clock;
    this.ledger = new Ledger(counters, handler);
    this.waiting = new WaitingSets(limits, ledger);
    this.sessions = new Sessions(limits, options, ledger, waiting);
    this.record = new DataRecord(layouts.v5, NO_MESSAGE, sessions);
    var reader = new TemplateReader(options.v9VariableLength());
    this.sets = new SetDecoder(sessions, waiting, reader, ledger, record);
  }

  /** What happened so far; to be read from any thread. */
  public DecoderCounters counters() {
    return counters;
  }

  /** Reads one datagram, or one message of a stream. The buffer may be reused after the call. */
  public void decode(Exporter exporter, byte[] buffer, int offset, int length) {
    long now = clock.millis();
    waiting.expire(now);
    ledger.count(Count.DATAGRAMS);
    ledger.count(Count.OCTETS, length);
    if (length < 2) {
      ledger.reject(exporter, Rejection.TRUNCATED_HEADER, length);
      return;
    }
    int end = offset + length;
    switch (Octets.u16(buffer, offset)) {
      case 1 -> v1(exporter, buffer, offset, end, now);
      case 5 -> fixed(exporter, buffer, offset, end, layouts.v5, V5_HEADER, now);
      case 7 -> fixed(exporter, buffer, offset, end, layouts.v7, V7_HEADER, now);
      case 8 -> v8(exporter, buffer, offset, end, now);
      case 9 -> v9(exporter, buffer, offset, end, now);
      case 10 -> ipfix(exporter, buffer, offset, end, now);
      default -> ledger.reject(exporter, Rejection.UNKNOWN_VERSION, length);
    }
  }

  /** Counts octets of a stream that could not be cut into messages. */
  public void reject(Exporter exporter, Rejection reason, int octets) {
    ledger.count(Count.OCTETS, octets);
    ledger.reject(exporter, reason, octets);
  }

  /** Ends a session: forgets its templates (RFC 7011 §8.4) and gives up what waited for them. */
  public void close(Exporter exporter) {
    sessions.close(exporter);
  }

  /** Gives up what waited too long; for times when nothing arrives. */
  public void expire() {
    waiting.expire(clock.millis());
  }

  /** What is held for every exporter; like all but the counters, for the decoding thread. */
  public List<ExporterState> exporters() {
    return sessions.states();
  }

  /** What is held for the sessions of one address. */
  public List<ExporterState> exporters(InetAddress address) {
    return sessions.states(address);
  }

  /** The templates that one address taught, over any transport. */
  public List<SavedTemplate> templates(InetAddress address) {
    return sessions.saved(address);
  }

  /** The templates of all UDP exporters, as a {@link TemplateFile} keeps them. */
  public List<SavedTemplate> templates() {
    return sessions.saved();
  }

  /** Takes a template from an earlier run; before the exporter's first datagram. */
  public void restore(SavedTemplate template) {
    sessions.restore(template);
  }

  /** Records of 52 octets, or of 48 where only that agrees with the count. */
  private void v1(Exporter exporter, byte[] buffer, int at, int end, long now) {
    int stated = end - at < V1_HEADER ? 0 : Octets.u16(buffer, at + 2);
    boolean isShort = end - at == V1_HEADER + stated * layouts.v1Short.minLength();
    fixed(exporter, buffer, at, end, isShort ? layouts.v1Short : layouts.v1, V1_HEADER, now);
  }

  /** The header's aggregation scheme tells which of the layouts the records have. */
  private void v8(Exporter exporter, byte[] buffer, int at, int end, long now) {
    if (end - at < V8_HEADER) {
      ledger.reject(exporter, Rejection.TRUNCATED_HEADER, end - at);
      return;
    }
    var layout = layouts.v8(Octets.u8(buffer, at + 22));
    if (layout == null) {
      ledger.reject(exporter, Rejection.UNKNOWN_AGGREGATION, end - at);
      return;
    }
    fixed(exporter, buffer, at, end, layout, V8_HEADER, now);
  }

  private void fixed(
      Exporter exporter,
      byte[] buffer,
      int at,
      int end,
      Template layout,
      int headerLength,
      long now) {
    int length = end - at;
    if (length < headerLength) {
      ledger.reject(exporter, Rejection.TRUNCATED_HEADER, length);
      return;
    }
    int stated = Octets.u16(buffer, at + 2);
    int first = at + headerLength;
    int size = layout.minLength();
    int present = present(buffer, first, end, size, stated);
    boolean isV8 = layout.version() == ProtocolVersion.NETFLOW_V8;
    int recordsMax = isV8 ? V8_RECORDS_MAX : FIXED_RECORDS_MAX;
    boolean isTruncated = stated > present && stated <= recordsMax;
    boolean isMismatch = (end - first) / size != stated;
    var header = fixedHeader(layout.version(), buffer, at, isMismatch, isTruncated);
    ledger.count(Count.MESSAGES);
    ledger.count(Count.COUNT_MISMATCHES, isMismatch ? 1 : 0);
    ledger.count(Count.FRAMING_OCTETS, headerLength);

    record.enter(null, layout, header, buffer, now, false);
    for (int i = 0; i < present; i++) {
      record.move(first + i * size);
      ledger.handler().record(exporter, record);
    }

    ledger.count(Count.RECORDS, present);
    ledger.count(Count.RECORD_OCTETS, (long) present * size);
    ledger.handler().message(exporter, header, present, !isTruncated);
    int behind = first + present * size;
    if (isTruncated) {
      ledger.reject(exporter, Rejection.TRUNCATED, end - behind);
      return;
    }
    beyond(exporter, buffer, behind, end, size);
  }

  /**
   * How many records there are. The count field is often wrong: whole records decide, but for those
   * beyond the count that are all zero. Where they do not fill the datagram, the count decides if
   * it can.
   */
  private static int present(byte[] buffer, int first, int end, int size, int stated) {
    int present = (end - first) / size;
    if (stated > 0 && stated < present && (end - first) % size != 0) {
      return stated;
    }
    while (present > stated
        && Octets.areZero(buffer, first + (present - 1) * size, first + present * size)) {
      present--;
    }
    return present;
  }

  /** Accounts for what follows the end of a message: padding, unless it is too much for that. */
  private void beyond(Exporter exporter, byte[] buffer, int at, int end, int paddingMax) {
    if (end - at < paddingMax || Octets.areZero(buffer, at, end)) {
      ledger.count(Count.PADDING_OCTETS, end - at);
      return;
    }
    ledger.reject(exporter, Rejection.BEYOND_MESSAGE, end - at);
  }

  private static MessageHeader fixedHeader(
      ProtocolVersion version, byte[] bytes, int at, boolean isMismatch, boolean isTruncated) {
    boolean isV5 = version == ProtocolVersion.NETFLOW_V5;
    boolean isV8 = version == ProtocolVersion.NETFLOW_V8;
    boolean hasSequence = version != ProtocolVersion.NETFLOW_V1;
    return new MessageHeader(
        version,
        Octets.u16(bytes, at + 2),
        Octets.u32(bytes, at + 4),
        Octets.u32(bytes, at + 8),
        Octets.u32(bytes, at + 12),
        hasSequence ? Octets.u32(bytes, at + 16) : -1,
        isV5 || isV8 ? Octets.u16(bytes, at + 20) : -1,
        isV5 ? Octets.u16(bytes, at + 22) : -1,
        isMismatch,
        isTruncated,
        isV8 ? Octets.u16(bytes, at + 22) : -1);
  }

  /** RFC 3954 §5.1. The count is not trusted: some count records, some FlowSets. */
  private void v9(Exporter exporter, byte[] buffer, int at, int end, long now) {
    if (end - at < V9_HEADER) {
      ledger.reject(exporter, Rejection.TRUNCATED_HEADER, end - at);
      return;
    }
    int first = at + V9_HEADER;
    var header =
        new MessageHeader(
            ProtocolVersion.NETFLOW_V9,
            Octets.u16(buffer, at + 2),
            Octets.u32(buffer, at + 4),
            Octets.u32(buffer, at + 8),
            0,
            Octets.u32(buffer, at + 12),
            Octets.u32(buffer, at + 16),
            -1,
            false,
            SetDecoder.isCut(buffer, first, end));
    ledger.count(Count.MESSAGES);
    ledger.count(Count.FRAMING_OCTETS, V9_HEADER);
    sets.decode(new Message(sessions.of(exporter), exporter, header, buffer, now), first, end);
  }

  /** RFC 7011 §3.1. Several messages in one datagram are not allowed, but seen. */
  private void ipfix(Exporter exporter, byte[] buffer, int from, int end, long now) {
    int at = from;
    do {
      int length = end - at < 4 ? 0 : Octets.u16(buffer, at + 2);
      if (length < IPFIX_HEADER || end - at < IPFIX_HEADER) {
        ledger.reject(exporter, Rejection.TRUNCATED_HEADER, end - at);
        return;
      }
      boolean isTruncated = length > end - at;
      int messageEnd = isTruncated ? end : at + length;
      ipfixMessage(exporter, buffer, at, messageEnd, isTruncated, now);
      at = messageEnd;
    } while (end - at >= IPFIX_HEADER && Octets.u16(buffer, at) == ProtocolVersion.IPFIX.number());
    beyond(exporter, buffer, at, end, IPFIX_HEADER);
  }

  private void ipfixMessage(
      Exporter exporter, byte[] buffer, int at, int end, boolean isTruncated, long now) {
    int first = at + IPFIX_HEADER;
    var header =
        new MessageHeader(
            ProtocolVersion.IPFIX,
            -1,
            -1,
            Octets.u32(buffer, at + 4),
            0,
            Octets.u32(buffer, at + 8),
            Octets.u32(buffer, at + 12),
            -1,
            false,
            isTruncated || SetDecoder.isCut(buffer, first, end));
    ledger.count(Count.MESSAGES);
    ledger.count(Count.FRAMING_OCTETS, IPFIX_HEADER);
    sets.decode(new Message(sessions.of(exporter), exporter, header, buffer, now), first, end);
  }
}
