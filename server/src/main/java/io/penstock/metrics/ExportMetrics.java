package io.penstock.metrics;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;

/**
 * The names under which sinks will count. There is no sink yet: nothing was sent, nothing failed
 * and nothing waits, and that is what they say, so that dashboards and alerts find them.
 */
public final class ExportMetrics {

  private static final List<String> SINKS = List.of("splunk", "elastic");

  private ExportMetrics() {}

  public static void register(PrometheusRegistry registry) {
    counter(registry, "telemetry_export_sent_total", "Events that a sink took.", "dest");
    unseen(
        registry,
        "telemetry_export_failed_total",
        "Events that a sink refused for good, by reason.",
        "dest",
        "reason");
    unseen(
        registry, "telemetry_export_test_total", "Tests of a sink by its answer.", "dest", "code");
    counter(
        registry,
        "telemetry_outputs_test_success_total",
        "Tests of a sink that went well.",
        "target");
    counter(
        registry, "telemetry_outputs_test_fail_total", "Tests of a sink that failed.", "target");
    gauge(registry, "telemetry_export_backlog", "Events that wait for a sink.");
    gauge(registry, "telemetry_export_dlq_depth", "Events that a sink's dead letters hold.");
    var latency =
        Histogram.builder()
            .name("telemetry_export_latency_ms")
            .help("Milliseconds that a sink took to answer.")
            .labelNames("dest")
            .classicUpperBounds(10, 50, 100, 250, 500, 1000, 2500, 5000)
            .register(registry);
    SINKS.forEach(latency::initLabelValues);
  }

  private static void counter(PrometheusRegistry registry, String name, String help, String label) {
    var counter = Counter.builder().name(name).help(help).labelNames(label).register(registry);
    SINKS.forEach(counter::initLabelValues);
  }

  /** Has no series before the first failure names its reason. */
  private static void unseen(
      PrometheusRegistry registry, String name, String help, String... labels) {
    Counter.builder().name(name).help(help).labelNames(labels).register(registry);
  }

  private static void gauge(PrometheusRegistry registry, String name, String help) {
    var gauge = Gauge.builder().name(name).help(help).labelNames("dest").register(registry);
    SINKS.forEach(gauge::initLabelValues);
  }
}
