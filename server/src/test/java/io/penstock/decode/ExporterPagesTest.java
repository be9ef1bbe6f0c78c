package io.penstock.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.Quirk;
import io.penstock.exporters.BookConfig;
import io.penstock.exporters.Counting;
import io.penstock.exporters.Drop;
import io.penstock.exporters.ExporterReport;
import io.penstock.exporters.SequenceReport;
import io.penstock.wire.Capture;
import io.penstock.wire.CaptureException;
import io.penstock.wire.DecoderCounters.Count;
import io.penstock.wire.Exporter;
import io.penstock.wire.Rejection;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the pages say of recorded exporters. */
class ExporterPagesTest {

  private static final int ALL = 10_000;

  static Stream<String> recordings() {
    return Corpus.flows().stream();
  }

  private static DatagramDecoder decode(String recording, DecodeConfig config, int times) {
    var decoder =
        new DatagramDecoder(
            config,
            Corpus.REGISTRY,
            event -> {},
            new DecodeMetrics(new PrometheusRegistry(), 100),
            new EventIds(0));
    try (var capture = Capture.open(Path.of("..", "corpus", "flows").resolve(recording))) {
      for (var p = capture.next(); p != null; p = capture.next()) {
        for (int i = 0; i < times; i++) {
          var from = new Exporter(p.source(), p.transport());
          decoder.decode(from, Math.max(0, p.timeNanos()), p.bytes(), p.offset(), p.length());
        }
      }
    } catch (CaptureException e) {
      // Some vectors are pieces of packets: no recording at all.
    }
    return decoder;
  }

  private static List<ExporterDirectory.Entry> entries(DatagramDecoder decoder) {
    return new ExporterDirectory(List.of(decoder), () -> Corpus.REGISTRY).entries(null, ALL);
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void eachExportersLedgerBalances(String recording) {
    var decoder = decode(recording, DecodeConfig.recorded(), 1);

    for (var entry : entries(decoder)) {
      var ledger = entry.report().ledger();
      assertThat(ledger.waiting()).as(recording).isEqualTo(entry.waitingOctets());
      assertThat(ledger.duplicates()).as(recording).isNotNegative();
    }
    assertThat(entries(decoder).stream().mapToLong(e -> e.report().datagrams()).sum())
        .isEqualTo(decoder.counters().get(Count.DATAGRAMS));
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void theLedgerBalancesWhenTheHandlerBreaks(String recording) {
    long[] events = {0};
    var decoder =
        new DatagramDecoder(
            DecodeConfig.recorded(),
            Corpus.REGISTRY,
            event -> {
              if (++events[0] % 3 == 0) {
                throw new IllegalStateException("a bug");
              }
            },
            new DecodeMetrics(new PrometheusRegistry(), 100),
            new EventIds(0));
    long failed = 0;
    try (var capture = Capture.open(Path.of("..", "corpus", "flows").resolve(recording))) {
      for (var p = capture.next(); p != null; p = capture.next()) {
        var from = new Exporter(p.source(), p.transport());
        try {
          decoder.decode(from, Math.max(0, p.timeNanos()), p.bytes(), p.offset(), p.length());
        } catch (IllegalStateException e) {
          failed++;
        }
      }
    } catch (CaptureException e) {
      // Some vectors are pieces of packets: no recording at all.
    }

    long dropped = 0;
    for (var entry : entries(decoder)) {
      var ledger = entry.report().ledger();
      assertThat(ledger.waiting()).as(recording).isEqualTo(entry.waitingOctets());
      dropped += ledger.drops().getOrDefault(Drop.HANDLER_ERROR, 0L);
      assertThat(ledger.dropped().values()).as(recording).allMatch(octets -> octets > 0);
    }
    assertThat(dropped).as(recording).isEqualTo(failed);
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void noExporterOfTheCorpusIsChargedWithALossItCannotHaveHad(String recording) {
    for (var entry : entries(decode(recording, DecodeConfig.recorded(), 1))) {
      var report = entry.report();
      assertThat(report.missing())
          .as("%s: %s", recording, report.streams())
          .isLessThanOrEqualTo(KNOWN_LOSSES_MAX);
    }
  }

  /** Captures of the corpus were cut out of longer ones; a few datagrams between are missing. */
  private static final long KNOWN_LOSSES_MAX = 100;

  @Test
  @Tag("case-16")
  void softflowdCountsItsOwnRecordsInIpfix() {
    var decoder =
        decode("exporters/softflowd-1.1.0_ipfix_abs-milli_mixed.pcap", DecodeConfig.recorded(), 1);

    var stream = onlyStream(entries(decoder).getFirst().report());

    assertThat(stream.missing()).isZero();
    assertThat(stream.isUnusual()).isTrue();
    assertThat(stream.counting()).isIn(Counting.RECORDS_WITH_OWN, Counting.FLOWS_WITH_OWN);
  }

  @Test
  @Tag("case-16")
  void pmacctCountsByTheRules() {
    for (var name : List.of("v5", "v9")) {
      var recording = "exporters/pmacctd-1.7.7_nfprobe_" + name + "_mixed.pcap";

      var stream =
          onlyStream(entries(decode(recording, DecodeConfig.recorded(), 1)).getFirst().report());

      assertThat(stream.missing()).as(recording).isZero();
      assertThat(stream.isUnusual()).as(recording).isFalse();
      assertThat(stream.messages()).isGreaterThan(3);
    }
  }

  @Test
  @Tag("case-92")
  void whatTwoRelaysMirrorGivesEachEventOnceIfDuplicatesAreDropped() {
    var recording = "exporters/pmacctd-1.7.7_nfprobe_v9_mixed.pcap";
    var standard = DecodeConfig.recorded();
    var book = BookConfig.DEFAULT;
    var dropping =
        new BookConfig(
            book.exportersMax(),
            book.agentsMax(),
            book.streamsMax(),
            book.recordingOctetsMax(),
            true);
    var config =
        new DecodeConfig(
            standard.clockSkewMax(),
            standard.sampling(),
            standard.exportersMax(),
            standard.options(),
            standard.exporterLabelsMax(),
            standard.limits(),
            standard.tunnels(),
            dropping);

    var once = entries(decode(recording, standard, 1)).getFirst().report();
    var dropped = entries(decode(recording, config, 2)).getFirst().report();
    var kept = entries(decode(recording, standard, 2)).getFirst().report();

    assertThat(dropped.events()).isEqualTo(once.events());
    assertThat(dropped.ledger().drops()).containsEntry(Drop.DUPLICATE, once.datagrams());
    assertThat(kept.events()).isEqualTo(2 * once.events());
    assertThat(kept.ledger().duplicates()).isEqualTo(once.datagrams());
    assertThat(kept.missing()).isZero();
  }

  @Test
  void aSetThatWaitsForItsTemplateIsNoLoss() {
    var entry =
        entries(decode("vendors/Netflow_9_Cisco_ASA.pcap", DecodeConfig.recorded(), 1)).getFirst();

    assertThat(entry.report().missing()).isZero();
    assertThat(entry.templates()).isPositive();
  }

  @Test
  void rejectionsAreOnThePage() {
    var rig = new Rig();
    var bytes = new byte[] {0, 77, 1, 2};

    rig.decoder.decode(rig.from, Rig.nanos(Rig.NOW), bytes, 0, bytes.length);

    var report = entries(rig.decoder).getFirst().report();
    assertThat(report.refusals()).hasSize(1);
    assertThat(report.refusals().getFirst().reason()).isEqualTo(Rejection.UNKNOWN_VERSION);
    assertThat(report.refusals().getFirst().octets()).isEqualTo(4);
    assertThat(report.ledger().rejected()).containsEntry(Rejection.UNKNOWN_VERSION, 4L);
  }

  @Test
  void samplingAndQuirksAndSkewAreOnThePage() {
    var rig = new Rig();
    rig.v5Sampling = 0x4000 | 100;
    rig.exported = Rig.NOW.minusSeconds(200_000);

    rig.v5(6, 1, 2, 0, 0);

    var report = entries(rig.decoder).getFirst().report();
    assertThat(report.sampling()).hasSize(1);
    assertThat(report.sampling().getFirst().sampling().rate()).isEqualTo(100);
    assertThat(report.quirks()).containsEntry(Quirk.CLOCK_SKEW, 1L);
    assertThat(report.clockSkewNanos()).isEqualTo(-200_000_000_000_000L);
    assertThat(report.hasClock()).isTrue();
  }

  @Test
  void templatesAreNamedByTheRegistry() {
    var rig = new Rig();
    rig.ipfix(Rig.fields().ends().number(9_999, 3, 4, 1));
    var directory = new ExporterDirectory(List.of(rig.decoder), () -> Corpus.REGISTRY);
    var id = entries(rig.decoder).getFirst().report().id().toString();

    var template = directory.templates(id).getFirst();

    assertThat(template.domain()).isEqualTo(7);
    assertThat(template.fields().stream().map(ExporterDirectory.Field::name))
        .containsExactly("sourceIPv4Address", "destinationIPv4Address", null);
  }

  private static SequenceReport onlyStream(ExporterReport report) {
    assertThat(report.streams()).hasSize(1);
    return report.streams().getFirst();
  }
}
