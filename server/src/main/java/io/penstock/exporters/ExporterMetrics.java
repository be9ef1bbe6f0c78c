package io.penstock.exporters;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is counted by exporter, over all decoders. Who has sent anything decodable has a label of
 * its own while there are any; all others share one, so that invented sources use none up.
 */
public final class ExporterMetrics {

  private static final String OTHERS = "other";

  private final int labelsMax;
  private final Set<String> labels = ConcurrentHashMap.newKeySet();
  private final Counter records;
  private final Counter rejections;
  private final Counter duplicates;
  private final Counter duplicatesDropped;
  private final Counter missing;
  private final Counter recovered;
  private final Counter gaps;
  private final Counter reordered;
  private final Counter restarts;
  private final Counter displaced;
  private final Gauge sequences;
  private final Counter sequencesEvicted;

  /**
   * @param labelsMax exporters counted by name; the others share the label {@code other}
   */
  public ExporterMetrics(PrometheusRegistry registry, int labelsMax) {
    this.labelsMax = labelsMax;
    records =
        counter(
            registry,
            "telemetry_decode_exporter_records_total",
            "Records that became events, by exporter.",
            "exporter");
    rejections =
        counter(
            registry,
            "telemetry_decode_exporter_rejected_total",
            "Datagrams, sets and templates that were not decoded, by exporter.",
            "exporter");
    duplicates =
        counter(
            registry,
            "telemetry_duplicate_datagrams_total",
            "Datagrams that had come before, seconds ago, by exporter.",
            "exporter");
    duplicatesDropped =
        counter(
            registry,
            "telemetry_duplicate_datagrams_dropped_total",
            "Of these, those that were not decoded again.");
    missing =
        counter(
            registry,
            "telemetry_sequence_missing_total",
            "What exporters counted and never came, less what was recovered, in their units.",
            "exporter",
            "unit");
    recovered =
        counter(
            registry,
            "telemetry_sequence_recovered_total",
            "What had been counted as missing and came late, or never was.",
            "exporter",
            "unit");
    gaps =
        counter(
            registry,
            "telemetry_sequence_gaps_total",
            "Gaps in the sequence numbers of exporters.",
            "exporter");
    reordered =
        counter(
            registry,
            "telemetry_sequence_reordered_total",
            "Messages that came late into a gap.",
            "exporter");
    restarts =
        counter(
            registry,
            "telemetry_sequence_restarts_total",
            "Sequences that began anew, as after a restart.",
            "exporter");
    displaced =
        counter(
            registry,
            "telemetry_exporters_displaced_total",
            "Exporters forgotten because a limit was reached.");
    sequences =
        Gauge.builder()
            .name("telemetry_sequences")
            .help("Sequences of exporters that are followed.")
            .register(registry);
    sequencesEvicted =
        counter(
            registry,
            "telemetry_sequences_evicted_total",
            "Sequences followed no longer because a limit was reached.");
  }

  private static Counter counter(
      PrometheusRegistry registry, String name, String help, String... labels) {
    return Counter.builder().name(name).help(help).labelNames(labels).register(registry);
  }

  void displaced() {
    displaced.inc();
  }

  /** So many more are followed, or fewer. */
  void sequences(int by) {
    sequences.inc(by);
  }

  void evictedSequence() {
    sequencesEvicted.inc();
  }

  void droppedDuplicate() {
    duplicatesDropped.inc();
  }

  Labelled unnamed() {
    return new Labelled();
  }

  private boolean hasLabel(String exporter) {
    if (labels.contains(exporter)) {
      return true;
    }
    return labels.size() < labelsMax && labels.add(exporter);
  }

  /** The counters of one exporter. */
  final class Labelled {

    private String label = OTHERS;
    private CounterDataPoint recordPoint = records.labelValues(OTHERS);
    private boolean isNamed;

    /** Counts by name from now on, if there is a label left. */
    void name(String exporter) {
      if (!isNamed) {
        isNamed = true;
        label = hasLabel(exporter) ? exporter : OTHERS;
        recordPoint = records.labelValues(label);
      }
    }

    void records(long count) {
      recordPoint.inc(count);
    }

    void rejected() {
      rejections.labelValues(label).inc();
    }

    void duplicate() {
      duplicates.labelValues(label).inc();
    }

    void gap(String unit, long length) {
      gaps.labelValues(label).inc();
      missing.labelValues(label, unit).inc(length);
    }

    void recovered(String unit, long count) {
      if (count > 0) {
        recovered.labelValues(label, unit).inc(count);
      }
    }

    void reordered() {
      reordered.labelValues(label).inc();
    }

    void restart() {
      restarts.labelValues(label).inc();
    }
  }
}
