package io.penstock.pipeline;

import io.penstock.log.LogUnavailableException;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/**
 * The accounts of the pipeline: every event that came in is durable, refused, or on its way. They
 * always balance: <i>received = durable + refused + in flight</i>.
 */
public final class Books {

  /** Above so many events in flight the server says that it is behind. */
  public static final int BEHIND_AT = 100_000;

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
        .name("telemetry_queue_depth")
        .help("The same under the contract's name: events taken and not yet durable.")
        .callback(gauge -> gauge.call((double) inFlight.sum()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("telemetry_queue_saturation")
        .help("Share of the depth from which the server says that it is behind; may exceed 1.")
        .callback(gauge -> gauge.call((double) inFlight.sum() / BEHIND_AT))
        .register(registry);
    CounterWithCallback.builder()
        .name("telemetry_queue_enqueues_total")
        .help("Events that entered the pipeline.")
        .callback(counter -> counter.call((double) received.sum()))
        .register(registry);
    CounterWithCallback.builder()
        .name("telemetry_queue_drops_total")
        .help("Events that the log could not take, whatever the reason.")
        .callback(counter -> counter.call((double) refused.sum()))
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

  void refused(String tenant, int events, LogUnavailableException.Reason reason) {
    refused.add(events);
    inFlight.add(-events);
    dropped.labelValues(tenant, reason.name().toLowerCase(Locale.ROOT)).inc(events);
  }

  public long receivedTotal() {
    return received.sum();
  }

  public long durableTotal() {
    return durable.sum();
  }

  public long refusedTotal() {
    return refused.sum();
  }

  public long inFlight() {
    return inFlight.sum();
  }

  /** Exact while nothing moves; while events move it may be off by those of the moment. */
  public long imbalance() {
    return received.sum() - durable.sum() - refused.sum() - inFlight.sum();
  }
}
