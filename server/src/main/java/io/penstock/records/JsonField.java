package io.penstock.records;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The places of an event that a JSON record can fill, each with the names under which senders know
 * it: the reference API's mapping table, Information Elements (RFC 7012) and goflow2's JSON. An
 * earlier name wins over a later one of the same record.
 */
enum JsonField {
  START(
      "timestamp",
      "ts",
      "time",
      "@timestamp",
      "first_switched",
      "time_flow_start_ns",
      "time_flow_start",
      "flowStartNanoseconds",
      "flowStartMicroseconds",
      "flowStartMilliseconds",
      "flowStartSeconds"),
  END(
      "last_switched",
      "time_flow_end_ns",
      "time_flow_end",
      "flowEndNanoseconds",
      "flowEndMicroseconds",
      "flowEndMilliseconds",
      "flowEndSeconds"),
  SOURCE_IP(
      "src_ip",
      "ipv4_src_addr",
      "sourceIPv4Address",
      "sourceIPv6Address",
      "ipv6_src_addr",
      "src_addr"),
  DESTINATION_IP(
      "dst_ip",
      "ipv4_dst_addr",
      "destinationIPv4Address",
      "destinationIPv6Address",
      "ipv6_dst_addr",
      "dst_addr"),
  SOURCE_PORT("src_port", "sourceTransportPort", "l4_src_port"),
  DESTINATION_PORT("dst_port", "destinationTransportPort", "l4_dst_port"),
  PROTOCOL("protocol", "protocolIdentifier", "proto"),
  BYTES("bytes", "inOctets", "octetDeltaCount", "octetTotalCount", "in_bytes", "outOctets"),
  PACKETS("packets", "inPackets", "packetDeltaCount", "packetTotalCount", "in_pkts", "outPackets"),
  REVERSE_BYTES("reverseOctetDeltaCount", "reverseOctetTotalCount"),
  REVERSE_PACKETS("reversePacketDeltaCount", "reversePacketTotalCount"),
  TCP_FLAGS("tcp_flags", "tcpControlBits"),
  TOS("tos", "ip_tos", "ipClassOfService", "src_tos"),
  ICMP("icmpTypeCodeIPv4", "icmpTypeCodeIPv6"),
  ICMP_TYPE("icmp_type", "icmpTypeIPv4", "icmpTypeIPv6"),
  ICMP_CODE("icmp_code", "icmpCodeIPv4", "icmpCodeIPv6"),
  VLAN("vlan_id", "vlan", "vlanId", "dot1qVlanId", "src_vlan"),
  INNER_VLAN("inner_vlan", "dot1qCustomerVlanId"),
  INGRESS_INTERFACE("ingressInterface", "ingress_if", "in_if", "input_snmp"),
  EGRESS_INTERFACE("egressInterface", "egress_if", "out_if", "output_snmp"),
  NEXT_HOP("next_hop", "ipNextHopIPv4Address", "ipNextHopIPv6Address", "ipv4_next_hop"),
  SOURCE_AS("src_as", "bgpSourceAsNumber"),
  DESTINATION_AS("dst_as", "bgpDestinationAsNumber"),
  SOURCE_PREFIX("src_mask", "sourceIPv4PrefixLength", "sourceIPv6PrefixLength"),
  DESTINATION_PREFIX("dst_mask", "destinationIPv4PrefixLength", "destinationIPv6PrefixLength"),
  SOURCE_MAC("src_mac", "sourceMacAddress"),
  DESTINATION_MAC("dst_mac", "destinationMacAddress"),
  END_REASON("flowEndReason"),
  FIREWALL_EVENT("firewallEvent"),
  FLOW_DIRECTION("flow_direction", "flowDirection"),
  FORWARDING_STATUS("forwarding_status", "forwardingStatus"),
  SAMPLING_RATE("sampling_rate", "samplingInterval"),
  SOURCE_NAT_IP("postNATSourceIPv4Address", "postNATSourceIPv6Address"),
  DESTINATION_NAT_IP("postNATDestinationIPv4Address", "postNATDestinationIPv6Address"),
  SOURCE_NAT_PORT("postNAPTSourceTransportPort"),
  DESTINATION_NAT_PORT("postNAPTDestinationTransportPort"),
  /** Zeek's connection length in seconds. */
  DURATION,
  /** Zeek's nested {@code id} object. */
  ZEEK_ID;

  private static final int RANK_BITS = 8;
  private static final JsonField[] ALL = values();

  /** The names of flow records. */
  static final FieldNames FLOW = new FieldNames(flowNames());

  /** The names of Zeek's {@code conn.log}, and the flow names behind them. */
  static final FieldNames ZEEK = new FieldNames(zeekNames());

  /** The names inside Zeek's nested {@code id}. */
  static final FieldNames ZEEK_NESTED =
      new FieldNames(
          Map.of(
              "orig_h", SOURCE_IP.ranked(0),
              "orig_p", SOURCE_PORT.ranked(0),
              "resp_h", DESTINATION_IP.ranked(0),
              "resp_p", DESTINATION_PORT.ranked(0)));

  /** Names that only Zeek uses: they tell its records from flow records. */
  static final FieldNames ZEEK_MARKS =
      new FieldNames(Map.of("id.orig_h", 0, "id_orig_h", 0, "id.resp_h", 0, "id_resp_h", 0));

  // Unmodifiable, which the type cannot say.
  @SuppressWarnings("ImmutableEnumChecker")
  private final List<String> names;

  JsonField(String... names) {
    this.names = List.of(names);
  }

  /** The field of a value of {@link FieldNames#find}. */
  static int ordinalOf(int ranked) {
    return ranked >>> RANK_BITS;
  }

  /** Which of a field's names it was, 0 for the best. */
  static int rankOf(int ranked) {
    return ranked & (1 << RANK_BITS) - 1;
  }

  static int count() {
    return ALL.length;
  }

  private int ranked(int rank) {
    return ordinal() << RANK_BITS | rank;
  }

  private static Map<String, Integer> flowNames() {
    var ranked = new HashMap<String, Integer>();
    for (var field : ALL) {
      for (int i = 0; i < field.names.size(); i++) {
        // Room in front for the names that Zeek puts first.
        ranked.put(field.names.get(i), field.ranked(i + 4));
      }
    }
    return ranked;
  }

  private static Map<String, Integer> zeekNames() {
    var ranked = flowNames();
    ranked.put("ts", START.ranked(0));
    ranked.put("id.orig_h", SOURCE_IP.ranked(0));
    ranked.put("id_orig_h", SOURCE_IP.ranked(1));
    ranked.put("id.orig_p", SOURCE_PORT.ranked(0));
    ranked.put("id_orig_p", SOURCE_PORT.ranked(1));
    ranked.put("id.resp_h", DESTINATION_IP.ranked(0));
    ranked.put("id_resp_h", DESTINATION_IP.ranked(1));
    ranked.put("id.resp_p", DESTINATION_PORT.ranked(0));
    ranked.put("id_resp_p", DESTINATION_PORT.ranked(1));
    ranked.put("id", ZEEK_ID.ranked(0));
    ranked.put("proto", PROTOCOL.ranked(0));
    ranked.put("duration", DURATION.ranked(0));
    ranked.put("orig_bytes", BYTES.ranked(0));
    ranked.put("resp_bytes", REVERSE_BYTES.ranked(0));
    ranked.put("orig_pkts", PACKETS.ranked(0));
    ranked.put("resp_pkts", REVERSE_PACKETS.ranked(0));
    ranked.put("orig_l2_addr", SOURCE_MAC.ranked(0));
    ranked.put("resp_l2_addr", DESTINATION_MAC.ranked(0));
    return ranked;
  }
}
