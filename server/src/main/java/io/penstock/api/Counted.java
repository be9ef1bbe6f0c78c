package io.penstock.api;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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

  /** Labels with names of sinks. */
  private static final Set<String> SINK = Set.of("dest", "target");

  private static final Set<String> SINKS = Set.of("splunk", "elastic");

  /** The label with names of the log's consumers, which are those of tenants and sinks, too. */
  private static final String CONSUMER = "consumer";

  private final PrometheusRegistry registry;

  Counted(PrometheusRegistry registry) {
    this.registry = registry;
  }

  /**
   * A counter's or gauge's sums by one of its labels.
   *
   * @param name without {@code _total}
   * @param tenant whose; null for all
   */
  Map<String, Long> byLabel(String name, String label, @Nullable String tenant) {
    var sums = new TreeMap<String, Long>();
    for (var point : points(name, tenant)) {
      var value = point.labels.get(label);
      if (value != null) {
        sums.merge(value, (long) point.value, Long::sum);
      }
    }
    return sums;
  }

  /** The same by two of its labels, one within the other. */
  Map<String, Map<String, Long>> byLabels(
      String name, String outer, String inner, @Nullable String tenant) {
    var sums = new TreeMap<String, Map<String, Long>>();
    for (var point : points(name, tenant)) {
      var at = point.labels.get(outer);
      var value = point.labels.get(inner);
      if (at != null && value != null) {
        sums.computeIfAbsent(at, _ -> new TreeMap<>()).merge(value, (long) point.value, Long::sum);
      }
    }
    return sums;
  }

  private record Point(Labels labels, double value) {}

  private List<Point> points(String name, @Nullable String tenant) {
    var points = new ArrayList<Point>();
    for (var snapshot : registry.scrape(name::equals)) {
      switch (snapshot) {
        case CounterSnapshot counter ->
            counter.getDataPoints().stream()
                .filter(point -> isOf(point, tenant))
                .forEach(point -> points.add(new Point(point.getLabels(), point.getValue())));
        case GaugeSnapshot gauge ->
            gauge.getDataPoints().stream()
                .filter(point -> isOf(point, tenant))
                .forEach(point -> points.add(new Point(point.getLabels(), point.getValue())));
        default -> {
          // Nothing else is a number by itself.
        }
      }
    }
    return points;
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
        case HistogramSnapshot histogram -> nameless.add(summed(histogram));
        default -> {
          // What cannot be summed up is left out.
        }
      }
    }
    return new MetricSnapshots(nameless);
  }

  private static boolean tellsWho(DataPointSnapshot point) {
    return point.getLabels().contains(CONSUMER)
        || WHO.stream().anyMatch(point.getLabels()::contains);
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

  /** By the classic buckets, which all series of a histogram have alike. */
  private static HistogramSnapshot summed(HistogramSnapshot histogram) {
    var series = new LinkedHashMap<Labels, List<HistogramDataPointSnapshot>>();
    for (var point : histogram.getDataPoints()) {
      if (point.hasClassicHistogramData()) {
        series.computeIfAbsent(ofNobody(point), _ -> new ArrayList<>()).add(point);
      }
    }
    var points = new ArrayList<HistogramDataPointSnapshot>();
    series.forEach((labels, same) -> points.add(summed(labels, same)));
    return new HistogramSnapshot(histogram.getMetadata(), points);
  }

  private static HistogramDataPointSnapshot summed(
      Labels labels, List<HistogramDataPointSnapshot> same) {
    var first = same.getFirst().getClassicBuckets();
    var bounds = new double[first.size()];
    var counts = new long[first.size()];
    double sum = 0;
    for (var point : same) {
      var buckets = point.getClassicBuckets();
      for (int i = 0; i < counts.length; i++) {
        bounds[i] = buckets.getUpperBound(i);
        counts[i] += buckets.getCount(i);
      }
      sum += point.getSum();
    }
    return new HistogramDataPointSnapshot(
        ClassicHistogramBuckets.of(bounds, counts), sum, labels, Exemplars.EMPTY, 0);
  }

  private static Labels ofNobody(DataPointSnapshot point) {
    var kept = Labels.builder();
    for (var label : point.getLabels()) {
      if (!WHO.contains(label.getName())) {
        kept.label(label.getName(), nameless(label.getName(), label.getValue()));
      }
    }
    return kept.build();
  }

  /** What a tenant calls its sinks tells of it; those that all call the same do not. */
  private static String nameless(String label, String value) {
    if (SINK.contains(label) && !SINKS.contains(value)) {
      return "other";
    }
    return label.equals(CONSUMER) && value.startsWith("sink.") ? "sinks" : value;
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
