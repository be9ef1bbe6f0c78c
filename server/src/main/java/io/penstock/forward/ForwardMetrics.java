package io.penstock.forward;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntSupplier;

/**
 * What forwarding counts. The books of a destination: <em>wanted = sent + dropped + waiting</em>.
 */
final class ForwardMetrics {

  private final Counter datagrams;
  private final Counter bytes;
  private final Counter dropped;
  private final Counter refused;
  private final List<Waiting> waiting = new CopyOnWriteArrayList<>();

  private record Waiting(String destination, IntSupplier datagrams) {}

  /**
   * The counters of one destination.
   *
   * @param dropped by reason, all of them
   */
  record Counters(
      CounterDataPoint datagrams,
      CounterDataPoint bytes,
      CounterDataPoint refused,
      Map<Drop, CounterDataPoint> dropped) {

    void dropped(Drop reason, int count) {
      var counter = dropped.get(reason);
      if (counter != null) {
        counter.inc(count);
      }
    }
  }

  ForwardMetrics(PrometheusRegistry registry) {
    datagrams =
        counter(
            registry,
            "telemetry_forward_datagrams_total",
            "Datagrams sent on to another collector.",
            "destination");
    bytes =
        counter(
            registry,
            "telemetry_forward_bytes_total",
            "Payload octets sent on to another collector.",
            "destination");
    dropped =
        counter(
            registry,
            "telemetry_forward_dropped_total",
            "Datagrams that a destination wants and that were not sent on.",
            "destination",
            "reason");
    refused =
        counter(
            registry,
            "telemetry_forward_refused_total",
            "Times a destination's machine answered that nobody listens there.",
            "destination");
    GaugeWithCallback.builder()
        .name("telemetry_forward_waiting_datagrams")
        .help("Datagrams that wait to be sent on.")
        .labelNames("destination")
        .callback(
            gauge -> waiting.forEach(one -> gauge.call(one.datagrams.getAsInt(), one.destination)))
        .register(registry);
  }

  private static Counter counter(
      PrometheusRegistry registry, String name, String help, String... labels) {
    return Counter.builder().name(name).help(help).labelNames(labels).register(registry);
  }

  /** Begins to count for a destination; all its series start at zero. */
  Counters of(String destination) {
    var reasons = new EnumMap<Drop, CounterDataPoint>(Drop.class);
    for (var drop : Drop.values()) {
      reasons.put(drop, dropped.labelValues(destination, drop.name().toLowerCase(Locale.ROOT)));
    }
    return new Counters(
        datagrams.labelValues(destination),
        bytes.labelValues(destination),
        refused.labelValues(destination),
        reasons);
  }

  void waiting(String destination, IntSupplier count) {
    waiting.add(new Waiting(destination, count));
  }
}
