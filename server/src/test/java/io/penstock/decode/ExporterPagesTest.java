package io.penstock.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.capture.Capture;
import io.penstock.capture.CaptureException;
import io.penstock.event.Quirk;
import io.penstock.exporters.BookConfig;
import io.penstock.exporters.Counting;
import io.penstock.exporters.Drop;
import io.penstock.exporters.ExporterReport;
import io.penstock.exporters.SequenceReport;
import io.penstock.wire.DecoderCounters.Count;
import io.penstock.wire.Exporter;
import io.penstock.wire.Rejection;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
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

  /**
   * What recordings lack that were cut out of longer ones. In the others the numbers go on, or jump
   * so that nothing can be said: back, or far ahead with no message after that.
   */
  private static final Map<String, Long> MISSING =
      Map.of(
          // 838987416, then 838987420.
          "goflow2/nf.session.pcap", 3L,
          // IPFIX: 3891 with templates alone, then 3936.
          "vendors/IPFIX_Mikrotik_RouterOS_6_39_2.pcap", 45L,
          // 1509083, then 1509134.
          "vendors/Netflow_9_Cisco_NBAR_flowset_262.pcap", 50L,
          // 970830112, then 970830115.
          "vendors/Netflow_9_Palo_Alto_1_flowset_in_large_zero_filled_packet.pcap", 2L,
          // 0, then 2.
          "vendors/Netflow_9_macaddress.pcap", 1L);

  @ParameterizedTest
  @MethodSource("recordings")
  @Tag("case-16")
  void eachRecordingLacksWhatItsNumbersSay(String recording) {
    var entries = entries(decode(recording, DecodeConfig.recorded(), 1));

    assertThat(entries.stream().mapToLong(entry -> entry.report().missing()).sum())
        .as("%s: %s", recording, entries.stream().map(e -> e.report().streams()).toList())
        .isEqualTo(MISSING.getOrDefault(recording, 0L));
  }

  @ParameterizedTest
  @MethodSource("recordings")
  @Tag("case-16")
  void netflow9LacksWhatTheNumbersThatWiresharkReadLeaveOut(String recording) throws IOException {
    var numbers = numbersOfWireshark(recording);

    for (var ofSource : numbers.values()) {
      int first = ofSource.getFirst();
      boolean isMonotone = true;
      for (int i = 1; i < ofSource.size(); i++) {
        isMonotone &= ofSource.get(i) > ofSource.get(i - 1);
      }
      if (isMonotone
          && ofSource.getLast() - first < JUMP
          && !COUNTS_CONNECTIONS.equals(recording)) {
        long lacking = ofSource.getLast() - first + 1L - ofSource.size();
        assertThat(MISSING.getOrDefault(recording, 0L)).as(recording).isEqualTo(lacking);
      }
    }
  }

  /** A larger step has to be confirmed by a message after it, which these recordings lack. */
  private static final int JUMP = 64;

  private static final String COUNTS_CONNECTIONS = "graylog/netflow9.pcap";

  private static final Pattern NUMBERS =
      Pattern.compile("\"cflow\\.(version|sequence|source_id)\": \"(\\d+)\"");

  /** The sequence numbers of NetFlow v9 by source id, in order; none of what is no v9. */
  private static Map<String, List<Integer>> numbersOfWireshark(String recording)
      throws IOException {
    var name = recording.replace('/', '-').replaceFirst("\\.session\\.pcap$", "");
    var folder = Corpus.ROOT.resolve("expected-tshark");
    var numbers = new TreeMap<String, List<Integer>>();
    for (var end : List.of(".json.gz", ".pcap.json.gz")) {
      var file = folder.resolve(name.replaceFirst("\\.pcap$", "") + end);
      if (!Files.exists(file)) {
        continue;
      }
      try (var in = new GZIPInputStream(Files.newInputStream(file))) {
        var fields = NUMBERS.matcher(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        boolean isV9 = false;
        int sequence = 0;
        while (fields.find()) {
          var value = fields.group(2);
          switch (fields.group(1)) {
            case "version" -> isV9 = value.equals("9");
            case "sequence" -> sequence = Integer.parseUnsignedInt(value);
            default -> {
              if (isV9) {
                numbers.computeIfAbsent(value, _ -> new ArrayList<>()).add(sequence);
              }
            }
          }
        }
      }
    }
    return numbers;
  }

  @Test
  @Tag("case-16")
  void softflowdOfOldCountsConnectionsInNetflow9() {
    var stream =
        onlyStream(
            entries(decode(COUNTS_CONNECTIONS, DecodeConfig.recorded(), 1)).getFirst().report());

    assertThat(stream.missing()).isZero();
    assertThat(stream.isUsable()).isFalse();
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
            book.sequencesMax(),
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
