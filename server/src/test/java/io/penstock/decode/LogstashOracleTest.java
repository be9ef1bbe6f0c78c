package io.penstock.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import io.penstock.event.EventJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The events that another decoder's test suite (logstash-codec-netflow) expects of the vendors'
 * recordings: as many as we make, and every field of them in ours.
 */
class LogstashOracleTest {

  /** Where the number of events differs, and who is right. */
  private static final Map<String, Integer> COUNTS =
      Map.of(
          // The oracle drops data before its template; ours waits for it (decoding case 33).
          "vendors/IPFIX_Netscaler_with_variable_length_fields_2.pcap",
          6,
          // Two more messages stand behind the first in the datagram (case 7), with 6 flows more.
          "vendors/IPFIX.pcap",
          13);

  /** What an event does not hold because it is not of the record but of its framing. */
  private static final Set<String> FRAMING = Set.of("flowset_id", "flow_records");

  /** Fields of events by the oracle's name; the others have the registry's name in ours as well. */
  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("flow_seq_num", "sequence"),
          Map.entry("ipv4_src_addr", "src_ip"),
          Map.entry("ipv4_dst_addr", "dst_ip"),
          Map.entry("sourceIPv4Address", "src_ip"),
          Map.entry("destinationIPv4Address", "dst_ip"),
          Map.entry("sourceIPv6Address", "src_ip"),
          Map.entry("destinationIPv6Address", "dst_ip"),
          Map.entry("ipv4_next_hop", "next_hop"),
          Map.entry("ipNextHopIPv4Address", "next_hop"),
          Map.entry("ipNextHopIPv6Address", "next_hop"),
          Map.entry("bgp_ipv4_next_hop", "bgpNextHopIPv4Address"),
          Map.entry("l4_src_port", "src_port"),
          Map.entry("l4_dst_port", "dst_port"),
          Map.entry("sourceTransportPort", "src_port"),
          Map.entry("destinationTransportPort", "dst_port"),
          Map.entry("tcp_src_port", "tcpSourcePort"),
          Map.entry("udp_dst_port", "udpDestinationPort"),
          Map.entry("in_bytes", "bytes"),
          Map.entry("in_pkts", "packets"),
          Map.entry("octetDeltaCount", "bytes"),
          Map.entry("packetDeltaCount", "packets"),
          Map.entry("out_bytes", "postOctetDeltaCount"),
          Map.entry("out_pkts", "postPacketDeltaCount"),
          Map.entry("in_permanent_bytes", "octetTotalCount"),
          Map.entry("rev_flow_delta_bytes", "reverse_bytes"),
          Map.entry("protocol", "proto"),
          Map.entry("protocolIdentifier", "proto"),
          Map.entry("tcpControlBits", "tcp_flags"),
          Map.entry("src_tos", "tos"),
          Map.entry("ipClassOfService", "tos"),
          Map.entry("input_snmp", "ingress_if"),
          Map.entry("output_snmp", "egress_if"),
          Map.entry("ingressInterface", "ingress_if"),
          Map.entry("egressInterface", "egress_if"),
          Map.entry("bgpSourceAsNumber", "src_as"),
          Map.entry("bgpDestinationAsNumber", "dst_as"),
          Map.entry("src_vlan", "vlan_id"),
          Map.entry("vlanId", "vlan_id"),
          Map.entry("dst_vlan", "postVlanId"),
          Map.entry("in_src_mac", "src_mac"),
          Map.entry("in_dst_mac", "dst_mac"),
          Map.entry("sourceMacAddress", "src_mac"),
          Map.entry("flowEndReason", "end_reason"),
          Map.entry("firewallEvent", "firewall_event"),
          Map.entry("fw_event", "firewall_event"),
          Map.entry("fw_ext_event", "firewallEventExtended"),
          Map.entry("conn_id", "flowId"),
          Map.entry("event_time_msec", "observationTimeMilliseconds"),
          Map.entry("xlate_src_addr_ipv4", "src_nat_ip"),
          Map.entry("xlate_dst_addr_ipv4", "dst_nat_ip"),
          Map.entry("xlate_src_port", "src_nat_port"),
          Map.entry("xlate_dst_port", "dst_nat_port"),
          Map.entry("postNATSourceIPv4Address", "src_nat_ip"),
          Map.entry("postNATDestinationIPv4Address", "dst_nat_ip"),
          Map.entry("ingress_acl_id", "ingressAclId"),
          Map.entry("egress_acl_id", "egressAclId"),
          Map.entry("username", "userName"),
          Map.entry("first_switched", "start"),
          Map.entry("last_switched", "end"),
          Map.entry("flowStartSeconds", "start"),
          Map.entry("flowEndSeconds", "end"),
          Map.entry("flowStartMilliseconds", "start"),
          Map.entry("flowEndMilliseconds", "end"),
          Map.entry("flow_start_msec", "start"),
          Map.entry("flowStartMicroseconds", "start"),
          Map.entry("flowEndMicroseconds", "end"),
          Map.entry("flow_sampler_id", "samplerId"),
          Map.entry("sampling_algorithm", "samplingAlgorithm"),
          Map.entry("sampling_interval", "samplingInterval"),
          Map.entry("scope_system", "scopeSystem"),
          Map.entry("total_bytes_exp", "exportedOctetTotalCount"),
          Map.entry("total_pkts_exp", "exportedMessageTotalCount"),
          Map.entry("total_flows_exp", "exportedFlowRecordTotalCount"),
          Map.entry("flow_active_timeout", "flowActiveTimeout"),
          Map.entry("flow_inactive_timeout", "flowIdleTimeout"),
          Map.entry("application_id", "applicationId"),
          Map.entry("application_name", "applicationName"),
          Map.entry("application_description", "applicationDescription"),
          Map.entry("ip_dscp", "ipDiffServCodePoint"),
          Map.entry("ipv4_ident", "fragmentIdentification"),
          Map.entry("ipv4_src_prefix", "sourceIPv4Prefix"),
          Map.entry("if_desc", "interfaceDescription"),
          Map.entry("src_traffic_index", "srcTrafficIndex"),
          Map.entry("dst_traffic_index", "dstTrafficIndex"),
          Map.entry("direction", "flow_direction"),
          Map.entry("forwarding_status", "forwarding_status"),
          Map.entry("engine_id", "engineId"),
          Map.entry("engine_type", "engineType"));

  /**
   * One session of the oracle's test suite.
   *
   * @param count events expected, null when the oracle does not say
   * @param pairs index of an event of ours, index of the one expected
   */
  record Context(
      String recording,
      @Nullable Object count,
      List<List<Integer>> pairs,
      List<Map<String, Object>> expected) {
    @Override
    public String toString() {
      return recording;
    }
  }

  static Stream<Context> contexts() throws IOException {
    var text = Files.readString(Corpus.ROOT.resolve("expected-logstash.json"));
    return Json.objects(Json.parse(text)).stream()
        .map(
            c ->
                new Context(
                    recording(c),
                    c.get("expected_event_count"),
                    ((List<?>) Json.member(c, "event_index_equals_expected"))
                        .stream().map(Json::numbers).toList(),
                    Json.objects(Json.member(c, "expected_events"))));
  }

  private static String recording(Map<String, Object> context) {
    var name = Json.member(context, "context").toString().strip().replaceAll("[^A-Za-z0-9]+", "_");
    var files = (List<?>) Json.member(context, "files");
    return "vendors/" + name + (files.size() == 4 ? "_2" : "") + ".pcap";
  }

  @ParameterizedTest
  @MethodSource("contexts")
  void weMakeTheEventsThatTheOracleExpects(Context context) {
    var events = Corpus.decode(context.recording).events();

    if (context.count != null) {
      int count = COUNTS.getOrDefault(context.recording, Json.number(context.count));
      assertThat(events).hasSize(count);
    }
    var soft = new SoftAssertions();
    for (var pair : context.pairs) {
      var ours = events.get(pair.get(0));
      compare(soft, context.expected.get(pair.get(1)), ours);
    }
    soft.assertAll();
  }

  private static void compare(SoftAssertions soft, Map<String, Object> expected, Event event) {
    var json = new String(EventJson.write("default", event), StandardCharsets.UTF_8);
    var ours = Json.object(Json.parse(json));
    var fields =
        Json.object(Json.member(expected, expected.containsKey("ipfix") ? "ipfix" : "netflow"));
    fields.forEach(
        (name, value) -> {
          if (!FRAMING.contains(name)) {
            soft.assertThat(agrees(name, value, ours, event))
                .as("%s: %s expected in %s", name, value, json)
                .isTrue();
          }
        });
  }

  private static boolean agrees(
      String name, Object expected, Map<String, Object> ours, Event event) {
    var value = ours.get(key(name, ours));
    return switch (name) {
      case "version" -> ((Number) expected).intValue() == event.origin().protocol().number();
      case "ip_protocol_version", "ipVersion" ->
          event.source().ip().isV4() == (((Number) expected).intValue() == 4);
      // Zero is no next hop (decoding case 48).
      case "ipv4_next_hop" -> "0.0.0.0".equals(expected) ? value == null : same(expected, value);
      // In v5 these stand in the header: the interval becomes the rate, the engine the domain.
      case "sampling_interval", "sampling_algorithm", "engine_id", "engine_type" ->
          event.origin().protocol().number() == 5
              ? isOfV5Header(name, Json.number(expected), event)
              : same(expected, value);
      case "scope_system" ->
          ((Number) expected).longValue() == Long.parseLong(String.valueOf(value), 16);
      case "first_switched", "last_switched" -> isSwitched(expected, value);
      case "direction" -> ((Number) expected).intValue() == event.traffic().direction().ordinal();
      case "forwarding_status" -> {
        var parts = Json.object(expected);
        int status = Json.number(Json.member(parts, "status"));
        int reason = Json.number(Json.member(parts, "reason"));
        yield event.traffic().forwardingStatus() == (status << 6 | reason);
      }
      case "icmp_type" ->
          ((Number) expected).intValue() == icmp(ours, "Type", event.traffic().icmp() >> 8);
      case "icmp_code" ->
          ((Number) expected).intValue() == icmp(ours, "Code", event.traffic().icmp() & 0xff);
      case "application_id" -> ((String) expected).replace("..", ":").equals(value);
      case "ingress_acl_id", "egress_acl_id" -> ((String) expected).replace("-", "").equals(value);
      case "flowStartSysUpTime", "flowEndSysUpTime" -> isUptime(name, expected, event);
      default -> same(expected, value);
    };
  }

  private static boolean isOfV5Header(String name, int expected, Event event) {
    long domain = event.origin().observationDomain();
    return switch (name) {
      case "sampling_interval" -> event.traffic().sampling().rate() == expected;
      case "engine_id" -> (domain & 0xff) == expected;
      case "engine_type" -> domain >> 8 == expected;
      default -> true;
    };
  }

  /**
   * The oracle's uptimes are a second late (it borrows one too many), and weeks late when the flow
   * began before the uptime wrapped, because its difference has no sign (decoding case 66).
   */
  private static boolean isSwitched(Object expected, @Nullable Object ours) {
    var wanted = Instant.parse(expected.toString());
    var late = Duration.between(Instant.parse(String.valueOf(ours)), wanted).toMillis();
    long wrapped = (int) late;
    return wrapped >= -1 && wrapped <= 1_001;
  }

  /** Of a flow that is no ICMP they are extra, alone or together. */
  private static int icmp(Map<String, Object> ours, String part, int fromEvent) {
    if (ours.get("icmp" + part + "IPv4") instanceof Number alone) {
      return alone.intValue();
    }
    if (ours.get("icmpTypeCodeIPv4") instanceof Number both) {
      return part.equals("Type") ? both.intValue() >> 8 : both.intValue() & 0xff;
    }
    return fromEvent;
  }

  /** The oracle leaves uptimes as they are: at least the flow must last as long. */
  private static boolean isUptime(String name, Object expected, Event event) {
    long at = name.equals("flowEndSysUpTime") ? event.endNanos() : event.startNanos();
    // IPFIX.pcap announces its start in the options record before the flows.
    long boot = Instant.parse("2015-05-13T11:20:13.506Z").toEpochMilli();
    boolean isAnnounced = at / 1_000_000 - boot == ((Number) expected).longValue();
    return isAnnounced || event.origin().exportNanos() / 1_000_000 >= at / 1_000_000;
  }

  /** The name under which our event has it. */
  private static String key(String name, Map<String, Object> ours) {
    var mapped = NAMES.get(name);
    if (mapped != null && ours.containsKey(mapped)) {
      return mapped;
    }
    if (ours.containsKey(name)) {
      return name;
    }
    // Options records keep everything under the registry's names.
    if (name.equals("input_snmp")) {
      return "ingressInterface";
    }
    // The oracle puts the vendor before NetScaler's names.
    if (name.startsWith("netscaler")) {
      var bare = name.substring("netscaler".length());
      return Character.toLowerCase(bare.charAt(0)) + bare.substring(1);
    }
    return name;
  }

  private static boolean same(Object expected, @Nullable Object ours) {
    if (ours == null) {
      return false;
    }
    if (isTime(ours)) {
      var time = Instant.parse(ours.toString());
      var wanted =
          expected instanceof Number number
              ? ofEpoch(number.longValue())
              : Instant.parse(expected.toString());
      // The oracle rounds uptimes a millisecond down, and NTP fractions to the nanosecond.
      return Duration.between(wanted, time).abs().compareTo(Duration.ofMillis(1)) <= 0;
    }
    if (expected instanceof Number number && ours instanceof Number other) {
      // A float32 has more digits when it is printed as a double.
      return number.equals(other) || number.floatValue() == other.floatValue() && isFraction(other);
    }
    return expected.toString().equals(ours.toString());
  }

  private static boolean isFraction(Number number) {
    return number.doubleValue() != Math.rint(number.doubleValue());
  }

  private static boolean isTime(Object value) {
    return value instanceof String text && text.matches("\\d{4}-\\d\\d-\\d\\dT.*Z");
  }

  private static Instant ofEpoch(long number) {
    return number > 100_000_000_000L ? Instant.ofEpochMilli(number) : Instant.ofEpochSecond(number);
  }
}
