package io.penstock.decode;

import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.Origin;
import io.penstock.event.Protocol;
import io.penstock.event.Quirk;
import io.penstock.exporters.ExporterId;
import io.penstock.packet.HeaderProtocol;
import io.penstock.sflow.DropReason;
import io.penstock.sflow.SflowDatagram;
import io.penstock.sflow.SflowDecoder;
import io.penstock.sflow.SflowHandler;
import io.penstock.sflow.SflowSample;
import io.penstock.sflow.SflowSample.Kind;
import io.penstock.sflow.SflowSample.Port;
import io.penstock.sflow.Xdr;
import io.penstock.wire.DecoderCounters;
import io.penstock.wire.Exporter;
import io.penstock.wire.Rejection;
import org.jspecify.annotations.Nullable;

/**
 * Turns sFlow datagrams into events: a sampled packet is a flow of one packet, whose octets are the
 * frame's and whose time is that of receipt; a counter sample is a moment's counters; a discarded
 * packet tells why.
 *
 * <p>The exporter is the agent that a datagram names, for its address stays when the datagram's own
 * is translated on the way (decoding case 78); {@code sent_by} then tells where it came from.
 */
final class SflowEvents {

  /** Who is told what a datagram held. */
  interface Receiver {

    void event(Exporter exporter, Event event);

    /** A sample was read, whatever becomes of it. */
    void sample(SflowSample sample);

    /** Something was not decoded. */
    void rejected(Exporter exporter, Rejection reason, int octets);

    /** A sample broke our code. */
    void failed(Exporter exporter, RuntimeException bug);

    /**
     * A datagram was read to its end; after its events.
     *
     * @param samples how many were read
     * @param isComplete whether that is all it held: nothing was cut short or skipped
     */
    void datagram(Exporter exporter, SflowDatagram datagram, int samples, boolean isComplete);
  }

  /** Data sources of one agent whose effective rate is followed; a large chassis has as many. */
  private static final int SOURCES_OF_AGENT_MAX = 2_048;

  private static final int SOURCES_MAX = 65_536;

  /** Data formats of standard flow records. */
  private static final int HEADER = 1;

  private static final int ETHERNET = 2;
  private static final int IPV4 = 3;
  private static final int IPV6 = 4;
  private static final int ROUTER = 1002;

  /** Passes over the records: what is told first fills the places that others want as well. */
  private static final int PASSES = 4;

  /** Protocol, frame length, octets stripped, length of the header. */
  private static final int HEADER_FIELDS = 16;

  private static final byte[] SENT_BY = ExtraField.encoded("sent_by");
  private static final byte[] UPTIME = ExtraField.encoded("uptime");
  private static final byte[] SAMPLE_SEQUENCE = ExtraField.encoded("sample_sequence");
  private static final byte[] SOURCE_TYPE = ExtraField.encoded("source_id_type");
  private static final byte[] SOURCE_INDEX = ExtraField.encoded("source_id_index");
  private static final byte[] POOL = ExtraField.encoded("sample_pool");
  private static final byte[] DROPS = ExtraField.encoded("sample_drops");
  private static final byte[] EFFECTIVE = ExtraField.encoded("sampling_effective");
  private static final byte[] REASON = ExtraField.encoded("drop_reason");
  private static final byte[] REASON_NAME = ExtraField.encoded("drop_reason_name");
  private static final byte[] INPUT_FORMAT = ExtraField.encoded("ingress_format");
  private static final byte[] INPUT_VALUE = ExtraField.encoded("ingress_value");
  private static final byte[] OUTPUT_FORMAT = ExtraField.encoded("egress_format");
  private static final byte[] OUTPUT_VALUE = ExtraField.encoded("egress_value");
  private static final byte[] HEADER_PROTOCOL = ExtraField.encoded("header_protocol");
  private static final byte[] STRIPPED = ExtraField.encoded("stripped");
  private static final byte[] HEADER_LENGTH = ExtraField.encoded("header_length");
  private static final byte[] HEADER_OCTETS = ExtraField.encoded("header");

  private final Receiver receiver;
  private final EventBuilder builder;

  /** Whether the sample's event has its packet: of several headers, the first. */
  private boolean hasHeader;

  private final SflowDecoder wire;
  private final SflowFields fields = new SflowFields();
  private final PortNames names;
  private final SampledSources sources = new SampledSources(SOURCES_OF_AGENT_MAX, SOURCES_MAX);

  private @Nullable Exporter exporter;
  private @Nullable String sourceId;
  private long receivedNanos;
  private @Nullable Origin origin;
  private @Nullable String sentBy;
  private ExporterId agent = new ExporterId(Ip.NONE);

  /** What the agent called its interfaces; null when nothing. */
  private @Nullable Announcements announced;

  /**
   * @param counters where everything is counted, with the flow protocols of the same thread
   */
  SflowEvents(EventBuilder builder, PortNames names, DecoderCounters counters, Receiver receiver) {
    this.builder = builder;
    this.names = names;
    this.receiver = receiver;
    this.wire = new SflowDecoder(counters, new Interpreter());
  }

  /** What is decoded from here on comes from this source. */
  void sourceIs(@Nullable String id) {
    sourceId = id;
  }

  /** Decodes one datagram. */
  void decode(Exporter from, long nanos, byte[] buffer, int offset, int length) {
    exporter = from;
    // A recording may not tell when it was made, and sFlow tells no time of its own.
    receivedNanos = Math.max(0, nanos);
    origin = null;
    wire.decode(buffer, offset, length);
  }

  /** What the samples of a datagram share; made with the first of them. */
  private Origin origin(Exporter from, SflowDatagram datagram) {
    var known = origin;
    if (known != null) {
      return known;
    }
    var sender = Ip.of(from.address().getAddress());
    var told = new Ip(datagram.agentHigh(), datagram.agentLow());
    agent = isNone(told) ? new ExporterId(sender) : new ExporterId(sender, told);
    announced = names.of(agent, receivedNanos);
    sources.turnTo(sender, datagram);
    sentBy = agent.isRelayed() ? sender.toString() : null;
    var made =
        new Origin(
            Protocol.SFLOW_5,
            agent.agent(),
            from.address().getPort(),
            datagram.subAgent(),
            datagram.sequence(),
            Event.ABSENT,
            receivedNanos,
            null,
            sourceId,
            null);
    origin = made;
    return made;
  }

  /** An agent that does not know its address says so, or sends one of zeros. */
  private static boolean isNone(Ip agent) {
    return agent.equals(Ip.NONE) || agent.isV4() && agent.v4Bits() == 0;
  }

  private Event event(Origin of, SflowDatagram datagram, SflowSample sample) {
    builder.begin(receivedNanos, sample.isTruncated() ? Quirk.TRUNCATED.bit() : 0);
    fields.begin();
    var extra = builder.extra();
    if (sentBy != null) {
      extra.member(SENT_BY);
      extra.plain(sentBy);
    }
    number(UPTIME, datagram.uptimeMillis());
    number(SAMPLE_SEQUENCE, sample.sequence());
    number(SOURCE_TYPE, sample.sourceType());
    number(SOURCE_INDEX, sample.sourceIndex());
    if (sample.kind() == Kind.COUNTERS) {
      for (int i = 0; i < sample.recordCount(); i++) {
        fields.tell(sample, i, builder);
      }
      var learned = names.learn(agent, datagram.subAgent(), sample, receivedNanos);
      announced = learned == null ? announced : learned;
      return builder.counters(of);
    }
    sampling(sample);
    ports(sample);
    records(sample);
    builder.fill(Slot.PACKETS, 1);
    var kind = sample.kind() == Kind.FLOW ? Event.Kind.FLOW : Event.Kind.DROP;
    return builder.packet(of, kind, announced);
  }

  private void sampling(SflowSample sample) {
    number(DROPS, sample.drops());
    if (sample.kind() == Kind.DISCARDED) {
      reason(sample.reason());
      return;
    }
    number(POOL, sample.pool());
    builder.fill(Slot.RATE, sample.rate());
    long effective = sources.rate(sample);
    number(EFFECTIVE, effective == 0 ? Event.ABSENT : effective);
  }

  private void reason(long reason) {
    number(REASON, reason);
    var name = DropReason.name(reason);
    if (name != null) {
      builder.extra().member(REASON_NAME);
      builder.extra().plain(name);
    }
  }

  private void ports(SflowSample sample) {
    // Only an output says why a packet was discarded, unless the sample itself is about that.
    boolean isReason = sample.kind() != Kind.DISCARDED;
    port(sample.inputPort(), sample.input(), Slot.INGRESS, false, INPUT_FORMAT, INPUT_VALUE);
    port(sample.outputPort(), sample.output(), Slot.EGRESS, isReason, OUTPUT_FORMAT, OUTPUT_VALUE);
  }

  /** An interface has a place; a reason, or a number of interfaces, must not look like one. */
  private void port(
      Port port, long value, Slot slot, boolean isReason, byte[] format, byte[] number) {
    switch (port) {
      case ABSENT -> {}
      case INTERFACE -> builder.fill(slot, value);
      case INTERNAL -> {
        builder.fill(slot, value);
        word(format, "internal");
      }
      case DISCARDED -> {
        word(format, "discarded");
        if (isReason) {
          reason(value);
        } else {
          number(number, value);
        }
      }
      case MULTIPLE -> {
        word(format, "multiple");
        number(number, value);
      }
      case UNKNOWN -> {
        word(format, "unknown");
        number(number, value);
      }
    }
  }

  /**
   * Tells the sampled header first, then what the agent parsed itself, then the next router: where
   * several records fill the same place, the first of them is right.
   */
  private void records(SflowSample sample) {
    hasHeader = false;
    for (int pass = 0; pass < PASSES; pass++) {
      for (int i = 0; i < sample.recordCount(); i++) {
        if (pass(sample.dataFormat(i)) != pass) {
          continue;
        }
        if (pass == 0) {
          header(sample, i);
        } else {
          fields.tell(sample, i, builder);
        }
      }
    }
  }

  private static int pass(int dataFormat) {
    return switch (dataFormat) {
      case HEADER -> 0;
      case ETHERNET, IPV4, IPV6 -> 1;
      case ROUTER -> 2;
      default -> 3;
    };
  }

  /** The beginning of the packet. Of several, the first fills the event. */
  private void header(SflowSample sample, int record) {
    int length = sample.length(record);
    if (length < HEADER_FIELDS) {
      fields.tell(sample, record, builder);
      return;
    }
    var bytes = sample.bytes();
    int at = sample.offset(record);
    long frameLength = Xdr.unsigned(bytes, at + 4);
    if (hasHeader) {
      fields.tell(sample, record, builder);
      return;
    }
    hasHeader = true;
    builder.fill(Slot.BYTES, frameLength);
    long protocol = Xdr.unsigned(bytes, at);
    long stated = Xdr.unsigned(bytes, at + 12);
    int present = (int) Math.min(stated, length - HEADER_FIELDS);
    number(HEADER_PROTOCOL, protocol);
    number(STRIPPED, Xdr.unsigned(bytes, at + 8));
    number(HEADER_LENGTH, stated);
    int from = at + HEADER_FIELDS;
    if (!builder.packet(HeaderProtocol.of(protocol), bytes, from, present) && present > 0) {
      builder.extra().member(HEADER_OCTETS);
      builder.extra().hex(bytes, from, present);
    }
  }

  private void number(byte[] name, long value) {
    if (value != Event.ABSENT) {
      builder.extra().member(name);
      builder.extra().unsigned(value);
    }
  }

  private void word(byte[] name, String word) {
    builder.extra().member(name);
    builder.extra().plain(word);
  }

  private final class Interpreter implements SflowHandler {

    @Override
    public void sample(SflowDatagram datagram, SflowSample sample) {
      var from = sender();
      Event event;
      receiver.sample(sample);
      try {
        event = event(origin(from, datagram), datagram, sample);
      } catch (RuntimeException e) {
        receiver.failed(from, e);
        return;
      }
      receiver.event(from, event);
    }

    @Override
    public void datagram(SflowDatagram datagram, int samples, boolean isComplete) {
      receiver.datagram(sender(), datagram, samples, isComplete);
    }

    @Override
    public void rejected(Rejection reason, int octets) {
      receiver.rejected(sender(), reason, octets);
    }

    private Exporter sender() {
      var from = exporter;
      if (from == null) {
        throw new IllegalStateException("a sample without a datagram");
      }
      return from;
    }
  }
}
