package io.penstock.wire;

import static io.penstock.wire.Bytes.ipfix;
import static io.penstock.wire.Bytes.set;
import static io.penstock.wire.Bytes.template;
import static io.penstock.wire.Bytes.v9;
import static io.penstock.wire.FieldSpecifier.VARIABLE;
import static io.penstock.wire.Rejection.BAD_TEMPLATE;
import static io.penstock.wire.Rejection.TOO_MANY_TEMPLATES;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.wire.DecoderCounters.Count;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How templates are read, replaced, refused and forgotten. */
class TemplateTest {

  private static final Bytes TEMPLATE = template(256, 8, 4, 7, 2);
  private static final Bytes OTHER = template(256, 7, 2, 8, 4);
  private static final Bytes RECORD = new Bytes().u32(0x0a000001).u16(80);
  private static final String READ = "0a000001 0050";
  private static final String READ_OTHERWISE = "0a00 00010050";

  private final Rig rig = new Rig();
  private final Collected found = rig.found;

  @Test
  @Tag("case-18")
  @Tag("rfc3954-5.2-several-records-in-a-flowset")
  @Tag("rfc3954-9-several-template-flowsets")
  void case18SeveralTemplatesInASetAndSeveralSetsInAMessage() {
    rig.send(
        v9(
            set(0, TEMPLATE, template(257, 7, 2)),
            set(0, template(258, 4, 1)),
            set(256, RECORD),
            set(257, new Bytes().u16(80)),
            set(258, new Bytes().u8(6))));

    assertThat(found.texts()).containsExactly(READ, "0050", "06");
    assertThat(rig.count(Count.TEMPLATES)).isEqualTo(3);
  }

  @Test
  @Tag("case-18")
  void case18ATemplateBehindItsDataInOneMessage() {
    rig.send(v9(set(256, RECORD), set(0, TEMPLATE)));

    assertThat(found.texts()).containsExactly(READ);
    assertThat(found.records.getFirst().late()).isTrue();
    assertThat(rig.count(Count.LATE_RECORDS)).isOne();
  }

  @Test
  @Tag("case-20")
  @Tag("rfc7011-3-several-sets")
  @Tag("rfc7011-8.4-redefinition-replaces")
  void case20ARedefinitionReadsLaterSetsAndNoEarlierOnes() {
    rig.send(ipfix(set(2, TEMPLATE), set(256, RECORD), set(2, OTHER), set(256, RECORD)));

    assertThat(found.texts()).containsExactly(READ, READ_OTHERWISE);
    assertThat(rig.count(Count.TEMPLATES_CHANGED)).isOne();
    assertThat(rig.count(Count.TEMPLATES)).isOne();
  }

  @Test
  @Tag("case-20")
  @Tag("rfc3954-7-new-definition-replaces")
  @Tag("rfc3954-9-new-template-overrides")
  void case20ARestartedExporterOfVersion9MayUseAnIdForSomethingElse() {
    rig.send(v9(set(0, TEMPLATE), set(256, RECORD)));

    rig.send(v9(set(0, OTHER), set(256, RECORD)), v9(set(256, RECORD)));

    assertThat(found.texts()).containsExactly(READ, READ_OTHERWISE, READ_OTHERWISE);
    assertThat(rig.count(Count.TEMPLATES)).isOne();
  }

  @Test
  @Tag("case-21")
  @Tag("rfc7011-8.4-identical-template-not-logged")
  void case21AnIdenticalRedefinitionKeepsTheTemplateAndItsPlan() {
    rig.send(v9(set(0, TEMPLATE), set(256, RECORD)));
    var first = found.records.getFirst().template();
    first.plan("compiled");

    rig.send(v9(set(0, TEMPLATE), set(256, RECORD)));

    assertThat(found.records.getLast().template()).isSameAs(first);
    assertThat(found.records.getLast().template().plan()).isEqualTo("compiled");
    assertThat(found.templates).hasSize(1);
    assertThat(rig.count(Count.TEMPLATES_REFRESHED)).isOne();
  }

  @ParameterizedTest
  @Tag("rfc3954-5.2-template-ids-from-256")
  @Tag("rfc7011-3.4.1-template-ids-from-256")
  @ValueSource(ints = {1, 2, 255})
  @Tag("case-22")
  void case22ATemplateIdBelow256IsRefusedAndTheNextIsRead(int id) {
    rig.send(
        v9(set(0, template(id, 7, 2), TEMPLATE), set(256, RECORD)),
        ipfix(set(2, template(id, 7, 2), TEMPLATE), set(256, RECORD)));

    assertThat(found.texts()).containsExactly(READ, READ);
    assertThat(found.reasons()).containsExactly(BAD_TEMPLATE, BAD_TEMPLATE);
  }

  @Test
  @Tag("case-23")
  @Tag("rfc7011-8.4-udp-withdrawal-ignored")
  void case23AWithdrawalOverUdpIsIgnored() {
    rig.send(
        ipfix(set(2, TEMPLATE)),
        ipfix(set(2, new Bytes().u16(256, 0)), set(256, RECORD)),
        ipfix(set(2, new Bytes().u16(2, 0)), set(256, RECORD)),
        ipfix(set(3, new Bytes().u16(3, 0)), set(256, RECORD)));

    assertThat(found.texts()).containsExactly(READ, READ, READ);
    assertThat(rig.count(Count.WITHDRAWALS_IGNORED)).isEqualTo(3);
    assertThat(found.refusals).isEmpty();
  }

  @Test
  @Tag("case-23")
  @Tag("rfc7011-8.1-withdrawn-template-not-used")
  void case23AWithdrawalOverAStreamForgetsTheTemplate() {
    rig.sendFrom(
        Rig.STREAM,
        ipfix(set(2, TEMPLATE, template(257, 7, 2))),
        ipfix(set(2, new Bytes().u16(256, 0)), set(256, RECORD), set(257, new Bytes().u16(80))));

    assertThat(found.texts()).containsExactly("0050");
    assertThat(rig.count(Count.TEMPLATES_WITHDRAWN)).isOne();
    assertThat(rig.count(Count.WAITING_SETS)).isOne();
  }

  @Test
  @Tag("case-23")
  @Tag("rfc7011-8.1-all-templates-withdrawn")
  void case23AllTemplatesOfADomainAreWithdrawnButNoOptionsTemplates() {
    var options = new Bytes().u16(300, 2, 1, 149, 4, 34, 4);
    rig.sendFrom(
        Rig.STREAM,
        ipfix(7, set(2, TEMPLATE, template(257, 7, 2)), set(3, options)),
        ipfix(8, set(2, TEMPLATE)));

    rig.sendFrom(Rig.STREAM, ipfix(7, set(2, new Bytes().u16(2, 0))));

    assertThat(rig.count(Count.TEMPLATES_WITHDRAWN)).isEqualTo(2);
    rig.sendFrom(Rig.STREAM, ipfix(8, set(256, RECORD)));
    rig.sendFrom(Rig.STREAM, ipfix(7, set(300, new Bytes().u32(1, 2))));
    assertThat(found.texts()).containsExactly(READ, "00000001 00000002");
  }

  @Test
  @Tag("case-23")
  @Tag("rfc7011-8.1-all-templates-withdrawn")
  void case23AllOptionsTemplatesOfADomainAreWithdrawn() {
    var options = new Bytes().u16(300, 2, 1, 149, 4, 34, 4);
    rig.sendFrom(Rig.STREAM, ipfix(set(2, TEMPLATE), set(3, options)));

    rig.sendFrom(Rig.STREAM, ipfix(set(3, new Bytes().u16(3, 0)), set(256, RECORD)));

    assertThat(rig.count(Count.TEMPLATES_WITHDRAWN)).isOne();
    assertThat(found.texts()).containsExactly(READ);
  }

  @Test
  @Tag("case-23")
  void case23AVersion9TemplateWithoutFieldsIsRefused() {
    rig.send(v9(set(0, TEMPLATE), set(0, new Bytes().u16(256, 0)), set(256, RECORD)));

    assertThat(found.texts()).containsExactly(READ);
    assertThat(found.reasons()).containsExactly(BAD_TEMPLATE);
  }

  @Test
  @Tag("case-24")
  void case24AFieldOfLengthZeroIsReadAsEmpty() {
    rig.send(v9(set(0, template(256, 8, 4, 82, 0, 7, 2)), set(256, RECORD, RECORD)));

    assertThat(found.texts()).containsExactly("0a000001  0050", "0a000001  0050");
  }

  @Test
  @Tag("case-24")
  void case24ATemplateOfEmptyFieldsOnlyIsRefusedAndItsForerunnerForgotten() {
    rig.send(v9(set(0, TEMPLATE), set(0, template(256, 8, 0, 7, 0)), set(256, RECORD)));

    assertThat(found.records).isEmpty();
    assertThat(found.reasons()).containsExactly(BAD_TEMPLATE);
    assertThat(rig.count(Count.WAITING_SETS)).isOne();
    assertThat(rig.count(Count.TEMPLATES)).isZero();
  }

  @Test
  @Tag("case-24")
  void aTemplateWithMoreEmptyFieldsThanItsRecordsHaveOctetsIsRefused() {
    var hollow = new int[2 * 16];
    hollow[0] = 4;
    hollow[1] = 1;

    rig.send(v9(set(0, template(256, hollow)), set(256, RECORD)));

    assertThat(found.records).isEmpty();
    assertThat(found.reasons()).containsExactly(BAD_TEMPLATE);
  }

  @Test
  @Tag("case-25")
  void case25AVersion9LengthOf65535MeansVariableLength() {
    rig.send(
        v9(
            set(0, template(256, 82, VARIABLE, 7, 2)),
            set(256, new Bytes().u8(2, 'e', '0', 0, 80))));

    assertThat(found.texts()).containsExactly("6530 0050");
  }

  @Test
  @Tag("case-25")
  void case25WithoutTheOptionSuchATemplateIsRefused() {
    var strict =
        new Rig(
            Limits.DEFAULT, new DecoderOptions(DecoderOptions.Sessions.BY_ADDRESS_AND_PORT, false));

    strict.send(v9(set(0, template(256, 82, VARIABLE, 7, 2), template(257, 7, 2))));

    assertThat(strict.found.reasons()).containsExactly(BAD_TEMPLATE);
    assertThat(strict.found.templates).extracting(Template::id).containsExactly(257);
  }

  @Test
  @Tag("case-26")
  @Tag("rfc3954-6.1-option-lengths-in-octets")
  @Tag("rfc3954-6.2-flowset-id-is-the-options-template")
  void case26AVersion9OptionsTemplateGivesItsLengthsInOctets() {
    var options = new Bytes().u16(257, 8, 4, 1, 4, 2, 2, 34, 4);

    rig.send(v9(set(1, options), set(257, new Bytes().u32(1).u16(2).u32(1000))));

    assertThat(found.templates.getFirst().scopeCount()).isEqualTo(2);
    assertThat(found.templates.getFirst().fields())
        .containsExactly(
            new FieldSpecifier(0, 1, 4, true),
            new FieldSpecifier(0, 2, 2, true),
            new FieldSpecifier(0, 34, 4, false));
    assertThat(found.texts()).containsExactly("00000001 0002 000003e8");
  }

  @Test
  @Tag("case-26")
  void case26LengthsThatAreNoMultipleOf4AreRefusedAndTheNextTemplateIsRead() {
    var odd = new Bytes().u16(257, 4, 6, 1, 4, 34, 4).u16(0);
    var good = new Bytes().u16(258, 4, 4, 1, 4, 34, 4);

    rig.send(v9(set(1, odd, good)));

    assertThat(found.reasons()).containsExactly(BAD_TEMPLATE);
    assertThat(found.templates).extracting(Template::id).containsExactly(258);
  }

  @Test
  @Tag("case-27")
  void case27AnIpfixOptionsTemplateCountsItsScopeFieldsInTheTotal() {
    rig.send(ipfix(set(3, new Bytes().u16(300, 3, 2, 149, 4, 10, 4, 34, 4))));

    assertThat(found.templates.getFirst().scopeCount()).isEqualTo(2);
    assertThat(found.templates.getFirst().fields()).hasSize(3);
  }

  @Test
  @Tag("case-27")
  @Tag("rfc7011-3.4.2.2-scope-count-not-zero")
  void case27AScopeCountOfZeroIsIllegalButRead() {
    rig.send(ipfix(set(3, new Bytes().u16(300, 1, 0, 34, 4)), set(300, new Bytes().u32(10))));

    assertThat(found.texts()).containsExactly("0000000a");
    assertThat(found.templates.getFirst().isOptions()).isTrue();
  }

  @Test
  @Tag("case-27")
  void case27MoreScopeFieldsThanFieldsIsRefusedAndTheNextTemplateIsRead() {
    var bad = new Bytes().u16(300, 1, 2, 34, 4);
    var good = new Bytes().u16(301, 1, 1, 149, 4);

    rig.send(ipfix(set(3, bad, good)));

    assertThat(found.reasons()).containsExactly(BAD_TEMPLATE);
    assertThat(found.templates).extracting(Template::id).containsExactly(301);
  }

  @ParameterizedTest
  @Tag("rfc3954-9-padding-accepted")
  @Tag("rfc7011-9-padding-accepted")
  @ValueSource(ints = {1, 2, 3, 4, 6, 8, 20})
  @Tag("case-28")
  void case28PaddingBehindAnOptionsTemplateIsNoTemplate(int octets) {
    var v9Options = new Bytes().u16(257, 4, 4, 1, 4, 34, 4).zeros(octets);
    var ipfixOptions = new Bytes().u16(257, 2, 1, 149, 4, 34, 4).zeros(octets);

    rig.send(v9(set(1, v9Options)), ipfix(set(3, ipfixOptions)));

    assertThat(found.templates).hasSize(2);
    assertThat(found.refusals).isEmpty();
    assertThat(rig.count(Count.PADDING_OCTETS)).isEqualTo(2L * octets);
  }

  @Test
  @Tag("case-28")
  void case28PaddingBetweenTemplatesIsSkipped() {
    var first = new Bytes().u16(257, 4, 4, 1, 4, 34, 4).zeros(2);
    var second = new Bytes().u16(258, 4, 4, 1, 4, 34, 4).zeros(6);
    var third = new Bytes().u16(259, 4, 4, 1, 4, 34, 4);

    rig.send(v9(set(1, first, second, third)));

    assertThat(found.templates).extracting(Template::id).containsExactly(257, 258, 259);
    assertThat(found.refusals).isEmpty();
  }

  @Test
  @Tag("case-29")
  @Tag("rfc7011-3.2-enterprise-number")
  void case29TheEnterpriseBitOfIpfixIsReadInScopeAndOtherFields() {
    var options =
        new Bytes().u16(300, 3, 1).u16(0x8001, 4).u32(2636).u16(0x8064, 2).u32(9).u16(34, 4);

    rig.send(ipfix(set(3, options)));

    assertThat(found.templates.getFirst().fields())
        .containsExactly(
            new FieldSpecifier(2636, 1, 4, true),
            new FieldSpecifier(9, 100, 2, false),
            new FieldSpecifier(0, 34, 4, false));
  }

  @Test
  @Tag("case-29")
  void case29Version9HasNoEnterpriseBit() {
    rig.send(v9(set(0, template(256, 33_002, 2, 57_600, 4)), set(256, RECORD)));

    assertThat(found.templates.getFirst().fields())
        .containsExactly(
            new FieldSpecifier(0, 33_002, 2, false), new FieldSpecifier(0, 57_600, 4, false));
    assertThat(found.texts()).containsExactly("0a00 00010050");
  }

  @Test
  @Tag("case-30")
  @Tag("rfc7011-8-identical-elements")
  void case30AnElementGivenTwiceIsKeptTwice() {
    rig.send(ipfix(set(2, template(256, 70, 3, 70, 3)), set(256, RECORD)));

    assertThat(found.texts()).containsExactly("0a0000 010050");
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 100, 65_535})
  @Tag("case-31")
  void case31MoreFieldsThanTheSetHoldsAreRefused(int count) {
    var lie = new Bytes().u16(256, count, 8, 4, 7, 2);

    rig.send(
        v9(set(0, lie), set(0, template(257, 7, 2))),
        ipfix(set(2, lie), set(2, template(257, 7, 2))),
        ipfix(set(3, lie)),
        v9(set(1, lie)));

    assertThat(found.templates).extracting(Template::id).containsExactly(257, 257);
    assertThat(found.reasons())
        .containsExactly(BAD_TEMPLATE, BAD_TEMPLATE, BAD_TEMPLATE, BAD_TEMPLATE);
  }

  @Test
  @Tag("case-32")
  void case32RecordsLongerThanAnyDatagramAreRefused() {
    rig.send(
        v9(set(0, template(256, 8, 60_000, 7, 60_000), template(257, 7, 2))),
        ipfix(set(2, template(256, 8, 60_000, 7, 60_000), template(257, 7, 2))));

    assertThat(found.reasons()).containsExactly(BAD_TEMPLATE, BAD_TEMPLATE);
    assertThat(found.templates).extracting(Template::id).containsExactly(257, 257);
  }

  @Test
  @Tag("case-37")
  @Tag("rfc3954-7-templates-stored")
  void case37TheVersionIsPartOfTheKey() {
    rig.send(v9(set(0, TEMPLATE)), ipfix(set(2, OTHER)));

    rig.send(v9(set(256, RECORD)), ipfix(set(256, RECORD)));

    assertThat(found.texts()).containsExactly(READ, READ_OTHERWISE);
  }

  @Test
  @Tag("case-65")
  @Tag("rfc7011-9-unknown-elements-noted")
  void case65AnUnknownEnterpriseElementKeepsItsNumberAndOctets() {
    var template = new Bytes().u16(256, 1).u16(0x8000 | 8, 6).u32(4_000_000_000L);

    rig.send(ipfix(set(2, template), set(256, RECORD)));

    assertThat(found.templates.getFirst().fields())
        .containsExactly(new FieldSpecifier(4_000_000_000L, 8, 6, false));
    assertThat(found.texts()).containsExactly("0a0000010050");
  }

  @Test
  void aTemplateCutByTheEndOfTheDatagramIsCountedAsTruncated() {
    var cut = new Bytes().u16(0, 40).append(TEMPLATE).u16(257, 3, 8, 4);

    rig.send(v9(cut));

    assertThat(found.templates).hasSize(1);
    assertThat(found.reasons()).containsExactly(Rejection.TRUNCATED);
  }

  @Test
  void theLeastRecentlyUsedTemplateGoesWhenAnExporterHasTooMany() {
    var small = new Rig(Rig.SMALL, DecoderOptions.DEFAULT);
    IntStream.range(0, 5).forEach(i -> small.send(v9(set(0, template(256 + i, 8, 4, 7, 2)))));
    small.send(v9(set(256, RECORD)));

    small.send(v9(set(0, template(300, 7, 2))));

    small.send(v9(set(256, RECORD), set(257, RECORD)));
    assertThat(small.found.texts()).containsExactly(READ, READ);
    assertThat(small.found.reasons()).containsExactly(TOO_MANY_TEMPLATES);
    assertThat(small.count(Count.TEMPLATES)).isEqualTo(5);
    assertThat(small.count(Count.TEMPLATES_EVICTED)).isOne();
    assertThat(small.count(Count.WAITING_SETS)).isOne();
  }

  @Test
  void theFieldsOfAnExportersTemplatesAreBoundedTogether() {
    var small = new Rig(Rig.SMALL, DecoderOptions.DEFAULT);
    int[] thirtyFields = IntStream.range(0, 60).map(i -> 1).toArray();

    small.send(v9(set(0, TEMPLATE, template(257, thirtyFields), template(258, thirtyFields))));

    assertThat(small.count(Count.TEMPLATES)).isOne();
    assertThat(small.count(Count.TEMPLATES_EVICTED)).isEqualTo(2);
  }
}
