package io.penstock.pipeline;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/**
 * The accounts of the pipeline: every event that came in is durable, refused, or on its way.
 *
 * <p>The log counts the same events by itself, so an operator can check: <i>{@code
 * telemetry_queue_enqueues_total} = {@code telemetry_journal_appended_events_total} + {@code
 * telemetry_queue_drops_total} + {@code telemetry_queue_depth}</i>.
 */
public final class Books {

  /** Above so many events in flight the server says that it is behind. */
  public static final int BEHIND_AT = 100_000;

  private final LongAdder received = new LongAdder();
  private final LongAdder durable = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder inFlight = new LongAdder();
  private final Counter refusedByReason;

  Books(PrometheusRegistry registry) {
    refusedByReason =
        Counter.builder()
            .name("telemetry_pipeline_refused_events_total")
            .help("Events that the log could not take: datagrams are lost, clients were told.")
            .labelNames("tenant", "reason")
            .register(registry);
    GaugeWithCallback.builder()
        .name("telemetry_queue_depth")
        .help("Events between their receiver and the disk.")
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
        .name("telemetry_worker_processed_total")
        .help("Events that left the pipeline durable.")
        .callback(counter -> counter.call((double) durable.sum()))
        .register(registry);
    CounterWithCallback.builder()
        .name("telemetry_queue_drops_total")
        .help("Events that the log could not take, whatever the reason.")
        .callback(counter -> counter.call((double) refused.sum()))
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
    refusedByReason.labelValues(tenant, reason.toLowerCase(Locale.ROOT)).inc(events);
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
