package io.penstock.decode;

import static io.penstock.decode.Rig.NOW;
import static io.penstock.decode.Rig.UPTIME;
import static io.penstock.decode.Rig.extra;
import static io.penstock.decode.Rig.fields;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import io.penstock.event.Quirk;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Decoding cases 66 to 73: when a flow started and ended. */
class FlowTimesTest {

  private static final long NTP_OFFSET = 2_208_988_800L;

  private Rig rig = new Rig();

  private static Instant start(Event event) {
    return Instant.ofEpochSecond(0, event.startNanos());
  }

  private static Instant end(Event event) {
    return Instant.ofEpochSecond(0, event.endNanos());
  }

  private static boolean has(Event event, Quirk quirk) {
    return (event.quirks() & quirk.bit()) != 0;
  }

  @Test
  @Tag("case-66")
  void case66UptimesCountBackFromTheExportTime() {
    rig.exported = NOW.plusNanos(280_328_000);

    var event = rig.v5(6, 1, 2, UPTIME - 5_000, UPTIME - 1_000);

    assertThat(start(event)).isEqualTo(rig.exported.minusSeconds(5));
    assertThat(end(event)).isEqualTo(rig.exported.minusSeconds(1));
    assertThat(event.quirks()).isZero();
  }

  @Test
  @Tag("case-66")
  void case66AFlowThatBeganBeforeTheUptimeWrappedIsNotWeeksOff() {
    rig.uptime = 2_000;

    var event = rig.v9(fields().ends().number(22, 4, 0xffff_ffffL - 999).number(21, 4, 1_000));

    assertThat(start(event)).isEqualTo(NOW.minusSeconds(3));
    assertThat(end(event)).isEqualTo(NOW.minusSeconds(1));
  }

  @Test
  @Tag("case-66")
  void case66AFlowOfMoreThanHalfTheUptimesRangeIsNotInTheFuture() {
    rig.uptime = 2_786_708_008L;

    var event = rig.v9(fields().ends().number(22, 4, 180_466).number(21, 4, 2_786_708_000L));

    assertThat(start(event)).isEqualTo(NOW.minusMillis(2_786_708_008L - 180_466));
    assertThat(end(event)).isEqualTo(NOW.minusMillis(8));
    assertThat(event.quirks()).isZero();
  }

  @Test
  @Tag("case-67")
  void case67AFlowThatEndedAfterTheHeaderWasStampedIsTolerated() {
    var event = rig.v5(6, 1, 2, UPTIME - 10, UPTIME + 40);

    assertThat(end(event)).isEqualTo(NOW.plusMillis(40));
    assertThat(event.quirks()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"500,false", "90000,true"})
  @Tag("case-67")
  void case67ANegativeDurationIsClampedAndFlaggedWhenItIsNoJitter(long behind, boolean flagged) {
    var event = rig.v5(6, 1, 2, UPTIME, UPTIME - behind);

    assertThat(start(event)).isEqualTo(end(event)).isEqualTo(NOW.minusMillis(behind));
    assertThat(has(event, Quirk.NEGATIVE_DURATION)).isEqualTo(flagged);
  }

  @Test
  @Tag("case-68")
  void case68AnExporterWithoutAClockIsPutAtTheTimeOfReceipt() {
    rig.exported = Instant.ofEpochSecond(86_400);

    var event = rig.v5(6, 1, 2, UPTIME - 5_000, UPTIME);

    assertThat(start(event)).isEqualTo(NOW.minusSeconds(5));
    assertThat(end(event)).isEqualTo(NOW);
    assertThat(has(event, Quirk.CLOCK_SKEW)).isTrue();
    assertThat(event.origin().exportNanos()).isEqualTo(Rig.nanos(rig.exported));
    assertThat(event.origin().receivedNanos()).isEqualTo(Rig.nanos(NOW));
  }

  @ParameterizedTest
  @CsvSource({"PT23H,false", "PT25H,true", "PT-25H,true"})
  @Tag("case-68")
  void case68AClockThatIsFarOffIsNotBelieved(Duration off, boolean skewed) {
    rig.exported = NOW.plus(off);

    var event =
        rig.ipfix(
            fields()
                .ends()
                .number(152, 8, rig.exported.minusSeconds(5).toEpochMilli())
                .number(153, 8, rig.exported.toEpochMilli()));

    assertThat(has(event, Quirk.CLOCK_SKEW)).isEqualTo(skewed);
    assertThat(start(event)).isEqualTo((skewed ? NOW : rig.exported).minusSeconds(5));
    assertThat(end(event)).isEqualTo(skewed ? NOW : rig.exported);
  }

  @Test
  @Tag("case-68")
  void case68TimesThatAreRightWhereTheExportTimeIsWrongStay() {
    rig.exported = Instant.ofEpochSecond(100);

    var event =
        rig.ipfix(
            fields()
                .ends()
                .number(152, 8, NOW.minusSeconds(9).toEpochMilli())
                .number(153, 8, NOW.minusSeconds(8).toEpochMilli()));

    assertThat(start(event)).isEqualTo(NOW.minusSeconds(9));
    assertThat(end(event)).isEqualTo(NOW.minusSeconds(8));
  }

  @Test
  @Tag("case-68")
  void case68RecordedTrafficIsBelievedHoweverOldItIs() {
    rig = new Rig(DecodeConfig.recorded());
    rig.exported = Instant.parse("2015-05-02T18:38:08Z");

    var event = rig.v5(6, 1, 2, UPTIME - 5_000, UPTIME);

    assertThat(end(event)).isEqualTo(rig.exported);
    assertThat(event.quirks()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  @Tag("case-69")
  void case69TheSystemsStartMayStandBeforeOrAfterTheUptimes(boolean before) {
    long boot = NOW.minusSeconds(1_000).toEpochMilli();
    var fields = fields().ends();
    if (before) {
      fields.number(160, 8, boot);
    }
    fields.number(22, 4, 990_000).number(21, 4, 995_000);
    if (!before) {
      fields.number(160, 8, boot);
    }

    var event = rig.ipfix(fields);

    assertThat(start(event)).isEqualTo(NOW.minusSeconds(10));
    assertThat(end(event)).isEqualTo(NOW.minusSeconds(5));
    assertThat(has(event, Quirk.TIME_ESTIMATED)).isFalse();
    assertThat(extra(event)).contains("systemInitTimeMilliseconds");
  }

  @Test
  @Tag("case-69")
  void case69TheSystemsStartMayComeFromOptions() {
    rig.ipfixOptions(
        fields().scope(143, 4, 1).number(160, 8, NOW.minusSeconds(1_000).toEpochMilli()));

    var event = rig.ipfix(fields().ends().number(22, 4, 990_000).number(21, 4, 995_000));

    assertThat(start(event)).isEqualTo(NOW.minusSeconds(10));
    assertThat(has(event, Quirk.TIME_ESTIMATED)).isFalse();
  }

  @Test
  @Tag("case-69")
  void case69WithoutTheSystemsStartTheLatestFlowEndedAtTheExport() {
    rig.ipfix(fields().ends().number(22, 4, 4_000).number(21, 4, 10_000));

    var event = rig.ipfix(fields().ends().number(22, 4, 5_000).number(21, 4, 7_000));

    assertThat(start(event)).isEqualTo(NOW.minusSeconds(5));
    assertThat(end(event)).isEqualTo(NOW.minusSeconds(3));
    assertThat(has(event, Quirk.TIME_ESTIMATED)).isTrue();
  }

  @Test
  @Tag("case-70")
  @Tag("rfc7011-6.1.7-seconds")
  @Tag("rfc7011-6.1.8-milliseconds")
  void case70SecondsAndMilliseconds() {
    var seconds =
        rig.ipfix(
            fields()
                .ends()
                .number(150, 4, NOW.getEpochSecond() - 9)
                .number(151, 4, NOW.getEpochSecond()));
    var millis =
        rig.ipfix(
            fields()
                .ends()
                .number(152, 8, NOW.toEpochMilli() - 9)
                .number(153, 8, NOW.toEpochMilli()));

    assertThat(start(seconds)).isEqualTo(NOW.minusSeconds(9));
    assertThat(start(millis)).isEqualTo(NOW.minusMillis(9));
    assertThat(extra(millis)).isEmpty();
  }

  @ParameterizedTest
  @Tag("rfc7011-6.1.9-microseconds")
  @Tag("rfc7011-6.1.10-nanoseconds")
  @CsvSource({"154,155,250000000", "156,157,250000000"})
  @Tag("case-70")
  void case70MicrosecondsAndNanosecondsAreNtpTimestamps(int from, int to, long fraction) {
    long ntp = NOW.getEpochSecond() + NTP_OFFSET << 32 | 1L << 30;

    var event = rig.ipfix(fields().ends().number(from, 8, ntp - (5L << 32)).number(to, 8, ntp));

    assertThat(end(event)).isEqualTo(NOW.plusNanos(fraction));
    assertThat(start(event)).isEqualTo(NOW.plusNanos(fraction).minusSeconds(5));
    assertThat(event.quirks()).isZero();
  }

  @Test
  @Tag("case-70")
  @Tag("rfc7011-6.1.9-microseconds")
  void case70TheLowBitsOfAMicrosecondFractionAreIgnored() {
    long ntp = NOW.getEpochSecond() + NTP_OFFSET << 32;

    var event = rig.ipfix(fields().ends().number(154, 8, ntp | 0x7ff).number(155, 8, ntp | 0x7ff));

    assertThat(start(event)).isEqualTo(NOW);
  }

  @ParameterizedTest
  @CsvSource({"154,155,1000000", "156,157,1000000000"})
  @Tag("case-70")
  void case70UnixTimesInNtpFieldsAreRecognised(int from, int to, long units) {
    long now = NOW.getEpochSecond() * units;

    var event = rig.ipfix(fields().ends().number(from, 8, now - 3 * units).number(to, 8, now));

    assertThat(start(event)).isEqualTo(NOW.minusSeconds(3));
    assertThat(end(event)).isEqualTo(NOW);
    assertThat(has(event, Quirk.UNIX_TIME_IN_NTP_FIELD)).isTrue();
  }

  @Test
  @Tag("case-70")
  void case70ATimevalOfSixteenOctetsIsRecognised() {
    var hex = String.format("%016x%016x", NOW.getEpochSecond(), 500_000);

    var event = rig.ipfix(fields().ends().hex(154, hex).hex(155, hex));

    assertThat(start(event)).isEqualTo(NOW.plusMillis(500));
  }

  @Test
  @Tag("case-71")
  @Tag("rfc7011-5.2-ntp-era-by-context")
  void case71AnNtpEraEndsWithoutMovingTimes() {
    rig.exported = Instant.parse("2036-02-07T06:28:20Z");
    rig.received = rig.exported;
    long ntp = rig.exported.getEpochSecond() + NTP_OFFSET << 32;

    var event = rig.ipfix(fields().ends().number(154, 8, ntp - (10L << 32)).number(155, 8, ntp));

    assertThat(start(event)).isEqualTo(rig.exported.minusSeconds(10));
    assertThat(end(event)).isEqualTo(rig.exported);
  }

  @Test
  @Tag("case-71")
  @Tag("rfc7011-5.2-dates-by-context")
  @Tag("rfc7011-6.1.7-seconds")
  void case71UnixSecondsAreUnsigned() {
    rig.exported = Instant.parse("2050-01-01T00:00:00Z");
    rig.received = rig.exported;

    var event =
        rig.v9(
            fields()
                .ends()
                .number(150, 4, rig.exported.getEpochSecond())
                .number(151, 4, rig.exported.getEpochSecond()));

    assertThat(end(event)).isEqualTo(rig.exported);
  }

  @Test
  @Tag("case-72")
  void case72DeltasCountBackFromTheExportTime() {
    var event = rig.ipfix(fields().ends().number(158, 4, 5_000_000).number(159, 4, 1_000_000));

    assertThat(start(event)).isEqualTo(NOW.minusSeconds(5));
    assertThat(end(event)).isEqualTo(NOW.minusSeconds(1));
  }

  @Test
  @Tag("case-72")
  void case72ADurationReachesBackFromTheEnd() {
    var event = rig.ipfix(fields().ends().number(153, 8, NOW.toEpochMilli()).number(161, 4, 2_500));

    assertThat(start(event)).isEqualTo(NOW.minusMillis(2_500));
    assertThat(event.quirks()).isZero();
    assertThat(extra(event)).isEqualTo("\"flowDurationMilliseconds\":2500");
  }

  @Test
  @Tag("case-72")
  void case72ADurationAloneEndsAtTheExport() {
    var event = rig.ipfix(fields().ends().number(161, 4, 2_500));

    assertThat(start(event)).isEqualTo(NOW.minusMillis(2_500));
    assertThat(end(event)).isEqualTo(NOW);
    assertThat(has(event, Quirk.TIME_MISSING)).isTrue();
  }

  @Test
  @Tag("case-72")
  void case72AnObservationTimeEndsAFlowThatHasNoEnd() {
    var event =
        rig.v9(
            fields()
                .ends()
                .number(152, 8, NOW.minusSeconds(60).toEpochMilli())
                .number(323, 8, NOW.minusSeconds(2).toEpochMilli()));

    assertThat(start(event)).isEqualTo(NOW.minusSeconds(60));
    assertThat(end(event)).isEqualTo(NOW.minusSeconds(2));
    assertThat(event.quirks()).isZero();
    assertThat(extra(event)).isEqualTo("\"observationTimeMilliseconds\":\"2026-03-01T11:59:58Z\"");
  }

  @ParameterizedTest
  @CsvSource({"3", "4", "5"})
  @Tag("case-72")
  void case72MillisecondsThatLostTheirUpperOctetsLieNearTheExport(int octets) {
    var event =
        rig.v9(
            fields()
                .ends()
                .number(152, octets, NOW.minusSeconds(7).toEpochMilli())
                .number(153, octets, NOW.toEpochMilli()));

    assertThat(start(event)).isEqualTo(NOW.minusSeconds(7));
    assertThat(end(event)).isEqualTo(NOW);
  }

  @Test
  @Tag("case-73")
  void case73WithoutTimesTheExportTimeStandsForBoth() {
    var event = rig.v9(fields().ends());

    assertThat(start(event)).isEqualTo(end(event)).isEqualTo(NOW);
    assertThat(event.quirks()).isEqualTo(Quirk.TIME_MISSING.bit());
  }

  @Test
  @Tag("case-73")
  void case73ATimeOfZeroIsNoTimeAndIsKept() {
    var event = rig.ipfix(fields().ends().number(152, 8, 0).number(153, 8, 0));

    assertThat(start(event)).isEqualTo(NOW);
    assertThat(has(event, Quirk.TIME_MISSING)).isTrue();
    assertThat(extra(event))
        .isEqualTo(
            "\"flowStartMilliseconds\":\"1970-01-01T00:00:00Z\","
                + "\"flowEndMilliseconds\":\"1970-01-01T00:00:00Z\"");
  }

  @Test
  @Tag("case-69")
  void absoluteTimesBeatUptimesWhichStayExtra() {
    var event =
        rig.v9(
            fields()
                .ends()
                .number(22, 4, 1)
                .number(21, 4, 2)
                .number(152, 8, NOW.minusSeconds(4).toEpochMilli())
                .number(153, 8, NOW.toEpochMilli()));

    assertThat(start(event)).isEqualTo(NOW.minusSeconds(4));
    assertThat(extra(event)).isEqualTo("\"flowStartSysUpTime\":1,\"flowEndSysUpTime\":2");
  }
}
