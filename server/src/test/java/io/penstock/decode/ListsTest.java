package io.penstock.decode;

import static io.penstock.decode.Rig.extra;
import static io.penstock.decode.Rig.fields;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import io.penstock.event.EventJson;
import io.penstock.event.Quirk;
import io.penstock.traffic.MessageWriter;
import io.penstock.wire.FieldSpecifier;
import io.penstock.wire.MessageHeader;
import io.penstock.wire.ProtocolVersion;
import io.penstock.wire.Template;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoding case 62: what the lists of RFC 6313 become in an event. */
@Tag("case-62")
class ListsTest {

  private static final int BASIC = 291;
  private static final int SUB_TEMPLATE = 292;
  private static final int MULTI = 293;
  private static final int VARIABLE = FieldSpecifier.VARIABLE;

  private final Rig rig = new Rig();

  private static byte[] octets(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  /** Teaches the rig's domain a template of IANA elements: element and length in turn. */
  private void teach(int id, int... elementsAndLengths) {
    var specifiers = new ArrayList<FieldSpecifier>();
    for (int i = 0; i < elementsAndLengths.length; i += 2) {
      specifiers.add(
          new FieldSpecifier(0, elementsAndLengths[i], elementsAndLengths[i + 1], false));
    }
    var writer = new MessageWriter(ProtocolVersion.IPFIX, 65_535);
    writer.begin(
        new MessageHeader(
            ProtocolVersion.IPFIX,
            0,
            -1,
            rig.exported.getEpochSecond(),
            0,
            1,
            rig.domain,
            -1,
            false,
            false));
    writer.template(new Template(ProtocolVersion.IPFIX, id, specifiers, false));
    int length = writer.finish();
    rig.decoder.decode(rig.from, Rig.nanos(rig.received), writer.bytes(), 0, length);
  }

  private Event event(int element, String hex) {
    return rig.ipfix(fields().ends().variable(element, octets(hex)));
  }

  /** What is odd about the lists of an event, as bits. */
  private static int oddities(Event event) {
    return event.quirks() & (Quirk.LIST_MALFORMED.bit() | Quirk.LIST_TEMPLATE_UNKNOWN.bit());
  }

  private String list(int element, String hex) {
    var event = event(element, hex);
    assertThat(oddities(event)).isZero();
    var name =
        element == BASIC
            ? "basicList"
            : element == MULTI ? "subTemplateMultiList" : "subTemplateList";
    assertThat(extra(event)).startsWith("\"" + name + "\":");
    return extra(event).substring(name.length() + 3);
  }

  @Test
  void aBasicListHasItsValuesInTheirNaturalForm() {
    assertThat(list(BASIC, "03 000a 0004 00000001 00000002"))
        .isEqualTo("{\"semantic\":\"allOf\",\"element\":\"ingressInterface\",\"values\":[1,2]}");
    assertThat(list(BASIC, "04 0008 0004 0a000001"))
        .isEqualTo(
            "{\"semantic\":\"ordered\",\"element\":\"sourceIPv4Address\","
                + "\"values\":[\"10.0.0.1\"]}");
    assertThat(list(BASIC, "02 0052 ffff 03 657468 00 02 ff61"))
        .isEqualTo(
            "{\"semantic\":\"oneOrMoreOf\",\"element\":\"interfaceName\","
                + "\"values\":[\"eth\",\"\",\"ff61\"]}");
  }

  @ParameterizedTest
  @CsvSource({
    "00, \"noneOf\"",
    "01, \"exactlyOneOf\"",
    "02, \"oneOrMoreOf\"",
    "03, \"allOf\"",
    "04, \"ordered\"",
    "ff, \"undefined\"",
    "05, 5"
  })
  @Tag("rfc6313-4.4-semantics")
  void everySemanticHasItsWord(String sent, String told) {
    assertThat(list(BASIC, sent + "00040001")).startsWith("{\"semantic\":" + told + ",");
  }

  @Test
  void anElementThatNobodyKnowsIsANumberWithRawValues() {
    assertThat(list(BASIC, "03 8001 0002 0001869f beef cafe"))
        .isEqualTo(
            "{\"semantic\":\"allOf\",\"element\":\"99999.1\",\"values\":[\"beef\",\"cafe\"]}");
  }

  @Test
  void communitiesAreListsOfTheirOwnElements() {
    var event =
        rig.ipfix(
            fields()
                .ends()
                .variable(484, octets("03 01e3 0004 fbf00064 fbf000c8"))
                .variable(490, octets("03 01e9 000c 0000fbf0 00000001 00000002")));

    assertThat(extra(event))
        .isEqualTo(
            "\"bgpSourceCommunityList\":{\"semantic\":\"allOf\",\"element\":\"bgpCommunity\","
                + "\"values\":[\"64496:100\",\"64496:200\"]},"
                + "\"bgpSourceLargeCommunityList\":{\"semantic\":\"allOf\","
                + "\"element\":\"bgpLargeCommunity\",\"values\":[\"64496:1:2\"]}");
  }

  @Test
  void aSubTemplateListHasItsRecords() {
    teach(600, 8, 4, 7, 2);

    assertThat(list(SUB_TEMPLATE, "03 0258 0a000001 01bb 0a000002 0050"))
        .isEqualTo(
            "{\"semantic\":\"allOf\",\"records\":["
                + "{\"sourceIPv4Address\":\"10.0.0.1\",\"sourceTransportPort\":443},"
                + "{\"sourceIPv4Address\":\"10.0.0.2\",\"sourceTransportPort\":80}]}");
  }

  @Test
  void aSubTemplateMultiListHasTheRecordsOfAllItsTemplates() {
    teach(600, 8, 4);
    teach(601, 7, 2, 82, VARIABLE);

    assertThat(list(MULTI, "03 0258 000c 0a000001 0a000002 0259 0008 01bb 01 61 0258 0004"))
        .isEqualTo(
            "{\"semantic\":\"allOf\",\"records\":[{\"sourceIPv4Address\":\"10.0.0.1\"},"
                + "{\"sourceIPv4Address\":\"10.0.0.2\"},"
                + "{\"sourceTransportPort\":443,\"interfaceName\":\"a\"}]}");
  }

  @Test
  void anEmptyListIsAList() {
    assertThat(list(SUB_TEMPLATE, "03 0000")).isEqualTo("{\"semantic\":\"allOf\",\"records\":[]}");
    assertThat(list(MULTI, "ff")).isEqualTo("{\"semantic\":\"undefined\",\"records\":[]}");
  }

  @Test
  @Tag("rfc6313-5.2-nested-lists")
  void listsMayHoldLists() {
    teach(600, 7, 2, BASIC, VARIABLE);

    assertThat(list(SUB_TEMPLATE, "03 0258 01bb 07 04 0004 0001 0611"))
        .isEqualTo(
            "{\"semantic\":\"allOf\",\"records\":[{\"sourceTransportPort\":443,\"basicList\":"
                + "{\"semantic\":\"ordered\",\"element\":\"protocolIdentifier\","
                + "\"values\":[6,17]}}]}");
    assertThat(list(BASIC, "03 0123 ffff 06 04 0004 0001 06 05 00 0004 0001"))
        .isEqualTo(
            "{\"semantic\":\"allOf\",\"element\":\"basicList\",\"values\":["
                + "{\"semantic\":\"ordered\",\"element\":\"protocolIdentifier\",\"values\":[6]},"
                + "{\"semantic\":\"noneOf\",\"element\":\"protocolIdentifier\",\"values\":[]}]}");
  }

  @Test
  void severalListsOfOneElementAreAnArray() {
    var event =
        rig.ipfix(
            fields()
                .ends()
                .variable(BASIC, octets("03 0004 0001 06"))
                .number(1, 4, 9)
                .variable(BASIC, octets("03 0004 0001 11")));

    assertThat(event.source().bytes()).isEqualTo(9);
    assertThat(extra(event))
        .isEqualTo(
            "\"basicList\":["
                + "{\"semantic\":\"allOf\",\"element\":\"protocolIdentifier\",\"values\":[6]},"
                + "{\"semantic\":\"allOf\",\"element\":\"protocolIdentifier\",\"values\":[17]}]");
  }

  @Test
  void anElementGivenTwiceInARecordOfAListIsAnArray() {
    teach(600, 7, 2, 7, 2);

    assertThat(list(SUB_TEMPLATE, "03 0258 0001 0002"))
        .contains("[{\"sourceTransportPort\":[1,2]}]");
  }

  @Test
  void aListMayStandInOptionsData() {
    teach(600, 7, 2);
    var event = rig.ipfixOptions(fields().scope(149, 4, 1).variable(443, octets("03 0258 0001")));

    assertThat(event.kind()).isEqualTo(Event.Kind.OPTIONS);
    assertThat(extra(event))
        .isEqualTo(
            "\"observationDomainId\":1,\"mibObjectValueTable\":"
                + "{\"semantic\":\"allOf\",\"records\":[{\"sourceTransportPort\":1}]}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "03", "03000a0000ff", "03000a0004000000", "030052ffff05aa"})
  @Tag("rfc6313-7-what-is-not-understood-is-skipped")
  void aListThatContradictsItselfStaysRawAndIsFlagged(String hex) {
    var event = event(BASIC, hex);

    assertThat(extra(event)).isEqualTo("\"basicList\":\"" + hex + "\"");
    assertThat(oddities(event)).isEqualTo(Quirk.LIST_MALFORMED.bit());
  }

  @Test
  void aFaultInsideSpoilsOnlyTheListThatHasIt() {
    teach(600, BASIC, VARIABLE);

    var event = event(SUB_TEMPLATE, "03 0258 03 030004 06 04 0004 0001 06");

    assertThat(extra(event))
        .isEqualTo(
            "\"subTemplateList\":{\"semantic\":\"allOf\",\"records\":["
                + "{\"basicList\":\"030004\"},{\"basicList\":{\"semantic\":\"ordered\","
                + "\"element\":\"protocolIdentifier\",\"values\":[6]}}]}");
    assertThat(oddities(event)).isEqualTo(Quirk.LIST_MALFORMED.bit());
  }

  @Test
  @Tag("rfc6313-7-what-is-not-understood-is-skipped")
  void aListOfAnUnknownTemplateStaysRawAndIsFlagged() {
    var event = event(SUB_TEMPLATE, "03 0258 0001");

    assertThat(extra(event)).isEqualTo("\"subTemplateList\":\"0302580001\"");
    assertThat(oddities(event)).isEqualTo(Quirk.LIST_TEMPLATE_UNKNOWN.bit());
    assertThat(oddities(rig.ipfix(fields().ends()))).isZero();
  }

  @Test
  void aListBecomesABoundedMultipleOfItsOctets() {
    // Names for every octet: the worst there is.
    teach(600, 82, VARIABLE);
    teach(601, 491, VARIABLE);
    for (var template : List.of("0258", "0259")) {
      var list = new ByteArrayOutputStream();
      list.writeBytes(octets("03" + template));
      list.writeBytes(new byte[20_000]);

      var event = rig.ipfix(fields().ends().variable(SUB_TEMPLATE, list.toByteArray()));

      assertThat(event.extra().length).isLessThan(33 * list.size() + 2_000);
    }
  }

  @Test
  void whatIsWrittenIsJson() {
    teach(600, 7, 2, BASIC, VARIABLE, 82, VARIABLE);
    var event = event(SUB_TEMPLATE, "03 0258 01bb 07 04 0004 0001 0611 02 225c");

    var json = Json.parse(new String(EventJson.write("t", event), StandardCharsets.UTF_8));

    assertThat(json.toString()).contains("protocolIdentifier");
  }
}
