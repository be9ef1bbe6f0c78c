package io.penstock.pipeline;

import io.penstock.log.LogUnavailableException;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * How long batches take on their way, stage by stage, and what went wrong there: {@code enrich},
 * which looks up places, networks and indicators in one go, and {@code store}, from the log's queue
 * to the disk.
 */
final class StageMetrics {

  private static final String ENRICH = "enrich";
  private static final String STORE = "store";

  /** A bug of ours. */
  private static final String EXCEPTION = "exception";

  /** The log could not take the batch. */
  private static final String UNAVAILABLE = "unavailable";

  private final Counter errors;
  private final DistributionDataPoint enrichSeconds;
  private final DistributionDataPoint storeSeconds;
  private final DistributionDataPoint seconds;

  StageMetrics(PrometheusRegistry registry) {
    this.errors =
        Counter.builder()
            .name("telemetry_worker_errors_total")
            .help("Batches that did not get through a stage, by why.")
            .labelNames("stage", "kind")
            .register(registry);
    errors.initLabelValues(ENRICH, EXCEPTION);
    errors.initLabelValues(STORE, EXCEPTION);
    errors.initLabelValues(STORE, UNAVAILABLE);
    var stageSeconds =
        Histogram.builder()
            .name("telemetry_stage_seconds")
            .help("How long a batch was in a stage.")
            .labelNames("stage")
            .classicUpperBounds(.0001, .0005, .001, .005, .01, .05, .1, .5, 1, 5)
            .register(registry);
    this.enrichSeconds = stageSeconds.labelValues(ENRICH);
    this.storeSeconds = stageSeconds.labelValues(STORE);
    this.seconds =
        Histogram.builder()
            .name("telemetry_event_processing_seconds")
            .help("From the pipeline's taking a batch until it was durable.")
            .classicUpperBounds(.001, .005, .01, .05, .1, .5, 1, 2, 5, 10)
            .register(registry)
            .labelValues();
  }

  /** A batch enters. */
  Passage begin() {
    return new Passage();
  }

  /** A batch on its way. */
  final class Passage {

    private final long began = System.nanoTime();

    <T> T enriched(Supplier<T> work) {
      try {
        return work.get();
      } catch (RuntimeException e) {
        errors.labelValues(ENRICH, EXCEPTION).inc();
        throw e;
      } finally {
        enrichSeconds.observe(since(began));
      }
    }

    <T> CompletableFuture<T> stored(Supplier<CompletableFuture<T>> work) {
      long entered = System.nanoTime();
      try {
        return work.get()
            .whenComplete(
                (_, failure) -> {
                  if (failure != null) {
                    failed(failure);
                    return;
                  }
                  storeSeconds.observe(since(entered));
                  seconds.observe(since(began));
                });
      } catch (RuntimeException e) {
        failed(e);
        throw e;
      }
    }

    private void failed(Throwable failure) {
      var cause =
          failure instanceof CompletionException && failure.getCause() != null
              ? failure.getCause()
              : failure;
      boolean isRefused = cause instanceof LogUnavailableException;
      errors.labelValues(STORE, isRefused ? UNAVAILABLE : EXCEPTION).inc();
    }

    private static double since(long nanos) {
      return (System.nanoTime() - nanos) / 1e9;
    }
  }
}
