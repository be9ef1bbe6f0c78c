package io.penstock.log;

import io.penstock.log.LogUnavailableException.Reason;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** What a {@link SegmentLog} counts. */
final class LogMetrics {

  final Counter appendedFrames;
  final Counter appendedEvents;
  final Counter appendedBytes;
  final Counter corruptFrames;
  final Counter corruptBytes;
  final Counter tornBytes;
  final Counter missedBytes;
  final Counter removedBytes;
  final Counter failures;
  final Histogram fsyncSeconds;
  private final Map<Reason, CounterDataPoint> refused = new EnumMap<>(Reason.class);

  LogMetrics(PrometheusRegistry registry) {
    appendedFrames = counter(registry, "appended_frames", "Batches made durable.");
    appendedEvents = counter(registry, "appended_events", "Events made durable.");
    appendedBytes = counter(registry, "appended_bytes", "Bytes of frames made durable.");
    corruptFrames = counter(registry, "corrupt_frames", "Damaged places skipped, each once.");
    corruptBytes = counter(registry, "corrupt_bytes", "Bytes in damaged places skipped.");
    tornBytes = counter(registry, "torn_bytes", "Bytes of unfinished frames cut off at start.");
    missedBytes =
        counter(registry, "missed_bytes", "Bytes removed before a reader had come to them.");
    removedBytes = counter(registry, "removed_bytes", "Bytes removed because nobody needs them.");
    failures = counter(registry, "failures", "Writes or fsyncs that failed.");
    fsyncSeconds =
        Histogram.builder()
            .name("telemetry_journal_fsync_duration_seconds")
            .help("Time of one fsync.")
            .classicUpperBounds(
                0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
                2.5, 10)
            .register(registry);
    var refusedFrames =
        Counter.builder()
            .name("telemetry_journal_refused_frames_total")
            .help("Batches not taken.")
            .labelNames("reason")
            .register(registry);
    for (var reason : Reason.values()) {
      refused.put(reason, refusedFrames.labelValues(reason.name().toLowerCase(Locale.ROOT)));
    }
  }

  void refused(Reason reason, int frames) {
    var counter = refused.get(reason);
    if (counter != null) {
      counter.inc(frames);
    }
  }

  private static Counter counter(PrometheusRegistry registry, String name, String help) {
    return Counter.builder()
        .name("telemetry_journal_" + name + "_total")
        .help(help)
        .register(registry);
  }
}
