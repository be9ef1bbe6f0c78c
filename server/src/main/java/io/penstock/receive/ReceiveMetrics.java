package io.penstock.receive;

import io.penstock.event.Ip;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.net.InetAddress;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the receiver counts. The books: <em>received = admitted + dropped + waiting</em>; what the
 * kernel dropped was never received. Datagrams count as received when their batch leaves the
 * socket's thread.
 */
final class ReceiveMetrics {

  /** Exporters with a series of their own; the others share one. */
  private static final int EXPORTERS_MAX = 1_000;

  private final Counter received;
  private final Counter admitted;
  private final CounterDataPoint[] dropped = new CounterDataPoint[Drop.values().length];
  private final Counter headDatagrams;
  private final Counter headPackets;
  private final Counter headBytes;
  private final Gauge headReady;
  private final Gauge headLastPacket;
  private final LongAdder waiting = new LongAdder();
  private final Counter exporterDrops;

  /** An Ip is comparable: whoever picks addresses of equal hash finds the buckets sorted. */
  private final Map<Ip, CounterDataPoint> exporters = new ConcurrentHashMap<>();

  final Counter bindErrors;
  final Counter socketErrors;
  final Counter flushErrors;
  final Counter kernelDrops;
  final Gauge bufferGranted;

  ReceiveMetrics(PrometheusRegistry registry) {
    received =
        counter(
            registry, "telemetry_udp_packets_received_total", "Datagrams read off the sockets.");
    admitted = counter(registry, "telemetry_udp_admitted_total", "Datagrams handed on.");
    headDatagrams =
        counter(registry, "telemetry_udp_head_datagrams_total", "Datagrams read off the sockets.");
    headPackets =
        counter(registry, "telemetry_udp_head_packets_total", "The same as datagrams, for panels.");
    headBytes =
        counter(registry, "telemetry_udp_head_bytes_total", "Payload octets read off the sockets.");
    bindErrors =
        counter(registry, "telemetry_udp_head_bind_errors_total", "Ports that could not be bound.");
    socketErrors =
        counter(registry, "telemetry_udp_socket_errors_total", "Receive calls that failed.");
    flushErrors =
        counter(registry, "telemetry_udp_flush_errors_total", "Batches whose hand-over threw.");
    kernelDrops =
        Counter.builder()
            .name("telemetry_udp_kernel_drops_total")
            .help("Datagrams the kernel threw away because a socket's receive buffer was full.")
            .labelNames("socket")
            .register(registry);
    bufferGranted =
        Gauge.builder()
            .name("telemetry_udp_receive_buffer_bytes")
            .help("Receive buffer that the kernel granted.")
            .labelNames("socket")
            .register(registry);
    headReady =
        Gauge.builder()
            .name("telemetry_udp_head_ready")
            .help("1 while every UDP port is being read.")
            .register(registry);
    headLastPacket =
        Gauge.builder()
            .name("telemetry_udp_head_last_packet_ts")
            .help("When the last datagram came, seconds since 1970 UTC; 0 before the first.")
            .register(registry);
    GaugeWithCallback.builder()
        .name("telemetry_udp_waiting_datagrams")
        .help("Datagrams that wait for their worker.")
        .callback(gauge -> gauge.call((double) waiting.sum()))
        .register(registry);
    exporterDrops =
        Counter.builder()
            .name("telemetry_udp_exporter_dropped_total")
            .help(
                "Datagrams received but not handed on, by who sent them; the first 1,000 of them.")
            .labelNames("exporter")
            .register(registry);
    countDrops(registry);
  }

  private void countDrops(PrometheusRegistry registry) {
    var drops =
        Counter.builder()
            .name("telemetry_udp_dropped_total")
            .help("Datagrams received but not handed on.")
            .labelNames("reason")
            .register(registry);
    for (var drop : Drop.values()) {
      dropped[drop.ordinal()] = drops.labelValues(drop.name().toLowerCase(Locale.ROOT));
    }
    var overrun = dropped[Drop.QUEUE_FULL.ordinal()];
    CounterWithCallback.builder()
        .name("telemetry_fifo_dropped_total")
        .help("Datagrams dropped because their worker's queue was full, also counted by reason.")
        .callback(counter -> counter.call(overrun.get()))
        .register(registry);
  }

  private static Counter counter(PrometheusRegistry registry, String name, String help) {
    return Counter.builder().name(name).help(help).register(registry);
  }

  void ready(boolean ready) {
    headReady.set(ready ? 1 : 0);
  }

  /** A batch left its socket's thread and waits. */
  void received(DatagramBatch batch) {
    received.inc(batch.count());
    headDatagrams.inc(batch.count());
    headPackets.inc(batch.count());
    headBytes.inc(batch.size());
    long lastMillis = batch.receivedNanos(batch.count() - 1) / 1_000_000;
    headLastPacket.set(lastMillis / 1e3);
    waiting.add(batch.count());
  }

  /** So many of those that waited were handed on. */
  void admitted(int datagrams) {
    admitted.inc(datagrams);
    waiting.add(-datagrams);
  }

  /** Nothing of a batch that waited was handed on. */
  void dropped(Drop reason, DatagramBatch batch) {
    for (int i = 0; i < batch.count(); i++) {
      dropped(reason, batch.sender(i).getAddress());
    }
  }

  /** One that waited was not handed on. */
  void dropped(Drop reason, InetAddress exporter) {
    dropped[reason.ordinal()].inc();
    waiting.decrement();
    droppedOf(exporter).inc();
  }

  private CounterDataPoint droppedOf(InetAddress exporter) {
    var ip = Ip.of(exporter);
    var known = exporters.get(ip);
    if (known != null) {
      return known;
    }
    if (exporters.size() >= EXPORTERS_MAX) {
      return exporterDrops.labelValues("other");
    }
    return exporters.computeIfAbsent(ip, address -> exporterDrops.labelValues(address.toString()));
  }
}
