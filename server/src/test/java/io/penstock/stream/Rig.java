package io.penstock.stream;

import static org.awaitility.Awaitility.await;

import io.penstock.decode.DatagramDecoder;
import io.penstock.decode.DecodeConfig;
import io.penstock.decode.DecodeMetrics;
import io.penstock.event.Event;
import io.penstock.receive.DatagramHandler;
import io.penstock.receive.ReceiveConfig;
import io.penstock.receive.UdpReceiver;
import io.penstock.registry.Registry;
import io.penstock.stream.StreamConfig.Listener;
import io.penstock.wire.Exporter;
import io.penstock.wire.Rejection;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/** A receiver of connections in front of a real worker and a real decoder. */
final class Rig implements AutoCloseable {

  static final String NAME = "ipfix";

  private static final Registry ELEMENTS = Registry.load();

  final PrometheusRegistry registry = new PrometheusRegistry();
  final List<Event> events = Collections.synchronizedList(new ArrayList<>());
  final List<Exporter> closed = new CopyOnWriteArrayList<>();
  final DatagramDecoder decoder;
  final StreamReceiver streams;

  /** Messages are not handled before this is open. */
  volatile CountDownLatch gate = new CountDownLatch(0);

  private final UdpReceiver workers;
  private final Handler handler = new Handler();

  Rig(StreamConfig config) {
    decoder =
        new DatagramDecoder(
            DecodeConfig.recorded(), ELEMENTS, events::add, new DecodeMetrics(registry, 10));
    var receive = ReceiveConfig.of(List.of()).withWorkers(1).withQueue(4, Duration.ofSeconds(1));
    workers = new UdpReceiver(receive, _ -> handler, registry, InstantSource.system());
    streams =
        new StreamReceiver(
            config,
            _ -> new Lane(handler, task -> workers.put(0, task)),
            registry,
            InstantSource.system());
    workers.start();
    streams.start();
  }

  static StreamConfig plain() {
    return StreamConfig.of(List.of(listener(Optional.empty())));
  }

  static StreamConfig tls(TlsConfig keys) {
    return StreamConfig.of(List.of(listener(Optional.of(keys))));
  }

  private static Listener listener(Optional<TlsConfig> keys) {
    return new Listener(NAME, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), keys);
  }

  int port() {
    return streams.status().ports().getOrDefault(NAME, 0);
  }

  Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port());
  }

  /** Sends on a connection of its own and closes it. */
  void send(byte[]... messages) throws IOException {
    try (var exporter = connect()) {
      exporter.getOutputStream().write(Messages.joined(messages));
    }
  }

  List<Long> octets() {
    synchronized (events) {
      return events.stream().map(event -> event.source().bytes()).toList();
    }
  }

  static void until(Callable<Boolean> condition) {
    await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(2)).until(condition);
  }

  void untilEvents(int count) {
    until(() -> events.size() == count);
  }

  void untilEnded(String reason) {
    until(() -> ended(reason) > 0);
  }

  double ended(String reason) {
    return metric("telemetry_stream_connections_ended", reason);
  }

  /** A counter or gauge without its suffix, of one label value or summed up. */
  double metric(String name, String... labelValue) {
    return registry.scrape(name::equals).stream()
        .flatMap(Rig::points)
        .filter(
            point ->
                labelValue.length == 0
                    || point.getLabels().stream()
                        .anyMatch(label -> label.getValue().equals(labelValue[0])))
        .mapToDouble(Rig::value)
        .sum();
  }

  private static Stream<? extends DataPointSnapshot> points(MetricSnapshot snapshot) {
    return snapshot.getDataPoints().stream();
  }

  private static double value(DataPointSnapshot point) {
    return switch (point) {
      case CounterSnapshot.CounterDataPointSnapshot counter -> counter.getValue();
      case GaugeSnapshot.GaugeDataPointSnapshot gauge -> gauge.getValue();
      default -> throw new IllegalArgumentException("neither counter nor gauge: " + point);
    };
  }

  @Override
  public void close() {
    gate.countDown();
    streams.close();
    workers.stop(Duration.ofSeconds(2));
  }

  private final class Handler implements StreamHandler, DatagramHandler {

    @Override
    public void message(
        Exporter exporter, long receivedNanos, byte[] buffer, int offset, int length) {
      try {
        gate.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      decoder.decode(exporter, receivedNanos, buffer, offset, length);
    }

    @Override
    public void rejected(Exporter exporter, Rejection reason, int octets) {
      decoder.reject(exporter, reason, octets);
    }

    @Override
    public void closed(Exporter exporter) {
      decoder.close(exporter);
      closed.add(exporter);
    }

    @Override
    public void handle(
        InetSocketAddress from, long receivedNanos, byte[] buffer, int offset, int length) {
      decoder.decode(from, receivedNanos, buffer, offset, length);
    }

    @Override
    public void flush() {}
  }
}
