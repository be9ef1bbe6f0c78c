package io.penstock.sink;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What sinks count under the names of the HTTP contract, by sink and tenant. The labels are bounded
 * by how many sinks a tenant may have.
 */
public final class SinkMetrics {

  /** Sinks that clients expect to find although none is configured. */
  private static final List<String> EXPECTED = List.of("splunk", "elastic");

  private static final String NOBODY = "default";
  private static final int REASONS_MAX = 40;
  private static final String OTHER = "other";

  private final Counter sent;
  private final Counter failed;
  private final Counter outcomes;
  private final Counter retries;
  private final Histogram latency;

  public SinkMetrics(PrometheusRegistry registry) {
    sent =
        counter(registry, "telemetry_export_sent_total", "Events that a sink's destination took.");
    failed =
        Counter.builder()
            .name("telemetry_export_failed_total")
            .help("Events that a sink's destination refused for good, by reason.")
            .labelNames("dest", "tenant", "reason")
            .register(registry);
    outcomes =
        Counter.builder()
            .name("telemetry_output_item_outcomes_total")
            .help(
                "Events of a sink by outcome: delivered, duplicate, redirected (both delivered, too),"
                    + " dlq, expired, filtered.")
            .labelNames("dest", "tenant", "outcome")
            .register(registry);
    retries =
        Counter.builder()
            .name("telemetry_output_retries_total")
            .help("Batches that a sink sent again, by cause.")
            .labelNames("dest", "tenant", "cause")
            .register(registry);
    latency =
        Histogram.builder()
            .name("telemetry_export_latency_ms")
            .help("Milliseconds that a sink's destination took to answer.")
            .labelNames("dest", "tenant")
            .classicUpperBounds(10, 50, 100, 250, 500, 1000, 2500, 5000)
            .register(registry);
    EXPECTED.forEach(name -> latency.initLabelValues(name, NOBODY));
  }

  private static Counter counter(PrometheusRegistry registry, String name, String help) {
    var counter =
        Counter.builder().name(name).help(help).labelNames("dest", "tenant").register(registry);
    EXPECTED.forEach(sink -> counter.initLabelValues(sink, NOBODY));
    return counter;
  }

  Of of(String tenant, String name) {
    return new Of(tenant, name);
  }

  /** Forgets a sink that is gone for good. */
  public void forget(String tenant, String name) {
    sent.remove(name, tenant);
    latency.remove(name, tenant);
    for (var family : List.of(failed, outcomes, retries)) {
      family.removeIf(labels -> labels.get(0).equals(name) && labels.get(1).equals(tenant));
    }
  }

  /** The series of one sink. */
  final class Of {

    private final String tenant;
    private final String name;

    /** Reasons come from destinations, which could invent any number of them. */
    private final Set<String> reasons = ConcurrentHashMap.newKeySet();

    Of(String tenant, String name) {
      this.tenant = tenant;
      this.name = name;
      sent.initLabelValues(name, tenant);
      latency.initLabelValues(name, tenant);
    }

    void answered(Duration took) {
      latency.labelValues(name, tenant).observe(took.toNanos() / 1e6);
    }

    void delivered(int events, int duplicates, int redirected) {
      sent.labelValues(name, tenant).inc(events);
      outcome("delivered", events);
      outcome("duplicate", duplicates);
      outcome("redirected", redirected);
    }

    void refused(String reason, int events) {
      boolean isKnown = reasons.contains(reason) || reasons.size() < REASONS_MAX;
      reasons.add(isKnown ? reason : OTHER);
      failed.labelValues(name, tenant, isKnown ? reason : OTHER).inc(events);
      outcome("dlq", events);
    }

    void expired(int events) {
      outcome("expired", events);
    }

    void filtered(int events) {
      outcome("filtered", events);
    }

    void retried(String cause) {
      retries.labelValues(name, tenant, cause).inc();
    }

    private void outcome(String outcome, int events) {
      if (events > 0) {
        outcomes.labelValues(name, tenant, outcome).inc(events);
      }
    }
  }
}
