package io.penstock.decode;

import static io.penstock.decode.Rig.extra;
import static io.penstock.decode.Rig.fields;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Endpoint.Nat;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.Quirk;
import io.penstock.event.Traffic.Direction;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoding cases 38 to 65: what the values of a record mean. */
class FieldValuesTest {

  private final Rig rig = new Rig();

  @ParameterizedTest
  @Tag("rfc3954-8-length-of-the-template-rules")
  @Tag("rfc7011-6.1.1-integers")
  @Tag("rfc7011-6.2-reduced-size")
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  @Tag("case-38")
  void case38IntegersMayHaveAnyLengthUpToEight(int octets) {
    var event = rig.ipfix(fields().ends().number(1, octets, 200).number(2, octets, 100));

    assertThat(event.source().bytes()).isEqualTo(200);
    assertThat(event.source().packets()).isEqualTo(100);
  }

  @Test
  @Tag("case-38")
  @Tag("rfc7011-6.1.1-integers")
  @Tag("rfc7011-6.2-reduced-size")
  void case38SignedIntegersAreExtendedFromTheirLength() {
    // mibObjectValueInteger is signed32; sent in two octets.
    var event = rig.ipfix(fields().ends().hex(434, "fffe"));

    assertThat(extra(event)).isEqualTo("\"mibObjectValueInteger\":-2");
  }

  @Test
  @Tag("case-38")
  @Tag("rfc7011-6.1.3-floats")
  @Tag("rfc7011-6.2-reduced-size")
  void case38AFloat64MayBeSentAsFloat32() {
    var event = rig.ipfix(fields().ends().number(320, 4, Float.floatToIntBits(0.5f)));

    assertThat(extra(event)).isEqualTo("\"absoluteError\":0.5");
  }

  @Test
  @Tag("rfc7011-6.1.4-doubles")
  void aFloat64IsReadToTheLastDigit() {
    var event = rig.ipfix(fields().ends().number(320, 8, Double.doubleToLongBits(-0.1)));

    assertThat(extra(event)).isEqualTo("\"absoluteError\":-0.1");
  }

  @Test
  @Tag("case-39")
  void case39AnIntegerOfMoreThanEightOctetsStaysRaw() {
    var event = rig.ipfix(fields().ends().hex(1, "000000000000000000000005").number(2, 4, 1));

    assertThat(event.source().bytes()).isEqualTo(Event.ABSENT);
    assertThat(event.source().packets()).isEqualTo(1);
    assertThat(extra(event)).isEqualTo("\"octetDeltaCount\":\"000000000000000000000005\"");
  }

  @Test
  @Tag("case-39")
  void case39A64BitCounterBeyondALongStaysExact() {
    var event = rig.ipfix(fields().ends().hex(1, "ffffffffffffffff"));

    assertThat(event.source().bytes()).isEqualTo(Event.ABSENT);
    assertThat(extra(event)).isEqualTo("\"octetDeltaCount\":18446744073709551615");
  }

  @Test
  @Tag("case-43")
  void case43StringsLoseTheirPaddingAndNothingElse() {
    var event =
        rig.ipfix(fields().ends().octets(82, "Gi0/1\0 \0\0".getBytes(StandardCharsets.US_ASCII)));

    assertThat(extra(event)).isEqualTo("\"interfaceName\":\"Gi0/1\\u0000 \"");
  }

  @Test
  @Tag("case-43")
  @Tag("rfc7011-6.1.6-strings-are-utf-8")
  void case43QuotesBackslashesAndUtf8AreEscapedAsJsonAsks() {
    var event =
        rig.ipfix(fields().ends().variable(82, "a\"b\\c\né".getBytes(StandardCharsets.UTF_8)));

    assertThat(extra(event)).isEqualTo("\"interfaceName\":\"a\\\"b\\\\c\\u000aé\"");
  }

  @Test
  @Tag("case-43")
  @Tag("rfc7011-6.1.6-ill-formed-strings")
  void case43AStringThatIsNoUtf8KeepsItsOctetsBesideTheText() {
    var event = rig.ipfix(fields().ends().hex(236, "61ff62"));

    assertThat(extra(event)).isEqualTo("\"VRFname\":\"a\ufffdb\",\"VRFname.hex\":\"61ff62\"");
  }

  @Test
  @Tag("case-43")
  void case43AnEmptyStringIsAValue() {
    var event = rig.ipfix(fields().ends().variable(82, new byte[0]));

    assertThat(extra(event)).isEqualTo("\"interfaceName\":\"\"");
  }

  @Test
  @Tag("case-44")
  @Tag("rfc7011-6.1.2-addresses")
  void case44TheMacsAsTheyCameInAreTheEnds() {
    var event =
        rig.v9(
            fields()
                .ends()
                .hex(56, "000000000001")
                .hex(57, "000000000002")
                .hex(80, "000000000003")
                .hex(81, "000000000004"));

    assertThat(event.source().mac()).isEqualTo(1);
    assertThat(event.destination().mac()).isEqualTo(3);
    assertThat(extra(event))
        .isEqualTo(
            "\"postDestinationMacAddress\":\"00:00:00:00:00:02\","
                + "\"postSourceMacAddress\":\"00:00:00:00:00:04\"");
  }

  @Test
  @Tag("case-44")
  void case44TheOutgoingDestinationStandsInForTheIncomingOne() {
    var event = rig.v9(fields().ends().hex(56, "000000000001").hex(57, "000000000002"));

    assertThat(event.source().mac()).isEqualTo(1);
    assertThat(event.destination().mac()).isEqualTo(2);
    assertThat(extra(event)).contains("postDestinationMacAddress");
  }

  @Test
  @Tag("case-44")
  void case44AMacOfEightOctetsStaysExtra() {
    var event = rig.v9(fields().ends().hex(56, "0011223344556677"));

    assertThat(event.source().mac()).isEqualTo(Event.ABSENT);
    assertThat(extra(event)).isEqualTo("\"sourceMacAddress\":\"00:11:22:33:44:55:66:77\"");
  }

  @ParameterizedTest
  @Tag("rfc7011-6.1.5-boolean")
  @CsvSource({"1,true", "2,false", "0,0", "3,3"})
  @Tag("case-45")
  void case45OneIsTrueAndTwoIsFalse(int sent, String told) {
    var event = rig.ipfix(fields().ends().number(276, 1, sent));

    assertThat(extra(event)).isEqualTo("\"dataRecordsReliability\":" + told);
  }

  @Test
  @Tag("case-46")
  @Tag("rfc7011-6.1.2-addresses")
  void case46TheFamilyThatIsNotZeroIsMeant() {
    var event =
        rig.v9(
            fields()
                .ip(8, "0.0.0.0")
                .ip(12, "0.0.0.0")
                .ip(27, "2001:db8::1")
                .ip(28, "2001:db8::2")
                .number(9, 1, 0)
                .number(29, 1, 64));

    assertThat(event.source().ip()).hasToString("2001:db8::1");
    assertThat(event.destination().ip()).hasToString("2001:db8::2");
    assertThat(event.source().prefixLength()).isEqualTo(64);
    assertThat(extra(event)).isEmpty();
  }

  @Test
  @Tag("case-46")
  void case46IpVersionDecidesAndTheOtherFamilyIsKept() {
    var event =
        rig.v9(
            fields()
                .number(60, 1, 4)
                .ip(8, "0.0.0.0")
                .ip(12, "255.255.255.255")
                .ip(27, "2001:db8::1")
                .ip6(28, "::"));

    assertThat(event.source().ip()).hasToString("0.0.0.0");
    assertThat(event.destination().ip()).hasToString("255.255.255.255");
    assertThat(extra(event)).isEqualTo("\"sourceIPv6Address\":\"2001:db8::1\"");
  }

  @Test
  @Tag("case-46")
  void case46AnIpVersionThatContradictsTheAddressesIsKept() {
    var event = rig.v9(fields().ends().number(60, 1, 6));

    assertThat(event.source().ip()).hasToString("10.0.0.1");
    assertThat(extra(event)).isEqualTo("\"ipVersion\":6");
  }

  @Test
  @Tag("case-47")
  void case47AMappedAddressIsIpv4AndKeepsItsForm() {
    var event = rig.ipfix(fields().ip6(27, "::ffff:192.0.2.1").ip(28, "2001:db8::2"));

    assertThat(event.source().ip()).isEqualTo(Ip.parse("192.0.2.1").orElseThrow());
    assertThat(extra(event)).isEqualTo("\"sourceIPv6Address\":\"::ffff:192.0.2.1\"");
  }

  @ParameterizedTest
  @CsvSource({"0.0.0.0,", "192.0.2.9,192.0.2.9"})
  @Tag("case-48")
  void case48AZeroNextHopIsNone(String sent, String told) {
    var event = rig.v9(fields().ends().ip(15, sent));

    assertThat(event.traffic().nextHop())
        .isEqualTo(told == null ? null : Ip.parse(told).orElseThrow());
    assertThat(extra(event)).isEmpty();
  }

  @Test
  @Tag("case-48")
  void case48AnIpv6NextHopOfAllZerosIsNone() {
    var event = rig.ipfix(fields().ip(27, "2001:db8::1").ip(28, "2001:db8::2").ip6(62, "::"));

    assertThat(event.traffic().nextHop()).isNull();
  }

  @Test
  @Tag("case-49")
  void case49TheDeltaCountIsPrimaryAndNothingIsAdded() {
    var event =
        rig.v9(
            fields()
                .ends()
                .number(23, 4, 500)
                .number(85, 4, 9_000)
                .number(1, 4, 100)
                .number(24, 4, 5)
                .number(2, 4, 1));

    assertThat(event.source().bytes()).isEqualTo(100);
    assertThat(event.source().packets()).isEqualTo(1);
    assertThat(event.destination().bytes()).isEqualTo(Event.ABSENT);
    assertThat(extra(event))
        .isEqualTo(
            "\"postOctetDeltaCount\":500,\"octetTotalCount\":9000,\"postPacketDeltaCount\":5");
  }

  @Test
  @Tag("case-49")
  void case49InitiatorAndResponderAreTheTwoEnds() {
    var event =
        rig.ipfix(
            fields()
                .ends()
                .number(231, 8, 10)
                .number(232, 8, 20)
                .number(298, 8, 1)
                .number(299, 8, 2));

    assertThat(event.source().bytes()).isEqualTo(10);
    assertThat(event.source().packets()).isEqualTo(1);
    assertThat(event.destination().bytes()).isEqualTo(20);
    assertThat(event.destination().packets()).isEqualTo(2);
    assertThat(extra(event)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"85,octetTotalCount", "23,postOctetDeltaCount"})
  @Tag("case-49")
  void case49TotalThenOutStandInAndKeepTheirNames(int element, String name) {
    var event = rig.ipfix(fields().ends().number(element, 8, 77));

    assertThat(event.source().bytes()).isEqualTo(77);
    assertThat(extra(event)).isEqualTo("\"" + name + "\":77");
  }

  @Test
  @Tag("case-50")
  void case50ABiflowWithoutForwardBytesKeepsItsReverseOnes() {
    var event = rig.ipfix(fields().ends().number(1, 8, 0).number(232, 8, 40));

    assertThat(event.source().bytes()).isZero();
    assertThat(event.destination().bytes()).isEqualTo(40);
  }

  @Test
  @Tag("case-50")
  void case50AnImplausible32BitCountIsFlagged() {
    var wrapped = rig.v9(fields().ends().number(1, 4, 1_000).number(2, 4, 4_000_000));
    var plausible = rig.v9(fields().ends().number(1, 4, 4_000).number(2, 4, 100));
    var wide = rig.v9(fields().ends().number(1, 8, 1_000).number(2, 4, 4_000_000));

    assertThat(wrapped.quirks() & Quirk.COUNTER_WRAP.bit()).isNotZero();
    assertThat(plausible.quirks() & Quirk.COUNTER_WRAP.bit()).isZero();
    assertThat(wide.quirks() & Quirk.COUNTER_WRAP.bit()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"0,INGRESS,''", "1,EGRESS,''", "255,UNKNOWN,'\"flowDirection\":255'"})
  @Tag("case-51")
  void case51DirectionIsInOutOrKeptAsSent(int sent, Direction told, String extra) {
    var event = rig.v9(fields().ends().number(61, 1, sent));

    assertThat(event.traffic().direction()).isEqualTo(told);
    assertThat(extra(event)).isEqualTo(extra);
  }

  @Test
  @Tag("case-52")
  void case52TcpFlagsMayHaveOneOrTwoOctets() {
    assertThat(rig.v9(fields().ends().number(6, 1, 0x12)).traffic().tcpFlags()).isEqualTo(0x12);
    assertThat(rig.v9(fields().ends().number(6, 2, 0x112)).traffic().tcpFlags()).isEqualTo(0x112);
  }

  @Test
  @Tag("case-53")
  void case53IcmpComesCombined() {
    var v4 = rig.ipfix(fields().ends().number(4, 1, 1).number(32, 2, 0x0301));
    var v6 = rig.ipfix(fields().ends().number(4, 1, 58).number(139, 2, 0x8000).number(32, 2, 0));

    assertThat(v4.traffic().icmp()).isEqualTo(0x0301);
    assertThat(extra(v4)).isEmpty();
    assertThat(v6.traffic().icmp()).isEqualTo(0x8000);
    assertThat(extra(v6)).isEqualTo("\"icmpTypeCodeIPv4\":0");
  }

  @Test
  @Tag("case-53")
  void case53IcmpComesAsTypeAndCode() {
    var event = rig.v9(fields().ends().number(4, 1, 1).number(176, 1, 3).number(177, 1, 13));

    assertThat(event.traffic().icmp()).isEqualTo(0x030d);
    assertThat(extra(event)).isEmpty();
  }

  @Test
  @Tag("case-53")
  void case53IcmpComesInTheDestinationPort() {
    var event = rig.v5(1, 0, 0x0303, Rig.UPTIME, Rig.UPTIME);

    assertThat(event.traffic().icmp()).isEqualTo(0x0303);
    assertThat(event.destination().port()).isEqualTo(0x0303);
    var v9 = rig.v9(fields().ends().number(4, 1, 1).number(11, 2, 0x0800));
    assertThat(v9.traffic().icmp()).isEqualTo(0x0800);
  }

  @Test
  @Tag("case-53")
  void case53IcmpFieldsOfATcpFlowMeanNothingAndStayExtra() {
    var event = rig.v9(fields().ends().number(4, 1, 6).number(32, 2, 0).number(11, 2, 443));

    assertThat(event.traffic().icmp()).isEqualTo(Event.ABSENT);
    assertThat(extra(event)).isEqualTo("\"icmpTypeCodeIPv4\":0");
  }

  @ParameterizedTest
  @CsvSource({"2,65535", "4,4294967295", "4,0"})
  @Tag("case-54")
  void case54InterfacesHaveTwoOrFourOctets(int octets, long index) {
    var event = rig.v9(fields().ends().number(10, octets, index).number(14, octets, index));

    assertThat(event.traffic().ingressInterface()).isEqualTo(index);
    assertThat(event.traffic().egressInterface()).isEqualTo(index);
  }

  @Test
  @Tag("case-54")
  void case54PhysicalInterfacesStandInWhenTheyAreAlone() {
    var both = rig.ipfix(fields().ends().number(10, 4, 1).number(252, 4, 9));
    var alone = rig.ipfix(fields().ends().number(252, 4, 9).number(253, 4, 8));

    assertThat(both.traffic().ingressInterface()).isEqualTo(1);
    assertThat(extra(both)).isEqualTo("\"ingressPhysicalInterface\":9");
    assertThat(alone.traffic().ingressInterface()).isEqualTo(9);
    assertThat(alone.traffic().egressInterface()).isEqualTo(8);
    assertThat(extra(alone)).contains("ingressPhysicalInterface", "egressPhysicalInterface");
  }

  @ParameterizedTest
  @CsvSource({"2,23456", "2,0", "4,4200000000"})
  @Tag("case-55")
  void case55AsNumbersHaveTwoOrFourOctets(int octets, long number) {
    var event = rig.v9(fields().ends().number(16, octets, number).number(17, octets, number));

    assertThat(event.source().as()).isEqualTo(number);
    assertThat(event.destination().as()).isEqualTo(number);
  }

  @Test
  @Tag("case-56")
  void case56MplsLabelsAreTakenApart() {
    var event = rig.v9(fields().ends().hex(70, "05dc31").hex(71, "05dc31ff"));

    assertThat(extra(event))
        .isEqualTo(
            "\"mplsTopLabelStackSection\":{\"label\":24003,\"exp\":0,\"bottom\":true},"
                + "\"mplsLabelStackSection2\":{\"label\":24003,\"exp\":0,\"bottom\":true,\"ttl\":255}");
  }

  @ParameterizedTest
  @CsvSource({"0300001f,3:31", "0d00,13:0", "1400000009000001,20:9:1"})
  @Tag("case-57")
  void case57ApplicationIdsAreEngineAndSelector(String sent, String told) {
    var event = rig.v9(fields().ends().hex(95, sent));

    assertThat(extra(event)).isEqualTo("\"applicationId\":\"" + told + "\"");
  }

  @ParameterizedTest
  @CsvSource({"1,64,64", "4,64,64", "4,1073741824,64"})
  @Tag("case-58")
  void case58ForwardingStatusIsOneOctetWhereverItStands(int octets, long sent, int told) {
    var event = rig.ipfix(fields().ends().number(89, octets, sent));

    assertThat(event.traffic().forwardingStatus()).isEqualTo(told);
    assertThat(extra(event)).isEmpty();
  }

  @Test
  @Tag("case-58")
  void case58AForwardingStatusThatMakesNoSenseStaysExtra() {
    var event = rig.ipfix(fields().ends().number(89, 4, 0x40000001));

    assertThat(event.traffic().forwardingStatus()).isEqualTo(Event.ABSENT);
    assertThat(extra(event)).isEqualTo("\"forwardingStatus\":1073741825");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5})
  @Tag("case-59")
  void case59TheEndReasonIsKeptAsSent(int reason) {
    assertThat(rig.ipfix(fields().ends().number(136, 1, reason)).traffic().endReason())
        .isEqualTo(reason);
  }

  @Test
  @Tag("case-60")
  void case60TranslatedEndsAndEventsOfANat() {
    var event =
        rig.ipfix(
            fields()
                .ends()
                .ip(225, "198.51.100.1")
                .number(227, 2, 4_000)
                .ip(226, "198.51.100.2")
                .number(228, 2, 80)
                .number(230, 1, 1)
                .number(233, 1, 5));

    assertThat(event.source().nat()).isEqualTo(new Nat(Ip.v4(0xc6336401), 4_000));
    assertThat(event.destination().nat()).isEqualTo(new Nat(Ip.v4(0xc6336402), 80));
    assertThat(event.traffic().firewallEvent()).isEqualTo(5);
    assertThat(extra(event)).isEqualTo("\"natEvent\":1,\"nat_event\":\"nat_translation_create\"");
  }

  @Test
  @Tag("case-60")
  void case60TheAsaHasElementsOfItsOwnForThem() {
    var event =
        rig.v9(
            fields()
                .ends()
                .ip(40001, "198.51.100.1")
                .number(40003, 2, 4_000)
                .ip(40002, "198.51.100.2")
                .number(40004, 2, 80)
                .number(40005, 1, 2));

    assertThat(event.source().nat()).isEqualTo(new Nat(Ip.v4(0xc6336401), 4_000));
    assertThat(event.destination().nat()).isEqualTo(new Nat(Ip.v4(0xc6336402), 80));
    assertThat(event.traffic().firewallEvent()).isEqualTo(2);
    assertThat(extra(event)).isEmpty();
  }

  @Test
  @Tag("case-60")
  void case60AnIpv6Translation() {
    var event =
        rig.ipfix(
            fields()
                .ip(27, "2001:db8::1")
                .ip(28, "2001:db8::2")
                .ip(281, "2001:db8::9")
                .ip(225, "0.0.0.0"));

    assertThat(event.source().nat())
        .isEqualTo(new Nat(Ip.parse("2001:db8::9").orElseThrow(), Event.ABSENT));
    assertThat(extra(event)).isEmpty();
  }

  @Test
  @Tag("case-61")
  @Tag("rfc5103-4-both-directions-in-one-record")
  void case61ReverseElementsBelongToTheOtherEnd() {
    var event =
        rig.ipfix(
            fields()
                .ends()
                .number(1, 8, 10)
                .number(29305, 1, 8, 30)
                .number(29305, 2, 8, 3)
                .number(29305, 6, 1, 0x10));

    assertThat(event.destination().bytes()).isEqualTo(30);
    assertThat(event.destination().packets()).isEqualTo(3);
    assertThat(extra(event)).isEqualTo("\"reverseTcpControlBits\":16");
  }

  @Test
  @Tag("case-64")
  void case64PaddingIsNothing() {
    var event = rig.ipfix(fields().ends().hex(210, "ffff").number(1, 4, 1));

    assertThat(extra(event)).isEmpty();
  }

  @Test
  @Tag("case-65")
  @Tag("rfc7011-9-unknown-elements-noted")
  void case65UnknownElementsAreKeptByNumber() {
    var event =
        rig.ipfix(
            fields()
                .ends()
                .hex(4095, "beef")
                .octets(99_999, 1, new byte[] {1, 2})
                .octets(99_999, 8, new byte[] {10, 0, 0, 9}));

    assertThat(event.source().ip()).hasToString("10.0.0.1");
    assertThat(extra(event))
        .isEqualTo("\"0.4095\":\"beef\",\"99999.1\":\"0102\",\"99999.8\":\"0a000009\"");
  }

  @Test
  @Tag("case-30")
  @Tag("rfc7011-8-identical-elements")
  void case30ARepeatedElementKeepsAllItsValues() {
    var event =
        rig.ipfix(
            fields().ends().number(1, 4, 5).number(1, 4, 6).number(145, 2, 1).number(145, 2, 2));

    assertThat(event.source().bytes()).isEqualTo(5);
    assertThat(extra(event)).isEqualTo("\"octetDeltaCount.all\":[5,6],\"templateId\":[1,2]");
  }

  @Test
  void valuesOfVariableLengthAreReadLikeOthers() {
    var event =
        rig.ipfix(
            fields()
                .variable(8, new byte[] {10, 0, 0, 1})
                .variable(1, new byte[] {1, 0})
                .variable(2, new byte[0]));

    assertThat(event.source().ip()).hasToString("10.0.0.1");
    assertThat(event.source().bytes()).isEqualTo(256);
    assertThat(event.source().packets()).isEqualTo(Event.ABSENT);
  }

  @Test
  void vlansAreOuterAndInner() {
    var event =
        rig.ipfix(fields().ends().number(243, 2, 100).number(245, 2, 200).number(58, 2, 100));

    assertThat(event.traffic().vlan()).isEqualTo(100);
    assertThat(event.traffic().innerVlan()).isEqualTo(200);
    assertThat(extra(event)).isEqualTo("\"vlanId\":100");
  }

  @Test
  void optionsRecordsBecomeEventsWithEverythingExtra() {
    var event =
        rig.v9Options(
            fields()
                .scope(2, 4, 17)
                .octets(82, "eth0".getBytes(StandardCharsets.US_ASCII))
                .number(10, 4, 17));

    assertThat(event.kind()).isEqualTo(Event.Kind.OPTIONS);
    assertThat(event.startNanos()).isEqualTo(Rig.nanos(Rig.NOW));
    assertThat(extra(event))
        .isEqualTo("\"scopeInterface\":17,\"interfaceName\":\"eth0\",\"ingressInterface\":17");
  }

  @ParameterizedTest
  @CsvSource({
    "483, fbf00064, 64496:100",
    "489, 0000fbf00000000100000002, 64496:1:2",
    "436, 2b0601020102020a, 1.3.6.1.2.1.2.2.10",
    "445, 06082b0601020102020a, 1.3.6.1.2.1.2.2.10",
    "445, 8837, 2.999",
    "445, 2b06018fffffff7f, 1.3.6.1.4294967295",
    "494, 20010db8000000000000000000000001, 2001:db8::1",
  })
  void numbersAndOctetsThatPeopleWriteInAnotherWay(int element, String sent, String told) {
    assertThat(extra(rig.ipfix(fields().ends().hex(element, sent)))).endsWith(":\"" + told + "\"");
  }

  @ParameterizedTest
  @CsvSource({
    "483, fbf0",
    "489, 0000fbf000000001",
    "436, 2b86",
    "436, 2b8001",
    "436, 2b9fffffff7f",
    "497, 20010db8"
  })
  void whatDoesNotFitThatWayStaysRaw(int element, String sent) {
    assertThat(extra(rig.ipfix(fields().ends().hex(element, sent)))).endsWith(":\"" + sent + "\"");
  }

  @Test
  @Tag("case-94")
  void case94TheElementsOfSegmentRoutingAreReadable() {
    var event =
        rig.ipfix(
            fields()
                .ends()
                .number(492, 1, 0)
                .number(493, 2, 7)
                .ip6(495, "2001:db8::9")
                .hex(497, "20010db8000000000000000000000001" + "20010db8000000000000000000000002")
                .number(498, 1, 1)
                .number(500, 1, 4)
                .number(502, 2, 1));

    assertThat(extra(event))
        .isEqualTo(
            "\"srhFlagsIPv6\":0,\"srhTagIPv6\":7,\"srhActiveSegmentIPv6\":\"2001:db8::9\","
                + "\"srhSegmentIPv6ListSection\":[\"2001:db8::1\",\"2001:db8::2\"],"
                + "\"srhSegmentsIPv6Left\":1,\"srhIPv6ActiveSegmentType\":4,"
                + "\"srhSegmentIPv6EndpointBehavior\":1");
  }

  @Test
  @Tag("case-94")
  void case94TheElementsOfTheMibAreReadable() {
    var event =
        rig.ipfixOptions(
            fields()
                .scope(446, 4, 3)
                .hex(445, "2b060102010202010a")
                .number(439, 8, 123)
                .number(440, 4, 5)
                .number(441, 4, 600)
                .ip(438, "192.0.2.9")
                .hex(435, "657468")
                .hex(437, "80")
                .number(448, 1, 3));

    assertThat(extra(event))
        .isEqualTo(
            "\"mibSubIdentifier\":3,\"mibObjectIdentifier\":\"1.3.6.1.2.1.2.2.1.10\","
                + "\"mibObjectValueCounter\":123,\"mibObjectValueGauge\":5,"
                + "\"mibObjectValueTimeTicks\":600,\"mibObjectValueIPAddress\":\"192.0.2.9\","
                + "\"mibObjectValueOctetString\":\"657468\",\"mibObjectValueBits\":\"80\","
                + "\"mibCaptureTimeSemantics\":3");
  }

  @Test
  @Tag("case-29")
  @Tag("case-65")
  void case65TheNumbersOfNetflow9AreNotThoseOfAnEnterprise() {
    var event = rig.v9(fields().ends().hex(40000, "00000001").hex(65000, "beef"));

    assertThat(extra(event)).contains("\"0.65000\":\"beef\"");
  }
}
