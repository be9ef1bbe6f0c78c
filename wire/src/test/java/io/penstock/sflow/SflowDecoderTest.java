package io.penstock.sflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.sflow.Collected.Datagram;
import io.penstock.sflow.SflowSample.Kind;
import io.penstock.traffic.SflowWriter;
import io.penstock.traffic.SflowWriter.Interface;
import io.penstock.traffic.SflowWriter.Source;
import io.penstock.wire.DecoderCounters.Count;
import io.penstock.wire.Rejection;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SflowDecoderTest {

  private static final byte[] AGENT = {10, 0, 0, 1};
  private static final int MISSING = -1;

  private final SflowWriter writer = new SflowWriter(65_507);
  private final Collected found = new Collected();

  private void begin() {
    writer.begin(AGENT, 3, 77, 1_000);
  }

  private void flow() {
    writer.flow(5, 9, 1_000, 5_000, 2, 9, 12);
  }

  private static byte[] octets(int length) {
    var octets = new byte[length];
    for (int i = 0; i < length; i++) {
      octets[i] = (byte) i;
    }
    return octets;
  }

  @Test
  @Tag("sflow5-5-datagram-header")
  @Tag("case-78")
  void theHeaderNamesTheAgentTheSubAgentAndItsCount() {
    begin();

    found.decode(writer);

    assertThat(found.datagrams)
        .containsExactly(new Datagram("0:ffff0a000001", 3, 77, 1_000, 0, true));
  }

  @Test
  @Tag("case-78")
  @Tag("sflow5-5-address-types")
  void anAgentAddressIsIPv6OrMissingAsWell() {
    writer.begin(octets(16), 0, 1, 0);
    found.decode(writer);
    writer.begin(new byte[0], 0, 2, 0);
    found.decode(writer);

    assertThat(found.datagrams)
        .extracting(Datagram::agent)
        .containsExactly("1020304050607:8090a0b0c0d0e0f", "0:0");
  }

  @Test
  @Tag("case-78")
  void anAddressTypeOfUnknownLengthMakesTheDatagramUnreadable() {
    begin();
    int length = writer.finish();
    writer.bytes()[7] = 3;

    found.decode(writer.bytes(), length);

    assertThat(found.rejections).containsExactly(Rejection.TRUNCATED_HEADER);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 6, 0x50000, 0x7fff_ffff})
  @Tag("case-90")
  void anotherVersionIsCountedAndDropped(int version) {
    begin();
    flow();
    int length = writer.finish();
    ByteBuffer.wrap(writer.bytes()).putInt(0, version);

    found.decode(writer.bytes(), length);

    assertThat(found.samples).isEmpty();
    assertThat(found.counters.rejected(Rejection.UNKNOWN_VERSION)).isOne();
    assertThat(found.counters.rejectedOctets(Rejection.UNKNOWN_VERSION)).isEqualTo(length);
  }

  @Test
  @Tag("case-90")
  void versionsOfSflowAreToldFromOtherProtocolsByTheirFirstFourOctets() {
    assertThat(List.of(2, 4, 5)).allMatch(v -> isSflow(0, v));
    assertThat(List.of(1, 3, 6, 7, 9, 10)).noneMatch(v -> isSflow(0, v));
    assertThat(isSflow(5, 0)).as("NetFlow v5 with no records").isFalse();
    assertThat(SflowDecoder.isSflow(new byte[] {0, 0, 0, 5}, 0, 3)).isFalse();
  }

  private static boolean isSflow(int upper, int lower) {
    return SflowDecoder.isSflow(new byte[] {0, (byte) upper, 0, (byte) lower}, 0, 4);
  }

  @Test
  @Tag("case-82")
  @Tag("sflow5-5-flow-sample")
  void aFlowSamplePutsTypeAndFormatIntoTheUpperBits() {
    begin();
    writer.flow(5, 1 << 24 | 44, 1_000, 5_000, 2, 0x3fff_ffff, 2 << 30 | 7);
    found.decode(writer);

    var sample = found.only();
    assertThat(sample.kind()).isEqualTo(Kind.FLOW);
    assertThat(sample.sequence()).isEqualTo(5);
    assertThat(sample.sourceType()).isOne();
    assertThat(sample.sourceIndex()).isEqualTo(44);
    assertThat(sample.rate()).isEqualTo(1_000);
    assertThat(sample.pool()).isEqualTo(5_000);
    assertThat(sample.drops()).isEqualTo(2);
    assertThat(sample.input()).isEqualTo("INTERNAL " + 0x3fff_ffff);
    assertThat(sample.output()).isEqualTo("MULTIPLE 7");
  }

  @Test
  @Tag("case-82")
  void aDiscardedPacketsOutputIsItsReason() {
    begin();
    writer.flow(5, 44, 1_000, 5_000, 2, 3, 1 << 30 | 258);
    writer.flow(6, 44, 1_000, 6_000, 2, 3, 3 << 30 | 1);
    found.decode(writer);

    assertThat(found.samples)
        .extracting(Collected.Sample::output)
        .containsExactly("DISCARDED 258", "UNKNOWN 1");
  }

  @Test
  @Tag("case-82")
  @Tag("sflow5-5-expanded-samples")
  void expandedSamplesHaveRoomForLargeNumbers() {
    begin();
    writer.flowExpanded(
        5,
        new Source(2, 0xffff_fff0L),
        1,
        2,
        3,
        new Interface(0, 0x4000_0001L),
        new Interface(2, 0x8000_0000L));
    writer.countersExpanded(8, new Source(3, 0x100_0000));
    found.decode(writer);

    var flow = found.samples.getFirst();
    assertThat(flow.sourceType()).isEqualTo(2);
    assertThat(flow.sourceIndex()).isEqualTo(0xffff_fff0L);
    assertThat(flow.input()).isEqualTo("INTERFACE " + 0x4000_0001L);
    assertThat(flow.output()).isEqualTo("MULTIPLE " + 0x8000_0000L);
    var counters = found.samples.getLast();
    assertThat(counters.kind()).isEqualTo(Kind.COUNTERS);
    assertThat(counters.sourceIndex()).isEqualTo(0x100_0000);
    assertThat(counters.rate()).isEqualTo(MISSING);
    assertThat(found.counters.get(Count.COUNTER_SAMPLES)).isOne();
  }

  @Test
  @Tag("case-83")
  @Tag("sflow5-drops-discarded-packet")
  void aDiscardedPacketSampleTellsTheReasonAndHowManyWereNotTold() {
    begin();
    writer.discarded(4, new Source(0, 9), 31, 9, 0, 259);
    writer.record(1036).putInt(6);
    writer.record(1037).putInt(100);
    writer.text("deny").buffer().putInt(1);
    writer.record(1038);
    writer.text("ip_rcv");
    writer.record(1039).putInt(1_500);
    writer.record(1040).putInt(64_000);
    found.decode(writer);

    var sample = found.only();
    assertThat(sample.kind()).isEqualTo(Kind.DISCARDED);
    assertThat(sample.drops()).isEqualTo(31);
    assertThat(sample.reason()).isEqualTo(259);
    assertThat(DropReason.name(259)).isEqualTo("no_buffer_space");
    assertThat(sample.records())
        .containsExactly(
            "extended_egress_queue{queue=6}",
            "extended_acl{number=100, name=deny, direction=1}",
            "extended_function{symbol=ip_rcv}",
            "extended_transit{delay=1500}",
            "extended_queue{depth=64000}");
  }

  @Test
  @Tag("case-83")
  void reasonsHaveTheirNamesAndOthersHaveNone() {
    assertThat(DropReason.name(0)).isEqualTo("net_unreachable");
    assertThat(DropReason.name(15)).isEqualTo("precedence_cutoff");
    assertThat(DropReason.name(256)).isEqualTo("unknown");
    assertThat(DropReason.name(263)).isEqualTo("src_mac_is_multicast");
    assertThat(DropReason.name(332)).isEqualTo("dev_hdr");
    assertThat(DropReason.name(366)).isEqualTo("tc_egress");
    assertThat(List.of(-1L, 16L, 255L, 5_000L, 0xffff_ffffL))
        .allMatch(reason -> DropReason.name(reason) == null);
  }

  @Test
  @Tag("case-79")
  @Tag("sflow5-5-unknown-formats-skipped")
  void aSampleOfAnUnknownFormatIsSkippedByItsLength() {
    begin();
    writer.sample(4300 << 12 | 1002).put(octets(20));
    flow();
    writer.sample(6).putInt(1);
    flow();
    found.decode(writer);

    assertThat(found.samples).hasSize(2);
    assertThat(found.counters.rejected(Rejection.UNKNOWN_FORMAT)).isEqualTo(2);
    assertThat(found.counters.rejectedOctets(Rejection.UNKNOWN_FORMAT)).isEqualTo(28 + 12);
    assertThat(found.datagrams.getFirst().isComplete()).isFalse();
  }

  @Test
  @Tag("case-79")
  void aRecordOfAnUnknownFormatKeepsItsOctetsAndTheNextOneIsRead() {
    begin();
    flow();
    writer.record(8800 << 12 | 3).putInt(0xabcdef);
    writer.record(1029).putInt(5_001);
    found.decode(writer);

    assertThat(found.only().records())
        .containsExactly("8800/3 00abcdef", "extended_vni_egress{vni=5001}");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 61, 62, 63, 64, 127, 128})
  @Tag("case-80")
  @Tag("sflow5-5-opaque-padding")
  void anOpaqueOfAnyLengthIsPaddedToFourOctets(int length) {
    begin();
    flow();
    writer.header(1, 1_514, 4, octets(length));
    writer.record(1001).putInt(10).putInt(0).putInt(20).putInt(5);
    flow();
    found.decode(writer);

    var hex = HexFormat.of().formatHex(octets(length));
    assertThat(found.samples.getFirst().records())
        .containsExactly(
            "sampled_header{header_protocol=1, frame_length=1514, stripped=4, header=" + hex + "}",
            "extended_switch{src_vlan=10, src_priority=0, dst_vlan=20, dst_priority=5}");
    assertThat(found.samples).hasSize(2);
  }

  @Test
  @Tag("case-80")
  void aRecordsOwnLengthIsTrustedWhateverItsStructureTakes() {
    begin();
    flow();
    writer.record(1001).putInt(10).putInt(0).putInt(20).putInt(5).putInt(99).putInt(100);
    writer.record(1001).putInt(11).putInt(1);
    writer.record(1030).putInt(7);
    found.decode(writer);

    assertThat(found.only().records())
        .containsExactly(
            "extended_switch{src_vlan=10, src_priority=0, dst_vlan=20, dst_priority=5} +8",
            "extended_switch{src_vlan=11, src_priority=1}",
            "extended_vni_ingress{vni=7}");
    assertThat(found.only().isTruncated()).isFalse();
  }

  @Test
  @Tag("case-80")
  void octetsBehindTheLastRecordOfASampleAreIgnored() {
    begin();
    flow();
    writer.record(1030).putInt(7);
    writer.sample(1).putInt(6).putInt(9).putInt(1).putInt(2).putInt(0).putInt(1).putInt(2);
    writer.buffer().putInt(1).putInt(1030).putInt(4).putInt(8).putLong(0).putLong(0);
    writer.flow(7, 9, 1, 3, 0, 1, 2);
    found.decode(writer);

    assertThat(found.samples).extracting(Collected.Sample::sequence).containsExactly(5L, 6L, 7L);
    assertThat(found.samples.get(1).records()).containsExactly("extended_vni_ingress{vni=8}");
  }

  @Test
  @Tag("case-80")
  void theLastValueOfADatagramMayLackItsPadding() {
    begin();
    writer.discarded(2, new Source(0, 1), 0, 1, 2, 1);
    writer.record(1038);
    writer.text("foobar");
    int length = writer.finish() - 2;
    // As some agents count: record and sample end with the string.
    var bytes = ByteBuffer.wrap(writer.bytes());
    bytes.putInt(length - 14, 10).putInt(32, bytes.getInt(32) - 2);
    found.decode(writer.bytes(), length);

    assertThat(found.only().records()).containsExactly("extended_function{symbol=foobar}");
    assertThat(found.rejections).isEmpty();
  }

  @Test
  @Tag("case-81")
  void aCountOfSamplesBeyondTheDatagramIsNotBelieved() {
    begin();
    flow();
    int length = writer.finish();
    ByteBuffer.wrap(writer.bytes()).putInt(24, 0xffff_ffff);

    found.decode(writer.bytes(), length);

    assertThat(found.samples).hasSize(1);
    assertThat(found.rejections).containsExactly(Rejection.TRUNCATED);
    assertThat(found.datagrams.getFirst().isComplete()).isFalse();
  }

  @Test
  @Tag("case-81")
  void aCountOfRecordsBeyondTheSampleIsNotBelieved() {
    begin();
    writer.sample(1).putInt(5).putInt(9).putInt(1).putInt(2).putInt(0).putInt(1).putInt(2);
    writer.buffer().putInt(0xffff_ffff).putInt(1030).putInt(4).putInt(8);
    flow();
    found.decode(writer);

    assertThat(found.samples).hasSize(2);
    assertThat(found.samples.getFirst().records()).containsExactly("extended_vni_ingress{vni=8}");
    assertThat(found.samples.getFirst().isTruncated()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 0x7fff_ffff, 0xffff_ffff})
  @Tag("case-81")
  void aCountWithinAStructureBeyondItsRecordIsNotBelieved(int count) {
    begin();
    flow();
    writer.record(1003);
    writer.address(AGENT).buffer().putInt(1).putInt(2).putInt(3).putInt(count).putInt(2);
    writer.record(1003);
    writer.address(AGENT).buffer().putInt(1).putInt(2).putInt(3).putInt(1).putInt(2).putInt(count);
    writer.record(1006);
    writer.address(AGENT).buffer().putInt(count).putInt(0);
    writer.record(1005).putInt(1).putInt(count * 4).putInt(0);
    writer.record(1002).putInt(count == 2 ? 2 : count).putInt(0);
    found.decode(writer);

    assertThat(found.only().records())
        .containsExactly(
            "extended_gateway{nexthop=0a000001, as=1, src_as=2, src_peer_as=3} +8",
            "extended_gateway{nexthop=0a000001, as=1, src_as=2, src_peer_as=3} +12",
            "extended_mpls{nexthop=0a000001} +8",
            "extended_url{direction=1} +8",
            "extended_router{} +8");
  }

  @Test
  @Tag("case-81")
  @Tag("sflow5-5-extended-gateway")
  void aGatewayTellsSegmentsOfThePathCommunitiesAndPreference() {
    begin();
    flow();
    writer.record(1003);
    writer.address(octets(16)).buffer().putInt(65_000).putInt(65_001).putInt(65_002);
    writer.buffer().putInt(2).putInt(2);
    writer.numbers(65_003, 65_004).buffer().putInt(1);
    writer.numbers(65_005).numbers(0xfde8_0064).buffer().putInt(200);
    found.decode(writer);

    assertThat(found.only().records())
        .containsExactly(
            "extended_gateway{nexthop="
                + HexFormat.of().formatHex(octets(16))
                + ", as=65000, src_as=65001, src_peer_as=65002"
                + ", dst_as_path=00000002000000020000fdeb0000fdec00000001000000010000fded"
                + ", communities=fde80064, localpref=200}");
  }

  @Test
  @Tag("case-81")
  void aDatagramCutAnywhereGivesWhatIsWhole() {
    begin();
    flow();
    writer.header(1, 1_514, 4, octets(64));
    writer.counters(1, 9);
    writer.record(1005);
    writer.text("eth0");
    int whole = writer.finish();
    var bytes = Arrays.copyOf(writer.bytes(), whole);

    for (int length = 0; length < whole; length++) {
      var cut = new Collected();
      cut.decode(Arrays.copyOf(bytes, length), length);

      assertThat(cut.rejections).as("cut at %d", length).hasSize(1);
      assertThat(cut.samples.size()).isLessThanOrEqualTo(2);
      assertThat(cut.samples).filteredOn(Collected.Sample::isTruncated).hasSizeLessThan(2);
    }
  }

  @Test
  void octetsBehindTheLastSampleAreCountedAndZerosArePadding() {
    begin();
    flow();
    int length = writer.finish();
    var bytes = Arrays.copyOf(writer.bytes(), length + 12);
    found.decode(bytes, bytes.length);
    bytes[length + 4] = 1;
    found.decode(bytes, bytes.length);

    assertThat(found.samples).hasSize(2);
    assertThat(found.counters.get(Count.PADDING_OCTETS)).isEqualTo(12);
    assertThat(found.counters.rejectedOctets(Rejection.BEYOND_MESSAGE)).isEqualTo(12);
  }

  @Test
  void aSampleTooShortForItsFixedPartIsRejectedAndTheNextOneRead() {
    begin();
    writer.sample(1).put(octets(28));
    flow();
    found.decode(writer);

    assertThat(found.samples).hasSize(1);
    assertThat(found.counters.rejectedOctets(Rejection.BAD_RECORD)).isEqualTo(36);
  }

  @Test
  @Tag("case-89")
  @Tag("sflow5-5-counter-sample")
  void aCounterSampleHoldsBlocksAndUnknownOnesAreSkipped() {
    begin();
    writer.counters(12, 1 << 24 | 20);
    var vlan = writer.record(5).putInt(20).putLong(1_000_000);
    vlan.putInt(5).putInt(MISSING).putInt(7).putInt(0);
    writer.record(8800 << 12 | 77).putInt(1);
    writer.record(1001).putInt(250).putInt(300).putInt(400).putLong(8L << 30).putLong(1L << 30);
    found.decode(writer);

    assertThat(found.only().records())
        .containsExactly(
            "vlan_counters{vlan_id=20, octets=1000000, ucastPkts=5, multicastPkts=4294967295,"
                + " broadcastPkts=7, discards=0}",
            "8800/77 00000001",
            "processor{5s_cpu=250, 1m_cpu=300, 5m_cpu=400, total_memory=8589934592,"
                + " free_memory=1073741824}");
    assertThat(found.only().sourceType()).isOne();
  }

  @Test
  @Tag("case-13")
  void aDatagramOfAnySizeIsRead() {
    begin();
    for (int i = 0; i < 1_200; i++) {
      flow();
      writer.record(1029).putInt(i);
    }
    found.decode(writer);

    assertThat(found.samples).hasSize(1_200);
  }

  @Test
  void aSampleMayHoldManyRecords() {
    begin();
    flow();
    for (int i = 0; i < 5_000; i++) {
      writer.record(1029).putInt(i);
    }
    flow();
    found.decode(writer);

    assertThat(found.samples.getFirst().records())
        .hasSize(5_000)
        .endsWith("extended_vni_egress{vni=4999}");
    assertThat(found.samples.getLast().records()).isEmpty();
  }
}
