package io.penstock.benchmarks;

import io.penstock.log.EventLog;
import io.penstock.log.LogConfig;
import io.penstock.log.SegmentLog;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;

/** A log with so many events in it, for those who read logs. */
final class FilledLog {

  private static final int BATCH = 2_000;

  private FilledLog() {}

  /**
   * @param span over how much time the events are spread, up to now
   */
  static EventLog open(Path folder, int events, Duration span) throws IOException {
    // Nothing has read it when it is filled: it must not let go of the beginning.
    var config = LogConfig.in(folder).withRetainBytes(1L << 40);
    var log = SegmentLog.open(config, new PrometheusRegistry(), InstantSource.system());
    long start = (System.currentTimeMillis() - span.toMillis()) * 1_000_000;
    long gap = Math.max(2, span.toNanos() / events * SampleEvents.MESSAGE * 2);
    var sample = new SampleEvents(1, start, gap);
    var last = CompletableFuture.completedFuture(0L);
    for (int i = 0; i < events; i += BATCH) {
      last = log.append(sample.batch(Math.min(BATCH, events - i)));
    }
    last.join();
    return log;
  }
}
