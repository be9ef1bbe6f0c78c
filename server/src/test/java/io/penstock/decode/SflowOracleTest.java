package io.penstock.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import io.penstock.event.EventJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Wireshark's reading of the sFlow recordings: sample by sample, every field that it shows stands
 * in our event, but for lengths and counts, which only say how long a list is.
 */
@Tag("case-80")
class SflowOracleTest {

  /** Fields of Wireshark that say how others are laid out, or that are checked by hand. */
  private static final Set<String> LAYOUT =
      Set.of(
          "sflow.enterprise",
          "sflow_245.sampletype",
          "sflow_5.sample_length",
          "sflow.flow_sample.flow_record",
          "sflow.flow_sample.output_interface",
          "sflow_245.flow_record_format",
          "sflow_5.flow_data_length",
          "sflow_245.header",
          "sflow_245.header_tree",
          "sflow_245.dstASentries",
          "sflow.as_type",
          "sflow_245.communityEntries");

  /** Where a field of Wireshark stands in our document; several when it depends. */
  private static final Map<String, List<String>> OURS =
      Map.ofEntries(
          Map.entry("sflow.flow_sample.sequence_number", List.of("sample_sequence")),
          Map.entry("sflow.flow_sample.source_id_class", List.of("source_id_type")),
          Map.entry("sflow.flow_sample.source_id_type", List.of("source_id_type")),
          Map.entry("sflow.flow_sample.index", List.of("source_id_index")),
          Map.entry("sflow.flow_sample.source_id_index", List.of("source_id_index")),
          Map.entry("sflow.flow_sample.sampling_rate", List.of("sampling_rate")),
          Map.entry("sflow.flow_sample.sample_pool", List.of("sample_pool")),
          Map.entry("sflow.flow_sample.dropped_packets", List.of("sample_drops")),
          Map.entry("sflow.flow_sample.input_interface", List.of("ingress_if")),
          Map.entry("sflow.flow_sample.input_interface_value", List.of("ingress_if")),
          Map.entry(
              "sflow.flow_sample.output_interface_value", List.of("egress_if", "egress_value")),
          Map.entry("sflow_245.header_protocol", List.of("header_protocol")),
          Map.entry("sflow_245.header.frame_length", List.of("bytes")),
          Map.entry("sflow_245.header.payload_stripped", List.of("stripped")),
          Map.entry("sflow_245.header.sampled_header_length", List.of("header_length")),
          Map.entry("sflow_245.vlan.in", List.of("extended_switch.src_vlan", "vlan_id")),
          Map.entry("sflow_245.pri.in", List.of("extended_switch.src_priority")),
          Map.entry("sflow_245.vlan.out", List.of("extended_switch.dst_vlan")),
          Map.entry("sflow_245.pri.out", List.of("extended_switch.dst_priority")),
          Map.entry("sflow_245.nexthop", List.of("next_hop", "extended_gateway.nexthop")),
          Map.entry("sflow_245.nexthop.src_mask", List.of("src_mask")),
          Map.entry("sflow_245.nexthop.dst_mask", List.of("dst_mask")),
          Map.entry("sflow_245.as", List.of("extended_gateway.as")),
          Map.entry("sflow_245.srcAS", List.of("src_as")),
          Map.entry("sflow_245.peerAS", List.of("extended_gateway.src_peer_as")),
          Map.entry("sflow_245.localpref", List.of("extended_gateway.localpref")));

  /** Numbers that Wireshark shows where there is an interface's ordinary format. */
  private static final Set<String> FORMATS =
      Set.of(
          "sflow.flow_sample.input_interface_format",
          "sflow.flow_sample.output_interface.format",
          "sflow.flow_sample.output_interface_format");

  @ParameterizedTest
  @CsvSource({
    "exporters-pmacctd-1.7.7_sfprobe_sflow5_mixed.pcap, "
        + "exporters/pmacctd-1.7.7_sfprobe_sflow5_mixed.pcap, 74",
    "goflow2-sflow5, goflow2/sflow5.session.pcap, 6",
    "vflow-sflow5, vflow/sflow5.session.pcap, 10"
  })
  void everyFieldOfWiresharkStandsInOurEvent(String expected, String recording, int samples)
      throws IOException {
    var ours = new ArrayList<Map<String, Object>>();
    for (var event : Corpus.decode(recording).events()) {
      if (event.kind() == Event.Kind.FLOW) {
        ours.add(document(event));
      }
    }

    int at = 0;
    for (var datagram : Json.objects(Json.parse(oracle(expected)))) {
      var message = Json.object(Json.member(datagram, "sflow"));
      for (var member : message.entrySet()) {
        if (member.getKey().contains("low sample, seq")) {
          var event = ours.get(at++);
          assertThat(event).containsEntry("exporter", message.get("sflow_245.agent"));
          compare(Json.object(member.getValue()), event);
        }
      }
    }

    assertThat(at).isEqualTo(samples).isEqualTo(ours.size());
  }

  private static String oracle(String name) throws IOException {
    var file = Corpus.ROOT.resolve("expected-tshark").resolve(name + ".json.gz");
    try (var in = new GZIPInputStream(Files.newInputStream(file))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Map<String, Object> document(Event event) {
    var text = new String(EventJson.write("default", event), StandardCharsets.UTF_8);
    return Json.object(Json.parse(text));
  }

  private static void compare(Map<String, Object> theirs, Map<String, Object> event) {
    for (var member : theirs.entrySet()) {
      var name = member.getKey();
      if (name.equals("sflow_245.header_tree")) {
        compareHeaders(Json.object(member.getValue()), event);
      } else if (member.getValue() instanceof Map<?, ?> nested) {
        compare(Json.object(nested), event);
      } else if (FORMATS.contains(name)) {
        // Format 0 is an interface, or the device itself.
        assertThat(String.valueOf(event.get("egress_format")))
            .isIn(
                member.getValue().equals("0") ? List.of("null", "internal") : List.of("multiple"));
      } else if (!LAYOUT.contains(name)) {
        assertThat(OURS).as("a place for " + name).containsKey(name);
        assertThat(values(event, Objects.requireNonNull(OURS.get(name))))
            .as("%s of %s", name, event)
            .contains(noneAs(member.getValue().toString()));
      }
    }
  }

  /** An event has no next hop where Wireshark shows one of zeros (decoding case 48). */
  private static String noneAs(String value) {
    return value.equals("0.0.0.0") ? "null" : value;
  }

  private static Set<String> values(Map<String, Object> event, List<String> paths) {
    var values = new HashSet<String>();
    for (var path : paths) {
      Object at = event;
      for (var step : path.split("\\.")) {
        at = at instanceof Map<?, ?> map ? map.get(step) : null;
      }
      values.add(String.valueOf(at));
    }
    return values;
  }

  private static void compareHeaders(Map<String, Object> headers, Map<String, Object> event) {
    var fields =
        Map.ofEntries(
            Map.entry("eth.src", "src_mac"),
            Map.entry("eth.dst", "dst_mac"),
            Map.entry("vlan.id", "vlan_id"),
            Map.entry("ip.src", "src_ip"),
            Map.entry("ip.dst", "dst_ip"),
            Map.entry("ip.proto", "proto"),
            Map.entry("ip.ttl", "ttl"),
            Map.entry("ipv6.src", "src_ip"),
            Map.entry("ipv6.dst", "dst_ip"),
            Map.entry("ipv6.hlim", "ttl"),
            Map.entry("tcp.srcport", "src_port"),
            Map.entry("tcp.dstport", "dst_port"),
            Map.entry("udp.srcport", "src_port"),
            Map.entry("udp.dstport", "dst_port"),
            Map.entry("icmp.type", "icmp_type"),
            Map.entry("icmp.code", "icmp_code"),
            Map.entry("icmpv6.type", "icmp_type"),
            Map.entry("icmpv6.code", "icmp_code"));
    for (var header : headers.values()) {
      if (header instanceof Map<?, ?>) {
        Json.object(header)
            .forEach(
                (name, value) -> {
                  var place = fields.get(name);
                  if (place != null && !value.equals("::")) {
                    assertThat(String.valueOf(event.get(place)))
                        .as("%s of %s", name, event)
                        .isEqualTo(value.toString());
                  }
                });
      }
    }
  }
}
