package io.penstock.wire;

import static io.penstock.wire.Bytes.ipfix;
import static io.penstock.wire.Bytes.set;
import static io.penstock.wire.Bytes.template;
import static io.penstock.wire.FieldSpecifier.VARIABLE;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.wire.DecoderCounters.Count;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records whose fields vary in length (RFC 7011 §7). */
class VariableLengthTest {

  private static final Bytes TEMPLATE = template(256, 7, 2, 82, VARIABLE, 4, 1);

  private final Rig rig = new Rig();
  private final Collected found = rig.found;

  @Test
  @Tag("case-40")
  @Tag("rfc7011-7-length-of-variable-values")
  void case40AShortValueHasOneLengthOctet() {
    rig.send(ipfix(set(2, TEMPLATE), set(256, new Bytes().u16(80).u8(3, 'a', 'b', 'c', 6))));

    assertThat(found.texts()).containsExactly("0050 616263 06");
  }

  @ParameterizedTest
  @Tag("rfc7011-7-length-of-variable-values")
  @ValueSource(ints = {0, 3, 254, 255, 1000})
  @Tag("case-40")
  void case40TheLongFormIsLegalForAnyLength(int length) {
    var record = new Bytes().u16(80).u8(255).u16(length).zeros(length).u8(6);

    rig.send(ipfix(set(2, TEMPLATE), set(256, record)));

    assertThat(found.texts()).containsExactly("0050 " + "00".repeat(length) + " 06");
  }

  @Test
  @Tag("case-40")
  void case40AnEmptyValueIsARecordNevertheless() {
    rig.send(ipfix(set(2, TEMPLATE), set(256, new Bytes().u16(80).u8(0, 6))));

    assertThat(found.texts()).containsExactly("0050  06");
  }

  @Test
  void fieldsBehindAVariableOneAreFoundInEveryRecord() {
    var records =
        new Bytes().u16(1).u8(1, 'x', 6).u16(2).u8(4, 'w', 'x', 'y', 'z', 17).u16(3).u8(0, 1);

    rig.send(ipfix(set(2, TEMPLATE), set(256, records)));

    assertThat(found.texts()).containsExactly("0001 78 06", "0002 7778797a 11", "0003  01");
  }

  @Test
  @Tag("case-41")
  void case41ATemplateOfVariableFieldsOnlyNeedsAnOctetForEach() {
    var names = template(256, 82, VARIABLE, 83, VARIABLE);

    rig.send(ipfix(set(2, names), set(256, new Bytes().u8(1, 'a', 0, 0, 2, 'b', 'c'))));

    assertThat(found.templates.getFirst().minLength()).isEqualTo(2);
    assertThat(found.texts()).containsExactly("61 ", " 6263");
  }

  @ParameterizedTest
  @ValueSource(strings = {"00500961", "0050ff000961", "0050ff", "0050ff00", "00500361"})
  @Tag("case-42")
  void case42AValueBeyondItsSetEndsTheSetAlone(String cut) {
    var whole = new Bytes().u16(80).u8(1, 'a', 6);
    var bad = new Bytes().raw(HexFormat.of().parseHex(cut));

    rig.send(ipfix(set(2, TEMPLATE), set(256, whole, bad.u8(1, 1)), set(256, whole)));

    assertThat(found.texts()).containsExactly("0050 61 06", "0050 61 06");
    assertThat(found.reasons()).containsExactly(Rejection.BAD_RECORD);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0050ff09", "0050ff", "0050ff0001", "00500461", "00500161"})
  @Tag("case-42")
  void case42ASetThatWaitedEndsInsideALength(String cut) {
    var whole = new Bytes().u16(80).u8(1, 'a', 6);

    rig.send(ipfix(set(256, whole, new Bytes().raw(HexFormat.of().parseHex(cut)))));
    rig.send(ipfix(set(2, TEMPLATE)));

    assertThat(found.texts()).containsExactly("0050 61 06");
    assertThat(rig.count(Count.RECORD_OCTETS)).isEqualTo(5);
  }

  @Test
  void paddingBehindVariableRecordsIsNoRecord() {
    var record = new Bytes().u16(80).u8(2, 'a', 'b', 6);

    rig.send(ipfix(set(2, TEMPLATE), set(256, record, new Bytes().zeros(2)), set(256, record)));

    assertThat(found.texts()).containsExactly("0050 6162 06", "0050 6162 06");
    assertThat(rig.count(Count.PADDING_OCTETS)).isEqualTo(2);
  }

  @Test
  void aTemplateOfManyFieldsIsReadWhole() {
    int[] fields = new int[400];
    var record = new Bytes();
    for (int i = 0; i < 200; i++) {
      fields[2 * i] = 82;
      fields[2 * i + 1] = i % 2 == 0 ? VARIABLE : 1;
      record.u8(i % 2 == 0 ? 0 : i);
    }

    rig.send(ipfix(set(2, template(256, fields)), set(256, record)));

    assertThat(found.records.getFirst().values()).hasSize(200);
    assertThat(found.records.getFirst().values().get(199)).isEqualTo("c7");
  }
}
