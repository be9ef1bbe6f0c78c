package io.penstock.wire;

import static io.penstock.wire.Bytes.ipfix;
import static io.penstock.wire.Bytes.set;
import static io.penstock.wire.Bytes.template;
import static io.penstock.wire.Bytes.v5;
import static io.penstock.wire.Bytes.v9;
import static io.penstock.wire.Rejection.BAD_RECORD;
import static io.penstock.wire.Rejection.BAD_SET_LENGTH;
import static io.penstock.wire.Rejection.BEYOND_MESSAGE;
import static io.penstock.wire.Rejection.RESERVED_SET;
import static io.penstock.wire.Rejection.TRUNCATED;
import static io.penstock.wire.Rejection.TRUNCATED_HEADER;
import static io.penstock.wire.Rejection.UNKNOWN_AGGREGATION;
import static io.penstock.wire.Rejection.UNKNOWN_VERSION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.wire.DecoderCounters.Count;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Collections;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages and sets: the framing cases of the decoding list, each with its number. */
class FlowDecoderTest {

  /** Two fields, 4 and 2 octets. */
  private static final Bytes TEMPLATE = template(256, 8, 4, 7, 2);

  private static final Bytes ONE = new Bytes().u32(0x0a000001).u16(80);
  private static final Bytes TWO = new Bytes().u32(0x0a000002).u16(443);

  private final Rig rig = new Rig();
  private final Collected found = rig.found;

  @ParameterizedTest
  @Tag("rfc7011-3.1-version-10")
  @ValueSource(ints = {0, 2, 3, 4, 6, 11, 0xffff})
  @Tag("case-1")
  void case1AnUnknownVersionIsCountedAndDropped(int version) {
    rig.send(new Bytes().u16(version, 1).zeros(60));

    assertThat(found.records).isEmpty();
    assertThat(found.refusals)
        .containsExactly(new Collected.Refusal(Rig.ROUTER, UNKNOWN_VERSION, 64));
  }

  @Test
  @Tag("case-1")
  void case1AVersionOf32BitsIsNotMistakenForAnother() {
    rig.send(new Bytes().u32(65537).zeros(8));

    assertThat(found.records).isEmpty();
    assertThat(found.reasons()).containsExactly(TRUNCATED_HEADER);
  }

  @Test
  void aDatagramWithoutAVersionIsCounted() {
    rig.send(new Bytes(), new Bytes().u8(9));

    assertThat(found.reasons()).containsExactly(TRUNCATED_HEADER, TRUNCATED_HEADER);
  }

  @Test
  @Tag("case-2")
  void case2AVersion5MessageGivesRecordsOfIanaElements() {
    rig.send(v5(2, 2));

    assertThat(found.texts())
        .containsExactly(
            "0a000001 0a000002 0a0000fe 0003 0004 00000005 00000001 00015f90 00017318 04d2 01bb"
                + " 00 1b 06 20 fde9 fdea 18 10 0000",
            "0a000001 0a000002 0a0000fe 0003 0004 00000005 00000002 00015f90 00017318 04d2 01bb"
                + " 00 1b 06 20 fde9 fdea 18 10 0000");
    assertThat(found.records.getFirst().template().fields())
        .extracting(FieldSpecifier::id)
        .containsExactly(8, 12, 15, 10, 14, 2, 1, 22, 21, 7, 11, 210, 6, 4, 5, 16, 17, 9, 13, 210);
    assertThat(found.records.getFirst().header())
        .isEqualTo(
            new MessageHeader(
                ProtocolVersion.NETFLOW_V5,
                2,
                100_000,
                1_700_000_000L,
                500,
                42,
                0x0102,
                0x4064,
                false,
                false));
    assertThat(found.refusals).isEmpty();
  }

  @Test
  @Tag("case-2")
  void case2AVersion1RecordHas52Octets() {
    rig.send(v1(2, 11));

    assertThat(found.texts())
        .hasSize(2)
        .allMatch(
            text ->
                text.equals(
                    "0a000001 0a000002 0a0000fe 0003 0004 00000005 00000190 00015f90 00017318 04d2"
                        + " 01bb 0000 06 20 1b 0000000000000000000000"));
    assertThat(found.records.getFirst().header().sequence()).isEqualTo(-1);
    assertThat(found.records.getFirst().header().domain()).isEqualTo(-1);
  }

  @Test
  @Tag("case-2")
  void case2AVersion1RecordHas48OctetsWhereOnlyThatAgreesWithTheCount() {
    rig.send(v1(3, 7));

    assertThat(found.texts()).hasSize(3).allMatch(text -> text.endsWith("06 20 1b 00000000000000"));
    assertThat(found.records.getFirst().header().countMismatch()).isFalse();
    assertThat(found.refusals).isEmpty();
  }

  @Test
  @Tag("case-2")
  void case2AVersion7RecordHas52OctetsAndKeepsItsFlags() {
    rig.send(
        new Bytes()
            .u16(7, 1)
            .u32(100_000, 1_700_000_000L, 500, 42, 0)
            .u32(0x0a000001, 0x0a000002, 0)
            .u16(3, 4)
            .u32(5, 400, 90_000, 95_000)
            .u16(1234, 443)
            .u8(0x40, 0x1b, 6, 0x20)
            .u16(65001, 65002)
            .u8(24, 16)
            .u16(0x1234)
            .u32(0xc0000209L));

    assertThat(found.texts())
        .containsExactly(
            "0a000001 0a000002 00000000 0003 0004 00000005 00000190 00015f90 00017318 04d2 01bb"
                + " 40 1b 06 20 fde9 fdea 18 10 1234 c0000209");
    assertThat(found.records.getFirst().template().fields().getLast())
        .isEqualTo(new FieldSpecifier(0, 130, 4, false));
    assertThat(found.records.getFirst().header().sequence()).isEqualTo(42);
    assertThat(found.records.getFirst().header().sampling()).isEqualTo(-1);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 28, 3 2 1 22 21 16 17 10 14",
    "2, 28, 3 2 1 22 21 4 210 7 11",
    "3, 32, 3 2 1 22 21 44 9 210 16 10 210",
    "4, 32, 3 2 1 22 21 45 13 210 17 14 210",
    "5, 40, 3 2 1 22 21 44 45 13 9 210 16 17 10 14",
    "6, 32, 12 2 1 22 21 14 5 32473/3 32473/4 130",
    "7, 40, 12 8 2 1 22 21 14 10 5 32473/3 210 32473/4 130",
    "8, 44, 12 8 11 7 2 1 22 21 14 10 5 4 32473/3 210 32473/4 130",
    "9, 32, 3 2 1 22 21 16 17 10 14 5 210",
    "10, 32, 3 2 1 22 21 4 5 210 7 11 10 14",
    "11, 32, 3 2 1 22 21 44 9 5 16 10 210",
    "12, 32, 3 2 1 22 21 45 13 5 17 14 210",
    "13, 40, 3 2 1 22 21 44 45 13 9 5 210 16 17 10 14",
    "14, 40, 3 2 1 22 21 44 45 13 9 5 4 7 11 10 14",
  })
  @Tag("case-2")
  void case2AVersion8RecordHasTheLayoutOfItsAggregation(int scheme, int octets, String elements) {
    rig.send(v8(scheme, 2, octets));

    assertThat(found.refusals).isEmpty();
    assertThat(found.texts()).hasSize(2);
    assertThat(found.records.getFirst().template().fields())
        .extracting(f -> (f.enterprise() == 0 ? "" : f.enterprise() + "/") + f.id())
        .containsExactly(elements.split(" "));
    assertThat(found.records.getFirst().header())
        .isEqualTo(
            new MessageHeader(
                ProtocolVersion.NETFLOW_V8,
                2,
                100_000,
                1_700_000_000L,
                500,
                42,
                0x0102,
                -1,
                false,
                false,
                scheme << 8 | 2));
  }

  private static Bytes v8(int scheme, int records, int octets) {
    var bytes = new Bytes().u16(8, records).u32(100_000, 1_700_000_000L, 500, 42);
    bytes.u8(1, 2, scheme, 2).u32(0);
    for (int i = 0; i < records * octets; i++) {
      bytes.u8(i + 1);
    }
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 15, 255})
  @Tag("case-2")
  void case2AnAggregationThatNobodyPublishedIsCounted(int scheme) {
    rig.send(v8(scheme, 1, 40));

    assertThat(found.records).isEmpty();
    assertThat(found.reasons()).containsExactly(UNKNOWN_AGGREGATION);
  }

  @Test
  @Tag("case-2")
  void case2AVersion8DatagramMayHold51Records() {
    rig.send(v8(1, 51, 28));

    assertThat(found.texts()).hasSize(51);
    assertThat(found.refusals).isEmpty();
  }

  @Test
  @Tag("case-3")
  void case3AVersion8DatagramCutShortGivesItsWholeRecords() {
    rig.send(new Bytes().raw(Arrays.copyOf(v8(1, 51, 28).array(), 28 + 2 * 28 + 5)));

    assertThat(found.texts()).hasSize(2);
    assertThat(found.records.getFirst().header().truncated()).isTrue();
    assertThat(found.reasons()).containsExactly(TRUNCATED);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 7, 8, 9, 10})
  void aHeaderCutShortIsCounted(int version) {
    rig.send(new Bytes().u16(version, 15).zeros(11));

    assertThat(found.records).isEmpty();
    assertThat(found.refusals)
        .containsExactly(new Collected.Refusal(Rig.ROUTER, TRUNCATED_HEADER, 15));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 31, 163, 55_582})
  @Tag("case-3")
  void case3TheLengthDecidesWhereTheCountLies(int stated) {
    rig.send(v5(stated, 3));

    assertThat(found.records).hasSize(3);
    assertThat(found.records).allMatch(record -> record.header().countMismatch());
    assertThat(rig.count(Count.COUNT_MISMATCHES)).isOne();
    assertThat(found.refusals).isEmpty();
  }

  @Test
  @Tag("case-3")
  void case3ARecordCutShortIsCountedAndItsForerunnersAreKept() {
    rig.send(v5(3, 2).zeros(20));

    assertThat(found.records).hasSize(2).allMatch(record -> record.header().truncated());
    assertThat(found.refusals).containsExactly(new Collected.Refusal(Rig.ROUTER, TRUNCATED, 20));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 6, 47, 48, 96})
  @Tag("case-4")
  void case4PaddingBehindTheLastRecordIsIgnored(int octets) {
    rig.send(v5(2, 2).zeros(octets));

    assertThat(found.records).hasSize(2);
    assertThat(found.refusals).isEmpty();
    assertThat(rig.count(Count.PADDING_OCTETS)).isEqualTo(octets);
  }

  @Test
  @Tag("case-4")
  void case4AnotherMessageBehindTheLastRecordIsNoRecord() {
    rig.send(v5(2, 2).append(v5(1, 1)));

    assertThat(found.records).hasSize(2);
    assertThat(found.refusals)
        .containsExactly(new Collected.Refusal(Rig.ROUTER, BEYOND_MESSAGE, 72));
  }

  @ParameterizedTest
  @Tag("rfc3954-5.1-length-by-walking")
  @ValueSource(ints = {0, 1, 2, 3, 1000})
  @Tag("case-5")
  void case5TheCountOfVersion9IsNotTrusted(int count) {
    byte[] datagram = v9(set(0, TEMPLATE), set(256, ONE, TWO)).array();
    datagram[2] = (byte) (count >>> 8);
    datagram[3] = (byte) count;

    rig.send(Rig.ROUTER, datagram);

    assertThat(found.texts()).containsExactly("0a000001 0050", "0a000002 01bb");
    assertThat(found.refusals).isEmpty();
  }

  @Test
  @Tag("case-6")
  @Tag("rfc7011-3.1-length-of-the-message")
  void case6OctetsBehindAnIpfixMessageAreIgnored() {
    rig.send(ipfix(set(2, TEMPLATE), set(256, ONE)).u8(1, 2, 3, 4));

    assertThat(found.texts()).containsExactly("0a000001 0050");
    assertThat(found.refusals).isEmpty();
    assertThat(rig.count(Count.PADDING_OCTETS)).isEqualTo(4);
  }

  @Test
  @Tag("case-6")
  void case6AnIpfixMessageLongerThanItsDatagramGivesTheSetsThatFit() {
    byte[] whole = ipfix(set(2, TEMPLATE), set(256, ONE), set(256, TWO)).array();
    int firstTwoSets = whole.length - 10;

    rig.send(Rig.ROUTER, Arrays.copyOf(whole, firstTwoSets));

    assertThat(found.texts()).containsExactly("0a000001 0050");
    assertThat(found.records.getFirst().header().truncated()).isTrue();
    assertThat(found.refusals).containsExactly(new Collected.Refusal(Rig.ROUTER, TRUNCATED, 0));
  }

  @Test
  @Tag("case-7")
  void case7SeveralIpfixMessagesInOneDatagramAreAllRead() {
    rig.send(ipfix(set(2, TEMPLATE)).append(ipfix(set(256, ONE))).append(ipfix(set(256, TWO))));

    assertThat(found.texts()).containsExactly("0a000001 0050", "0a000002 01bb");
    assertThat(rig.count(Count.MESSAGES)).isEqualTo(3);
    assertThat(rig.count(Count.DATAGRAMS)).isOne();
  }

  @ParameterizedTest
  @Tag("rfc7011-9.1-malformed-message-discarded")
  @ValueSource(ints = {0, 1, 2, 3})
  @Tag("case-8")
  void case8ASetTooShortForItsHeaderEndsTheMessage(int length) {
    var bad = new Bytes().u16(256, length).append(ONE);

    rig.send(v9(set(0, TEMPLATE), set(256, ONE), bad, set(256, TWO)));

    assertThat(found.texts()).containsExactly("0a000001 0050");
    assertThat(found.refusals)
        .containsExactly(new Collected.Refusal(Rig.ROUTER, BAD_SET_LENGTH, 20));
  }

  @Test
  @Tag("case-9")
  void case9ASetBeyondItsMessageGivesItsWholeRecords() {
    var cut = new Bytes().u16(256, 100).append(ONE).append(TWO).u8(1, 2, 3);

    rig.send(v9(set(0, TEMPLATE), cut), ipfix(set(2, TEMPLATE), cut));

    assertThat(found.texts())
        .containsExactly("0a000001 0050", "0a000002 01bb", "0a000001 0050", "0a000002 01bb");
    assertThat(found.records).allMatch(record -> record.header().truncated());
    assertThat(found.refusals)
        .containsExactlyElementsOf(
            Collections.nCopies(2, new Collected.Refusal(Rig.ROUTER, TRUNCATED, 3)));
  }

  @ParameterizedTest
  @Tag("rfc3954-5.3-padding-not-read")
  @Tag("rfc3954-9-padding-accepted")
  @Tag("rfc7011-3.3.1-padding-shorter-than-a-record")
  @Tag("rfc7011-9-padding-accepted")
  @ValueSource(ints = {0, 1, 2, 3, 5})
  @Tag("case-10")
  void case10PaddingBehindTheRecordsIsNoRecord(int padding) {
    var padded = set(256, ONE, new Bytes().zeros(padding));

    rig.send(
        v9(set(0, TEMPLATE), padded, set(256, TWO)),
        ipfix(set(2, TEMPLATE), padded, set(256, TWO)));

    assertThat(found.texts())
        .containsExactly("0a000001 0050", "0a000002 01bb", "0a000001 0050", "0a000002 01bb");
    assertThat(rig.count(Count.PADDING_OCTETS)).isEqualTo(2L * padding);
    assertThat(found.refusals).isEmpty();
  }

  @Test
  @Tag("case-10")
  @Tag("rfc7011-3.3.1-padding-shorter-than-a-record")
  void case10PaddingNotReadAsRecordsShorterThanIt() {
    rig.send(v9(set(0, template(256, 4, 1)), set(256, new Bytes().u8(6, 17, 0, 0))));

    assertThat(found.texts()).containsExactly("06", "11");
    assertThat(rig.count(Count.PADDING_OCTETS)).isEqualTo(2);
  }

  @Test
  @Tag("case-10")
  void case10ShortRecordsThatFillTheSetAreAllRead() {
    rig.send(v9(set(0, template(256, 7, 2)), set(256, new Bytes().u16(80, 443))));

    assertThat(found.texts()).containsExactly("0050", "01bb");
  }

  @Test
  void aSetThatEndsInsideARecordIsCounted() {
    rig.send(v9(set(0, TEMPLATE), set(256, ONE, new Bytes().u8(1, 2, 3, 4, 5)), set(256, TWO)));

    assertThat(found.texts()).containsExactly("0a000001 0050", "0a000002 01bb");
    assertThat(found.refusals).containsExactly(new Collected.Refusal(Rig.ROUTER, BAD_RECORD, 5));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 8, 1221})
  @Tag("case-11")
  void case11AZeroFilledTailIsPadding(int octets) {
    rig.send(v9(set(0, TEMPLATE), set(256, ONE)).zeros(octets));

    assertThat(found.texts()).containsExactly("0a000001 0050");
    assertThat(found.refusals).isEmpty();
    assertThat(rig.count(Count.PADDING_OCTETS)).isEqualTo(octets);
  }

  @Test
  @Tag("case-12")
  @Tag("rfc7011-3.3.2-set-ids")
  void case12TemplateSetsAre0And1InVersion9And2And3InIpfix() {
    var options = new Bytes().u16(257, 4, 4, 1, 4, 34, 4);
    var ipfixOptions = new Bytes().u16(257, 2, 1, 149, 4, 34, 4);

    rig.send(v9(set(0, TEMPLATE), set(1, options)), ipfix(set(2, TEMPLATE), set(3, ipfixOptions)));

    assertThat(found.templates)
        .extracting(t -> t.version() + " " + t.id() + " " + t.isOptions())
        .containsExactly(
            "NETFLOW_V9 256 false", "NETFLOW_V9 257 true", "IPFIX 256 false", "IPFIX 257 true");
  }

  @ParameterizedTest
  @Tag("rfc7011-3.3.2-set-ids")
  @ValueSource(ints = {4, 100, 255})
  @Tag("case-12")
  @Tag("rfc7011-3.3.2-length-finds-the-next-set")
  void case12AReservedSetIsSkipped(int id) {
    rig.send(
        v9(set(0, TEMPLATE), set(id, ONE), set(256, TWO)),
        ipfix(set(2, TEMPLATE), set(id, ONE), set(256, TWO)));

    assertThat(found.texts()).containsExactly("0a000002 01bb", "0a000002 01bb");
    assertThat(found.reasons()).containsExactly(RESERVED_SET, RESERVED_SET);
  }

  @Test
  @Tag("case-12")
  void case12TheTemplateSetsOfTheOtherVersionAreReserved() {
    rig.send(v9(set(2, TEMPLATE), set(3, TEMPLATE)), ipfix(set(0, TEMPLATE), set(1, TEMPLATE)));

    assertThat(found.templates).isEmpty();
    assertThat(found.reasons())
        .containsExactly(RESERVED_SET, RESERVED_SET, RESERVED_SET, RESERVED_SET);
  }

  @Test
  @Tag("case-13")
  void case13ADatagramOf65507OctetsIsReadWhole() {
    var records = new Bytes();
    int count = (65_507 - 20 - 16 - 4) / 6;
    IntStream.range(0, count).forEach(i -> records.u32(i).u16(i));

    rig.send(v9(set(0, TEMPLATE), set(256, records)));

    assertThat(found.records).hasSize(count);
  }

  @Test
  @Tag("case-16")
  void case16TheSequenceNumberIsHandedOnUnsigned() {
    byte[] datagram = ipfix(set(2, TEMPLATE), set(256, ONE)).array();
    Arrays.fill(datagram, 8, 12, (byte) 0xff);

    rig.send(Rig.ROUTER, datagram);

    assertThat(found.records.getFirst().header().sequence()).isEqualTo(0xffff_ffffL);
  }

  @Test
  void theHeaderOfVersion9IsHandedOnAsSent() {
    rig.send(v9(0x8000_0001L, set(0, TEMPLATE), set(256, ONE)));

    assertThat(found.records.getFirst().header())
        .isEqualTo(
            new MessageHeader(
                ProtocolVersion.NETFLOW_V9,
                2,
                100_000,
                1_700_000_000L,
                0,
                42,
                0x8000_0001L,
                -1,
                false,
                false));
  }

  @Test
  void theHeaderOfIpfixIsHandedOnAsSent() {
    rig.send(ipfix(0x8000_0001L, set(2, TEMPLATE), set(256, ONE)));

    assertThat(found.records.getFirst().header())
        .isEqualTo(
            new MessageHeader(
                ProtocolVersion.IPFIX,
                -1,
                -1,
                1_700_000_000L,
                0,
                42,
                0x8000_0001L,
                -1,
                false,
                false));
  }

  @Test
  void anIpfixLengthShorterThanItsHeaderIsCounted() {
    rig.send(new Bytes().u16(10, 15).zeros(40));

    assertThat(found.refusals)
        .containsExactly(new Collected.Refusal(Rig.ROUTER, TRUNCATED_HEADER, 44));
  }

  @Test
  void optionsDataTakesTheSamePath() {
    var options = new Bytes().u16(300, 3, 1, 149, 4, 34, 4, 41, 8);

    rig.send(ipfix(set(3, options), set(300, new Bytes().u32(7, 1000, 0, 99))));

    assertThat(found.texts()).containsExactly("00000007 000003e8 0000000000000063");
    assertThat(found.records.getFirst().template().isOptions()).isTrue();
    assertThat(rig.count(Count.OPTIONS_RECORDS)).isOne();
    assertThat(rig.count(Count.RECORDS)).isZero();
  }

  @Test
  void anExporterWithoutAResolvedAddressIsOurMistake() {
    var unresolved = InetSocketAddress.createUnresolved("router.invalid", 2055);

    assertThatThrownBy(() -> new Exporter(unresolved))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("router.invalid");
  }

  private static Bytes v1(int records, int padding) {
    var bytes = new Bytes().u16(1, records).u32(100_000, 1_700_000_000L, 500);
    for (int i = 0; i < records; i++) {
      bytes
          .u32(0x0a000001, 0x0a000002, 0x0a0000fe)
          .u16(3, 4)
          .u32(5, 400, 90_000, 95_000)
          .u16(1234, 443, 0)
          .u8(6, 0x20, 0x1b)
          .zeros(padding);
    }
    return bytes;
  }
}
