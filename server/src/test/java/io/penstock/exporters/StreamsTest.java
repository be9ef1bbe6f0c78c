package io.penstock.exporters;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Event;
import io.penstock.event.Protocol;
import io.penstock.wire.Transport;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the streams of one exporter have to do with each other. */
class StreamsTest {

  private static final long SECOND = 1_000_000_000L;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ExporterMetrics metrics = new ExporterMetrics(registry, 10);
  private final Sequences sequences = new Sequences(1_000, metrics);
  private final Streams streams = new Streams(100, sequences, metrics.unnamed());
  private final Random random = new Random(2);
  private long now = 1_700_000_000L * SECOND;

  private static StreamKey key(Protocol protocol, int port, long domain) {
    return new StreamKey(protocol, Transport.UDP, port, domain, false);
  }

  private static StreamKey port(int port) {
    return key(Protocol.IPFIX, port, 0);
  }

  private Arrival records(long sequence, int records) {
    now += SECOND / 10;
    return new Arrival().set(sequence, records, records, records, true, -1, now);
  }

  private void v9(long sourceId, long sequence, int records) {
    var key = key(Protocol.NETFLOW_V9, 2055, sourceId);
    streams.accept(key, Counting.DATAGRAMS, records(sequence, records));
  }

  private long missing() {
    return streams.forgotten().missing()
        + streams.reports().stream().mapToLong(SequenceReport::missing).sum();
  }

  private long shared() {
    return streams.reports().stream().filter(SequenceReport::isShared).count();
  }

  private double gauge() {
    return registry.scrape("telemetry_sequences"::equals).stream()
        .flatMap(snapshot -> snapshot.getDataPoints().stream())
        .mapToDouble(point -> ((GaugeDataPointSnapshot) point).getValue())
        .sum();
  }

  private double counter(String name) {
    return registry.scrape(name::equals).stream()
        .flatMap(snapshot -> snapshot.getDataPoints().stream())
        .mapToDouble(point -> ((CounterDataPointSnapshot) point).getValue())
        .sum();
  }

  @Test
  @Tag("case-16")
  void anotherProcessOfTheSameHostIsNotTakenForTheOneThatChangedItsPort() {
    for (int i = 0; i < 8; i++) {
      streams.accept(port(40_000), Counting.RECORDS, records(i, 1));
    }
    streams.accept(port(50_000), Counting.RECORDS, records(14, 14));

    assertThat(streams.reports()).hasSize(2);
    assertThat(missing()).isZero();
  }

  @Test
  @Tag("case-19")
  void anExporterThatGoesOnFromAnotherPortIsTheSame() {
    streams.accept(port(40_000), Counting.RECORDS, records(100, 20));
    streams.accept(port(50_000), Counting.RECORDS, records(120, 20));

    assertThat(streams.reports()).hasSize(1);
    assertThat(streams.reports().getFirst().messages()).isEqualTo(2);
  }

  @Test
  @Tag("case-19")
  void ofSeveralProcessesOneMayGoOnFromAnotherPort() {
    for (int i = 0; i < 6; i++) {
      streams.accept(port(40_000 + i), Counting.RECORDS, records(1_000L * i, 20));
    }

    streams.accept(port(50_000), Counting.RECORDS, records(2_020, 20));
    streams.accept(port(50_001), Counting.RECORDS, records(4_020, 20));

    assertThat(streams.reports()).hasSize(6);
    assertThat(streams.reports().stream().map(r -> r.key().port()))
        .contains(50_000, 50_001)
        .doesNotContain(40_002, 40_004);
    assertThat(gauge()).isEqualTo(6);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 10})
  @Tag("case-16")
  void oneCountForSeveralSourceIdsIsNoted(int sourceIds) {
    for (int i = 0; i < 500; i++) {
      v9(random.nextInt(sourceIds), i, 1 + random.nextInt(30));
    }

    assertThat(missing()).isZero();
    assertThat(shared()).isEqualTo(sourceIds);
    assertThat(streams.domains()).hasSize(sourceIds);

    v9(0, 507, 5);
    v9(1, 508, 5);
    assertThat(missing()).isEqualTo(7);
    assertThat(streams.reports().stream().filter(r -> r.missing() > 0))
        .singleElement()
        .satisfies(report -> assertThat(report.key().domain()).isEqualTo(Event.ABSENT));
  }

  @Test
  @Tag("case-16")
  void oneCountForSourceIdsInTurnIsNotTakenForFlowsOrConnections() {
    for (int i = 0; i < 200; i++) {
      v9(i % 2, i, 2 + i % 3);
    }

    assertThat(missing()).isZero();
    assertThat(shared()).isEqualTo(2);
    assertThat(streams.reports()).allMatch(SequenceReport::isUsable);
    assertThat(streams.reports()).noneMatch(SequenceReport::isUnusual);
  }

  @ParameterizedTest
  @EnumSource(names = {"RECORDS", "FLOWS", "DATAGRAMS"})
  @Tag("case-16")
  void whateverIsCountedItMayBeShared(Counting counting) {
    long sequence = 7_000;

    for (int i = 0; i < 300; i++) {
      var message = records(sequence, 1 + random.nextInt(20));
      streams.accept(key(Protocol.IPFIX, 4739, random.nextInt(4)), Counting.RECORDS, message);
      sequence += counting.units(message);
    }

    assertThat(missing()).isZero();
    assertThat(shared()).isEqualTo(4);
  }

  @ParameterizedTest
  @EnumSource(names = {"RECORDS", "FLOWS", "DATAGRAMS"})
  @Tag("case-16")
  void domainsThatBeginTogetherEachWithACountOfItsOwnAreNotTakenForOne(Counting counting) {
    var next = new long[4];
    for (int i = 0; i < 1_000; i++) {
      // In lockstep at first, then as it comes; some messages are lost.
      int domain = i < 40 ? i % 4 : random.nextInt(4);
      var message = records(next[domain], i < 8 ? 0 : 1 + random.nextInt(5));
      next[domain] += counting.units(message);
      if (i < 40 || random.nextInt(20) > 0) {
        streams.accept(key(Protocol.IPFIX, 4739, domain), counting, message);
      }
    }

    assertThat(shared()).isZero();
    assertThat(streams.reports()).hasSize(4);
  }

  @Test
  void datagramsThatComeLateDoNotLookLikeASharedCount() {
    for (int i = 0; i < 400; i += 8) {
      for (int late : new int[] {7, 0, 1, 2, 3, 4, 5, 6}) {
        v9(i / 8 % 2, i + late + 10_000L * (i / 8 % 2), 20);
      }
    }

    assertThat(shared()).isZero();
  }

  @Test
  @Tag("case-91")
  void theStreamsOfOneExporterAreBoundedAndTheOneSilentLongestGoes() {
    for (int i = 1; i < 1_000; i++) {
      v9(i, 1_000_000L * i, 10);
      v9(0, i, 10);
    }

    assertThat(streams.reports()).hasSize(100);
    assertThat(streams.domains()).contains(0L, 999L).doesNotContain(1L);
    assertThat(gauge()).isEqualTo(100);
    assertThat(counter("telemetry_sequences_evicted")).isEqualTo(900);
  }

  @Test
  void whateverComesTheSequencesAreAccountedFor() {
    for (int round = 0; round < 20; round++) {
      var small = new Sequences(40, metrics);
      var some = new Streams[8];
      for (int i = 0; i < some.length; i++) {
        some[i] = new Streams(12, small, metrics.unnamed());
      }
      for (int i = 0; i < 5_000; i++) {
        var one = some[random.nextInt(some.length)];
        int port = random.nextInt(3);
        long domain = random.nextInt(6);
        long sequence = random.nextBoolean() ? random.nextInt(50) : random.nextLong();
        one.accept(
            key(Protocol.NETFLOW_V9, port, domain),
            Counting.DATAGRAMS,
            records(sequence, random.nextInt(9)));
        assertThat(gauge()).isLessThanOrEqualTo(40);
        if (i == 2_500) {
          some[0].establish();
          some[1].establish();
        }
      }
      for (var one : some) {
        one.release();
      }
      assertThat(gauge()).isZero();
    }
  }

  @Test
  void aConnectionThatIsClosedGivesItsSequencesBack() {
    for (int domain = 0; domain < 5; domain++) {
      for (int port = 1; port <= 2; port++) {
        var key = new StreamKey(Protocol.IPFIX, Transport.STREAM, port, domain, false);
        streams.accept(key, Counting.RECORDS, records(0, 7));
      }
    }

    streams.close(1);

    assertThat(streams.reports()).hasSize(5).allMatch(report -> report.key().port() == 2);
    assertThat(gauge()).isEqualTo(5);
    assertThat(counter("telemetry_sequences_evicted")).isZero();
  }
}
