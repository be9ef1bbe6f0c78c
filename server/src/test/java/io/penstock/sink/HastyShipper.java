package io.penstock.sink;

import io.penstock.log.EventLog;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.time.InstantSource;

/**
 * A shipper that leaves a destination alone for milliseconds where others do for seconds, for tests
 * in which many attempts fail.
 */
public final class HastyShipper {

  private static final Pace.Backoff SHORT =
      new Pace.Backoff(Duration.ofMillis(1), Duration.ofMillis(20));

  private HastyShipper() {}

  /** One whose metrics nobody reads. */
  public static Shipper of(
      Shipper.Plan plan, Sink sink, EventLog log, DeadLetters letters, InstantSource clock) {
    var metrics = new SinkMetrics(new PrometheusRegistry());
    return new Shipper(plan, sink, log, letters, metrics, Room.ofHeap(), SHORT, clock);
  }
}
