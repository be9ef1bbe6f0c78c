package io.penstock.exporters;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Protocol;
import io.penstock.wire.ProtocolVersion;
import io.penstock.wire.Transport;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SequenceStreamTest {

  private static final long SECOND = 1_000_000_000L;

  private final ExporterMetrics metrics = new ExporterMetrics(new PrometheusRegistry(), 10);
  private long uptime = 1_000_000;
  private long now = 1_700_000_000L * SECOND;

  private SequenceStream stream(Protocol protocol, Counting counting) {
    var key = new StreamKey(protocol, Transport.UDP, 2055, 0, false);
    return new SequenceStream(key, counting, metrics.unnamed());
  }

  private SequenceStream v5() {
    return stream(Protocol.NETFLOW_V5, Counting.FLOWS);
  }

  private SequenceStream v9() {
    return stream(Protocol.NETFLOW_V9, Counting.DATAGRAMS);
  }

  private SequenceStream ipfix() {
    return stream(Protocol.IPFIX, Counting.RECORDS);
  }

  /** A message of so many flows, a tenth of a second after the one before. */
  private void send(SequenceStream stream, long sequence, int flows) {
    now += SECOND / 10;
    uptime += 100;
    stream.accept(new Arrival().set(sequence, flows, flows, -1, true, uptime, now));
  }

  /** An IPFIX message, which tells no uptime. */
  private void sendRecords(SequenceStream stream, long sequence, int records, int options) {
    now += SECOND / 10;
    stream.accept(new Arrival().set(sequence, records, records - options, -1, true, -1, now));
  }

  private void sendUnread(SequenceStream stream, long sequence, int records) {
    now += SECOND / 10;
    stream.accept(new Arrival().set(sequence, records, records, -1, false, -1, now));
  }

  private static void assertWhole(SequenceStream stream) {
    assertThat(stream.report().missing()).isZero();
    assertThat(stream.report().gaps()).isZero();
    assertThat(stream.report().isUnusual()).isFalse();
  }

  @Test
  @Tag("case-16")
  void netflow5CountsFlows() {
    var stream = v5();

    send(stream, 100, 30);
    send(stream, 130, 7);
    send(stream, 137, 30);
    assertWhole(stream);

    send(stream, 197, 30);
    assertThat(stream.report().missing()).isEqualTo(30);
    assertThat(stream.report().gaps()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "NETFLOW_V5, FLOWS",
    "NETFLOW_V7, FLOWS",
    "NETFLOW_V8, FLOWS",
    "NETFLOW_V9, DATAGRAMS",
    "IPFIX, RECORDS"
  })
  @Tag("case-16")
  void eachProtocolHasItsRule(ProtocolVersion version, Counting counting) {
    assertThat(Counting.of(version)).isEqualTo(counting);
  }

  @Test
  @Tag("case-16")
  @Tag("rfc3954-5.1-sequence-counts-datagrams")
  void netflow9CountsDatagramsWhateverTheyHold() {
    var stream = v9();

    send(stream, 5, 30);
    send(stream, 6, 0);
    send(stream, 7, 12);
    assertWhole(stream);

    send(stream, 10, 30);
    assertThat(stream.report().missing()).isEqualTo(2);
  }

  @Test
  @Tag("case-16")
  @Tag("rfc7011-3.1-sequence-counts-data-records")
  @Tag("rfc7011-11.6-loss-detected")
  void ipfixCountsDataRecordsOfOptionsTooButNoTemplates() {
    var stream = ipfix();

    sendRecords(stream, 0, 0, 0);
    sendRecords(stream, 0, 20, 3);
    sendRecords(stream, 20, 1, 1);
    sendRecords(stream, 21, 25, 0);
    assertWhole(stream);

    sendRecords(stream, 50, 10, 0);
    assertThat(stream.report().missing()).isEqualTo(4);
  }

  @Test
  @Tag("case-16")
  void numbersWrapAt32Bits() {
    var flows = v5();
    send(flows, 0xffff_fff0L, 30);
    send(flows, 14, 30);
    send(flows, 44, 30);
    var datagrams = v9();
    send(datagrams, 0xffff_ffffL, 3);
    send(datagrams, 0, 3);

    assertWhole(flows);
    assertWhole(datagrams);
    assertThat(flows.report().restarts()).isZero();
  }

  @Test
  @Tag("rfc7011-9-out-of-sequence-tracked")
  void aLateDatagramTakesBackItsGap() {
    var stream = v9();
    for (long sequence : new long[] {1, 2, 3, 6, 5, 4, 7, 8}) {
      send(stream, sequence, 10);
    }

    assertThat(stream.report().missing()).isZero();
    assertThat(stream.report().gaps()).isEqualTo(1);
    assertThat(stream.report().reordered()).isEqualTo(2);
    assertThat(stream.report().recovered()).isEqualTo(2);
  }

  @Test
  @Tag("rfc7011-9-out-of-sequence-tracked")
  void aLateMessageTakesBackAsManyFlowsAsItHolds() {
    var stream = v5();
    send(stream, 0, 30);
    send(stream, 30, 30);
    send(stream, 150, 30);
    send(stream, 90, 30);

    assertThat(stream.report().missing()).isEqualTo(60);

    send(stream, 60, 30);
    send(stream, 120, 30);
    assertThat(stream.report().missing()).isZero();
  }

  @Test
  @Tag("case-17")
  void aRestartIsNoLoss() {
    var stream = v9();
    for (int i = 0; i < 100; i++) {
      send(stream, 4_000_000_000L + i, 20);
    }
    uptime = 2_000;
    for (int i = 0; i < 100; i++) {
      send(stream, i, 20);
    }

    assertThat(stream.report().missing()).isZero();
    assertThat(stream.report().restarts()).isEqualTo(1);
    assertThat(stream.report().isInterleaved()).isFalse();
  }

  @Test
  @Tag("case-17")
  void aRestartThatMovesTheNumberALittleForwardIsNoLossEither() {
    var stream = v9();
    send(stream, 3, 20);
    send(stream, 4, 20);
    uptime = 500;
    send(stream, 10, 20);
    send(stream, 11, 20);

    assertThat(stream.report().missing()).isZero();
    assertThat(stream.report().restarts()).isEqualTo(1);
  }

  @Test
  @Tag("case-17")
  void withoutUptimeANumberThatFallsIsARestart() {
    var stream = ipfix();
    for (int i = 0; i < 10; i++) {
      sendRecords(stream, 3_000_000_000L + i * 20L, 20, 0);
    }
    for (int i = 0; i < 10; i++) {
      sendRecords(stream, i * 20L, 20, 0);
    }

    assertThat(stream.report().missing()).isZero();
    assertThat(stream.report().restarts()).isEqualTo(1);
  }

  @Test
  @Tag("case-17")
  void anUptimeThatWrapsAfter49DaysIsNoRestart() {
    var stream = v9();
    uptime = (1L << 32) - 150;
    send(stream, 1, 5);
    uptime = 40;
    send(stream, 2, 5);
    send(stream, 3, 5);

    assertWhole(stream);
    assertThat(stream.report().restarts()).isZero();
  }

  @Test
  void anOutageIsALossAsLongAsTheExporterCanHaveSentSoMuch() {
    var stream = v9();
    for (int i = 0; i < 200; i++) {
      send(stream, i, 10);
    }
    now += 3_600 * SECOND;
    uptime += 3_600_000;
    send(stream, 36_000, 10);
    send(stream, 36_001, 10);

    assertThat(stream.report().missing()).isEqualTo(36_000 - 200);
    assertThat(stream.report().restarts()).isZero();
  }

  @Test
  void oneOddNumberIsNoLossIfTheOthersGoOn() {
    var stream = v9();
    for (int i = 0; i < 20; i++) {
      send(stream, i == 10 ? 2_000_000_000L : i, 10);
    }

    assertThat(stream.report().missing()).isEqualTo(1);
    assertThat(stream.report().restarts()).isZero();
  }

  @Test
  void twoDevicesThatLookLikeOneAreToldApart() {
    var stream = v9();
    for (int i = 0; i < 50; i++) {
      send(stream, 1_000 + i, 10);
      send(stream, 800_000 + i, 10);
    }

    assertThat(stream.report().missing()).isZero();
    assertThat(stream.report().isInterleaved()).isTrue();
    assertThat(stream.report().restarts()).isZero();
  }

  @Test
  void anExporterOfNetflow9ThatCountsFlowsIsNotedAndNotCharged() {
    var stream = v9();
    long sequence = 0;
    for (int i = 0; i < 20; i++) {
      int flows = 5 + i % 7;
      send(stream, sequence, flows);
      sequence += flows;
    }

    assertThat(stream.report().missing()).isZero();
    assertThat(stream.report().gaps()).isZero();
    assertThat(stream.report().isUnusual()).isTrue();
    assertThat(stream.report().counting()).isIn(Counting.FLOWS, Counting.RECORDS);

    send(stream, sequence + 40, 10);
    assertThat(stream.report().missing()).isEqualTo(40);
  }

  @Test
  void anExporterOfIpfixWhoseNumberIncludesTheMessageItselfIsNotedAndNotCharged() {
    var stream = ipfix();
    sendRecords(stream, 15, 16, 1);
    sendRecords(stream, 40, 25, 0);
    sendRecords(stream, 41, 1, 0);

    assertThat(stream.report().missing()).isZero();
    assertThat(stream.report().counting()).isIn(Counting.RECORDS_WITH_OWN, Counting.FLOWS_WITH_OWN);
  }

  @Test
  void anExporterOfIpfixThatCountsMessagesIsNotedAndNotCharged() {
    var stream = ipfix();
    for (int i = 0; i < 10; i++) {
      sendRecords(stream, 700 + i, 20, 0);
    }

    assertThat(stream.report().missing()).isZero();
    assertThat(stream.report().restarts()).isZero();
    assertThat(stream.report().counting()).isEqualTo(Counting.DATAGRAMS);
  }

  @Test
  @Tag("case-16")
  void anExporterOfNetflow9ThatCountsConnectionsIsNotedAndNotCharged() {
    var registry = new PrometheusRegistry();
    var labelled = new ExporterMetrics(registry, 10).unnamed();
    var key = new StreamKey(Protocol.NETFLOW_V9, Transport.UDP, 2055, 0, false);
    var stream = new SequenceStream(key, Counting.DATAGRAMS, labelled);
    var random = new Random(16);
    long sequence = 0;

    for (int i = 0; i < 100; i++) {
      int connections = 1 + random.nextInt(8);
      int answered = random.nextInt(connections + 1);
      send(stream, sequence, connections + answered);
      sequence += connections;
    }

    assertThat(stream.report().missing()).isZero();
    assertThat(stream.report().isUsable()).isFalse();
    assertThat(total(registry, "telemetry_sequence_recovered"))
        .isEqualTo(total(registry, "telemetry_sequence_missing"));

    for (int i = 0; i < 200; i++) {
      send(stream, sequence + i, 10);
    }
    send(stream, sequence + 210, 10);
    assertThat(stream.report().isUsable()).as("another device took its place").isTrue();
    assertThat(stream.report().missing()).isEqualTo(10);
  }

  private static double total(PrometheusRegistry registry, String name) {
    return registry.scrape(name::equals).stream()
        .flatMap(snapshot -> snapshot.getDataPoints().stream())
        .mapToDouble(point -> ((CounterDataPointSnapshot) point).getValue())
        .sum();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 8, 30})
  void everySecondDatagramLostDoesNotMakeTheNumbersUseless(int flowsMax) {
    var stream = v9();
    var random = new Random(flowsMax);

    for (int i = 0; i < 100; i++) {
      send(stream, 2L * i, 1 + random.nextInt(flowsMax));
    }

    assertThat(stream.report().isUsable()).isTrue();
    assertThat(stream.report().missing()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 10, 20, 40})
  void datagramsLostAtRandomAreCountedOneByOne(int percent) {
    var random = new Random(percent);
    for (int round = 0; round < 50; round++) {
      var stream = v9();
      long lost = 0;

      send(stream, 0, 12);
      for (int i = 1; i < 500; i++) {
        if (random.nextInt(100) < percent && i < 499) {
          lost++;
        } else {
          send(stream, i, 1 + random.nextInt(30));
        }
      }

      assertThat(stream.report().missing()).isEqualTo(lost);
      assertThat(stream.report().isUsable()).isTrue();
    }
  }

  @Test
  void aNumberThatNeverMovesIsNotedAndNotCharged() {
    var stream = v9();
    for (int i = 0; i < 30; i++) {
      send(stream, 0, 4);
    }

    assertThat(stream.report().missing()).isZero();
    assertThat(stream.report().isStuck()).isTrue();
    assertThat(stream.report().restarts()).isZero();
  }

  @Test
  void whatASetThatWaitsMayHoldIsUncertainAndNotMissing() {
    var stream = ipfix();
    sendRecords(stream, 0, 10, 0);
    sendUnread(stream, 10, 4);
    sendRecords(stream, 34, 10, 0);

    assertThat(stream.report().missing()).isZero();
    assertThat(stream.report().unread()).isEqualTo(20);

    for (int i = 0; i < 20; i++) {
      stream.readLate(10, true);
    }
    assertThat(stream.report().unread()).isZero();
    assertThat(stream.report().missing()).isZero();
  }

  @Test
  void aSetReadBeforeTheNextMessageComesLeavesNoDoubt() {
    var stream = ipfix();
    sendUnread(stream, 0, 0);
    for (int i = 0; i < 12; i++) {
      stream.readLate(0, true);
    }
    sendRecords(stream, 12, 10, 0);

    assertThat(stream.report().unread()).isZero();
    assertWhole(stream);
  }

  @Test
  void noNumberBreaksIt() {
    var random = new Random(7);
    for (int round = 0; round < 200; round++) {
      var stream = stream(Protocol.IPFIX, Counting.at(round % Counting.COUNT));
      for (int i = 0; i < 200; i++) {
        long sequence = random.nextBoolean() ? random.nextInt(100) : random.nextLong();
        int records = random.nextInt(70_000);
        long time = random.nextBoolean() ? random.nextLong() : i;
        stream.accept(
            new Arrival()
                .set(
                    sequence,
                    records,
                    records / 2,
                    random.nextInt(3) - 1,
                    random.nextBoolean(),
                    random.nextLong() >>> 32,
                    time));
        stream.readLate(random.nextInt(100), random.nextBoolean());
      }
      assertThat(stream.report().missing()).isNotNegative();
      assertThat(stream.report().unread()).isNotNegative();
      assertThat(stream.report().messages()).isEqualTo(200);
    }
  }

  @Test
  void samplesThatNeverCameAreCountedAsSamples() {
    var registry = new PrometheusRegistry();
    var labelled = new ExporterMetrics(registry, 10).unnamed();
    labelled.name("192.0.2.1");
    var key = new StreamKey(Protocol.SFLOW_5, Transport.UDP, 0, 7, true);
    var stream = new SequenceStream(key, Counting.DATAGRAMS, labelled);

    send(stream, 1, 1);
    send(stream, 4, 1);

    assertThat(stream.report().missing()).isEqualTo(2);
    var units =
        registry.scrape(name -> name.equals("telemetry_sequence_missing")).stream()
            .flatMap(snapshot -> snapshot.getDataPoints().stream())
            .map(point -> point.getLabels().get("unit"));
    assertThat(units).containsExactly("samples");
  }
}
