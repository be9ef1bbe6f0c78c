package io.penstock.decode;

import static io.penstock.decode.Rig.extra;
import static io.penstock.decode.Rig.fields;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.decode.DecodeConfig.Primary;
import io.penstock.decode.DecodeConfig.Tunnels;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.IpProtocol;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Decoding case 63, and what becomes of a sampled packet's headers in an event. */
class PacketSectionsTest {

  private static final String MACS = "001122334455" + "0066778899aa";

  /** From 10.0.0.1 port 12345 to 10.0.0.2 port 443, SYN and ACK. */
  private static final String IP_TCP =
      "45100034123440004006"
          + "0000"
          + "0a0000010a000002"
          + "303901bb00000001000000005012010200000000";

  /** From 2001:db8::1 to 2001:db8::2, a multicast listener's echo request. */
  private static final String IP6_ICMP =
      "6ab12345000c3aff20010db8000000000000000000000001"
          + "20010db8000000000000000000000002"
          + "800012340001000200000000";

  /** VXLAN 5001 between 192.0.2.1 and 192.0.2.2 in VLAN 300, {@link #IP_TCP} in VLAN 7 inside. */
  private static final String VXLAN =
      MACS
          + "8100012c0800"
          + ("4500006a" + "00004000" + "40110000" + "c0000201" + "c0000202")
          + "c00012b500560000"
          + "0800000000138900"
          + "02aaaaaaaaaa02bbbbbbbbbb"
          + "81000007"
          + "0800"
          + IP_TCP;

  private Rig rig = new Rig();

  private static Rig rig(Tunnels tunnels) {
    var live = DecodeConfig.live();
    return new Rig(
        new DecodeConfig(
            live.clockSkewMax(),
            live.sampling(),
            live.exportersMax(),
            live.options(),
            live.exporterLabelsMax(),
            live.limits(),
            tunnels,
            live.book()));
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  private static Ip ip(String text) {
    return Ip.parse(text).orElseThrow();
  }

  /** The extra members apart from the section itself. */
  private static String told(Event event) {
    return extra(event).replaceAll("\"[A-Za-z0-9]+Section[A-Za-z]*\":\"[0-9a-f]*\",?", "");
  }

  private static void assertTcp(Event event) {
    assertThat(event.source().ip()).isEqualTo(ip("10.0.0.1"));
    assertThat(event.destination().ip()).isEqualTo(ip("10.0.0.2"));
    assertThat(event.source().port()).isEqualTo(12345);
    assertThat(event.destination().port()).isEqualTo(443);
    assertThat(event.traffic().protocol()).isEqualTo(IpProtocol.TCP);
    assertThat(event.traffic().tcpFlags()).isEqualTo(0x12);
    assertThat(event.traffic().tos()).isEqualTo(0x10);
  }

  @Test
  @Tag("case-63")
  void aFrameSectionFillsWhatTheRecordLeftEmpty() {
    var event = rig.ipfix(fields().number(10, 4, 3).variable(315, bytes(MACS + "0800" + IP_TCP)));

    assertTcp(event);
    assertThat(event.source().mac()).isEqualTo(0x0066778899aaL);
    assertThat(event.destination().mac()).isEqualTo(0x001122334455L);
    assertThat(event.source().packets()).isEqualTo(1);
    assertThat(event.source().bytes()).isEqualTo(0x34);
    assertThat(event.traffic().ingressInterface()).isEqualTo(3);
    assertThat(extra(event))
        .isEqualTo(
            "\"dataLinkFrameSection\":\"%s0800%s\",\"ttl\":64,\"ip_flags\":2"
                .formatted(MACS, IP_TCP));
  }

  @Test
  @Tag("case-63")
  void whatTheRecordItselfSaysWins() {
    var event =
        rig.ipfix(
            fields()
                .ip(8, "192.0.2.9")
                .number(7, 2, 1)
                .number(1, 4, 5_000)
                .number(2, 4, 4)
                .variable(313, bytes(IP_TCP)));

    assertThat(event.source().ip()).isEqualTo(ip("192.0.2.9"));
    assertThat(event.source().port()).isEqualTo(1);
    assertThat(event.source().bytes()).isEqualTo(5_000);
    assertThat(event.source().packets()).isEqualTo(4);
    assertThat(event.destination().ip()).isEqualTo(ip("10.0.0.2"));
  }

  @Test
  @Tag("case-63")
  void aFrameSizeIsTheByteCountWhereNothingElseIs() {
    var event = rig.ipfix(fields().number(312, 2, 1_514).variable(313, bytes(IP6_ICMP)));

    assertThat(event.source().bytes()).isEqualTo(1_514);
    assertThat(event.source().packets()).isEqualTo(1);
    assertThat(event.source().ip()).isEqualTo(ip("2001:db8::1"));
    assertThat(event.traffic().icmp()).isEqualTo(128 << 8);
    assertThat(event.traffic().tos()).isEqualTo(0xab);
    assertThat(told(event))
        .isEqualTo("\"dataLinkFrameSize\":1514,\"ttl\":255,\"flow_label\":74565");
  }

  @Test
  @Tag("case-63")
  void onlyTheExportedOctetsOfASectionOfFixedLengthAreRead() {
    var padded = bytes(MACS + "0800" + IP_TCP + "00".repeat(40));

    var event = rig.ipfix(fields().number(410, 2, 14 + 22).octets(315, padded));

    assertThat(event.source().port()).isEqualTo(Event.ABSENT);
    assertThat(event.destination().ip()).isEqualTo(ip("10.0.0.2"));
    assertThat(told(event)).contains("\"headers_cut\":true");
  }

  @Test
  @Tag("case-63")
  void aSectionFromWithinAPacketIsNotTakenForItsBeginning() {
    var event = rig.ipfix(fields().number(409, 2, 14).variable(315, bytes(IP_TCP)));

    assertThat(event.source().hasIp()).isFalse();
    assertThat(event.source().packets()).isEqualTo(1);
    assertThat(extra(event)).contains("\"dataLinkFrameSection\":\"" + IP_TCP + "\"");
  }

  @Test
  @Tag("case-63")
  void aFrameTypeTellsWirelessFramesFromEthernet() {
    var frame = "0802" + "0000" + MACS + "02cccccccccc" + "0000" + "aaaa03000000" + "0800" + IP_TCP;

    var event = rig.ipfix(fields().number(408, 2, 2).variable(315, bytes(frame)));

    assertTcp(event);
    assertThat(event.source().mac()).isEqualTo(0x02ccccccccccL);
    assertThat(event.destination().mac()).isEqualTo(0x001122334455L);
  }

  @Test
  @Tag("case-63")
  void ciscoSendsLayer2SectionsInVersion9() {
    var event =
        rig.v9(
            fields()
                .number(102, 2, 0)
                .number(103, 2, 64)
                .octets(104, bytes(MACS + "0800" + IP_TCP)));

    assertTcp(event);
  }

  @Test
  @Tag("case-63")
  void aLabelStackAndItsPayloadAreToldTogether() {
    var event =
        rig.ipfix(
            fields().variable(316, bytes("0003f03f" + "0001213f")).variable(317, bytes(IP_TCP)));

    assertTcp(event);
    assertThat(told(event)).isEqualTo("\"mpls_labels\":[63,18],\"ttl\":64,\"ip_flags\":2");
  }

  @Test
  @Tag("case-63")
  void thePayloadOfAPacketStaysRaw() {
    var event = rig.ipfix(fields().number(4, 1, 17).variable(314, bytes("00350035")));

    assertThat(extra(event)).isEqualTo("\"ipPayloadPacketSection\":\"00350035\"");
    assertThat(event.source().packets()).isEqualTo(1);
  }

  @Test
  @Tag("case-88")
  void theInnerPacketOfATunnelIsPrimaryAndTheOuterStandsInTunnels() {
    var event = rig.ipfix(fields().variable(315, bytes(VXLAN)));

    assertTcp(event);
    assertThat(event.source().mac()).isEqualTo(0x02bbbbbbbbbbL);
    assertThat(event.traffic().vlan()).isEqualTo(7);
    assertThat(event.source().bytes()).isEqualTo(0x6a);
    assertThat(told(event))
        .isEqualTo(
            """
            "ttl":64,"ip_flags":2,"tunnels":[{"type":"vxlan","id":5001,\
            "src_mac":"00:66:77:88:99:aa","dst_mac":"00:11:22:33:44:55","vlan_id":300,\
            "src_ip":"192.0.2.1","dst_ip":"192.0.2.2","proto":17,"src_port":49152,\
            "dst_port":4789,"tos":0,"ttl":64,"ip_flags":2}]""");
  }

  @Test
  @Tag("case-88")
  void theOuterPacketIsPrimaryIfTheOperatorWants() {
    rig = rig(new Tunnels(Primary.OUTER, 4));

    var event = rig.ipfix(fields().variable(315, bytes(VXLAN)));

    assertThat(event.source().ip()).isEqualTo(ip("192.0.2.1"));
    assertThat(event.destination().port()).isEqualTo(4789);
    assertThat(event.traffic().vlan()).isEqualTo(300);
    assertThat(told(event))
        .isEqualTo(
            """
            "ttl":64,"ip_flags":2,"tunnels":[{"type":"vxlan","id":5001,\
            "src_mac":"02:bb:bb:bb:bb:bb","dst_mac":"02:aa:aa:aa:aa:aa","vlan_id":7,\
            "src_ip":"10.0.0.1","dst_ip":"10.0.0.2","proto":6,"src_port":12345,\
            "dst_port":443,"tcp_flags":18,"tos":16,"ttl":64,"ip_flags":2}]""");
  }

  @Test
  @Tag("case-88")
  void thePacketWhoseEndsTheRecordNamesIsPrimaryWhateverTheOperatorWants() {
    var event =
        rig.ipfix(fields().ip(8, "192.0.2.1").ip(12, "192.0.2.2").variable(315, bytes(VXLAN)));

    assertThat(event.source().ip()).isEqualTo(ip("192.0.2.1"));
    assertThat(event.source().port()).isEqualTo(49152);
    assertThat(told(event)).contains("\"src_ip\":\"10.0.0.1\"");
  }

  @Test
  @Tag("case-88")
  void aTunnelBelowTheDepthLimitIsNotEntered() {
    rig = rig(new Tunnels(Primary.INNER, 0));

    var event = rig.ipfix(fields().variable(315, bytes(VXLAN)));

    assertThat(event.source().ip()).isEqualTo(ip("192.0.2.1"));
    assertThat(told(event)).isEqualTo("\"ttl\":64,\"ip_flags\":2,\"tunnels_deeper\":true");
  }

  @Test
  @Tag("case-88")
  void anInnerHeaderThatWasCutLeavesTheOuterPacketPrimary() {
    var frame = bytes(VXLAN.substring(0, VXLAN.indexOf(IP_TCP) + 20));

    var event = rig.ipfix(fields().variable(315, frame));

    assertThat(event.source().ip()).isEqualTo(ip("192.0.2.1"));
    assertThat(told(event)).contains("\"headers_cut\":true").contains("\"proto\":6");
  }

  @ParameterizedTest
  @EnumSource(Primary.class)
  void aFrameWithoutIpGivesItsEthernetHeader(Primary primary) {
    rig = rig(new Tunnels(primary, 4));

    var event = rig.ipfix(fields().variable(315, bytes(MACS + "0806" + "0001080006040001")));

    assertThat(event.source().mac()).isEqualTo(0x0066778899aaL);
    assertThat(event.traffic().protocol()).isEqualTo(Event.ABSENT);
    assertThat(told(event)).isEqualTo("\"ethertype\":2054");
  }
}
