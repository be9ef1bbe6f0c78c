package io.penstock.capture;

import static io.penstock.capture.Packets.block;
import static io.penstock.capture.Packets.enhanced;
import static io.penstock.capture.Packets.ethernet;
import static io.penstock.capture.Packets.hex;
import static io.penstock.capture.Packets.ipfix;
import static io.penstock.capture.Packets.ipv4;
import static io.penstock.capture.Packets.ipv6;
import static io.penstock.capture.Packets.join;
import static io.penstock.capture.Packets.networkInterface;
import static io.penstock.capture.Packets.packet;
import static io.penstock.capture.Packets.pcap;
import static io.penstock.capture.Packets.section;
import static io.penstock.capture.Packets.tcp;
import static io.penstock.capture.Packets.udp;
import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.wire.Corpus;
import io.penstock.wire.Transport;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CaptureTest {

  private static final byte[] HELLO = hex("0005 0001 0102 0304 0506");
  private static final byte[] DATAGRAM = udp(40_000, 2055, HELLO);

  private record Read(List<Payload> payloads, CaptureCounts counts) {

    Payload only() {
      assertThat(payloads).hasSize(1);
      return payloads.getFirst();
    }
  }

  private static Read read(byte[] file) throws CaptureException {
    try (var capture = Capture.of(new ByteArrayInputStream(file))) {
      return read(capture);
    }
  }

  private static Read read(Capture capture) throws CaptureException {
    var payloads = new ArrayList<Payload>();
    for (var next = capture.next(); next != null; next = capture.next()) {
      payloads.add(next);
    }
    assertThat(capture.next()).isNull();
    return new Read(payloads, capture.counts());
  }

  private static byte[] octets(Payload payload) {
    return Arrays.copyOfRange(
        payload.bytes(), payload.offset(), payload.offset() + payload.length());
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  @Test
  void aDatagramComesWithItsAddressesPortsAndTime() throws Exception {
    var payload = read(pcap(101, ipv4(17, DATAGRAM))).only();

    assertThat(octets(payload)).isEqualTo(HELLO);
    assertThat(payload.source()).hasToString("/192.0.2.1:40000");
    assertThat(payload.destination()).hasToString("/192.0.2.2:2055");
    assertThat(payload.timeNanos()).isEqualTo(1_000_001_000L);
    assertThat(payload.transport()).isEqualTo(Transport.UDP);
    assertThat(payload.truncated()).isFalse();
  }

  @Test
  void bothByteOrdersAndBothClocksAreRead() throws Exception {
    for (var order : List.of(BIG_ENDIAN, LITTLE_ENDIAN)) {
      assertThat(read(pcap(order, 0xa1b2c3d4, 101, ipv4(17, DATAGRAM))).only().timeNanos())
          .isEqualTo(1_000_001_000L);
      assertThat(read(pcap(order, 0xa1b23c4d, 101, ipv4(17, DATAGRAM))).only().timeNanos())
          .isEqualTo(1_000_000_001L);
    }
  }

  static List<byte[]> linkLayers() {
    var v4 = ipv4(17, DATAGRAM);
    return List.of(
        pcap(1, ethernet(join(hex("0800"), v4))),
        pcap(1, ethernet(join(hex("86dd"), ipv6(17, DATAGRAM)))),
        pcap(1, ethernet(join(hex("8100 2064 0800"), v4))),
        pcap(1, ethernet(join(hex("88a8 0064 8100 0065 0800"), v4))),
        pcap(1, ethernet(join(hex("9100 0064 8100 0065 86dd"), ipv6(17, DATAGRAM)))),
        // A short packet is padded to 60 octets: the padding is not payload.
        pcap(1, ethernet(join(hex("0800"), v4, new byte[8]))),
        pcap(113, join(new byte[14], hex("0800"), v4)),
        pcap(113, join(new byte[14], hex("8100 0064 0800"), v4)),
        pcap(276, join(hex("86dd"), new byte[18], ipv6(17, DATAGRAM))),
        pcap(276, join(hex("8100"), new byte[18], hex("0064 0800"), v4)),
        // MPLS: two labels; an explicit null; Ethernet behind a control word.
        pcap(1, ethernet(join(hex("8847 00064040 00065140"), v4))),
        pcap(1, ethernet(join(hex("8100 0064 8847 00002140"), ipv6(17, DATAGRAM)))),
        pcap(1, ethernet(join(hex("8847 00065140 00000000"), ethernet(join(hex("0800"), v4))))),
        pcap(219, join(hex("00064040 00065140"), v4)),
        // PPPoE, PPP with and without the octets of HDLC, one-octet protocols, a direction.
        pcap(1, ethernet(join(hex("8864 1100 0001 0030 0021"), v4))),
        pcap(1, ethernet(join(hex("8100 0007 8864 1100 0001 0044 0057"), ipv6(17, DATAGRAM)))),
        pcap(51, join(hex("1100 0001 0030 0021"), v4)),
        pcap(9, join(hex("ff03 0021"), v4)),
        pcap(9, join(hex("0057"), ipv6(17, DATAGRAM))),
        pcap(9, join(hex("21"), v4)),
        pcap(50, join(hex("ff03 0281 00065140"), v4)),
        pcap(50, join(hex("0f00 0800"), v4)),
        pcap(104, join(hex("8f00 86dd"), ipv6(17, DATAGRAM))),
        pcap(107, join(hex("0491 0800"), v4)),
        pcap(204, join(hex("00 ff03 0021"), v4)),
        // IEEE 802.3 with SNAP, Cisco's metadata, a fabric extender's tag.
        pcap(1, ethernet(join(hex("002c aaaa 03 000000 0800"), v4))),
        pcap(1, ethernet(join(hex("8909 0101 0001 0010 0800"), v4))),
        pcap(1, ethernet(join(hex("8926 8001 4000 8100 0007 0800"), v4))),
        pcap(0, join(hex("02000000"), v4)),
        pcap(0, join(hex("0000001e"), ipv6(17, DATAGRAM))),
        pcap(108, join(hex("00000002"), v4)),
        pcap(12, v4),
        pcap(101, ipv6(17, DATAGRAM)),
        pcap(228, v4),
        pcap(229, ipv6(17, DATAGRAM)));
  }

  @ParameterizedTest
  @Tag("case-93")
  @MethodSource("linkLayers")
  @Tag("case-93")
  void everyLinkLayerGivesTheSamePayload(byte[] file) throws Exception {
    var read = read(file);

    assertThat(octets(read.only())).isEqualTo(HELLO);
    assertThat(read.counts().malformed()).isZero();
    assertThat(read.counts().skipped()).isZero();
  }

  static List<byte[]> mirrors() {
    var v4 = ipv4(17, DATAGRAM);
    var frame = ethernet(join(hex("0800"), v4));
    var vxlan = udp(51_000, 4789, join(hex("08000000 00138900"), frame));
    return List.of(
        pcap(101, outer(47, join(hex("0000 0800"), v4))),
        pcap(101, outer(47, join(hex("0000 86dd"), ipv6(17, DATAGRAM)))),
        pcap(101, outer(47, join(hex("0000 88be"), frame))),
        pcap(101, outer(47, join(hex("1000 88be 00000001 1001 0001 00000000"), frame))),
        pcap(101, outer(47, join(hex("1000 22eb 00000001 2001 0001 00000000 00000000"), frame))),
        pcap(1, ethernet(join(hex("0800"), outer(17, vxlan)))),
        pcap(101, outer(17, udp(51_000, 6081, join(hex("0000 6558 00138900"), frame)))),
        pcap(101, outer(4, v4)),
        pcap(101, ipv6(41, ipv6(17, DATAGRAM))),
        pcap(
            101,
            outer(
                47,
                join(
                    hex("1000 88be 00000001 1001 0001 00000000"),
                    ethernet(join(hex("0800"), outer(17, vxlan)))))));
  }

  private static byte[] outer(int protocol, byte[] payload) {
    var packet = ipv4(protocol, payload);
    System.arraycopy(hex("0a000001 0a000002"), 0, packet, 12, 8);
    return packet;
  }

  @ParameterizedTest
  @Tag("case-93")
  @MethodSource("mirrors")
  void aMirroredDatagramIsTheOneInsideTheTunnel(byte[] file) throws Exception {
    var read = read(file);

    assertThat(octets(read.only())).isEqualTo(HELLO);
    assertThat(read.only().source().getPort()).isEqualTo(40_000);
    assertThat(read.only().source().getAddress().getHostAddress())
        .isIn("192.0.2.1", "2001:db8:0:0:0:0:0:1");
    assertThat(read.counts().skipped()).isZero();
  }

  @Test
  @Tag("case-93")
  void aDatagramToATunnelsPortIsADatagramStill() throws Exception {
    for (int port : List.of(4789, 8472, 4790, 6081, 6635, 2152, 3544)) {
      assertThat(octets(read(pcap(101, ipv4(17, udp(40_000, port, HELLO)))).only()))
          .as("port %d", port)
          .isEqualTo(HELLO);
    }
  }

  @Test
  @Tag("case-93")
  void aFragmentOfATunnelIsNotLookedInto() throws Exception {
    var whole = join(hex("0000 0800"), ipv4(17, DATAGRAM));
    var read = read(pcap(101, ipv4(47, 7, 0x2000, whole)));

    assertThat(read.payloads()).isEmpty();
    assertThat(read.counts().skipped()).isEqualTo(1);
  }

  @Test
  void extensionHeadersArePassedOver() throws Exception {
    var hopByHop = hex("2b 00 000000000000");
    var routing = hex("33 01 00000000000000000000 00000000");
    var authentication = hex("3c 02 0000 00000000 00000000 00000000");
    var destination = hex("11 00 000000000000");
    var packet = ipv6(0, join(hopByHop, routing, authentication, destination, DATAGRAM));

    assertThat(octets(read(pcap(101, packet)).only())).isEqualTo(HELLO);
  }

  @Test
  void anEndlessChainOfExtensionHeadersIsNoDatagram() throws Exception {
    var chain = new byte[8 * 40];
    var read = read(pcap(101, ipv6(0, chain)));

    assertThat(read.payloads()).isEmpty();
    assertThat(read.counts().skipped()).isEqualTo(1);
  }

  @Test
  @Tag("case-93")
  void fragmentsInAnyOrderBecomeOneDatagram() throws Exception {
    var payload = new byte[5000];
    new Random(7).nextBytes(payload);
    var whole = udp(40_000, 4739, payload);
    var first = ipv4(17, 7, 0x2000, Arrays.copyOfRange(whole, 0, 1480));
    var second = ipv4(17, 7, 0x2000 | 185, Arrays.copyOfRange(whole, 1480, 2960));
    var third = ipv4(17, 7, 370, Arrays.copyOfRange(whole, 2960, whole.length));

    assertThat(octets(read(pcap(101, first, second, third)).only())).isEqualTo(payload);
    assertThat(octets(read(pcap(101, third, first, second, ipv4(1, HELLO))).only()))
        .isEqualTo(payload);
    assertThat(octets(read(pcap(101, second, second, third, first)).only())).isEqualTo(payload);
  }

  @Test
  @Tag("case-93")
  void fragmentsOfIpv6BecomeOneDatagram() throws Exception {
    var payload = new byte[2000];
    Arrays.fill(payload, (byte) 9);
    var whole = udp(40_000, 4739, payload);
    var first = join(hex("11 00 0001 00000042"), Arrays.copyOfRange(whole, 0, 1232));
    var second = join(hex("11 00 04d0 00000042"), Arrays.copyOfRange(whole, 1232, whole.length));

    assertThat(octets(read(pcap(101, ipv6(44, first), ipv6(44, second))).only()))
        .isEqualTo(payload);
  }

  @Test
  void anAtomicFragmentIsAWholeDatagram() throws Exception {
    var packet = ipv6(44, join(hex("11 00 0000 00000042"), DATAGRAM));

    assertThat(octets(read(pcap(101, packet)).only())).isEqualTo(HELLO);
  }

  @Test
  void aMissingFragmentLosesItsDatagramAlone() throws Exception {
    var whole = udp(40_000, 4739, new byte[3000]);
    var first = ipv4(17, 7, 0x2000, Arrays.copyOfRange(whole, 0, 1480));
    var third = ipv4(17, 7, 370, Arrays.copyOfRange(whole, 2960, whole.length));
    var read = read(pcap(101, first, third, ipv4(17, DATAGRAM)));

    assertThat(octets(read.only())).isEqualTo(HELLO);
    assertThat(read.counts().fragmentsLost()).isEqualTo(1);
  }

  @Test
  void unfinishedDatagramsAreBounded() throws Exception {
    var frames = new byte[1000][];
    for (int i = 0; i < frames.length; i++) {
      frames[i] = ipv4(17, i, 0x2000, new byte[1480]);
    }
    var read = read(pcap(101, frames));

    assertThat(read.payloads()).isEmpty();
    assertThat(read.counts().fragmentsLost()).isEqualTo(1000);
  }

  @Test
  void anIdentificationUsedAgainLaterStartsANewDatagram() throws Exception {
    var whole = udp(40_000, 4739, new byte[2000]);
    var head = ipv4(17, 7, 0x2000, Arrays.copyOfRange(whole, 0, 1480));
    var tail = ipv4(17, 7, 185, Arrays.copyOfRange(whole, 1480, whole.length));
    var file =
        join(
            pcap(101),
            packet(LITTLE_ENDIAN, 1, head, head.length),
            packet(LITTLE_ENDIAN, 100, tail, tail.length));
    var read = read(file);

    assertThat(read.payloads()).isEmpty();
    assertThat(read.counts().fragmentsLost()).isEqualTo(2);
  }

  @Test
  @Tag("case-93")
  void aDatagramThatTheCaptureCutShortIsFlaggedAndCounted() throws Exception {
    var whole = ipv4(17, DATAGRAM);
    var file =
        join(
            pcap(101),
            packet(LITTLE_ENDIAN, 1, Arrays.copyOf(whole, whole.length - 4), whole.length));
    var read = read(file);

    assertThat(octets(read.only())).isEqualTo(Arrays.copyOf(HELLO, HELLO.length - 4));
    assertThat(read.only().truncated()).isTrue();
    assertThat(read.counts().truncated()).isEqualTo(1);
  }

  @Test
  void packetsThatAreNoDatagramsAreCounted() throws Exception {
    var read =
        read(
            pcap(
                1,
                ethernet(join(hex("0806"), new byte[28])),
                ethernet(join(hex("0800"), ipv4(1, HELLO))),
                ethernet(hex("08")),
                ethernet(join(hex("0800"), hex("4f"))),
                ethernet(join(hex("0800"), ipv4(17, hex("01"))))));

    assertThat(read.payloads()).isEmpty();
    assertThat(read.counts().packets()).isEqualTo(5);
    assertThat(read.counts().skipped()).isEqualTo(2);
    assertThat(read.counts().malformed()).isEqualTo(3);
  }

  @Test
  void anUnknownLinkTypeIsSkipped() throws Exception {
    assertThat(read(pcap(147, DATAGRAM)).counts().skipped()).isEqualTo(1);
  }

  @Test
  @Tag("case-93")
  void pcapngInterfacesHaveTheirOwnLinkTypeAndClock() throws Exception {
    for (var order : List.<ByteOrder>of(BIG_ENDIAN, LITTLE_ENDIAN)) {
      byte[] nanos = order == BIG_ENDIAN ? hex("0009 0001 09000000") : hex("0900 0100 09000000");
      byte[] binary = order == BIG_ENDIAN ? hex("0009 0001 8a000000") : hex("0900 0100 8a000000");
      var file =
          join(
              section(order),
              networkInterface(order, 1, new byte[0]),
              networkInterface(order, 101, nanos),
              networkInterface(order, 101, binary),
              block(order, 4, new byte[100]),
              enhanced(order, 0, 5_000_007, ethernet(join(hex("0800"), ipv4(17, DATAGRAM)))),
              enhanced(order, 1, 5_000_000_007L, ipv4(17, DATAGRAM)),
              enhanced(order, 2, 5 * 1024 + 512, ipv4(17, DATAGRAM)));
      var read = read(file);

      assertThat(read.payloads()).allSatisfy(p -> assertThat(octets(p)).isEqualTo(HELLO));
      assertThat(read.payloads())
          .extracting(Payload::timeNanos)
          .containsExactly(5_000_007_000L, 5_000_000_007L, 5_500_000_000L);
    }
  }

  @Test
  void aNewSectionOfPcapngForgetsTheInterfaces() throws Exception {
    var file =
        join(
            section(LITTLE_ENDIAN),
            networkInterface(LITTLE_ENDIAN, 1, new byte[0]),
            section(BIG_ENDIAN),
            networkInterface(BIG_ENDIAN, 101, new byte[0]),
            block(BIG_ENDIAN, 3, join(hex("00000026"), ipv4(17, DATAGRAM))));

    assertThat(octets(read(file).only())).isEqualTo(HELLO);
  }

  @Test
  @Tag("case-14")
  void ipfixMessagesComeOutOfATcpConnection() throws Exception {
    var stream = join(ipfix(40, 1), ipfix(1500, 2), ipfix(16, 3));
    var read =
        read(
            pcap(
                101,
                ipv4(6, tcp(50_000, 4739, 99, true, new byte[0])),
                ipv4(6, tcp(50_000, 4739, 100, false, Arrays.copyOfRange(stream, 0, 3))),
                // Out of order, sent again, and overlapping.
                ipv4(6, tcp(50_000, 4739, 1100, false, Arrays.copyOfRange(stream, 1000, 1556))),
                ipv4(6, tcp(50_000, 4739, 100, false, Arrays.copyOfRange(stream, 0, 3))),
                ipv4(6, tcp(50_000, 4739, 101, false, Arrays.copyOfRange(stream, 1, 1000)))));

    assertThat(read.payloads())
        .extracting(CaptureTest::octets)
        .containsExactly(ipfix(40, 1), ipfix(1500, 2), ipfix(16, 3));
    assertThat(read.payloads()).allMatch(p -> p.transport() == Transport.STREAM);
    assertThat(read.counts().streamsBroken()).isZero();
  }

  @Test
  void aTcpSequenceNumberMayWrap() throws Exception {
    var stream = ipfix(64, 1);
    long start = 0xffff_fff0L;
    var read =
        read(
            pcap(
                101,
                ipv4(6, tcp(1, 2, start, false, Arrays.copyOfRange(stream, 0, 10))),
                ipv4(6, tcp(1, 2, start + 30, false, Arrays.copyOfRange(stream, 30, 64))),
                ipv4(6, tcp(1, 2, start + 10, false, Arrays.copyOfRange(stream, 10, 30)))));

    assertThat(octets(read.only())).isEqualTo(stream);
  }

  @Test
  void aTcpStreamWithAHoleIsCountedAndJoinedAgain() throws Exception {
    var frames = new ArrayList<byte[]>();
    frames.add(ipv4(6, tcp(1, 2, 0, false, Arrays.copyOf(ipfix(100, 1), 50))));
    for (int i = 0; i < 100; i++) {
      frames.add(ipv4(6, tcp(1, 2, 1000 + i * 1400, false, new byte[1400])));
    }
    frames.add(ipv4(6, tcp(1, 2, 1_000_000, false, ipfix(80, 2))));
    var read = read(pcap(101, frames.toArray(byte[][]::new)));

    assertThat(octets(read.only())).isEqualTo(ipfix(80, 2));
    assertThat(read.counts().streamsBroken()).isEqualTo(1);
  }

  @Test
  void otherTcpTrafficIsSkipped() throws Exception {
    var read = read(pcap(101, ipv4(6, tcp(1, 80, 1, false, hex("474554202f")))));

    assertThat(read.payloads()).isEmpty();
    assertThat(read.counts().skipped()).isEqualTo(1);
  }

  @Test
  @Tag("case-15")
  void anIpfixFileIsReadMessageByMessage() throws Exception {
    var read = read(join(ipfix(40, 1), ipfix(60, 2)));

    assertThat(read.payloads()).extracting(Payload::length).containsExactly(40, 60);
    assertThat(read.payloads()).allMatch(p -> p.transport() == Transport.STREAM);
    assertThat(read.payloads().getFirst().source()).isEqualTo(Capture.NOBODY);
    assertThat(read.payloads().getFirst().timeNanos()).isEqualTo(Capture.NO_TIME);
  }

  @Test
  void aRawDatagramIsReadWhole() throws Exception {
    assertThat(octets(read(HELLO).only())).isEqualTo(HELLO);
    assertThat(octets(read(hex("00000005 00000001")).only())).hasSize(8);
    // One that claims more than there is, and one with something behind its message.
    assertThat(octets(read(Arrays.copyOf(ipfix(40, 1), 30)).only())).hasSize(30);
    assertThat(octets(read(Arrays.copyOf(ipfix(40, 1), 44)).only())).hasSize(44);
  }

  @Test
  @Tag("case-15")
  @Tag("rfc5655-10.1-compressed-with-gzip")
  @Tag("rfc5655-10.2-compression-recognised")
  void everythingMayBeGzipped() throws Exception {
    assertThat(octets(read(gzip(pcap(101, ipv4(17, DATAGRAM)))).only())).isEqualTo(HELLO);
    assertThat(octets(read(gzip(HELLO)).only())).isEqualTo(HELLO);
    assertThat(read(gzip(join(ipfix(40, 1), ipfix(60, 2)))).payloads()).hasSize(2);
  }

  @Test
  @Tag("case-15")
  @Tag("rfc5655-10.1-compressed-with-bzip2")
  @Tag("rfc5655-10.2-compression-recognised")
  void everythingMayBePackedWithBzip2() throws Exception {
    var packed =
        hex(
            "425a6839314159265359759c7326000000c0007f002000221a635086029c"
                + "f2561e2ee48a70a120eb38e64c");

    assertThat(octets(read(packed).only())).isEqualTo(HELLO);
  }

  @Test
  void whatIsNoCaptureIsNamedByItsFirstOctets() {
    assertThatThrownBy(() -> read(hex("47455420 2f")))
        .isInstanceOf(CaptureException.class)
        .hasMessage(
            "begins with 47 45 54 20, which is neither pcap, pcapng, gzip, bzip2, IPFIX, NetFlow nor"
                + " sFlow");
    assertThatThrownBy(() -> read(new byte[0]))
        .isInstanceOf(CaptureException.class)
        .hasMessage("the file is empty");
    assertThatThrownBy(() -> read(new byte[70_000])).isInstanceOf(CaptureException.class);
  }

  @Test
  @Tag("rfc5655-5.5-error-recovery")
  void aDamagedFileGivesWhatCameBeforeAndTheOffset() throws Exception {
    var good = pcap(101, ipv4(17, DATAGRAM));
    var torn = join(good, Arrays.copyOf(packet(LITTLE_ENDIAN, 2, DATAGRAM, 18), 20));
    try (var capture = Capture.of(new ByteArrayInputStream(torn))) {
      assertThat(capture.next()).isNotNull();
      assertThatThrownBy(capture::next)
          .isInstanceOf(CaptureException.class)
          .hasMessage("the file ends inside packet 2 at offset 78: 18 octets expected, 4 there");
    }
    assertThatThrownBy(() -> read(join(good, hex("00000000 00000000 ffffffff ffffffff"))))
        .isInstanceOf(CaptureException.class)
        .hasMessageContaining("packet 2 at offset 78 claims 4294967295 octets");
    assertThatThrownBy(() -> read(join(section(LITTLE_ENDIAN), new byte[8])))
        .isInstanceOf(CaptureException.class)
        .hasMessage("the block at offset 28 has the impossible length 0");
    assertThatThrownBy(() -> read(join(section(BIG_ENDIAN), enhanced(BIG_ENDIAN, 3, 0, HELLO))))
        .isInstanceOf(CaptureException.class)
        .hasMessage("the packet block at offset 28 names interface 3 of 0");
    assertThatThrownBy(() -> read(Arrays.copyOf(gzip(good), 40)))
        .isInstanceOf(CaptureException.class);
  }

  @Test
  void aMissingFileIsSaidInOneLine(@TempDir Path folder) {
    assertThatThrownBy(() -> Capture.open(folder.resolve("none")).close())
        .isInstanceOf(CaptureException.class)
        .hasMessage("there is no such file");
    assertThatThrownBy(() -> Capture.open(folder).close()).isInstanceOf(CaptureException.class);
  }

  @Test
  void aFailingDeviceIsACaptureException() {
    var failing =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("input/output error");
          }

          @Override
          public int read(byte[] into, int at, int count) throws IOException {
            return read();
          }
        };

    assertThatThrownBy(() -> Capture.of(failing).close())
        .isInstanceOf(CaptureException.class)
        .hasMessage("cannot read past offset 0: input/output error");
  }

  static List<Path> captures() {
    // Not telemetry: packet headers for tests of packet parsers, or sFlow's inner parts.
    return Corpus.flows().stream()
        .filter(f -> !f.getFileName().toString().startsWith("other_"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("captures")
  void everyRecordedFileIsReadWithoutLoss(Path file) throws Exception {
    try (var capture = Capture.open(file)) {
      var read = read(capture);
      var counts = read.counts();

      assertThat(read.payloads()).isNotEmpty();
      assertThat(counts.payloads()).isEqualTo(counts.packets());
      assertThat(counts.skipped() + counts.malformed() + counts.truncated()).isZero();
      assertThat(read.payloads()).allMatch(p -> p.length() > 0);
    }
  }

  @Test
  @Tag("case-14")
  void aRecordedTcpStreamIsReadMessageByMessage() throws Exception {
    var file = Corpus.flow("exporters/softflowd-1.1.0_ipfix_mixed.tcp-stream.ipfix");
    try (var capture = Capture.open(file)) {
      var payloads = read(capture).payloads();

      assertThat(payloads).allMatch(p -> p.transport() == Transport.STREAM);
      assertThat(payloads.stream().mapToLong(Payload::length).sum()).isEqualTo(Files.size(file));
    }
  }
}
