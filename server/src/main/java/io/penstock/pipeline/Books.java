package io.penstock.pipeline;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.atomic.LongAdder;

/**
 * The accounts of the pipeline: every event that came in is durable, refused, or on its way. They
 * always balance: <i>received = durable + refused + in flight</i>.
 */
public final class Books {

  private final LongAdder received = new LongAdder();
  private final LongAdder durable = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder inFlight = new LongAdder();
  private final Counter dropped;

  Books(PrometheusRegistry registry) {
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
    GaugeWithCallback.builder()
        .name("telemetry_conservation_imbalance_events")
        .help("Events received less durable, refused and in flight; not 0 is a bug.")
        .callback(gauge -> gauge.call((double) imbalance()))
        .register(registry);
  }

  void received(int events) {
    received.add(events);
    inFlight.add(events);
  }

  void durable(int events) {
    durable.add(events);
    inFlight.add(-events);
  }

  void refused(String tenant, int events, String reason) {
    refused.add(events);
    inFlight.add(-events);
    dropped.labelValues(tenant, reason).inc(events);
  }

  public long durableTotal() {
    return durable.sum();
  }

  public long inFlight() {
    return inFlight.sum();
  }

  /** Exact while nothing moves; while events move it may be off by those of the moment. */
  public long imbalance() {
    return received.sum() - durable.sum() - refused.sum() - inFlight.sum();
  }
}
