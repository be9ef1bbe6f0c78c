package io.penstock.wire;

import static io.penstock.wire.Bytes.ipfix;
import static io.penstock.wire.Bytes.set;
import static io.penstock.wire.Bytes.template;
import static io.penstock.wire.Bytes.v9;
import static io.penstock.wire.Rejection.TEMPLATE_NEVER_CAME;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.wire.DecoderCounters.Count;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Case 33: data that comes before its template. */
class WaitingSetsTest {

  private static final Bytes TEMPLATE = template(256, 8, 4, 7, 2);
  private static final Bytes RECORD = new Bytes().u32(0x0a000001).u16(80);
  private static final Bytes SECOND = new Bytes().u32(0x0a000002).u16(81);

  private final Rig rig = new Rig(Rig.SMALL, DecoderOptions.DEFAULT);
  private final Collected found = rig.found;

  @Test
  @Tag("case-33")
  void case33ASetWithoutATemplateWaitsAndSpoilsNoNeighbour() {
    rig.send(v9(set(0, TEMPLATE), set(300, SECOND), set(256, RECORD)));

    assertThat(found.texts()).containsExactly("0a000001 0050");
    assertThat(found.refusals).isEmpty();
    assertThat(rig.count(Count.WAITING_SETS)).isOne();
    assertThat(rig.count(Count.WAITING_OCTETS)).isEqualTo(6);
  }

  @Test
  @Tag("case-33")
  @Tag("rfc3954-9-data-before-template-stored")
  @Tag("rfc3954-9-template-in-another-packet")
  void case33WhatWaitedIsReadInOrderWithItsOwnHeaderWhenTheTemplateComes() {
    rig.send(v9(set(256, RECORD)), v9(set(256, SECOND), set(256, RECORD)));

    rig.send(v9(set(0, TEMPLATE), set(256, SECOND)));

    assertThat(found.texts())
        .containsExactly("0a000001 0050", "0a000002 0051", "0a000001 0050", "0a000002 0051");
    assertThat(found.records)
        .extracting(Collected.Copy::late)
        .containsExactly(true, true, true, false);
    assertThat(found.records)
        .extracting(record -> record.header().count())
        .containsExactly(1, 2, 2, 2);
    assertThat(rig.count(Count.SETS_DECODED_LATE)).isEqualTo(3);
    assertThat(rig.count(Count.WAITING_OCTETS)).isZero();
  }

  @Test
  @Tag("case-33")
  @Tag("rfc7011-8-template-in-another-message")
  @Tag("rfc7011-9.3-data-before-template-accepted")
  void setsOfIpfixWaitLikewise() {
    rig.send(ipfix(set(256, RECORD)));

    rig.send(ipfix(set(2, TEMPLATE)), ipfix(set(256, SECOND)));

    assertThat(found.texts()).containsExactly("0a000001 0050", "0a000002 0051");
    assertThat(found.records).extracting(Collected.Copy::late).containsExactly(true, false);
  }

  @Test
  void aTemplateOfAnotherIdOrDomainReleasesNothing() {
    rig.send(v9(1, set(256, RECORD)));

    rig.send(v9(1, set(0, template(257, 8, 4, 7, 2))), v9(2, set(0, TEMPLATE)));
    rig.send(ipfix(1, set(2, TEMPLATE)));

    assertThat(found.records).isEmpty();
    assertThat(rig.count(Count.WAITING_SETS)).isOne();
  }

  @Test
  @Tag("case-33")
  void whatWaitsIsGivenUpAfterItsTime() {
    rig.send(v9(set(256, RECORD)));
    rig.pass(Duration.ofMinutes(20));
    rig.send(v9(set(256, SECOND)));
    rig.pass(Duration.ofMinutes(11));

    rig.decoder.expire();

    rig.assertBalanced();
    assertThat(found.refusals)
        .containsExactly(new Collected.Refusal(Rig.ROUTER, TEMPLATE_NEVER_CAME, 6));
    rig.send(v9(set(0, TEMPLATE)));
    assertThat(found.texts()).containsExactly("0a000002 0051");
  }

  @Test
  void theNextDatagramOfAnyExporterGivesUpWhatIsTooOld() {
    rig.send(v9(set(256, RECORD)));
    rig.pass(Duration.ofMinutes(31));

    rig.sendFrom(Rig.udp("192.0.2.77", 1), Bytes.v5(1, 1));

    assertThat(found.reasons()).containsExactly(TEMPLATE_NEVER_CAME);
    assertThat(rig.count(Count.WAITING_SETS)).isZero();
  }

  @Test
  @Tag("case-33")
  void anExporterMayNotHaveMoreWaitingThanItsLimit() {
    rig.send(v9(set(256, new Bytes().zeros(800))));

    rig.send(v9(set(256, new Bytes().zeros(100))));

    assertThat(found.refusals)
        .containsExactly(new Collected.Refusal(Rig.ROUTER, TEMPLATE_NEVER_CAME, 100));
    assertThat(rig.count(Count.WAITING_OCTETS)).isEqualTo(800);
  }

  @Test
  void tinySetsMeetTheLimitToo() {
    for (int i = 0; i < 100; i++) {
      rig.send(v9(set(256 + i, new Bytes().u8(1))));
    }

    assertThat(rig.count(Count.WAITING_SETS)).isLessThan(10);
  }

  @Test
  void whenAllAreFullWhoHasMostWaitingGivesUpItsOldest() {
    rig.sendFrom(Rig.udp("192.0.2.1", 1), v9(set(256, new Bytes().zeros(60))));
    for (int i = 2; i <= 3; i++) {
      rig.sendFrom(Rig.udp("192.0.2.3", 1), v9(set(254 + i, new Bytes().zeros(100))));
      rig.sendFrom(Rig.udp("192.0.2.4", 1), v9(set(254 + i, new Bytes().zeros(100))));
    }
    rig.sendFrom(Rig.udp("192.0.2.5", 1), v9(set(256, new Bytes().zeros(580))));

    assertThat(found.refusals)
        .containsExactly(new Collected.Refusal(Rig.udp("192.0.2.3", 1), TEMPLATE_NEVER_CAME, 100));
    rig.sendFrom(Rig.udp("192.0.2.1", 1), v9(set(0, TEMPLATE)));
    assertThat(found.records).hasSize(10);
  }

  @Test
  void aCutSetThatWaitedIsStillCut() {
    var cut = new Bytes().u16(256, 40).append(RECORD).u8(1, 2);

    rig.send(v9(cut), v9(set(0, TEMPLATE)));

    assertThat(found.texts()).containsExactly("0a000001 0050");
    assertThat(found.refusals)
        .containsExactly(new Collected.Refusal(Rig.ROUTER, Rejection.TRUNCATED, 2));
  }

  @Test
  void theReceiveBufferMayBeReusedWhileASetWaits() {
    byte[] datagram = v9(set(256, RECORD)).array();
    rig.decoder.decode(Rig.ROUTER, datagram, 0, datagram.length);
    Arrays.fill(datagram, (byte) 0xff);

    rig.send(v9(set(0, TEMPLATE)));

    assertThat(found.texts()).containsExactly("0a000001 0050");
  }

  @Test
  void anEmptySetHasNothingToWaitFor() {
    rig.send(v9(set(256)));

    assertThat(rig.count(Count.WAITING_SETS)).isZero();
    assertThat(found.refusals).isEmpty();
  }
}
