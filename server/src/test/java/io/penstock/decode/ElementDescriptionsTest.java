package io.penstock.decode;

import static io.penstock.decode.Rig.extra;
import static io.penstock.decode.Rig.fields;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.decode.Rig.Fields;
import io.penstock.registry.InformationElement;
import io.penstock.wire.DataType;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoding case 94: exporters say what their own elements are called and mean (RFC 5610). */
@Tag("case-94")
class ElementDescriptionsTest {

  private static final int VENDOR = 99_999;

  private final Rig rig = new Rig();

  private static Fields description(long vendor, int id, DataType type, String name) {
    return fields()
        .scope(346, 4, vendor)
        .scope(303, 2, id)
        .number(339, 1, type.ordinal())
        .number(344, 1, 1)
        .number(345, 2, 2)
        .variable(341, name.getBytes(StandardCharsets.UTF_8));
  }

  private String flow(int id, String hex) {
    return extra(rig.ipfix(fields().ends().octets(VENDOR, id, HexFormat.of().parseHex(hex))));
  }

  @ParameterizedTest
  @CsvSource({
    "UNSIGNED32, 0000002a, 42",
    "SIGNED16, fffe, -2",
    "STRING, 616263, \"abc\"",
    "IPV4_ADDRESS, 0a000001, \"10.0.0.1\"",
    "BOOLEAN, 01, true",
    "FLOAT32, 3f000000, 0.5",
    "MAC_ADDRESS, 000000000001, \"00:00:00:00:00:01\"",
    "DATE_TIME_SECONDS, 00000000, \"1970-01-01T00:00:00Z\"",
    "OCTET_ARRAY, beef, \"beef\"",
  })
  void anElementIsReadAsItsExporterSaid(DataType type, String sent, String told) {
    rig.ipfixOptions(description(VENDOR, 7, type, "queueLevel"));

    assertThat(flow(7, sent)).isEqualTo("\"queueLevel\":" + told);
  }

  @Test
  void theDescriptionIsAnEventItself() {
    var event = rig.ipfixOptions(description(VENDOR, 7, DataType.UNSIGNED32, "queueLevel"));

    assertThat(extra(event))
        .isEqualTo(
            "\"privateEnterpriseNumber\":99999,\"informationElementId\":7,"
                + "\"informationElementDataType\":3,\"informationElementSemantics\":1,"
                + "\"informationElementUnits\":2,\"informationElementName\":\"queueLevel\"");
  }

  @Test
  void aTemplateInUseIsReadWithTheNameFromThenOn() {
    var template = new Exchange(rig);

    assertThat(template.flow()).isEqualTo("\"99999.7\":\"0000002a\"");
    rig.ipfixOptions(description(VENDOR, 7, DataType.UNSIGNED32, "queueLevel"));
    assertThat(template.flow()).isEqualTo("\"queueLevel\":42");
    rig.ipfixOptions(description(VENDOR, 7, DataType.UNSIGNED32, "queueDepth"));
    assertThat(template.flow()).isEqualTo("\"queueDepth\":42");
  }

  /** One template, taught once and used again. */
  private static final class Exchange {

    private final Rig rig;
    private final byte[] definition =
        HexFormat.of()
            .parseHex(
                "000a0020000000000000000100000007"
                    + "000200100258"
                    + "0001"
                    + "8007000400018"
                    + "69f");
    private final byte[] data =
        HexFormat.of().parseHex("000a0018000000000000000100000007" + "0258" + "0008" + "0000002a");

    Exchange(Rig rig) {
      this.rig = rig;
      send(definition);
    }

    private void send(byte[] message) {
      rig.decoder.decode(rig.from, Rig.nanos(rig.received), message, 0, message.length);
    }

    String flow() {
      send(data);
      return extra(rig.events.getLast());
    }
  }

  @Test
  void whatTheRegistryKnowsStays() {
    rig.ipfixOptions(description(0, 82, DataType.UNSIGNED32, "mine"));
    rig.ipfixOptions(description(5951, 129, DataType.STRING, "mine"));

    assertThat(extra(rig.ipfix(fields().ends().hex(82, "6162"))))
        .isEqualTo("\"interfaceName\":\"ab\"");
    assertThat(extra(rig.ipfix(fields().ends().number(5951, 129, 4, 1)))).doesNotContain("mine");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "with space", "quote\"", "ünicode", "a,b"})
  void aNameThatIsNoneIsNotTaken(String name) {
    rig.ipfixOptions(description(VENDOR, 7, DataType.UNSIGNED32, name));

    assertThat(flow(7, "0000002a")).isEqualTo("\"99999.7\":\"0000002a\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"src_ip", "bytes", "id", "sourceIPv4Address"})
  void aNameThatMeansSomethingElseIsToldApart(String name) {
    rig.ipfixOptions(description(VENDOR, 7, DataType.UNSIGNED32, name));

    assertThat(flow(7, "0000002a")).isEqualTo("\"99999." + name + "\":42");
  }

  @Test
  void aValueThatDoesNotFitItsTypeStaysRaw() {
    rig.ipfixOptions(description(VENDOR, 7, DataType.IPV4_ADDRESS, "peer"));

    assertThat(flow(7, "0a0000")).isEqualTo("\"peer\":\"0a0000\"");
  }

  @Test
  void anExporterTeachesNothingToAnother() throws Exception {
    rig.ipfixOptions(description(VENDOR, 7, DataType.UNSIGNED32, "queueLevel"));
    rig.from = new InetSocketAddress(InetAddress.getByName("192.0.2.8"), 4000);

    assertThat(flow(7, "0000002a")).isEqualTo("\"99999.7\":\"0000002a\"");
  }

  @Test
  void netflow9HasOtherNumbers() {
    rig.ipfixOptions(description(0, 4095, DataType.UNSIGNED32, "mine"));

    assertThat(extra(rig.v9(fields().ends().hex(4095, "0001")))).isEqualTo("\"0.4095\":\"0001\"");
    assertThat(extra(rig.ipfix(fields().ends().hex(4095, "0001")))).isEqualTo("\"mine\":1");
  }

  @Test
  void descriptionsAreUsedInListsToo() {
    rig.ipfixOptions(description(VENDOR, 7, DataType.UNSIGNED16, "queueLevel"));

    var list = HexFormat.of().parseHex("038007" + "0002" + "0001869f" + "00010002");
    assertThat(extra(rig.ipfix(fields().ends().variable(291, list))))
        .contains("\"element\":\"queueLevel\",\"values\":[1,2]");
  }

  @Test
  void whatAnExporterTeachesIsBounded() {
    var vocabulary = new Vocabulary(Corpus.REGISTRY);
    for (int id = 0; id < 2 * Vocabulary.ELEMENTS_MAX; id++) {
      var outcome = vocabulary.learn(element(id, "name" + id));

      assertThat(outcome)
          .isEqualTo(
              id < Vocabulary.ELEMENTS_MAX ? Vocabulary.Learned.NEW : Vocabulary.Learned.REFUSED);
    }
    for (int i = 0; i < 2 * Vocabulary.CHANGES_MAX; i++) {
      vocabulary.learn(element(0, "another" + i));
    }

    assertThat(vocabulary.changes()).isEqualTo(Vocabulary.CHANGES_MAX);
    assertThat(vocabulary.learn(element(1, "name1"))).isEqualTo(Vocabulary.Learned.KNOWN);
  }

  private static InformationElement element(int id, String name) {
    return new InformationElement(VENDOR, id, name, DataType.STRING, "", "");
  }

  @Test
  void everyTypeHasItsNumber() {
    for (var type : DataType.values()) {
      assertThat(DataType.numbered(type.ordinal())).contains(type);
    }
    assertThat(DataType.numbered(13).map(DataType::word)).contains("string");
    assertThat(DataType.numbered(22).map(t -> t.word().toLowerCase(Locale.ROOT)))
        .contains("subtemplatemultilist");
    assertThat(DataType.numbered(23)).isEmpty();
    assertThat(DataType.numbered(-1)).isEmpty();
  }
}
