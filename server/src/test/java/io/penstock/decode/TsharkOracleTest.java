package io.penstock.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import io.penstock.event.Ip;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Wireshark's reading of the recordings: each of its flows is one of our events, with the same
 * ends, counts and duration, and we have as many as it has unless said why not.
 */
class TsharkOracleTest {

  /** How many flows we have where Wireshark has another number, and why ours is right. */
  private static final Map<String, Integer> COUNTS =
      Map.of(
          // The v9 count is no limit: sets beyond it are read as well (decoding case 5).
          "exporters/softflowd-1.1.0_nf9_ether_vlan.pcap",
          6,
          "graylog/netflow9.pcap",
          21,
          "vendors/Netflow_9_invalid_01.pcap",
          2,
          // Data that came before its template is decoded when the template comes (case 33).
          "graylog/nprobe-netflow9-4.pcap",
          15,
          "vendors/IPFIX_Netscaler_with_variable_length_fields_2.pcap",
          6,
          // Both: late data, and several messages in one datagram (case 7).
          "vflow/ipfix.session.pcap",
          8,
          "vendors/IPFIX.pcap",
          12,
          // Wireshark stops after the first of the template's records; 16 fit.
          "vendors/Netflow_9_H3C.pcap",
          16);

  private static final List<String> MARKS =
      List.of("cflow.srcaddr", "cflow.srcaddrv6", "cflow.octets", "cflow.packets");

  static Stream<String> recordings() throws IOException {
    try (var files = Files.list(Corpus.ROOT.resolve("expected-tshark"))) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(f -> f.endsWith(".json.gz") && !f.contains("sflow"))
          .sorted()
          .toList()
          .stream();
    }
  }

  private static String recording(String expected) {
    var name = expected.replace(".json.gz", "").replaceFirst("-", "/");
    return Stream.of(name, name + ".pcap", name + ".session.pcap")
        .filter(n -> Files.isRegularFile(Path.of(Corpus.ROOT + "/flows/" + n)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no recording for " + expected));
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void everyFlowOfWiresharkIsAnEventOfOurs(String expected) throws IOException {
    var recording = recording(expected);
    var theirs = flows(expected);
    var ours =
        new ArrayList<>(
            Corpus.decode(recording).events().stream()
                .filter(e -> e.kind() == Event.Kind.FLOW)
                .toList());

    int count = ours.size();
    for (var flow : theirs) {
      var match = ours.stream().filter(e -> agrees(flow, e)).findFirst();
      assertThat(match).as("%s: %s", recording, flow).isPresent();
      match.ifPresent(ours::remove);
    }
    assertThat(count).as(recording).isEqualTo(COUNTS.getOrDefault(recording, theirs.size()));
  }

  private static List<Map<String, Object>> flows(String expected) throws IOException {
    var file = Corpus.ROOT.resolve("expected-tshark").resolve(expected);
    try (var in = new GZIPInputStream(Files.newInputStream(file))) {
      var flows = new ArrayList<Map<String, Object>>();
      collect(Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8)), flows);
      return flows;
    }
  }

  private static void collect(@Nullable Object json, List<Map<String, Object>> flows) {
    if (json instanceof List<?> list) {
      list.forEach(item -> collect(item, flows));
    } else if (json instanceof Map<?, ?>) {
      var object = Json.object(json);
      if (MARKS.stream().anyMatch(object::containsKey)) {
        flows.add(object);
      }
      object.values().forEach(value -> collect(value, flows));
    }
  }

  private static boolean agrees(Map<String, Object> flow, Event event) {
    var source = event.source();
    var destination = event.destination();
    var traffic = event.traffic();
    boolean isV6 = source.hasIp() && !source.ip().isV4();
    return ip(flow, isV6 ? "cflow.srcaddrv6" : "cflow.srcaddr", source.ip())
        && ip(flow, isV6 ? "cflow.dstaddrv6" : "cflow.dstaddr", destination.ip())
        && number(flow, "cflow.srcport", source.port())
        && number(flow, "cflow.dstport", destination.port())
        && number(flow, "cflow.octets", source.bytes())
        && number(flow, "cflow.packets", source.packets())
        && number(flow, "cflow.protocol", traffic.protocol())
        && number(flow, "cflow.inputint", traffic.ingressInterface())
        && number(flow, "cflow.outputint", traffic.egressInterface())
        && number(flow, "cflow.srcas", source.as())
        && number(flow, "cflow.dstas", destination.as())
        && number(flow, "cflow.srcmask", source.prefixLength())
        && number(flow, "cflow.dstmask", destination.prefixLength())
        && hex(flow, "cflow.tos", traffic.tos())
        && hex(flow, "cflow.tcpflags", traffic.tcpFlags())
        && duration(flow, event);
  }

  private static boolean ip(Map<String, Object> flow, String name, Ip ours) {
    var theirs = flow.get(name);
    return theirs == null || Ip.parse(theirs.toString()).filter(ours::equals).isPresent();
  }

  private static boolean number(Map<String, Object> flow, String name, long ours) {
    var theirs = flow.get(name);
    return theirs == null || Long.parseLong(first(theirs)) == ours;
  }

  private static boolean hex(Map<String, Object> flow, String name, long ours) {
    var theirs = flow.get(name);
    return theirs == null || Long.decode(first(theirs)) == ours;
  }

  private static boolean duration(Map<String, Object> flow, Event event) {
    var theirs = flow.get("cflow.timedelta");
    // A negative one is clamped (decoding case 67), and its start told as it was sent.
    if (theirs == null
        || theirs.toString().startsWith("-")
        || Rig.extra(event).contains("startAsSent")) {
      return true;
    }
    long millis = Math.round(Double.parseDouble(first(theirs)) * 1_000);
    return Math.abs((event.endNanos() - event.startNanos()) / 1_000_000 - millis) <= 1;
  }

  /** A field that a record holds twice is an array: the first one counts (case 30). */
  private static String first(Object value) {
    return value instanceof List<?> list ? String.valueOf(list.getFirst()) : value.toString();
  }
}
