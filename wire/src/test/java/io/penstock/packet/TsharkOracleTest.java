package io.penstock.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares what we make of every frame of {@link Frames} with what Wireshark makes of it. */
class TsharkOracleTest {

  private static final List<String> FIELDS =
      List.of(
          "eth.src",
          "eth.dst",
          "vlan.id",
          "ieee8021ad.id",
          "mpls.label",
          "ip.src",
          "ip.dst",
          "ip.proto",
          "ip.ttl",
          "ip.len",
          "ip.dsfield",
          "ipv6.src",
          "ipv6.dst",
          "ipv6.hlim",
          "ipv6.flow",
          "ipv6.routing.srh.addr",
          "tcp.srcport",
          "tcp.dstport",
          "tcp.flags",
          "udp.srcport",
          "udp.dstport",
          "icmp.type",
          "icmp.code",
          "icmpv6.type",
          "icmpv6.code",
          "vxlan.vni",
          "geneve.vni",
          "gtp.teid",
          "gre.key",
          "gre.key.call_id",
          "erspan.spanid",
          "nsh.spi",
          "ieee8021ah.isid",
          "ieee8021ah.csrc",
          "ieee8021ah.cdst");

  @Test
  @Tag("case-85")
  @Tag("case-86")
  @Tag("case-87")
  @Tag("case-88")
  void wiresharkFindsTheSameInEveryFrame(@TempDir Path folder) throws Exception {
    var frames = Frames.all();
    var capture = folder.resolve("frames.pcap");
    Files.write(capture, pcap(frames.values()));

    var theirs = tshark(capture);

    assertThat(theirs).hasSameSizeAs(frames.values());
    var all = new SoftAssertions();
    int index = 0;
    for (var frame : frames.entrySet()) {
      all.assertThat(ours(frame.getValue())).as(frame.getKey()).isEqualTo(theirs.get(index++));
    }
    all.assertAll();
  }

  private static byte[] pcap(Iterable<byte[]> frames) {
    var file = hex("a1b2c3d40002000400000000000000000000ffff00000001");
    for (var frame : frames) {
      var header = ByteBuffer.allocate(16).putLong(1).putInt(frame.length).putInt(frame.length);
      file = Frames.join(file, header.array(), frame);
    }
    return file;
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  /** For each frame, the values of the fields that it has. */
  private static List<Map<String, List<String>>> tshark(Path capture) throws Exception {
    var command = new ArrayList<String>();
    command.addAll(List.of("tshark", "-n", "-r", capture.toString(), "-T", "fields"));
    command.addAll(List.of("-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE"));
    // A label does not say that Ethernet follows: Wireshark wants to be told.
    command.addAll(List.of("-d", "mpls.label==1001,pwethcw", "-d", "mpls.label==1002,pwethnocw"));
    command.addAll(List.of("-d", "ethertype==0x9200,vlan", "-d", "udp.port==8472,vxlan"));
    command.addAll(List.of("-E", "occurrence=a", "-E", "aggregator=,", "-E", "separator=;"));
    FIELDS.forEach(field -> command.addAll(List.of("-e", field)));
    Process process;
    try {
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    } catch (IOException _) {
      return abort("tshark is not installed: nothing to compare with");
    }
    var lines =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();
    assertThat(process.waitFor()).isZero();
    return lines.stream().map(TsharkOracleTest::fields).toList();
  }

  private static Map<String, List<String>> fields(String line) {
    var columns = line.split(";", -1);
    var fields = new LinkedHashMap<String, List<String>>();
    for (int i = 0; i < FIELDS.size(); i++) {
      if (!columns[i].isEmpty()) {
        fields.put(FIELDS.get(i), Arrays.asList(columns[i].split(",")));
      }
    }
    // Wireshark has names of its own for some: the outer tag of IEEE 802.1ad, the customer's
    // addresses of 802.1ah, the key of GRE where it is a call.
    join(fields, "ieee8021ad.id", "vlan.id", "vlan.id");
    join(fields, "eth.src", "ieee8021ah.csrc", "eth.src");
    join(fields, "eth.dst", "ieee8021ah.cdst", "eth.dst");
    var call = fields.remove("gre.key.call_id");
    if (call != null) {
      fields.put(
          "gre.key", call.stream().map(id -> "0x%08x".formatted(Long.parseLong(id))).toList());
    }
    return fields;
  }

  /** Puts the values of two fields under one name, if there are any. */
  private static void join(
      Map<String, List<String>> fields, String first, String second, String name) {
    var none = List.<String>of();
    var values = new ArrayList<>(fields.getOrDefault(first, none));
    values.addAll(fields.getOrDefault(second, none));
    fields.remove(first);
    fields.remove(second);
    if (!values.isEmpty()) {
      fields.put(name, values);
    }
  }

  private static Map<String, List<String>> ours(byte[] frame) {
    var headers = new PacketHeaders(4);
    assertThat(headers.read(HeaderProtocol.ETHERNET, frame, 0, frame.length)).isTrue();
    var found = new Found();
    for (int i = 0; i < headers.layerCount(); i++) {
      found.add(headers.layer(i));
    }
    return found.inOrder();
  }

  /** Our findings, written as tshark writes them. */
  private static final class Found {

    private final Map<String, List<String>> fields = new LinkedHashMap<>();

    Map<String, List<String>> inOrder() {
      var ordered = new LinkedHashMap<String, List<String>>();
      FIELDS.stream()
          .filter(fields::containsKey)
          .forEach(field -> ordered.put(field, fields.get(field)));
      return ordered;
    }

    private void put(String field, String value) {
      fields.computeIfAbsent(field, _ -> new ArrayList<>()).add(value);
    }

    private void number(String field, long value) {
      if (value != Layer.ABSENT) {
        put(field, Long.toString(value));
      }
    }

    private void hex(String field, long value, int digits) {
      if (value != Layer.ABSENT) {
        put(field, "0x" + HexFormat.of().toHexDigits(value, digits));
      }
    }

    void add(Layer layer) {
      tunnel(layer);
      if (layer.hasEthernet()) {
        put("eth.src", mac(layer.sourceMac()));
        put("eth.dst", mac(layer.destinationMac()));
      }
      for (int i = 0; i < layer.vlanCount(); i++) {
        number("vlan.id", layer.vlan(i));
      }
      for (int i = 0; i < layer.labelCount(); i++) {
        number("mpls.label", layer.label(i));
      }
      switch (layer.version()) {
        case 4 -> ipv4(layer);
        case 6 -> ipv6(layer);
        default -> {}
      }
      upper(layer);
    }

    private void tunnel(Layer layer) {
      long id = layer.tunnelId();
      switch (layer.tunnel()) {
        case VXLAN, VXLAN_GPE -> number("vxlan.vni", id);
        case GENEVE -> hex("geneve.vni", id, 6);
        case GTP_U -> hex("gtp.teid", id, 8);
        case GRE -> hex("gre.key", id, 8);
        case ERSPAN -> number("erspan.spanid", id);
        case NSH -> number("nsh.spi", id);
        case PBB -> number("ieee8021ah.isid", id);
        // The lower eight bits are the flow, which our frame has as 1.
        case NVGRE -> hex("gre.key", id << 8 | 1, 8);
        default -> {}
      }
    }

    private void ipv4(Layer layer) {
      put("ip.src", address(layer.sourceHigh(), layer.sourceLow()));
      put("ip.dst", address(layer.destinationHigh(), layer.destinationLow()));
      number("ip.proto", layer.protocol());
      number("ip.ttl", layer.ttl());
      number("ip.len", layer.length());
      hex("ip.dsfield", layer.trafficClass(), 2);
    }

    private void ipv6(Layer layer) {
      put("ipv6.src", address(layer.sourceHigh(), layer.sourceLow()));
      put("ipv6.dst", address(layer.destinationHigh(), layer.destinationLow()));
      number("ipv6.hlim", layer.ttl());
      hex("ipv6.flow", layer.flowLabel(), 6);
      for (int i = 0; i < layer.segmentCount(); i++) {
        put("ipv6.routing.srh.addr", address(layer.segmentHigh(i), layer.segmentLow(i)));
      }
    }

    private void upper(Layer layer) {
      var transport = layer.protocol() == IpHeaders.TCP ? "tcp" : "udp";
      if (layer.protocol() == IpHeaders.TCP || layer.protocol() == IpHeaders.UDP) {
        number(transport + ".srcport", layer.sourcePort());
        number(transport + ".dstport", layer.destinationPort());
      }
      hex("tcp.flags", layer.tcpFlags(), 4);
      if (layer.icmp() != Layer.ABSENT) {
        var icmp = layer.protocol() == IpHeaders.ICMP ? "icmp" : "icmpv6";
        number(icmp + ".type", layer.icmp() >> 8);
        number(icmp + ".code", layer.icmp() & 0xff);
      }
    }

    private static String mac(long mac) {
      var octets = ByteBuffer.allocate(8).putLong(mac).array();
      return HexFormat.ofDelimiter(":").formatHex(octets, 2, 8);
    }

    private static String address(long high, long low) {
      try {
        var octets = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
        var text = InetAddress.getByAddress(octets).getHostAddress();
        return text.replaceFirst("(^|:)0(:0)+(:|$)", "::");
      } catch (UnknownHostException e) {
        throw new IllegalArgumentException(e);
      }
    }
  }
}
