package io.penstock.wire;

import static io.penstock.wire.Bytes.ipfix;
import static io.penstock.wire.Bytes.set;
import static io.penstock.wire.Bytes.template;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.capture.Packets;
import io.penstock.wire.DecoderCounters.Count;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decoding case 62: the structured data of RFC 6313. */
@Tag("case-62")
class ListReaderTest {

  private static final int VARIABLE = FieldSpecifier.VARIABLE;

  private final Rig rig = new Rig();

  /** The text of one list that stands alone in a record, after these templates were sent. */
  private String read(int element, Bytes list, Bytes... templates) {
    for (var template : templates) {
      rig.send(ipfix(set(2, template)));
    }
    var value = new Bytes().u8(255).u16(list.size()).append(list);
    rig.send(ipfix(set(2, template(400, element, VARIABLE)), set(400, value)));
    return rig.found.lists.getLast();
  }

  private String basicList(Bytes list) {
    return read(291, list);
  }

  @Test
  @Tag("rfc6313-4.5.1-basic-list")
  void aBasicListHoldsValuesOfOneElement() {
    assertThat(basicList(new Bytes().u8(3).u16(8, 4).u32(0x0a000001, 0x0a000002)))
        .isEqualTo("3:0.8/4[0a000001 0a000002]");
  }

  @Test
  void aBasicListMayBeEmpty() {
    assertThat(basicList(new Bytes().u8(0).u16(8, 4))).isEqualTo("0:0.8/4[]");
  }

  @Test
  void anEnterpriseElementHasItsNumberBehindTheLength() {
    assertThat(basicList(new Bytes().u8(4).u16(0x8000 | 100, 2).u32(9).u16(1, 2)))
        .isEqualTo("4:9.100/2[0001 0002]");
  }

  @Test
  void valuesOfVariableLengthHaveTheirOwnLengths() {
    var list = new Bytes().u8(255).u16(82, VARIABLE).u8(2, 'a', 'b', 1, 'c', 255, 0, 1, 'd');

    assertThat(basicList(list)).isEqualTo("255:0.82/65535[6162 63 64]");
  }

  @Test
  void valuesOfNoOctetsAreNeitherCountedNorEndless() {
    assertThat(basicList(new Bytes().u8(3).u16(8, 0))).isEqualTo("3:0.8/0[]");
    assertThat(basicList(new Bytes().u8(3).u16(8, 0).u8(1))).endsWith("!MALFORMED");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "03",
        "03000800",
        "038008000400",
        "0300080004aabbcc",
        "030052ffff05aa",
        "030052ffffff00",
        "030052ffffff0005aa"
      })
  void aBasicListThatContradictsItselfIsMalformed(String hex) {
    assertThat(basicList(new Bytes().raw(Packets.hex(hex)))).endsWith("!MALFORMED");
  }

  @Test
  @Tag("rfc6313-4.5.2-sub-template-list")
  void aSubTemplateListHoldsRecordsOfOneTemplate() {
    var list = new Bytes().u8(3).u16(300).u8(6, 1, 2, 17, 3, 4);

    assertThat(read(292, list, template(300, 4, 1, 7, 2))).isEqualTo("3{06 0102|11 0304}");
  }

  @Test
  void recordsOfVariableLengthAreMeasured() {
    var list = new Bytes().u8(3).u16(300).u8(6, 2, 'a', 'b', 17, 0);

    assertThat(read(292, list, template(300, 4, 1, 82, VARIABLE))).isEqualTo("3{06 6162|11 }");
  }

  @Test
  @Tag("rfc6313-4.5.3-sub-template-multi-list")
  void aSubTemplateMultiListHoldsRecordsOfSeveralTemplates() {
    var list = new Bytes().u8(3).u16(300, 6).u8(6, 17).u16(301, 8).u16(1, 2);
    list.u16(300, 5).u8(1).u16(999, 4);

    assertThat(read(293, list, template(300, 4, 1), template(301, 7, 2, 11, 2)))
        .isEqualTo("3{06|11|0001 0002|01}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "03012c0003",
        "03012c0000",
        "03012c",
        "03012c0007aabb",
        "0300ff0005aa",
        "03012c0005aa00"
      })
  void aMultiListThatContradictsItselfIsMalformed(String hex) {
    assertThat(read(293, new Bytes().raw(Packets.hex(hex)), template(300, 4, 1)))
        .endsWith("!MALFORMED");
  }

  @Test
  void aRecordThatDoesNotEndInItsListIsMalformed() {
    var list = new Bytes().u8(3).u16(300).u8(6, 1, 2, 17, 3);

    assertThat(read(292, list, template(300, 4, 1, 7, 2))).endsWith("!MALFORMED");
  }

  @Test
  void anUnknownTemplateIsSaid() {
    assertThat(read(292, new Bytes().u8(3).u16(300).u8(1))).isEqualTo("3{!TEMPLATE_UNKNOWN");
    assertThat(read(292, new Bytes().u8(3).u16(300))).isEqualTo("3{}");
  }

  @Test
  @Tag("rfc6313-6-template-of-the-session")
  void theTemplateIsThatOfTheSameDomain() {
    rig.send(ipfix(8, set(2, template(300, 4, 1))));

    assertThat(read(292, new Bytes().u8(3).u16(300).u8(1))).endsWith("!TEMPLATE_UNKNOWN");
  }

  @Test
  @Tag("rfc6313-6-template-of-the-session")
  void theTemplateIsThatOfTheSameExporter() {
    rig.sendFrom(Rig.udp("192.0.2.99", 50_000), ipfix(set(2, template(300, 4, 1))));

    assertThat(read(292, new Bytes().u8(3).u16(300).u8(1))).endsWith("!TEMPLATE_UNKNOWN");
  }

  @Test
  void aListOfARecordThatWaitedUsesTheTemplatesOfItsSession() {
    var list = new Bytes().u8(3).u16(300).u8(6);
    rig.send(ipfix(set(400, new Bytes().u8(list.size()).append(list))));
    rig.send(ipfix(set(2, template(300, 4, 1), template(400, 292, VARIABLE))));

    assertThat(rig.count(Count.LATE_RECORDS)).isEqualTo(1);
    assertThat(rig.found.lists).containsExactly("3{06}");
  }

  @Test
  void listsMayHoldLists() {
    var inner = new Bytes().u8(4).u16(4, 1).u8(6, 17);
    var record = new Bytes().u16(443).u8(inner.size()).append(inner);
    var list = new Bytes().u8(3).u16(300).append(record).append(record);

    assertThat(read(292, list, template(300, 7, 2, 291, VARIABLE)))
        .isEqualTo("3{01bb 4:0.4/1[06 11]|01bb 4:0.4/1[06 11]}");
  }

  @Test
  @Tag("rfc6313-5.2-nested-lists")
  void listsOfListsAreFollowedToALimit() {
    var list = new Bytes().u8(3).u16(4, 1).u8(6);
    for (int depth = 1; depth < ListReader.DEPTH_MAX; depth++) {
      list = new Bytes().u8(3).u16(291, VARIABLE).u8(list.size()).append(list);
    }
    assertThat(basicList(list)).contains("[06]").doesNotContain("!");

    list = new Bytes().u8(3).u16(291, VARIABLE).u8(list.size()).append(list);
    assertThat(basicList(list)).contains("!MALFORMED").doesNotContain("[06]");
  }

  @Test
  void aTemplateThatHoldsItselfEndsAtTheLimit() {
    var list = new Bytes().u8(3).u16(300);
    for (int depth = 0; depth < 20; depth++) {
      list = new Bytes().u8(3).u16(300).u8(list.size()).append(list);
    }

    assertThat(read(292, list, template(300, 292, VARIABLE))).contains("!MALFORMED");
  }
}
