package io.penstock.intercept;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;

/** What was counted. */
final class Scrape {

  private Scrape() {}

  /**
   * @param name without the {@code _total} at its end
   */
  static long counter(PrometheusRegistry registry, String name, String label, String value) {
    for (var snapshot : registry.scrape()) {
      if (snapshot.getMetadata().getName().equals(name)) {
        return (long)
            ((CounterSnapshot) snapshot)
                .getDataPoints().stream()
                    .filter(point -> value.equals(point.getLabels().get(label)))
                    .findFirst()
                    .orElseThrow()
                    .getValue();
      }
    }
    throw new AssertionError("no such metric");
  }
}
