package io.penstock.exporters;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.capture.Capture;
import io.penstock.capture.CaptureException;
import io.penstock.event.Ip;
import io.penstock.wire.Exporter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExporterBookTest {

  private static final long SECOND = 1_000_000_000L;
  private static final String DEVICE = "192.0.2.1";

  private long now = 1_700_000_000L * SECOND;

  private static ExporterBook book(BookConfig config) {
    return new ExporterBook(config, new ExporterMetrics(new PrometheusRegistry(), 100));
  }

  private static BookConfig config(int exportersMax, long recordingOctets, boolean drops) {
    return new BookConfig(exportersMax, 4, 16, 100, recordingOctets, drops);
  }

  private boolean arrive(ExporterBook book, String address, byte[] datagram) {
    var exporter = exporter(address);
    return book.arrived(exporter, ip(address), 2055, now, datagram, 0, datagram.length);
  }

  private static Exporter exporter(String address) {
    try {
      return new Exporter(new InetSocketAddress(InetAddress.getByName(address), 40_000));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private static Ip ip(String address) {
    return Ip.parse(address).orElseThrow();
  }

  private static ExporterReport report(ExporterBook book, String id) {
    return book.report(ExporterId.parse(id).orElseThrow()).orElseThrow();
  }

  private static byte[] datagram(int number, int length) {
    return ByteBuffer.allocate(length).putShort((short) 9).putInt(8, number).array();
  }

  private static byte[] sflow(String agent, int subAgent, int sequence) {
    var ip = ip(agent).toBytes();
    return ByteBuffer.allocate(24 + ip.length)
        .putInt(5)
        .putInt(ip.length == 4 ? 1 : 2)
        .put(ip)
        .putInt(subAgent)
        .putInt(sequence)
        .putInt(1_000 * sequence)
        .putInt(0)
        .array();
  }

  @Test
  void whoIsNotHeardForLongerThanItsOwnPausesIsSilent() {
    var book = book(config(10, 0, false));
    arrive(book, DEVICE, datagram(1, 500));
    arrive(book, "192.0.2.2", datagram(1, 500));
    now += 60 * SECOND;
    arrive(book, "192.0.2.2", datagram(2, 500));

    long soon = now + 61 * SECOND;
    long later = now + 301 * SECOND;

    assertThat(report(book, DEVICE).isSilent(now)).isFalse();
    assertThat(report(book, DEVICE).isSilent(soon)).isTrue();
    assertThat(report(book, "192.0.2.2").isSilent(soon)).isFalse();
    assertThat(report(book, "192.0.2.2").isSilent(later)).isTrue();
  }

  @Test
  @Tag("case-92")
  void aDatagramThatTwoRelaysMirrorIsCountedAsADuplicate() {
    var book = book(config(10, 0, false));

    assertThat(arrive(book, DEVICE, datagram(1, 500))).isTrue();
    assertThat(arrive(book, DEVICE, datagram(1, 500))).isTrue();
    assertThat(arrive(book, DEVICE, datagram(2, 500))).isTrue();
    assertThat(arrive(book, DEVICE, datagram(1, 500))).isTrue();

    assertThat(report(book, DEVICE).ledger().duplicates()).isEqualTo(2);
    assertThat(report(book, DEVICE).ledger().drops()).isEmpty();
  }

  @Test
  @Tag("case-92")
  void aDuplicateIsDroppedIfItIsToBe() {
    var book = book(config(10, 0, true));

    assertThat(arrive(book, DEVICE, datagram(1, 500))).isTrue();
    assertThat(arrive(book, DEVICE, datagram(1, 500))).isFalse();

    var ledger = report(book, DEVICE).ledger();
    assertThat(ledger.received()).isEqualTo(1_000);
    assertThat(ledger.drops()).containsEntry(Drop.DUPLICATE, 1L);
    assertThat(ledger.dropped()).containsEntry(Drop.DUPLICATE, 500L);
  }

  @Test
  @Tag("case-92")
  void theSameDatagramLaterOrFromAnotherExporterIsNoDuplicate() {
    var book = book(config(10, 0, true));

    assertThat(arrive(book, DEVICE, datagram(1, 500))).isTrue();
    assertThat(arrive(book, "192.0.2.2", datagram(1, 500))).isTrue();
    now += 60 * SECOND;
    assertThat(arrive(book, DEVICE, datagram(1, 500))).isTrue();

    assertThat(report(book, DEVICE).ledger().duplicates()).isZero();
  }

  @Test
  @Tag("case-16")
  @Tag("sflow5-5-datagram-sequence-by-sub-agent")
  @Tag("sflow5-5-uptime-of-the-sub-agent")
  @Tag("case-78")
  void sflowDatagramsAreFollowedByAgentAndSubAgent() {
    var book = book(config(10, 0, false));

    for (int i = 1; i <= 5; i++) {
      arrive(book, DEVICE, sflow("10.0.0.1", 0, i));
      arrive(book, DEVICE, sflow("10.0.0.1", 1, 100 + i));
      arrive(book, DEVICE, sflow("10.0.0.2", 0, 7_000 + 3 * i));
    }

    assertThat(report(book, "192.0.2.1~10.0.0.1").missing()).isZero();
    assertThat(report(book, "192.0.2.1~10.0.0.1").domains()).containsExactly(0L, 1L);
    assertThat(report(book, "192.0.2.1~10.0.0.1").streams())
        .as("uptimes differ by 100 seconds")
        .allMatch(stream -> stream.restarts() == 0);
    assertThat(report(book, "192.0.2.1~10.0.0.2").missing()).isEqualTo(8);
  }

  @Test
  void oneAddressMayNotInventAgentsWithoutEnd() {
    var book = book(config(100, 0, false));

    for (int i = 0; i < 50; i++) {
      arrive(book, DEVICE, sflow("10.0.0." + i, 0, 1));
    }

    assertThat(book.exporters()).hasSize(5);
    assertThat(report(book, DEVICE).datagrams()).isEqualTo(46);
  }

  @Test
  void anAgentThatSpeaksForItselfHasThePageOfItsAddress() {
    var book = book(config(10, 0, false));

    arrive(book, DEVICE, sflow(DEVICE, 0, 1));
    arrive(book, "192.0.2.9", sflow("0.0.0.0", 0, 1));

    assertThat(book.exporters().stream().map(ExporterId::toString))
        .containsExactlyInAnyOrder(DEVICE, "192.0.2.9");
  }

  @Test
  @Tag("case-91")
  void aMillionInventedSourcesDoNotDisplaceAnActiveExporter() {
    var book = book(config(64, 1 << 16, false));
    for (int i = 0; i < 2; i++) {
      arrive(book, DEVICE, datagram(i, 300));
      book.decoded(300, 10, 10);
      now += 31 * SECOND;
    }
    var invented = datagram(7, 40);

    for (int i = 0; i < 1_000_000; i++) {
      var source = new Ip(0x2001_0db8_0000_0000L | i >>> 4, i);
      var from = new Exporter(new InetSocketAddress(address(source), 1 + i % 60_000));
      book.arrived(from, source, 2055, now, invented, 0, invented.length);
    }

    assertThat(book.size()).isLessThanOrEqualTo(64);
    assertThat(report(book, DEVICE).records()).isEqualTo(20);
    assertThat(book.recordedOctets()).isLessThanOrEqualTo(1 << 16);
  }

  @Test
  @Tag("case-91")
  void inventedSourcesWithManyDomainsCostAnActiveExporterNoneOfItsSequences() {
    var registry = new PrometheusRegistry();
    var config = config(1_000, 0, false);
    var book = new ExporterBook(config, new ExporterMetrics(registry, 100));
    for (int i = 0; i < 2; i++) {
      for (int subAgent = 0; subAgent < 10; subAgent++) {
        arrive(book, DEVICE, sflow(DEVICE, subAgent, i));
        book.decoded(300, 10, 10);
      }
      now += 31 * SECOND;
    }

    for (int i = 0; i < 20_000; i++) {
      var source = "198." + i % 50 + ".7." + i % 200;
      arrive(book, source, sflow(source, i, 1));
    }

    assertThat(report(book, DEVICE).streams()).hasSize(10);
    assertThat(sequences(registry)).isLessThanOrEqualTo(100);
    arrive(book, DEVICE, sflow(DEVICE, 3, 7));
    assertThat(report(book, DEVICE).missing()).isEqualTo(5);
  }

  private static double sequences(PrometheusRegistry registry) {
    return registry.scrape("telemetry_sequences"::equals).stream()
        .flatMap(snapshot -> snapshot.getDataPoints().stream())
        .mapToDouble(point -> ((GaugeDataPointSnapshot) point).getValue())
        .sum();
  }

  @Test
  @Tag("case-91")
  void anExporterThatGrowsWhenItIsEstablishedPaysForItself() {
    var book = book(config(1_000, 0, false));
    for (int i = 0; i < 2; i++) {
      for (int host = 1; host <= 9; host++) {
        var device = "192.0.2." + host;
        for (int subAgent = 0; subAgent < 8; subAgent++) {
          arrive(book, device, sflow(device, subAgent, i));
          book.decoded(300, 10, 10);
        }
      }
      now += 31 * SECOND;
    }

    for (int i = 0; i < 100; i++) {
      arrive(book, "203.0.113." + i, sflow("203.0.113." + i, 0, 1));
    }
    for (int subAgent = 0; subAgent < 16; subAgent++) {
      arrive(book, DEVICE, sflow(DEVICE, 100 + subAgent, 1));
    }

    for (int host = 2; host <= 9; host++) {
      assertThat(report(book, "192.0.2." + host).streams()).hasSize(8);
    }
    assertThat(report(book, DEVICE).streams()).hasSize(75 - 64);
  }

  private static InetAddress address(Ip ip) {
    try {
      return InetAddress.getByAddress(ip.toBytes());
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void recordingsShareTheirMemoryFairly() {
    var book = book(config(1_000, 128 * 1024, false));
    for (int i = 0; i < 100; i++) {
      arrive(book, DEVICE, datagram(i, 1_400));
    }
    assertThat(book.recordedOctets()).isEqualTo(64 * 1024);

    for (int i = 0; i < 20_000; i++) {
      arrive(book, "198.51." + i % 4 + "." + i % 250, datagram(i, 1_400));
      assertThat(book.recordedOctets()).isLessThanOrEqualTo(128 * 1024);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {DEVICE, "2001:db8::7"})
  void theLastDatagramsComeAsACaptureThatReadsBack(String address) throws CaptureException {
    var book = book(config(10, 1 << 20, false));
    for (int i = 0; i < 100; i++) {
      arrive(book, address, datagram(i, 60 + i));
      now += SECOND;
    }

    var numbers = new ArrayList<Integer>();
    try (var capture = Capture.of(new ByteArrayInputStream(capture(book, address)))) {
      for (var next = capture.next(); next != null; next = capture.next()) {
        assertThat(next.source()).isEqualTo(exporter(address).address());
        assertThat(next.destination().getPort()).isEqualTo(2055);
        assertThat(next.truncated()).isFalse();
        var payload = ByteBuffer.wrap(next.bytes(), next.offset(), next.length()).slice();
        int number = payload.getInt(8);
        assertThat(next.length()).isEqualTo(60 + number);
        assertThat(next.timeNanos()).isEqualTo(now - (100 - number) * SECOND);
        numbers.add(number);
      }
    }
    assertThat(numbers).hasSize(32).isSorted().endsWith(99);
  }

  private static byte[] capture(ExporterBook book, String id) {
    return book.capture(ExporterId.parse(id).orElseThrow()).orElseThrow();
  }

  @Test
  void tsharkReadsTheCapture(@TempDir Path folder) throws IOException, InterruptedException {
    Assumptions.assumeTrue(
        hasTshark(), "tshark is not installed: the capture is not cross-checked");
    var book = book(config(10, 1 << 20, false));
    for (int i = 0; i < 3; i++) {
      arrive(book, DEVICE, sflow("10.0.0.1", 0, i));
    }
    var file = folder.resolve("last.pcap");
    Files.write(file, capture(book, "192.0.2.1~10.0.0.1"));

    var lines =
        run(
            "tshark",
            "-r",
            file.toString(),
            "-o",
            "ip.check_checksum:TRUE",
            "-T",
            "fields",
            "-e",
            "ip.src",
            "-e",
            "udp.srcport",
            "-e",
            "udp.length",
            "-e",
            "ip.checksum.status",
            "-e",
            "frame.time_epoch");

    assertThat(lines)
        .hasSize(3)
        .allSatisfy(line -> assertThat(line).startsWith(DEVICE + "\t40000\t36\t1\t1700000000.0"));
  }

  private static boolean hasTshark() {
    try {
      return !run("tshark", "--version").isEmpty();
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static List<String> run(String... command) throws IOException, InterruptedException {
    var process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return out.lines().toList();
  }

  @Test
  void whatIsDroppedUnseenIsPutDownToItsExporterIfThatIsKnown() {
    var book = book(config(10, 0, false));
    arrive(book, DEVICE, datagram(1, 100));
    var lost = "lost".getBytes(US_ASCII);

    book.dropped(exporter(DEVICE).address(), Drop.QUEUE_FULL, lost, 0, lost.length);
    book.dropped(exporter("192.0.2.77").address(), Drop.QUEUE_FULL, lost, 0, lost.length);

    assertThat(book.size()).isEqualTo(1);
    assertThat(report(book, DEVICE).datagrams()).isEqualTo(2);
    assertThat(report(book, DEVICE).ledger().dropped()).containsEntry(Drop.QUEUE_FULL, 4L);
  }
}
