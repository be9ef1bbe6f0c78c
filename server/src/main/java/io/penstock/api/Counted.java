package io.penstock.api;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads what other parts count, by the names that the contract gives it. */
final class Counted {

  private static final String TENANT = "tenant";

  /** Labels that say who sends, what a tenant calls its own, or where else it is sent. */
  private static final Set<String> WHO =
      Set.of(TENANT, "exporter", "source", "source_id", "destination");

  private final PrometheusRegistry registry;

  Counted(PrometheusRegistry registry) {
    this.registry = registry;
  }

  /**
   * A counter's sums by one of its labels.
   *
   * @param name without {@code _total}
   * @param tenant whose; null for all
   */
  Map<String, Long> byLabel(String name, String label, @Nullable String tenant) {
    var sums = new TreeMap<String, Long>();
    for (var snapshot : registry.scrape(name::equals)) {
      if (snapshot instanceof CounterSnapshot counter) {
        for (var point : counter.getDataPoints()) {
          var value = point.getLabels().get(label);
          if (value != null && isOf(point, tenant)) {
            sums.merge(value, (long) point.getValue(), Long::sum);
          }
        }
      }
    }
    return sums;
  }

  /** A counter's sum over all its labels. */
  long total(String name) {
    long sum = 0;
    for (var snapshot : registry.scrape(name::equals)) {
      if (snapshot instanceof CounterSnapshot counter) {
        sum += counter.getDataPoints().stream().mapToLong(point -> (long) point.getValue()).sum();
      }
    }
    return sum;
  }

  /** Everything. */
  MetricSnapshots all() {
    return registry.scrape();
  }

  /** Everything, summed up until no series tells whose it is. */
  MetricSnapshots ofNobody() {
    var nameless = new ArrayList<MetricSnapshot>();
    for (var snapshot : registry.scrape()) {
      if (snapshot.getDataPoints().stream().noneMatch(Counted::tellsWho)) {
        nameless.add(snapshot);
        continue;
      }
      switch (snapshot) {
        case CounterSnapshot counter -> nameless.add(summed(counter));
        case GaugeSnapshot gauge -> nameless.add(summed(gauge));
        default -> {
          // What cannot be summed up is left out.
        }
      }
    }
    return new MetricSnapshots(nameless);
  }

  private static boolean tellsWho(DataPointSnapshot point) {
    return WHO.stream().anyMatch(point.getLabels()::contains);
  }

  private static CounterSnapshot summed(CounterSnapshot counter) {
    var sums = new LinkedHashMap<Labels, Double>();
    counter
        .getDataPoints()
        .forEach(point -> sums.merge(ofNobody(point), point.getValue(), Double::sum));
    var points = new ArrayList<CounterSnapshot.CounterDataPointSnapshot>();
    sums.forEach(
        (labels, sum) ->
            points.add(new CounterSnapshot.CounterDataPointSnapshot(sum, labels, null, 0)));
    return new CounterSnapshot(counter.getMetadata(), points);
  }

  private static GaugeSnapshot summed(GaugeSnapshot gauge) {
    var sums = new LinkedHashMap<Labels, Double>();
    gauge
        .getDataPoints()
        .forEach(point -> sums.merge(ofNobody(point), point.getValue(), Double::sum));
    var points = new ArrayList<GaugeSnapshot.GaugeDataPointSnapshot>();
    sums.forEach(
        (labels, sum) -> points.add(new GaugeSnapshot.GaugeDataPointSnapshot(sum, labels, null)));
    return new GaugeSnapshot(gauge.getMetadata(), points);
  }

  private static Labels ofNobody(DataPointSnapshot point) {
    var kept = Labels.builder();
    for (var label : point.getLabels()) {
      if (!WHO.contains(label.getName())) {
        kept.label(label.getName(), label.getValue());
      }
    }
    return kept.build();
  }

  /** The series that are one tenant's: those that say so. */
  MetricSnapshots of(String tenant) {
    var own = new ArrayList<MetricSnapshot>();
    for (var snapshot : registry.scrape()) {
      ofTenant(snapshot, point -> tenant.equals(point.getLabels().get(TENANT))).ifPresent(own::add);
    }
    return new MetricSnapshots(own);
  }

  private static Optional<MetricSnapshot> ofTenant(
      MetricSnapshot snapshot, Predicate<DataPointSnapshot> isOwn) {
    return switch (snapshot) {
      case CounterSnapshot counter when counter.getDataPoints().stream().anyMatch(isOwn) ->
          Optional.of(
              new CounterSnapshot(
                  counter.getMetadata(), counter.getDataPoints().stream().filter(isOwn).toList()));
      case GaugeSnapshot gauge when gauge.getDataPoints().stream().anyMatch(isOwn) ->
          Optional.of(
              new GaugeSnapshot(
                  gauge.getMetadata(), gauge.getDataPoints().stream().filter(isOwn).toList()));
      default -> Optional.empty();
    };
  }

  private static boolean isOf(DataPointSnapshot point, @Nullable String tenant) {
    return tenant == null || tenant.equals(point.getLabels().get(TENANT));
  }
}
