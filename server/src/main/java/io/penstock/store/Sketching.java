package io.penstock.store;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * When rankings go by a {@link Sketch}, and how many at a time: each takes memory that no query of
 * the engine has. Safe for use by many threads.
 */
final class Sketching {

  /** Sketches at a time; who wants another one waits for as long as its question may take. */
  private static final int SKETCHES_MAX = 2;

  private final Bounds bounds;
  private final Semaphore permits = new Semaphore(SKETCHES_MAX, true);
  private final Counter rankings;

  /**
   * From when on it pays.
   *
   * @param rows rows of a question's parts, at least
   * @param groups different groups among them, at least, as far as that can be estimated
   * @param sampleRows rows of each of the two samples by which it is estimated
   * @param buckets of a sketch, which has 8 octets for each
   */
  record Bounds(long rows, long groups, int sampleRows, int buckets) {

    /**
     * As measured: the engine adds up fewer groups than these in its own memory, and about as fast.
     */
    static final Bounds MEASURED = new Bounds(2_000_000, 300_000, 65_536, 1 << 21);
  }

  Sketching(Bounds bounds, PrometheusRegistry registry) {
    this.bounds = bounds;
    this.rankings =
        Counter.builder()
            .name("telemetry_store_sketched_rankings_total")
            .help("Rankings of many groups that were tried by a sketch of them, by how it went.")
            .labelNames("result")
            .register(registry);
    rankings.initLabelValues("answered");
    rankings.initLabelValues("given_up");
  }

  Bounds bounds() {
    return bounds;
  }

  /** Counts an attempt. */
  void count(boolean isAnswered) {
    rankings.labelValues(isAnswered ? "answered" : "given_up").inc();
  }

  /**
   * An empty sketch, as soon as there is room for one.
   *
   * @param patienceNanos how long to wait
   */
  Sketch open(boolean isHighest, long patienceNanos) throws SQLException {
    try {
      if (!permits.tryAcquire(patienceNanos, TimeUnit.NANOSECONDS)) {
        throw new SQLTimeoutException("other rankings took too long");
      }
      return new Sketch(bounds.buckets(), isHighest, permits::release);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("interrupted", e);
    }
  }
}
