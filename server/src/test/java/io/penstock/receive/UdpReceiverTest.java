package io.penstock.receive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.penstock.receive.ReceiveConfig.Listener;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;

@Timeout(60)
class UdpReceiverTest {

  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00.123Z");

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final List<UdpReceiver> started = new ArrayList<>();

  @AfterEach
  void stop() {
    started.forEach(UdpReceiver::close);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void datagramsOfOneExporterComeToOneWorkerInOrder(int sockets) throws Exception {
    var recorder = new Recorder();
    var config = ports("netflow", "ipfix").withSocketsPerListener(sockets).withWorkers(3);
    var receiver = start(config, recorder);

    // Twelve exporters of one address; each alternates between the two ports.
    var exporters = new ArrayList<DatagramSocket>();
    for (int i = 0; i < 12; i++) {
      exporters.add(new DatagramSocket(0, loopback()));
    }
    for (int n = 0; n < 50; n++) {
      for (var exporter : exporters) {
        send(exporter, receiver.port("netflow"), number(n));
      }
    }
    await().until(() -> recorder.count() == 12 * 50);

    assertThat(recorder.workers()).hasSize(1);
    for (var exporter : exporters) {
      assertThat(recorder.from(exporter).map(Seen::number).toList())
          .containsExactlyElementsOf(IntStream.range(0, 50).boxed().toList());
      exporter.close();
    }
  }

  @Test
  void differentAddressesAreSpreadOverTheWorkers() throws Exception {
    var recorder = new Recorder();
    var receiver = start(ports("netflow").withWorkers(2), recorder);

    for (int i = 1; i <= 32; i++) {
      try (var exporter = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0." + i))) {
        send(exporter, receiver.port("netflow"), number(i));
      }
    }
    await().until(() -> recorder.count() == 32);

    assertThat(recorder.workers()).hasSize(2);
  }

  @Test
  @Tag("case-13")
  void theLargestDatagramArrivesWhole() throws Exception {
    var recorder = new Recorder();
    var receiver = start(ports("ipfix"), recorder);
    var payload = new byte[65_507];
    for (int i = 0; i < payload.length; i++) {
      payload[i] = (byte) (i * 31);
    }

    try (var exporter = new DatagramSocket(0, loopback())) {
      for (int i = 0; i < 6; i++) {
        send(exporter, receiver.port("ipfix"), payload);
      }
    }
    await().until(() -> recorder.count() == 6);

    assertThat(recorder.seen).allSatisfy(seen -> assertThat(seen.payload).isEqualTo(payload));
  }

  @Test
  void anEmptyDatagramIsHandedOnToo() throws Exception {
    var recorder = new Recorder();
    var receiver = start(ports("netflow"), recorder);

    try (var exporter = new DatagramSocket(0, loopback())) {
      send(exporter, receiver.port("netflow"), new byte[0]);
    }
    await().until(() -> recorder.count() == 1);

    assertThat(recorder.seen.getFirst().payload).isEmpty();
  }

  @Test
  void bothFamiliesMeetOnOnePort() throws Exception {
    var recorder = new Recorder();
    var receiver = start(ports("netflow"), recorder);
    int port = receiver.port("netflow");

    try (var v4 = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"));
        var v6 = loopbackV6()) {
      send(v4, port, "four".getBytes(UTF_8));
      var six = "six".getBytes(UTF_8);
      v6.send(new DatagramPacket(six, six.length, InetAddress.ofLiteral("::1"), port));
      await().until(() -> recorder.count() == 2);

      assertThat(recorder.from(v4).map(Seen::text)).containsExactly("four");
      assertThat(recorder.from(v6).map(Seen::text)).containsExactly("six");
    }
  }

  @Test
  void everyDatagramCarriesItsSenderAndTheTimeItWasRead() throws Exception {
    var recorder = new Recorder();
    var receiver = start(ports("netflow"), recorder);

    try (var exporter = new DatagramSocket(0, loopback())) {
      send(exporter, receiver.port("netflow"), number(1));
      await().until(() -> recorder.count() == 1);

      var seen = recorder.seen.getFirst();
      assertThat(seen.from).isEqualTo(exporter.getLocalSocketAddress());
      assertThat(seen.receivedNanos).isEqualTo(NOW.toEpochMilli() * 1_000_000);
    }
  }

  @Test
  void aHandlerThatThrowsCostsOneDatagram() throws Exception {
    var recorder = new Recorder();
    recorder.failOn = 1;
    var receiver = start(ports("netflow"), recorder);

    try (var exporter = new DatagramSocket(0, loopback())) {
      for (int i = 0; i < 3; i++) {
        send(exporter, receiver.port("netflow"), number(i));
      }
    }
    await().until(() -> counter("telemetry_udp_packets_received_total") == 3);
    receiver.close();

    assertThat(recorder.seen).map(Seen::number).containsExactly(0, 2);
    assertThat(dropped("handler_error")).isEqualTo(1);
    assertThat(counter("telemetry_udp_admitted_total")).isEqualTo(2);
    assertThat(recorder.unflushed).as("flushed in spite of the failure").hasValue(0);
  }

  @Test
  void whatAFullQueueDropsIsCountedAndTheBooksBalance() throws Exception {
    var recorder = new Recorder();
    recorder.gate = new CountDownLatch(1);
    var config = ports("netflow").withWorkers(1).withQueue(1, Duration.ofMillis(1));
    var receiver = start(config, recorder);

    int sent = 0;
    try (var exporter = new DatagramSocket(0, loopback())) {
      while (dropped("queue_full") == 0) {
        send(exporter, receiver.port("netflow"), number(sent));
        sent++;
        int expected = sent;
        await().until(() -> counter("telemetry_udp_packets_received_total") == expected);
      }
    }
    assertThat((long) gauge("telemetry_udp_waiting_datagrams"))
        .isEqualTo(sent - dropped("queue_full"))
        .isPositive();

    recorder.gate.countDown();
    receiver.close();

    assertThat(counter("telemetry_udp_admitted_total")).isEqualTo(recorder.count());
    assertThat(counter("telemetry_udp_packets_received_total")).isEqualTo(sent);
    assertThat(recorder.count() + dropped("queue_full")).isEqualTo(sent);
    assertThat(counter("telemetry_udp_exporter_dropped_total", "exporter", "127.0.0.1"))
        .isEqualTo(dropped("queue_full"));
    assertThat(gauge("telemetry_udp_waiting_datagrams")).isZero();
  }

  @Test
  void aWorkerThatGotStuckIsServedAgainOnceItHasRoom() throws Exception {
    var recorder = new Recorder();
    recorder.gate = new CountDownLatch(1);
    var config = ports("netflow").withWorkers(1).withQueue(1, Duration.ofMillis(1));
    var receiver = start(config, recorder);

    try (var exporter = new DatagramSocket(0, loopback())) {
      int sent = 0;
      while (dropped("queue_full") == 0) {
        send(exporter, receiver.port("netflow"), number(sent++));
        int expected = sent;
        await().until(() -> counter("telemetry_udp_packets_received_total") == expected);
      }
      recorder.gate.countDown();
      await().until(() -> gauge("telemetry_udp_waiting_datagrams") == 0);
      send(exporter, receiver.port("netflow"), number(-7));

      await().until(() -> recorder.seen.getLast().number() == -7);
    }
  }

  @Test
  void stoppingLosesNothingThatTheKernelHolds() throws Exception {
    var recorder = new Recorder();
    var receiver = start(ports("netflow", "ipfix").withLull(Duration.ofSeconds(1)), recorder);

    try (var exporter = new DatagramSocket(0, loopback())) {
      for (int i = 0; i < 60; i++) {
        send(exporter, receiver.port(i % 2 == 0 ? "netflow" : "ipfix"), number(i));
      }
      receiver.close();
    }

    assertThat(recorder.count()).isEqualTo(60);
    assertThat(recorder.unflushed).hasValue(0);
    assertThat(counter("telemetry_udp_packets_received_total")).isEqualTo(60);
    assertThat(counter("telemetry_udp_admitted_total")).isEqualTo(60);
    assertThat(gauge("telemetry_udp_head_ready")).isZero();
  }

  @Test
  void whatAStuckHandlerLeavesBehindIsCountedAtTheStop() throws Exception {
    var recorder = new Recorder();
    recorder.gate = new CountDownLatch(1);
    var receiver = start(ports("netflow").withWorkers(1), recorder);

    try (var exporter = new DatagramSocket(0, loopback())) {
      send(exporter, receiver.port("netflow"), number(0));
      await().until(() -> counter("telemetry_udp_packets_received_total") == 1);
      send(exporter, receiver.port("netflow"), number(1));
      await().until(() -> counter("telemetry_udp_packets_received_total") == 2);
    }
    receiver.stop(Duration.ofMillis(300));

    await().until(() -> gauge("telemetry_udp_waiting_datagrams") == 0);
    assertThat(
            counter("telemetry_udp_admitted_total") + dropped("stopped") + dropped("handler_error"))
        .isEqualTo(2);
    assertThat(dropped("stopped")).isEqualTo(1);
  }

  @Test
  void whatTheKernelDropsIsReadBackFromIt() throws Exception {
    assumeThat(Files.exists(Path.of("/proc/net/udp"))).as("a Linux kernel").isTrue();
    var recorder = new Recorder();
    // A buffer for a handful, sent to by a loop that outruns any reader.
    var config = ports("netflow").withBufferBytes(4_096);
    var receiver = start(config, recorder);
    int port = receiver.port("netflow");

    int sent = 1_000;
    try (var exporter = new DatagramSocket(0, loopback())) {
      for (int i = 0; i < sent; i++) {
        send(exporter, port, new byte[1_000]);
      }
    }

    receiver.checkKernelDrops();

    long drops = receiver.status().getFirst().kernelDrops().orElseThrow();
    assertThat(drops).isPositive();
    assertThat(counter("telemetry_udp_kernel_drops_total", "socket", "netflow-0")).isEqualTo(drops);
    receiver.close();
    assertThat(recorder.count() + drops).isEqualTo(sent);
  }

  @Test
  void theStatusTellsWhatWasGrantedAndReceived() throws Exception {
    var recorder = new Recorder();
    var receiver = start(ports("netflow", "ipfix").withBufferBytes(32_768), recorder);

    try (var exporter = new DatagramSocket(0, loopback())) {
      send(exporter, receiver.port("ipfix"), new byte[100]);
    }
    await().until(() -> recorder.count() == 1);

    var status = receiver.status();
    assertThat(status).map(SocketStatus::listener).containsExactly("netflow", "ipfix");
    assertThat(status).map(SocketStatus::port).doesNotContain(0).doesNotHaveDuplicates();
    assertThat(status).map(SocketStatus::bufferGranted).containsOnly(32_768);
    assertThat(status).map(SocketStatus::datagrams).containsExactly(0L, 1L);
    assertThat(status).map(SocketStatus::bytes).containsExactly(0L, 100L);
    assertThat(status.getFirst().lastReceived()).isEmpty();
    assertThat(status.getLast().lastReceived()).contains(NOW);
    assertThat(gauge("telemetry_udp_head_ready")).isEqualTo(1);
    assertThat(gauge("telemetry_udp_head_last_packet_ts")).isEqualTo(NOW.toEpochMilli() / 1e3);
    assertThat(counter("telemetry_udp_head_bytes_total")).isEqualTo(100);
  }

  @Test
  void aTakenPortFailsTheStartWithALineThatNamesIt() throws Exception {
    try (var taken = new DatagramSocket(0)) {
      int port = taken.getLocalPort();
      var config = ReceiveConfig.of(List.of(Listener.everywhere("netflow", port)));

      assertThatThrownBy(() -> start(config, new Recorder()))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("UDP port " + port)
          .hasMessageContaining("netflow");
    }
    assertThat(counter("telemetry_udp_head_bind_errors_total")).isEqualTo(1);
  }

  private UdpReceiver start(ReceiveConfig config, Recorder recorder) {
    var receiver = new UdpReceiver(config, recorder::handler, registry, InstantSource.fixed(NOW));
    started.add(receiver);
    receiver.start();
    return receiver;
  }

  private static ReceiveConfig ports(String... names) {
    return ReceiveConfig.of(
        Arrays.stream(names).map(name -> Listener.everywhere(name, 0)).toList());
  }

  private static InetAddress loopback() {
    return InetAddress.ofLiteral("127.0.0.1");
  }

  private static DatagramSocket loopbackV6() throws IOException {
    try {
      return new DatagramSocket(0, InetAddress.ofLiteral("::1"));
    } catch (SocketException e) {
      throw new TestAbortedException("this machine has no IPv6", e);
    }
  }

  private static void send(DatagramSocket from, int port, byte[] payload) throws IOException {
    from.send(new DatagramPacket(payload, payload.length, loopback(), port));
  }

  private static byte[] number(int n) {
    return ByteBuffer.allocate(4).putInt(n).array();
  }

  private long dropped(String reason) {
    return counter("telemetry_udp_dropped_total", "reason", reason);
  }

  private long counter(String name, String... labels) {
    var base = name.substring(0, name.length() - "_total".length());
    return registry.scrape(base::equals).stream()
        .flatMap(snapshot -> ((CounterSnapshot) snapshot).getDataPoints().stream())
        .filter(point -> point.getLabels().equals(Labels.of(labels)))
        .mapToLong(point -> (long) point.getValue())
        .findFirst()
        .orElseThrow();
  }

  private double gauge(String name) {
    return registry.scrape(name::equals).stream()
        .flatMap(snapshot -> ((GaugeSnapshot) snapshot).getDataPoints().stream())
        .mapToDouble(GaugeSnapshot.GaugeDataPointSnapshot::getValue)
        .findFirst()
        .orElseThrow();
  }

  private record Seen(int worker, InetSocketAddress from, long receivedNanos, byte[] payload) {

    int number() {
      return ByteBuffer.wrap(payload).getInt();
    }

    String text() {
      return new String(payload, UTF_8);
    }
  }

  /** Keeps what handlers were given; can block or fail. */
  private static final class Recorder {

    final List<Seen> seen = new CopyOnWriteArrayList<>();
    final Map<Integer, Thread> threads = new ConcurrentHashMap<>();
    final AtomicInteger unflushed = new AtomicInteger();
    volatile CountDownLatch gate = new CountDownLatch(0);
    volatile int failOn = Integer.MIN_VALUE;

    int count() {
      return seen.size();
    }

    List<Integer> workers() {
      return seen.stream().map(Seen::worker).distinct().toList();
    }

    Stream<Seen> from(DatagramSocket exporter) {
      return seen.stream().filter(one -> one.from.equals(exporter.getLocalSocketAddress()));
    }

    DatagramHandler handler(int worker) {
      return new DatagramHandler() {
        @Override
        public void handle(
            InetSocketAddress from, long receivedNanos, byte[] buffer, int offset, int length) {
          var owner = threads.putIfAbsent(worker, Thread.currentThread());
          assertThat(owner).isIn(null, Thread.currentThread());
          unflushed.incrementAndGet();
          awaitGate();
          var payload = Arrays.copyOfRange(buffer, offset, offset + length);
          if (length == 4 && ByteBuffer.wrap(payload).getInt() == failOn) {
            throw new IllegalStateException("asked to fail");
          }
          seen.add(new Seen(worker, from, receivedNanos, payload));
        }

        @Override
        public void flush() {
          unflushed.set(0);
        }
      };
    }

    private void awaitGate() {
      try {
        gate.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted by the stop", e);
      }
    }
  }
}
