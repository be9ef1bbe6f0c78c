package io.penstock.wire;

import static io.penstock.wire.Bytes.ipfix;
import static io.penstock.wire.Bytes.set;
import static io.penstock.wire.Bytes.template;
import static io.penstock.wire.Bytes.v9;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.wire.DecoderCounters.Count;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whose template reads whose data, and what happens when there are too many of either. */
class SessionsTest {

  private static final Bytes TEMPLATE = template(256, 8, 4, 7, 2);
  private static final Bytes OTHER = template(256, 7, 2, 8, 4);
  private static final Bytes RECORD = new Bytes().u32(0x0a000001).u16(80);
  private static final String READ = "0a000001 0050";
  private static final String READ_OTHERWISE = "0a00 00010050";

  private static final Exporter A = Rig.udp("192.0.2.1", 1001);
  private static final Exporter A2 = Rig.udp("192.0.2.1", 1002);
  private static final Exporter A3 = Rig.udp("192.0.2.1", 1003);
  private static final Exporter B = Rig.udp("192.0.2.2", 1001);

  private final Rig rig = new Rig();
  private final Collected found = rig.found;

  @Test
  @Tag("case-19")
  @Tag("rfc3954-5.1-source-id-separates-streams")
  @Tag("rfc7011-3.1-session-and-domain-separate-streams")
  @Tag("rfc7011-8-same-id-in-two-domains")
  @Tag("rfc3954-7-same-id-in-two-domains")
  void case19DomainsOfOneExporterHaveTheirOwnTemplates() {
    rig.send(v9(1, set(0, TEMPLATE)), v9(2, set(0, OTHER)));

    rig.send(v9(1, set(256, RECORD)), v9(2, set(256, RECORD)), v9(3, set(256, RECORD)));

    assertThat(found.texts()).containsExactly(READ, READ_OTHERWISE);
    assertThat(rig.count(Count.WAITING_SETS)).isOne();
  }

  @Test
  @Tag("case-19")
  @Tag("rfc7011-3.1-session-and-domain-separate-streams")
  @Tag("rfc7011-8-same-template-id-in-two-sessions")
  void case19AnotherAddressHasItsOwnTemplates() {
    rig.sendFrom(A, v9(set(0, TEMPLATE)));

    rig.sendFrom(B, v9(set(256, RECORD)));

    assertThat(found.records).isEmpty();
    assertThat(rig.count(Count.WAITING_SETS)).isOne();
  }

  @Test
  @Tag("case-19")
  void case19ANewPortOfTheSameAddressUsesItsOnlyDefinition() {
    rig.sendFrom(A, v9(set(0, TEMPLATE)));

    rig.sendFrom(A2, v9(set(256, RECORD)));

    assertThat(found.texts()).containsExactly(READ);
    assertThat(rig.count(Count.SETS_BORROWED_TEMPLATE)).isOne();
  }

  @Test
  @Tag("case-19")
  void case19TheDefinitionOfTheOwnPortIsPreferred() {
    rig.sendFrom(A, v9(set(0, TEMPLATE)));
    rig.sendFrom(A2, v9(set(0, OTHER)));

    rig.sendFrom(A, v9(set(256, RECORD)));
    rig.sendFrom(A2, v9(set(256, RECORD)));

    assertThat(found.texts()).containsExactly(READ, READ_OTHERWISE);
  }

  @Test
  @Tag("case-19")
  void case19PortsThatDisagreeLendNothing() {
    rig.sendFrom(A, v9(set(0, TEMPLATE)));
    rig.sendFrom(A2, v9(set(0, OTHER)));

    rig.sendFrom(A3, v9(set(256, RECORD)));

    assertThat(found.records).isEmpty();
    assertThat(rig.count(Count.WAITING_SETS)).isOne();
  }

  @Test
  @Tag("case-19")
  void case19PortsThatAgreeLendTheirDefinition() {
    rig.sendFrom(A, v9(set(0, TEMPLATE)));
    rig.sendFrom(A2, v9(set(0, TEMPLATE)));

    rig.sendFrom(A3, v9(set(256, RECORD)));

    assertThat(found.texts()).containsExactly(READ);
  }

  @Test
  @Tag("case-19")
  void case19WhatWaitsIsReadFirstWhenATemplateCanBeBorrowed() {
    rig.sendFrom(A2, v9(set(256, RECORD)));
    rig.sendFrom(A, v9(set(0, TEMPLATE)));

    rig.sendFrom(A2, v9(set(256, new Bytes().u32(0x0a000002).u16(81))));

    assertThat(found.texts()).containsExactly(READ, "0a000002 0051");
    assertThat(found.records).extracting(Collected.Copy::late).containsExactly(true, false);
  }

  @Test
  void whatIsBorrowedFollowsARedefinitionInTheSameMoment() {
    rig.sendFrom(A, v9(set(0, TEMPLATE)));
    rig.sendFrom(A2, v9(set(256, RECORD)));
    rig.sendFrom(A, v9(set(0, OTHER)));

    rig.sendFrom(A2, v9(set(256, RECORD)));

    assertThat(found.texts()).containsExactly(READ, READ_OTHERWISE);
  }

  @Test
  void aDisagreementEndsInTheSameMomentThatOneSideForgets() {
    rig.sendFrom(A, v9(set(0, TEMPLATE)));
    rig.sendFrom(A3, v9(set(0, OTHER)));
    rig.sendFrom(A2, v9(set(256, RECORD)));
    rig.sendFrom(A3, v9(set(0, template(256, 8, 0))));

    rig.sendFrom(A2, v9(set(256, RECORD)));

    assertThat(found.texts()).containsExactly(READ, READ);
  }

  @Test
  void whatNobodyKnowsAnyMoreIsNotBorrowed() {
    rig.sendFrom(A, v9(set(0, TEMPLATE)));
    rig.sendFrom(A2, v9(set(256, RECORD)));
    rig.sendFrom(A, v9(set(0, template(256, 8, 0))));

    rig.sendFrom(A2, v9(set(256, RECORD)));

    assertThat(found.texts()).containsExactly(READ);
    assertThat(rig.count(Count.WAITING_SETS)).isOne();
  }

  @Test
  void whatIsHeldForEachExporterCanBeAsked() {
    rig.sendFrom(A, v9(set(0, TEMPLATE, template(257, 7, 2))));
    rig.sendFrom(B, v9(set(256, RECORD), set(257, RECORD)));

    assertThat(rig.decoder.exporters())
        .containsExactly(new ExporterState(A, 2, 0, 0), new ExporterState(B, 0, 2, 12));
  }

  @Test
  @Tag("case-19")
  @Tag("rfc7011-8-same-template-id-in-two-sessions")
  @Tag("rfc7011-10-state-not-shared-between-transports")
  void aStreamNeitherLendsNorBorrows() {
    var stream = new Exporter(new InetSocketAddress("192.0.2.1", 1001), Transport.STREAM);
    rig.sendFrom(stream, ipfix(set(2, TEMPLATE)));
    rig.sendFrom(A, ipfix(set(256, RECORD)));
    rig.sendFrom(A2, ipfix(3, set(2, TEMPLATE)));

    rig.sendFrom(stream, ipfix(3, set(256, RECORD)));

    assertThat(found.records).isEmpty();
    assertThat(rig.count(Count.WAITING_SETS)).isEqualTo(2);
  }

  @Test
  @Tag("rfc7011-8.4-templates-end-with-the-session")
  @Tag("rfc7011-8-templates-end-with-their-session")
  void theEndOfAStreamForgetsItsTemplatesAndGivesUpWhatWaits() {
    rig.sendFrom(Rig.STREAM, ipfix(set(2, TEMPLATE), set(300, RECORD)));

    rig.decoder.close(Rig.STREAM);

    rig.assertBalanced();
    assertThat(rig.count(Count.TEMPLATES)).isZero();
    assertThat(rig.count(Count.SESSIONS)).isZero();
    assertThat(found.reasons()).containsExactly(Rejection.TEMPLATE_NEVER_CAME);
    rig.sendFrom(Rig.STREAM, ipfix(set(256, RECORD)));
    assertThat(found.records).isEmpty();
  }

  @Test
  void manyShortStreamsLeaveNothingBehind() {
    var small = new Rig(Rig.SMALL, DecoderOptions.DEFAULT);
    for (int i = 1; i <= 100; i++) {
      var address = new InetSocketAddress("192.0.2." + i, 1001);
      var stream = new Exporter(address, Transport.STREAM);
      small.sendFrom(stream, ipfix(set(2, TEMPLATE)));
      small.decoder.close(stream);
    }

    IntStream.range(1, 10)
        .forEach(i -> small.sendFrom(Rig.udp("198.51.100." + i, 1), ipfix(set(2, TEMPLATE))));

    assertThat(small.count(Count.SESSIONS)).isEqualTo(4);
  }

  @Test
  @Tag("case-34")
  @Tag("rfc3954-9-expired-template-not-used")
  @Tag("rfc7011-8-templates-stored")
  void case34ATemplateExpiresAloneWhenNobodyRefreshesIt() {
    rig.send(v9(set(0, TEMPLATE, template(257, 7, 2))));
    rig.pass(Duration.ofHours(20));
    rig.send(v9(set(0, template(257, 7, 2))));
    rig.pass(Duration.ofHours(5));

    rig.send(v9(set(256, RECORD), set(257, new Bytes().u16(80))));

    assertThat(found.texts()).containsExactly("0050");
    assertThat(rig.count(Count.TEMPLATES_EXPIRED)).isOne();
    assertThat(rig.count(Count.TEMPLATES)).isOne();
  }

  @Test
  @Tag("case-34")
  void case34TheSameDefinitionAfterExpiryReadsWhatWaits() {
    rig.send(v9(set(0, TEMPLATE)));
    rig.pass(Duration.ofHours(25));
    rig.send(v9(set(256, RECORD)));

    rig.send(v9(set(0, TEMPLATE)));

    assertThat(found.texts()).containsExactly(READ);
  }

  @Test
  @Tag("case-34")
  void case34AStreamsTemplatesDoNotExpire() {
    rig.sendFrom(Rig.STREAM, ipfix(set(2, TEMPLATE)));
    rig.pass(Duration.ofDays(30));

    rig.sendFrom(Rig.STREAM, ipfix(set(256, RECORD)));

    assertThat(found.texts()).containsExactly(READ);
  }

  @Test
  @Tag("case-36")
  void case36ExportersBehindOneAddressAreToldApartByPort() {
    for (int i = 0; i < 3; i++) {
      rig.sendFrom(A, v9(set(0, TEMPLATE), set(256, RECORD)));
      rig.sendFrom(A2, v9(set(0, OTHER), set(256, RECORD)));
    }

    rig.sendFrom(A, v9(set(256, RECORD)));

    assertThat(found.texts())
        .containsExactly(READ, READ_OTHERWISE, READ, READ_OTHERWISE, READ, READ_OTHERWISE, READ);
    assertThat(rig.count(Count.TEMPLATES_CHANGED)).isZero();
  }

  @Test
  @Tag("case-36")
  void case36FlappingDefinitionsSplitAnAddressByPort() {
    var byAddress =
        new Rig(Limits.DEFAULT, new DecoderOptions(DecoderOptions.Sessions.BY_ADDRESS, true));
    for (int i = 0; i < 3; i++) {
      byAddress.sendFrom(A, v9(set(0, TEMPLATE)));
      byAddress.sendFrom(A2, v9(set(0, OTHER)));
    }
    byAddress.sendFrom(A, v9(set(0, TEMPLATE)));

    byAddress.sendFrom(A2, v9(set(256, RECORD)));
    byAddress.sendFrom(A, v9(set(256, RECORD)));

    assertThat(byAddress.found.texts()).containsExactly(READ_OTHERWISE, READ);
    assertThat(byAddress.count(Count.ADDRESSES_SPLIT)).isOne();
  }

  @Test
  @Tag("case-36")
  void case36OneReturnToAnEarlierDefinitionSplitsNothing() {
    var byAddress =
        new Rig(Limits.DEFAULT, new DecoderOptions(DecoderOptions.Sessions.BY_ADDRESS, true));

    byAddress.sendFrom(A, v9(set(0, TEMPLATE)));
    byAddress.sendFrom(A2, v9(set(0, OTHER)));
    byAddress.sendFrom(A3, v9(set(0, TEMPLATE)));
    byAddress.sendFrom(A2, v9(set(256, RECORD)));

    assertThat(byAddress.found.texts()).containsExactly(READ);
    assertThat(byAddress.count(Count.ADDRESSES_SPLIT)).isZero();
  }

  @Test
  void byAddressAChangingPortIsTheSameExporter() {
    var byAddress =
        new Rig(Limits.DEFAULT, new DecoderOptions(DecoderOptions.Sessions.BY_ADDRESS, true));
    byAddress.sendFrom(A, v9(set(0, TEMPLATE)));
    byAddress.sendFrom(A2, v9(set(0, OTHER)));

    byAddress.sendFrom(A3, v9(set(256, RECORD)));

    assertThat(byAddress.found.texts()).containsExactly(READ_OTHERWISE);
    assertThat(byAddress.found.records.getFirst().exporter()).isEqualTo(A3);
    assertThat(byAddress.count(Count.SESSIONS)).isOne();
  }

  @Test
  @Tag("rfc7011-11.4-bounded-by-configuration")
  void case91TheLeastRecentlyHeardExporterGoesWhenThereAreTooMany() {
    var small = new Rig(Rig.SMALL, DecoderOptions.DEFAULT);
    for (int i = 1; i <= 4; i++) {
      small.sendFrom(Rig.udp("192.0.2." + i, 1), v9(set(0, TEMPLATE), set(300, RECORD)));
    }
    small.sendFrom(Rig.udp("192.0.2.1", 1), v9(set(256, RECORD)));

    small.sendFrom(Rig.udp("192.0.2.5", 1), v9(set(0, TEMPLATE)));

    assertThat(small.count(Count.SESSIONS)).isEqualTo(4);
    assertThat(small.count(Count.SESSIONS_EVICTED)).isOne();
    assertThat(small.found.refusals)
        .containsExactly(
            new Collected.Refusal(
                Rig.udp("192.0.2.2", 1), Rejection.TEMPLATE_NEVER_CAME, RECORD.size()));
    small.sendFrom(Rig.udp("192.0.2.1", 1), v9(set(256, RECORD)));
    assertThat(small.found.texts()).containsExactly(READ, READ);
  }

  @Test
  void case91AnAddressWithManyPortsDisplacesNobodyElse() {
    var small = new Rig(Rig.SMALL, DecoderOptions.DEFAULT);
    small.sendFrom(B, v9(set(0, TEMPLATE)));

    IntStream.range(1, 50)
        .forEach(port -> small.sendFrom(Rig.udp("192.0.2.1", port), v9(set(0, OTHER))));

    small.sendFrom(B, v9(set(256, RECORD)));
    assertThat(small.found.texts()).containsExactly(READ);
    assertThat(small.count(Count.SESSIONS)).isEqualTo(4);
  }

  @Test
  void case91NoExporterChangesWhatAnotherTaught() {
    rig.sendFrom(A, ipfix(set(2, TEMPLATE)));
    rig.sendFrom(B, ipfix(set(2, OTHER), set(2, new Bytes().u16(2, 0))));

    rig.sendFrom(A, ipfix(set(256, RECORD)));

    assertThat(found.texts()).containsExactly(READ);
  }

  @Test
  @Tag("rfc7011-11.4-bounded-by-configuration")
  void case91TheTemplatesOfAllExportersAreBoundedTogether() {
    var small = new Rig(Rig.SMALL, DecoderOptions.DEFAULT);
    int[] fortyFields = IntStream.range(0, 80).map(i -> 1).toArray();

    for (int i = 1; i <= 3; i++) {
      small.sendFrom(Rig.udp("192.0.2." + i, 1), v9(set(0, template(256, fortyFields))));
    }

    assertThat(small.count(Count.TEMPLATES)).isEqualTo(2);
    assertThat(small.count(Count.TEMPLATES_EVICTED)).isOne();
    assertThat(small.found.refusals)
        .extracting(Collected.Refusal::exporter)
        .containsExactly(Rig.udp("192.0.2.1", 1));
  }
}
