package io.penstock.intercept;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.function.Predicate;

/** What was counted. */
final class Scrape {

  private Scrape() {}

  /**
   * @param name without the {@code _total} at its end
   */
  static long counter(PrometheusRegistry registry, String name) {
    return counter(registry, name, _ -> true);
  }

  /**
   * @param name without the {@code _total} at its end
   */
  static long counter(PrometheusRegistry registry, String name, String label, String value) {
    return counter(registry, name, labels -> value.equals(labels.get(label)));
  }

  private static long counter(PrometheusRegistry registry, String name, Predicate<Labels> which) {
    for (var snapshot : registry.scrape()) {
      if (snapshot.getMetadata().getName().equals(name)) {
        return (long)
            ((CounterSnapshot) snapshot)
                .getDataPoints().stream()
                    .filter(point -> which.test(point.getLabels()))
                    .findFirst()
                    .orElseThrow()
                    .getValue();
      }
    }
    throw new AssertionError("no such metric");
  }
}
