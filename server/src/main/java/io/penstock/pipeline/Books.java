package io.penstock.pipeline;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.atomic.LongAdder;

/**
 * The accounts of the pipeline: every event that came in is durable, refused, or on its way.
 *
 * <p>Other stages count the same events by themselves, so an operator can check: <i>{@code
 * telemetry_pipeline_received_events_total} = {@code telemetry_journal_appended_events_total} +
 * {@code telemetry_pipeline_refused_events_total} + {@code
 * telemetry_pipeline_in_flight_events}</i>.
 */
public final class Books {

  private final Counter received;
  private final Counter dropped;
  private final LongAdder inFlight = new LongAdder();
  private final LongAdder durable = new LongAdder();

  Books(PrometheusRegistry registry) {
    received =
        Counter.builder()
            .name("telemetry_pipeline_received_events_total")
            .help("Events that were decoded and handed to the pipeline.")
            .labelNames("tenant")
            .register(registry);
    dropped =
        Counter.builder()
            .name("telemetry_pipeline_refused_events_total")
            .help("Events that the log could not take: datagrams are lost, clients were told.")
            .labelNames("tenant", "reason")
            .register(registry);
    GaugeWithCallback.builder()
        .name("telemetry_pipeline_in_flight_events")
        .help("Events between their receiver and the disk.")
        .callback(gauge -> gauge.call((double) inFlight.sum()))
        .register(registry);
  }

  void received(String tenant, int events) {
    received.labelValues(tenant).inc(events);
    inFlight.add(events);
  }

  void durable(int events) {
    durable.add(events);
    inFlight.add(-events);
  }

  void refused(String tenant, int events, String reason) {
    inFlight.add(-events);
    dropped.labelValues(tenant, reason).inc(events);
  }

  /** Events that became durable so far. */
  public long durableTotal() {
    return durable.sum();
  }

  /** Events between their receiver and the disk. */
  public long inFlight() {
    return inFlight.sum();
  }
}
