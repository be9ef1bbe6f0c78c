package io.penstock.shape;

import io.penstock.event.ByteOutput;
import io.penstock.event.Endpoint;
import io.penstock.event.Enrichment;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.Origin;
import io.penstock.event.Traffic;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An event as {@code flowpb.FlowMessage} of goflow2 v2 ({@code goflow2.proto} beside this class),
 * without a length in front: framing belongs to the sink. As in any proto3 message a field that is
 * 0 is left out.
 */
final class Goflow2Shape implements Shape {

  private static final int TYPE = 1;
  private static final int SAMPLING_RATE = 3;
  private static final int SEQUENCE_NUM = 4;
  private static final int SRC_ADDR = 6;
  private static final int DST_ADDR = 7;
  private static final int BYTES = 9;
  private static final int PACKETS = 10;
  private static final int SAMPLER_ADDRESS = 11;
  private static final int NEXT_HOP = 12;
  private static final int SRC_AS = 14;
  private static final int DST_AS = 15;
  private static final int SRC_NET = 16;
  private static final int DST_NET = 17;
  private static final int IN_IF = 18;
  private static final int OUT_IF = 19;
  private static final int PROTO = 20;
  private static final int SRC_PORT = 21;
  private static final int DST_PORT = 22;
  private static final int IP_TOS = 23;
  private static final int FORWARDING_STATUS = 24;
  private static final int TCP_FLAGS = 26;
  private static final int SRC_MAC = 27;
  private static final int DST_MAC = 28;
  private static final int VLAN_ID = 29;
  private static final int ETYPE = 30;
  private static final int ICMP_TYPE = 31;
  private static final int ICMP_CODE = 32;
  private static final int OBSERVATION_DOMAIN_ID = 70;
  private static final int TIME_RECEIVED_NS = 110;
  private static final int TIME_FLOW_START_NS = 111;
  private static final int TIME_FLOW_END_NS = 112;

  private static final int FIELD_MAX = 112;

  /** More than all fields together: 31 of at most two octets of tag and ten, four addresses. */
  private static final int MESSAGE_MAX = 512;

  private static final int ETYPE_IPV4 = 0x0800;
  private static final int ETYPE_IPV6 = 0x86dd;

  private static final int VARINT = 0;
  private static final int LENGTH_DELIMITED = 2;

  /** The fields that are written, by their name in the message. */
  static final Map<String, Integer> FIELDS =
      Map.ofEntries(
          Map.entry("type", TYPE),
          Map.entry("sampling_rate", SAMPLING_RATE),
          Map.entry("sequence_num", SEQUENCE_NUM),
          Map.entry("src_addr", SRC_ADDR),
          Map.entry("dst_addr", DST_ADDR),
          Map.entry("bytes", BYTES),
          Map.entry("packets", PACKETS),
          Map.entry("sampler_address", SAMPLER_ADDRESS),
          Map.entry("next_hop", NEXT_HOP),
          Map.entry("src_as", SRC_AS),
          Map.entry("dst_as", DST_AS),
          Map.entry("src_net", SRC_NET),
          Map.entry("dst_net", DST_NET),
          Map.entry("in_if", IN_IF),
          Map.entry("out_if", OUT_IF),
          Map.entry("proto", PROTO),
          Map.entry("src_port", SRC_PORT),
          Map.entry("dst_port", DST_PORT),
          Map.entry("ip_tos", IP_TOS),
          Map.entry("forwarding_status", FORWARDING_STATUS),
          Map.entry("tcp_flags", TCP_FLAGS),
          Map.entry("src_mac", SRC_MAC),
          Map.entry("dst_mac", DST_MAC),
          Map.entry("vlan_id", VLAN_ID),
          Map.entry("etype", ETYPE),
          Map.entry("icmp_type", ICMP_TYPE),
          Map.entry("icmp_code", ICMP_CODE),
          Map.entry("observation_domain_id", OBSERVATION_DOMAIN_ID),
          Map.entry("time_received_ns", TIME_RECEIVED_NS),
          Map.entry("time_flow_start_ns", TIME_FLOW_START_NS),
          Map.entry("time_flow_end_ns", TIME_FLOW_END_NS));

  private final boolean[] isWritten = new boolean[FIELD_MAX + 1];
  private byte[] array = {};
  private int at;

  /**
   * @throws IllegalArgumentException when a name is no field of the message
   */
  Goflow2Shape(Set<String> fields, Set<String> redact) {
    for (var name : fields.isEmpty() ? FIELDS.keySet() : fields) {
      isWritten[number(name)] = true;
    }
    for (var name : redact) {
      isWritten[number(name)] = false;
    }
  }

  private static int number(String name) {
    var number = FIELDS.get(name);
    if (number == null) {
      throw new IllegalArgumentException(
          "goflow2 has no field " + name + "; these are: " + new TreeMap<>(FIELDS).keySet());
    }
    return number;
  }

  @Override
  public void write(String tenant, Event event, ByteOutput out) {
    out.reserve(MESSAGE_MAX);
    array = out.array();
    at = out.size();
    origin(event.origin());
    address(SRC_ADDR, event.source());
    address(DST_ADDR, event.destination());
    number(BYTES, event.source().bytes());
    number(PACKETS, event.source().packets());
    traffic(event.traffic());
    end(SRC_AS, SRC_NET, SRC_PORT, SRC_MAC, event.source(), sourceAs(event.enrichment()));
    end(DST_AS, DST_NET, DST_PORT, DST_MAC, event.destination(), destinationAs(event.enrichment()));
    ethernetType(event.source().hasIp() ? event.source() : event.destination());
    number(TIME_RECEIVED_NS, event.origin().receivedNanos());
    number(TIME_FLOW_START_NS, event.startNanos());
    number(TIME_FLOW_END_NS, event.endNanos());
    out.skip(at - out.size());
  }

  private void origin(Origin origin) {
    int type =
        switch (origin.protocol()) {
          case SFLOW_5 -> 1;
          case NETFLOW_V5 -> 2;
          case NETFLOW_V9 -> 3;
          case IPFIX -> 4;
          case NETFLOW_V1, NETFLOW_V7, NETFLOW_V8, ZEEK, FLOW_JSON, HTTP -> 0;
        };
    number(TYPE, type);
    small(SEQUENCE_NUM, origin.sequence());
    if (!Remainder.isPosted(origin.protocol())) {
      address(SAMPLER_ADDRESS, origin.exporter().high(), origin.exporter().low());
    }
    small(OBSERVATION_DOMAIN_ID, origin.observationDomain());
  }

  private void traffic(Traffic traffic) {
    number(SAMPLING_RATE, traffic.sampling().rate());
    if (traffic.nextHop() != null) {
      address(NEXT_HOP, traffic.nextHop().high(), traffic.nextHop().low());
    }
    small(IN_IF, traffic.ingressInterface());
    small(OUT_IF, traffic.egressInterface());
    small(PROTO, traffic.protocol());
    small(IP_TOS, traffic.tos());
    small(FORWARDING_STATUS, traffic.forwardingStatus());
    small(TCP_FLAGS, traffic.tcpFlags());
    small(VLAN_ID, traffic.vlan());
    if (traffic.icmp() != Event.ABSENT) {
      small(ICMP_TYPE, traffic.icmp() >>> 8);
      small(ICMP_CODE, traffic.icmp() & 0xff);
    }
  }

  private void end(
      int as, int net, int port, int mac, Endpoint end, @Nullable AutonomousSystem known) {
    // What the exporter routed by comes before what we looked up.
    small(as, end.as() > 0 || known == null ? end.as() : known.number());
    small(net, end.prefixLength());
    small(port, end.port());
    number(mac, end.mac());
  }

  private static @Nullable AutonomousSystem sourceAs(@Nullable Enrichment found) {
    return found == null ? null : found.sourceAs();
  }

  private static @Nullable AutonomousSystem destinationAs(@Nullable Enrichment found) {
    return found == null ? null : found.destinationAs();
  }

  private void ethernetType(Endpoint end) {
    if (end.hasIp()) {
      small(ETYPE, Ip.isV4(end.ipHigh(), end.ipLow()) ? ETYPE_IPV4 : ETYPE_IPV6);
    }
  }

  private void address(int field, Endpoint end) {
    address(field, end.ipHigh(), end.ipLow());
  }

  private void address(int field, long high, long low) {
    if (!isWritten[field] || (high | low) == 0) {
      return;
    }
    tag(field, LENGTH_DELIMITED);
    if (Ip.isV4(high, low)) {
      array[at++] = 4;
      octets(low, 4);
      return;
    }
    array[at++] = 16;
    octets(high, 8);
    octets(low, 8);
  }

  private void octets(long value, int count) {
    for (int shift = 8 * (count - 1); shift >= 0; shift -= 8) {
      array[at++] = (byte) (value >>> shift);
    }
  }

  /** A field of 32 bits: what a counter or number has above them is lost, as on the wire. */
  private void small(int field, long value) {
    if (value != Event.ABSENT) {
      number(field, value & 0xffff_ffffL);
    }
  }

  private void number(int field, long value) {
    if (value == Event.ABSENT || value == 0 || !isWritten[field]) {
      return;
    }
    tag(field, VARINT);
    varint(value);
  }

  private void tag(int field, int wireType) {
    varint(field << 3 | wireType);
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      array[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    array[at++] = (byte) rest;
  }
}
