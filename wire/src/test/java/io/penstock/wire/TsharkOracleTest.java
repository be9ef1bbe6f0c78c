package io.penstock.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.capture.Capture;
import io.penstock.capture.CaptureException;
import io.penstock.wire.Collected.Copy;
import io.penstock.wire.OracleJson.Decoded;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compares every record of the recorded captures with what Wireshark makes of it, field by field.
 * Where the two differ, a table below says why we are right.
 */
class TsharkOracleTest {

  /** How a value is written by tshark. */
  private enum Form {
    NUMBER,
    ADDRESS,
    OCTETS,
    TEXT,
    /** Seconds with a fraction, of a value in milliseconds. */
    UPTIME,
    /** A date, of seconds, milliseconds, or an NTP timestamp: the length and element tell. */
    DATE
  }

  private record Field(String name, int element, Form form) {}

  private static final List<Field> FIELDS =
      List.of(
          new Field("cflow.srcaddr", 8, Form.ADDRESS),
          new Field("cflow.dstaddr", 12, Form.ADDRESS),
          new Field("cflow.nexthop", 15, Form.ADDRESS),
          new Field("cflow.bgpnexthop", 18, Form.ADDRESS),
          new Field("cflow.srcaddrv6", 27, Form.ADDRESS),
          new Field("cflow.dstaddrv6", 28, Form.ADDRESS),
          new Field("cflow.nexthopv6", 62, Form.ADDRESS),
          new Field("cflow.post_natsource_ipv4_address", 225, Form.ADDRESS),
          new Field("cflow.post_natdestination_ipv4_address", 226, Form.ADDRESS),
          new Field("cflow.octets", 1, Form.NUMBER),
          new Field("cflow.packets", 2, Form.NUMBER),
          new Field("cflow.protocol", 4, Form.NUMBER),
          new Field("cflow.tos", 5, Form.NUMBER),
          new Field("cflow.tcpflags", 6, Form.NUMBER),
          new Field("cflow.srcport", 7, Form.NUMBER),
          new Field("cflow.srcmask", 9, Form.NUMBER),
          new Field("cflow.inputint", 10, Form.NUMBER),
          new Field("cflow.dstport", 11, Form.NUMBER),
          new Field("cflow.dstmask", 13, Form.NUMBER),
          new Field("cflow.outputint", 14, Form.NUMBER),
          new Field("cflow.srcas", 16, Form.NUMBER),
          new Field("cflow.dstas", 17, Form.NUMBER),
          new Field("cflow.timeend", 21, Form.UPTIME),
          new Field("cflow.timestart", 22, Form.UPTIME),
          new Field("cflow.post_octets", 23, Form.NUMBER),
          new Field("cflow.post_packets", 24, Form.NUMBER),
          new Field("cflow.length_min", 25, Form.NUMBER),
          new Field("cflow.length_max", 26, Form.NUMBER),
          new Field("cflow.sampling_interval", 34, Form.NUMBER),
          new Field("cflow.sampling_algorithm", 35, Form.NUMBER),
          new Field("cflow.flow_active_timeout", 36, Form.NUMBER),
          new Field("cflow.flow_inactive_timeout", 37, Form.NUMBER),
          new Field("cflow.srcprefix", 44, Form.ADDRESS),
          new Field("cflow.sampler_id", 48, Form.NUMBER),
          new Field("cflow.srcmac", 56, Form.OCTETS),
          new Field("cflow.vlanid", 58, Form.NUMBER),
          new Field("cflow.ip_version", 60, Form.NUMBER),
          new Field("cflow.direction", 61, Form.NUMBER),
          new Field("cflow.dstmac", 80, Form.OCTETS),
          new Field("cflow.if_name", 82, Form.TEXT),
          new Field("cflow.if_descr", 83, Form.TEXT),
          new Field("cflow.permanent_octets", 85, Form.NUMBER),
          new Field("cflow.permanent_packets", 86, Form.NUMBER),
          new Field("cflow.appl_desc", 94, Form.TEXT),
          new Field("cflow.appl_name", 96, Form.TEXT),
          new Field("cflow.flow_end_reason", 136, Form.NUMBER),
          new Field("cflow.observation_point_id", 138, Form.NUMBER),
          new Field("cflow.flow_exporter", 144, Form.NUMBER),
          new Field("cflow.wlan_ssid", 147, Form.TEXT),
          new Field("cflow.flow_id", 148, Form.NUMBER),
          new Field("cflow.post_naptsource_transport_port", 227, Form.NUMBER),
          new Field("cflow.post_naptdestination_transport_port", 228, Form.NUMBER),
          new Field("cflow.firewall_event", 233, Form.NUMBER),
          new Field("cflow.ingress_vrfid", 234, Form.NUMBER),
          new Field("cflow.egress_vrfid", 235, Form.NUMBER),
          new Field("cflow.ingress_physical_interface", 252, Form.NUMBER),
          new Field("cflow.egress_physical_interface", 253, Form.NUMBER),
          new Field("cflow.ethernet_type", 256, Form.NUMBER),
          new Field("cflow.selector_algorithm", 304, Form.NUMBER),
          new Field("cflow.sampling_packet_interval", 305, Form.NUMBER),
          new Field("cflow.sampling_packet_space", 306, Form.NUMBER),
          new Field("cflow.observation_time_milliseconds", 323, Form.DATE),
          new Field("cflow.layer2_octet_delta_count", 352, Form.NUMBER),
          new Field("cflow.sta_mac_address", 365, Form.OCTETS),
          new Field("cflow.sta_ipv4_address", 366, Form.ADDRESS),
          new Field("cflow.wtp_mac_address", 367, Form.OCTETS),
          new Field("cflow.ingress_acl_id", 33_000, Form.OCTETS),
          new Field("cflow.egress_acl_id", 33_001, Form.OCTETS),
          new Field("cflow.fw_ext_event", 33_002, Form.NUMBER),
          new Field("cflow.aaa_username", 40_000, Form.TEXT),
          new Field("cflow.abstimestart", 150, Form.DATE),
          new Field("cflow.abstimeend", 151, Form.DATE),
          new Field("cflow.abstimestart", 152, Form.DATE),
          new Field("cflow.abstimeend", 153, Form.DATE),
          new Field("cflow.abstimestart", 154, Form.DATE),
          new Field("cflow.abstimeend", 155, Form.DATE));

  /** Where we differ from Wireshark, and why we are right. */
  private static final Map<String, Known> KNOWN =
      Map.of(
          "exporters/softflowd-1.1.0_nf9_ether_vlan.pcap",
          new Known(
              "Wireshark stops when it has read the header's count, which counts wrongly",
              "packet 0: 7 records, tshark 1"),
          "graylog/netflow9.pcap",
          new Known(
              "the same, and so template 2048 behind the count stays unknown to Wireshark",
              "packet 0: 2 records, tshark 0",
              "packet 6: 3 records, tshark 2",
              "packet 8: 1 records, tshark 0"),
          "vendors/Netflow_9_invalid_01.pcap",
          new Known("the same", "packet 0: 3 records, tshark 0"),
          "vendors/IPFIX.pcap",
          new Known(
              "three messages in one datagram; Wireshark reads the first",
              "packet 0: 13 records, tshark 7"),
          "vendors/Netflow_9_H3C.pcap",
          new Known(
              "the padding is shorter than a record, and Wireshark stops at the first record",
              "packet 1: 16 records, tshark 1"),
          "vendors/Netflow_9_H3C_Netstream_with_varstring.pcap",
          new Known(
              "Wireshark gives up the record at an address of two octets",
              "packet 1 record 0, element 34: 00000000, tshark nothing",
              "packet 1 record 0, element 35: 00, tshark nothing"),
          "vflow/ipfix.session.pcap",
          new Known(
              "Wireshark gives up the message at the padding of its options template set",
              "packet 4: 2 records, tshark 0"));

  private record Known(String why, List<String> differences) {

    Known(String why, String... differences) {
      this(why, List.of(differences));
    }
  }

  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("MMM d, yyyy HH:mm:ss.nnnnnnnnn 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final long NTP_TO_UNIX_SECONDS = 2_208_988_800L;

  static List<Path> captures() {
    return Corpus.flows().stream()
        .filter(f -> f.toString().endsWith(".pcap"))
        .filter(f -> !f.toString().contains("sflow"))
        .toList();
  }

  private static String name(Path capture) {
    return capture.getName(capture.getNameCount() - 2) + "/" + capture.getFileName();
  }

  private static Path oracle(Path capture) {
    var name = capture.getFileName().toString();
    var folder = capture.getName(capture.getNameCount() - 2).toString();
    // The exporters' oracles keep the ending, the others lost it.
    for (var stem : List.of(name, name.replace(".session.pcap", ""), name.replace(".pcap", ""))) {
      var file = Corpus.ROOT.resolve("expected-tshark/" + folder + "-" + stem + ".json.gz");
      if (file.toFile().exists()) {
        return file;
      }
    }
    throw new IllegalStateException("no oracle for " + capture);
  }

  /** Our records by packet, in the order of the wire. */
  private static List<List<Copy>> decode(Path file) throws CaptureException {
    var packets = new ArrayList<List<Copy>>();
    var collected = new Collected();
    var decoder = new FlowDecoder(Limits.DEFAULT, InstantSource.system(), collected);
    try (var capture = Capture.open(file)) {
      for (var p = capture.next(); p != null; p = capture.next()) {
        decoder.decode(new Exporter(p.source(), p.transport()), p.bytes(), p.offset(), p.length());
        // Wireshark gives up data that came before its template.
        packets.add(collected.records.stream().filter(r -> !r.late()).toList());
        collected.records.clear();
      }
    }
    return packets;
  }

  @ParameterizedTest
  @MethodSource("captures")
  void everyFieldIsWhatWiresharkSays(Path capture) throws Exception {
    var ours = decode(capture);
    var theirs = OracleJson.records(oracle(capture));
    var differences = new ArrayList<String>();
    for (int packet = 0; packet < Math.max(ours.size(), theirs.size()); packet++) {
      var our = packet < ours.size() ? ours.get(packet) : List.<Copy>of();
      var their = packet < theirs.size() ? theirs.get(packet) : List.<Decoded>of();
      if (our.size() != their.size()) {
        differences.add(
            "packet " + packet + ": " + our.size() + " records, tshark " + their.size());
        continue;
      }
      for (int i = 0; i < our.size(); i++) {
        compare("packet " + packet + " record " + i, our.get(i), their.get(i), differences);
      }
    }
    var known = KNOWN.getOrDefault(name(capture), new Known("they agree"));
    assertThat(differences).as(known.why()).isEqualTo(known.differences());
  }

  private void compare(String where, Copy our, Decoded their, List<String> differences) {
    for (var field : FIELDS) {
      var expected = their.first(field.name());
      var found = value(our, field);
      if (found.isEmpty()) {
        continue;
      }
      if (field.form() == Form.UPTIME && number(found.get()).signum() == 0) {
        continue; // tshark shows times in pairs, and none when one is zero
      }
      if (expected.isEmpty() || !isSame(field, found.get(), expected.get())) {
        differences.add(
            "%s, element %d: %s, tshark %s"
                .formatted(where, field.element(), found.get(), expected.orElse("nothing")));
      }
    }
  }

  private static Optional<String> value(Copy record, Field field) {
    var fields = record.template().fields();
    for (int i = 0; i < fields.size(); i++) {
      var specifier = fields.get(i);
      if (specifier.id() == field.element()
          && specifier.enterprise() == 0
          && !(specifier.scope() && specifier.id() <= 5)) {
        return Optional.of(record.values().get(i));
      }
    }
    return Optional.empty();
  }

  private static boolean isSame(Field field, String hex, String text) {
    return switch (field.form()) {
      case NUMBER -> number(hex).equals(number(text, 10));
      case UPTIME ->
          new BigDecimal(number(hex)).movePointLeft(3).compareTo(new BigDecimal(text)) == 0;
      case OCTETS -> hex.equals(text.replace(":", ""));
      case TEXT -> trimmed(hex).equals(text);
      case ADDRESS -> address(HexFormat.of().parseHex(hex)).equals(address(text));
      case DATE ->
          date(field.element(), number(hex))
              .equals(Instant.from(DATE.parse(text.replaceAll(" +", " "))));
    };
  }

  private static BigInteger number(String hex) {
    return hex.isEmpty() ? BigInteger.ZERO : new BigInteger(hex, 16);
  }

  private static BigInteger number(String text, int radix) {
    return text.startsWith("0x")
        ? new BigInteger(text.substring(2), 16)
        : new BigInteger(text, radix);
  }

  private static String trimmed(String hex) {
    var text = new String(HexFormat.of().parseHex(hex), StandardCharsets.UTF_8);
    int end = text.indexOf(0);
    return end < 0 ? text : text.substring(0, end);
  }

  private static InetAddress address(byte[] octets) {
    try {
      return InetAddress.getByAddress(octets);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(HexFormat.of().formatHex(octets), e);
    }
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("tshark wrote the address " + text, e);
    }
  }

  private static Instant date(int element, BigInteger value) {
    return switch (element) {
      case 150, 151 -> Instant.ofEpochSecond(value.longValue());
      case 154, 155 -> {
        long seconds = value.shiftRight(32).longValue() - NTP_TO_UNIX_SECONDS;
        long fraction = value.longValue() & 0xffff_ffffL;
        yield Instant.ofEpochSecond(seconds, fraction * 1_000_000_000L >>> 32);
      }
      default -> Instant.ofEpochMilli(value.longValue());
    };
  }

  @Test
  void everyOracleHasItsCapture() {
    var oracles = Corpus.ROOT.resolve("expected-tshark").toFile().list();

    assertThat(oracles).isNotNull();
    assertThat(captures().stream().map(TsharkOracleTest::oracle).distinct())
        .hasSize((int) Arrays.stream(oracles).filter(o -> !o.contains("sflow")).count());
  }
}
