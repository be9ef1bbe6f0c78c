package io.penstock.packet;

import static io.penstock.packet.Frames.ethernet;
import static io.penstock.packet.Frames.hex;
import static io.penstock.packet.Frames.ipv4;
import static io.penstock.packet.Frames.ipv6;
import static io.penstock.packet.Frames.join;
import static io.penstock.packet.Frames.label;
import static io.penstock.packet.Frames.tcp;
import static io.penstock.packet.Frames.udp;
import static io.penstock.packet.Frames.vlan;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoding cases 84 to 88: what a sampled header begins with, and what it holds. */
class PacketHeadersTest {

  private static final String MACS = "0200000000a1" + "0200000000b1";

  private final PacketHeaders headers = new PacketHeaders(4);

  private Layer read(HeaderProtocol protocol, byte[] frame) {
    assertThat(headers.read(protocol, frame, 0, frame.length)).isTrue();
    return headers.layer(headers.layerCount() - 1);
  }

  private Layer ethernetFrame(byte[] frame) {
    return read(HeaderProtocol.ETHERNET, frame);
  }

  private void assertPacket(Layer layer) {
    assertThat(layer.sourceLow()).isEqualTo(0xffff_0a01_0001L);
    assertThat(layer.destinationLow()).isEqualTo(0xffff_0a01_0002L);
    assertThat(layer.sourcePort()).isEqualTo(40_000);
    assertThat(layer.destinationPort()).isEqualTo(443);
    assertThat(layer.tcpFlags()).isEqualTo(Frames.SYN_ACK);
    assertThat(headers.isCut()).isFalse();
  }

  private static byte[] packet() {
    return ipv4(1, 6, tcp());
  }

  @Test
  @Tag("case-84")
  void headerProtocolsHaveTheNumbersOfTheStandard() {
    assertThat(HeaderProtocol.of(1)).isEqualTo(HeaderProtocol.ETHERNET);
    assertThat(HeaderProtocol.of(7)).isEqualTo(HeaderProtocol.PPP);
    assertThat(HeaderProtocol.of(11)).isEqualTo(HeaderProtocol.IPV4);
    assertThat(HeaderProtocol.of(12)).isEqualTo(HeaderProtocol.IPV6);
    assertThat(HeaderProtocol.of(13)).isEqualTo(HeaderProtocol.MPLS);
    assertThat(HeaderProtocol.of(14)).isEqualTo(HeaderProtocol.POS);
    assertThat(HeaderProtocol.of(15)).isEqualTo(HeaderProtocol.WLAN);
    assertThat(HeaderProtocol.of(17)).isEqualTo(HeaderProtocol.WLAN_AMSDU_SUBFRAME);
    assertThat(HeaderProtocol.of(0)).isEqualTo(HeaderProtocol.UNKNOWN);
    assertThat(HeaderProtocol.of(18)).isEqualTo(HeaderProtocol.UNKNOWN);
    assertThat(HeaderProtocol.of(0xffff_ffffL)).isEqualTo(HeaderProtocol.UNKNOWN);
    assertThat(HeaderProtocol.MPLS.number()).isEqualTo(13);
  }

  @ParameterizedTest
  @CsvSource({
    "IPV4, ''",
    "AAL5_IP, ''",
    "AAL5, aaaa030000000800",
    "AAL5, fefe03cc",
    "AAL5, aaaa030080c200070000" + MACS + "0800",
    "PPP, 0021",
    "PPP, 21",
    "PPP, ff030021",
    "POS, ff030021",
    "POS, 0f000800",
    "POS, 8f000800",
    "FRAME_RELAY, 184103cc",
    "FRAME_RELAY, 18410300800000000800",
    "FRAME_RELAY, 18410800",
    "TOKEN_BUS, 50" + MACS + "aaaa030000000800",
    "TOKEN_RING, 1040" + MACS + "aaaa030000000800",
    "TOKEN_RING, 1040" + "0200000000a1" + "8200000000b1" + "063000110022aaaa030000000800",
    "FDDI, 50" + MACS + "aaaa030000000800",
    "FDDI, 50" + MACS + "060603",
    "WLAN, 08010000" + "0200000000c1" + "0200000000b1" + "0200000000a1" + "1000aaaa030000000800",
    "WLAN, 88020000" + MACS + "0200000000c1" + "10000000aaaa030000000800",
    "WLAN, 08030000" + MACS + "0200000000a1" + "1000" + "0200000000b1" + "aaaa030000000800",
    "WLAN_AMPDU, 00000000" + "08000000" + MACS + "0200000000c1" + "1000aaaa030000000800",
    "WLAN_AMSDU_SUBFRAME, " + MACS + "0048aaaa030000000800"
  })
  @Tag("case-84")
  void everyLinkLayerLeadsToItsPacket(HeaderProtocol protocol, String header) {
    assertPacket(read(protocol, join(hex(header), packet())));
    assertThat(headers.layerCount()).isEqualTo(1);
  }

  @Test
  @Tag("case-84")
  void anIpv6SampleIsReadByItsVersion() {
    assertThat(read(HeaderProtocol.IPV6, ipv6(1, 6, tcp())).destinationPort()).isEqualTo(443);
    assertThat(read(HeaderProtocol.IPV4, ipv6(1, 6, tcp())).version()).isEqualTo(6);
  }

  @ParameterizedTest
  @ValueSource(strings = {"X25", "SMDS", "UNKNOWN"})
  @Tag("case-84")
  @Tag("sflow5-5-unknown-header-protocol")
  void whatIsNotKnownIsNotRead(HeaderProtocol protocol) {
    var frame = Frames.named("ipv4-tcp");

    assertThat(headers.read(protocol, frame, 0, frame.length)).isFalse();
  }

  @Test
  @Tag("case-84")
  void theLengthOfThePacketIsWhatItsHeaderSaysNotWhatWasSampled() {
    var frame = ethernet(1, 0x0800, ipv4(1, 6, join(tcp(), new byte[1_400])));

    headers.read(HeaderProtocol.ETHERNET, frame, 0, 64);

    assertThat(headers.layer(0).length()).isEqualTo(1_440);
    assertPacket(headers.layer(0));
  }

  @Test
  void anEncryptedWirelessFrameShowsItsAddressesOnly() {
    var frame = join(hex("08410000" + "0200000000c1" + "0200000000b1" + "0200000000a1"), packet());

    var layer = read(HeaderProtocol.WLAN, frame);

    assertThat(layer.sourceMac()).isEqualTo(0x0200_0000_00b1L);
    assertThat(layer.hasIp()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0x8100, 0x88a8, 0x9100, 0x9200})
  @Tag("case-85")
  void vlanTagsAreReadBehindEachTypeWithoutPriorityAndEligibility(int type) {
    var layer = ethernetFrame(ethernet(1, type, vlan(4_094, 0x8100, vlan(7, 0x0800, packet()))));

    assertPacket(layer);
    assertThat(layer.vlanCount()).isEqualTo(2);
    assertThat(layer.vlan(0)).isEqualTo(4_094);
    assertThat(layer.vlan(1)).isEqualTo(7);
    assertThat(layer.vlanPriority(0)).isEqualTo(5);
    assertThat(layer.etherType()).isEqualTo(0x0800);
  }

  @Test
  @Tag("case-85")
  void otherTagsArePassedOver() {
    assertPacket(
        ethernetFrame(ethernet(1, 0x893f, join(hex("000000010000"), hex("0800"), packet()))));
    assertPacket(ethernetFrame(ethernet(1, 0x8926, join(hex("80010002"), hex("0800"), packet()))));
  }

  @Test
  @Tag("case-86")
  void portsAreFoundBehindIpv4Options() {
    var layer = ethernetFrame(Frames.named("ipv4-options"));

    assertPacket(layer);
    assertThat(layer.trafficClass()).isEqualTo(0xb8);
    assertThat(layer.ttl()).isEqualTo(61);
  }

  @Test
  @Tag("case-86")
  void optionsThatWereCutOffLeaveNoPorts() {
    var frame = ipv4(1, 6, 0, new byte[40], tcp());

    headers.read(HeaderProtocol.IPV4, frame, 0, 40);

    assertThat(headers.layer(0).sourcePort()).isEqualTo(Layer.ABSENT);
    assertThat(headers.layer(0).protocol()).isEqualTo(6);
    assertThat(headers.isCut()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  @Tag("case-86")
  void aHeaderLengthBelowFiveIsNoIpv4(int words) {
    var frame = packet();
    frame[0] = (byte) (0x40 | words);

    assertThat(headers.read(HeaderProtocol.IPV4, frame, 0, frame.length)).isFalse();
  }

  @Test
  @Tag("case-86")
  void laterFragmentsHaveNoPorts() {
    var later = ethernetFrame(Frames.named("ipv4-later-fragment"));
    assertThat(later.sourcePort()).isEqualTo(Layer.ABSENT);
    assertThat(later.fragmentOffset()).isEqualTo(24);
    assertThat(later.isFragment()).isTrue();

    var later6 = ethernetFrame(Frames.named("ipv6-later-fragment"));
    assertThat(later6.sourcePort()).isEqualTo(Layer.ABSENT);
    assertThat(later6.fragmentOffset()).isEqualTo(1_448);
    assertThat(later6.fragmentId()).isEqualTo(0xcafe);
    assertThat(later6.protocol()).isEqualTo(IpHeaders.UDP);

    var first = ethernetFrame(Frames.named("ipv4-first-fragment"));
    assertThat(first.sourcePort()).isEqualTo(7);
    assertThat(first.isFragment()).isTrue();
  }

  @Test
  @Tag("case-86")
  void aTcpHeaderCutShortGivesWhatIsThere() {
    var frame = packet();

    headers.read(HeaderProtocol.IPV4, frame, 0, 24);
    assertThat(headers.layer(0).destinationPort()).isEqualTo(443);
    assertThat(headers.layer(0).tcpFlags()).isEqualTo(Layer.ABSENT);
    assertThat(headers.isCut()).isTrue();

    headers.read(HeaderProtocol.IPV4, frame, 0, 34);
    assertThat(headers.layer(0).tcpFlags()).isEqualTo(Frames.SYN_ACK);
    assertThat(headers.layer(0).tcpWindow()).isEqualTo(Layer.ABSENT);
    assertThat(headers.isCut()).isTrue();
  }

  @Test
  @Tag("case-86")
  void anIpHeaderCutShortGivesWhatIsThere() {
    var frame = packet();

    headers.read(HeaderProtocol.IPV4, frame, 0, 16);

    var layer = headers.layer(0);
    assertThat(layer.protocol()).isEqualTo(6);
    assertThat(layer.sourceLow()).isEqualTo(0xffff_0a01_0001L);
    assertThat(layer.destinationLow()).isZero();
    assertThat(headers.isCut()).isTrue();
  }

  @Test
  @Tag("case-86")
  void allTwelveFlagBitsOfTcpAreKept() {
    assertThat(ethernetFrame(Frames.named("ipv4-tcp-ns")).tcpFlags()).isEqualTo(0x1c2);
  }

  @Test
  @Tag("case-86")
  void extensionHeadersAreWalkedToTheTransport() {
    var layer = ethernetFrame(Frames.named("ipv6-chain"));

    assertThat(layer.extensionCount()).isEqualTo(3);
    assertThat(layer.extension(0)).isEqualTo(IpHeaders.HOP_BY_HOP);
    assertThat(layer.extension(2)).isEqualTo(IpHeaders.FRAGMENT);
    assertThat(layer.protocol()).isEqualTo(IpHeaders.UDP);
    assertThat(layer.destinationPort()).isEqualTo(2);
    assertThat(layer.flowLabel()).isEqualTo(0x12301);
    assertThat(layer.trafficClass()).isEqualTo(0x2e);
  }

  @Test
  void whatEthernetPadsIsNotPartOfThePacket() {
    var layer = ethernetFrame(ethernet(1, 0x0800, join(ipv4(1, 17, hex("0035")), new byte[24])));

    assertThat(layer.sourcePort()).isEqualTo(Layer.ABSENT);
    assertThat(headers.isCut()).isTrue();
  }

  @Test
  void aLengthOfZeroIsLeftToTheNetworkCard() {
    var frame = packet();
    frame[2] = 0;
    frame[3] = 0;

    assertPacket(read(HeaderProtocol.IPV4, frame));
  }

  @Test
  @Tag("case-87")
  void labelsAreReadToTheBottomOfTheStack() {
    var layer = read(HeaderProtocol.MPLS, label(3_000, false, label(0xf_ffff, true, packet())));

    assertPacket(layer);
    assertThat(layer.labelCount()).isEqualTo(2);
    assertThat(layer.label(0)).isEqualTo(3_000);
    assertThat(layer.label(1)).isEqualTo(0xf_ffff);
    assertThat(layer.labelEntry(1) & 0xff).isEqualTo(64);
  }

  @Test
  @Tag("case-87")
  void explicitNullSaysWhatFollows() {
    assertPacket(read(HeaderProtocol.MPLS, label(0, true, packet())));
    assertThat(read(HeaderProtocol.MPLS, label(2, true, ipv6(1, 6, tcp()))).version()).isEqualTo(6);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // A vendor's address that begins like a control word, like IPv4, like IPv6, and like none.
        "001122334455",
        "4a1122334455",
        "6a1122334455",
        "d21122334455"
      })
  @Tag("case-87")
  void ethernetBehindLabelsIsFoundWithAndWithoutControlWord(String mac) {
    var inner = join(hex(mac), hex("0200000000b1"), hex("0800"), packet());

    for (var controlWord : new String[] {"", "00000000", "00001234"}) {
      var frame = ethernet(1, 0x8847, label(99, true, join(hex(controlWord), inner)));
      var layer = ethernetFrame(frame);

      assertPacket(layer);
      assertThat(layer.tunnel()).isEqualTo(Tunnel.EOMPLS);
      assertThat(layer.tunnelId()).isEqualTo(99);
      assertThat(layer.destinationMac()).isEqualTo(Long.parseLong(mac, 16));
    }
  }

  @Test
  @Tag("case-87")
  void aTaggedFrameBehindLabelsIsNotTakenForOneWithAControlWord() {
    var inner = ethernet(9, 0x8100, vlan(77, 0x0800, packet()));

    for (var controlWord : new String[] {"", "00000000", "00000021"}) {
      var layer = read(HeaderProtocol.MPLS, label(99, true, join(hex(controlWord), inner)));

      assertPacket(layer);
      assertThat(layer.destinationMac()).isEqualTo(0x0200_0000_aa09L);
      assertThat(layer.vlan(0)).isEqualTo(77);
    }
  }

  @Test
  @Tag("case-87")
  void anAssociatedChannelIsNoPacket() {
    var frame = label(13, true, join(hex("10000021"), packet()));

    assertThat(read(HeaderProtocol.MPLS, frame).hasIp()).isFalse();
    assertThat(read(HeaderProtocol.MPLS, label(77, true, hex("10000021" + "45000014"))).hasIp())
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "vxlan, VXLAN, 5001",
    "vxlan-8472, VXLAN, 5002",
    "vxlan-gpe, VXLAN_GPE, 5003",
    "vxlan-gpe-nsh, NSH, 10",
    "geneve, GENEVE, 5005",
    "geneve-ipv6, GENEVE, 5006",
    "gtp-u, GTP_U, 3735928559",
    "gtp-u-extended, GTP_U, 77",
    "mpls-in-udp, MPLS, -1",
    "mpls-in-ip, MPLS, -1",
    "teredo, TEREDO, -1",
    "teredo-origin, TEREDO, -1",
    "gre, GRE, -1",
    "gre-key, GRE, 4711",
    "gre-all, GRE, 4712",
    "gre-ethernet, GRE, -1",
    "pptp, GRE, 7",
    "nvgre, NVGRE, 1193046",
    "erspan-1, ERSPAN, -1",
    "erspan-2, ERSPAN, 100",
    "erspan-3, ERSPAN, 101",
    "4in4, IPIP, -1",
    "6in4, IPIP, -1",
    "4in6, IPIP, -1",
    "6in6, IPIP, -1",
    "etherip, ETHERIP, -1",
    "srv6-ipv4, SRV6, -1",
    "srv6-ipv6, SRV6, -1",
    "srv6-ethernet, SRV6, -1",
    "pbb, PBB, 74565",
    "eompls, EOMPLS, 1002"
  })
  @Tag("case-88")
  void tunnelsAreEnteredAndNamed(String name, Tunnel tunnel, long id) {
    var layer = ethernetFrame(Frames.named(name));

    assertThat(layer.tunnel()).isEqualTo(tunnel);
    assertThat(layer.tunnelId()).isEqualTo(id);
    assertThat(layer.hasIp()).isTrue();
    assertThat(layer.destinationPort()).isIn(53, 443);
    assertThat(headers.isCut()).isFalse();
  }

  @Test
  @Tag("case-88")
  void everyLayerOfNestedTunnelsKeepsItsOwn() {
    ethernetFrame(Frames.named("three-deep"));

    assertThat(headers.layerCount()).isEqualTo(4);
    assertThat(headers.layer(0).destinationPort()).isEqualTo(4_789);
    assertThat(headers.layer(1).tunnel()).isEqualTo(Tunnel.VXLAN);
    assertThat(headers.layer(1).sourceMac()).isEqualTo(0x0200_0000_bb02L);
    assertThat(headers.layer(1).protocol()).isEqualTo(IpHeaders.GRE);
    assertThat(headers.layer(2).tunnelId()).isEqualTo(5);
    assertThat(headers.layer(3).tunnel()).isEqualTo(Tunnel.IPIP);
    assertThat(headers.layer(3).destinationPort()).isEqualTo(443);
  }

  @Test
  @Tag("case-88")
  void segmentsAreListedAsTheHeaderHoldsThem() {
    var layer = ethernetFrame(Frames.named("ipv6-segments"));

    assertThat(layer.segmentCount()).isEqualTo(3);
    assertThat(layer.segmentHigh(0)).isEqualTo(0x2001_0db8_00ff_0000L);
    assertThat(layer.segmentLow(2)).isEqualTo(3);
    assertThat(layer.segmentsLeft()).isEqualTo(1);
    assertThat(layer.destinationPort()).isEqualTo(443);
  }

  @ParameterizedTest
  @CsvSource({
    // A resolver's answer to a client that happens to use the port.
    "4789, 1234818000010001",
    "8472, 0900000000000000",
    "4790, 1c00000300000100",
    "6081, 4000655800000100",
    "6081, 00006558000001ff",
    "2152, 10ff000800000001",
    "2152, 30010008000000014500",
    "3544, 12348180000100010000000000000000"
  })
  @Tag("case-88")
  void aPortAloneMakesNoTunnel(int port, String payload) {
    var frame = ipv4(1, 17, udp(53, port, join(hex(payload), packet(), new byte[40])));

    read(HeaderProtocol.IPV4, frame);

    assertThat(headers.layerCount()).isEqualTo(1);
    assertThat(headers.layer(0).destinationPort()).isEqualTo(port);
  }

  @Test
  void aTunnelInALaterFragmentIsNotGuessedAt() {
    var inner = packet();
    var frame = ipv4(1, 4, 0x2001, new byte[0], inner);

    read(HeaderProtocol.IPV4, frame);

    assertThat(headers.layerCount()).isEqualTo(1);
  }

  @Test
  void readingAllocatesNothing() {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    var frames = Frames.all().values().toArray(byte[][]::new);
    for (int warm = 0; warm < 2; warm++) {
      readAll(frames);
    }

    long before = threads.getCurrentThreadAllocatedBytes();
    readAll(frames);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    // Sixteen octets a frame, the smallest object, would be a million.
    assertThat(allocated).isLessThan(100_000);
  }

  private void readAll(byte[][] frames) {
    for (int round = 0; round < 1_000; round++) {
      for (var frame : frames) {
        headers.read(HeaderProtocol.ETHERNET, frame, 0, frame.length);
      }
    }
  }

  @Test
  void aViewIsUsedAgainWithoutATraceOfTheLastFrame() {
    ethernetFrame(Frames.named("three-deep"));
    ethernetFrame(Frames.named("mpls-ipv4"));

    ethernetFrame(Frames.named("arp"));

    var fresh = new PacketHeaders(4);
    var arp = Frames.named("arp");
    fresh.read(HeaderProtocol.ETHERNET, arp, 0, arp.length);
    assertThat(LayerText.of(headers)).isEqualTo(LayerText.of(fresh));
    assertThat(Arrays.equals(arp, Frames.named("arp"))).isTrue();
  }
}
