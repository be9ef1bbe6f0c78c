package io.penstock.decode;

import io.penstock.decode.Vocabulary.Learned;
import io.penstock.event.Quirk;
import io.penstock.exporters.ExporterMetrics;
import io.penstock.wire.DecoderCounters;
import io.penstock.wire.DecoderCounters.Count;
import io.penstock.wire.Rejection;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.ToLongFunction;

/**
 * The books of the decode stage, shared by all decoders of a process: what was received became
 * events, waits for its template, was rejected for a reason, or failed because of a bug of ours.
 */
public final class DecodeMetrics {

  private final List<DecoderCounters> decoders = new CopyOnWriteArrayList<>();
  private final ExporterMetrics exporters;
  private final Counter parsed;
  private final Counter failures;
  private final CounterDataPoint[] quirks;
  private final CounterDataPoint[] descriptions;
  private final AnnouncementBook.Metrics announcements;

  /**
   * @param exporterLabelsMax exporters counted by name; the others share the label {@code other}
   */
  public DecodeMetrics(PrometheusRegistry registry, int exporterLabelsMax) {
    this.exporters = new ExporterMetrics(registry, exporterLabelsMax);
    this.parsed =
        Counter.builder()
            .name("telemetry_records_parsed_total")
            .help("Flow and options records that became events.")
            .register(registry);
    this.failures =
        Counter.builder()
            .name("telemetry_decode_failures_total")
            .help("Records that could not be interpreted because of a bug.")
            .register(registry);
    var odd =
        Counter.builder()
            .name("telemetry_decode_quirks_total")
            .help("Events with something odd about them, by what it is.")
            .labelNames("quirk")
            .register(registry);
    this.quirks = new CounterDataPoint[Quirk.values().length];
    for (var quirk : Quirk.values()) {
      quirks[quirk.ordinal()] = odd.labelValues(word(quirk));
    }
    var described =
        Counter.builder()
            .name("telemetry_decode_element_descriptions_total")
            .help("Descriptions of elements by their exporter (RFC 5610), by what became of them.")
            .labelNames("outcome")
            .register(registry);
    this.descriptions = new CounterDataPoint[Learned.values().length];
    for (var outcome : Learned.values()) {
      descriptions[outcome.ordinal()] = described.labelValues(word(outcome));
    }
    this.announcements = announcements(registry);
    registerWireCounters(registry);
  }

  private static AnnouncementBook.Metrics announcements(PrometheusRegistry registry) {
    return new AnnouncementBook.Metrics(
        Counter.builder()
            .name("telemetry_decode_options_displaced_total")
            .help("Rows of options tables given up, or not taken, because of a limit.")
            .register(registry)
            .labelValues(),
        Gauge.builder()
            .name("telemetry_decode_options_rows")
            .help("Rows of options tables remembered.")
            .register(registry)
            .labelValues(),
        Gauge.builder()
            .name("telemetry_decode_options_bytes")
            .help("Octets that the remembered rows of options tables take.")
            .register(registry)
            .labelValues(),
        Counter.builder()
            .name("telemetry_decode_connections_displaced_total")
            .help("Firewall connections forgotten before their end because of a limit.")
            .register(registry)
            .labelValues());
  }

  private void registerWireCounters(PrometheusRegistry registry) {
    CounterWithCallback.builder()
        .name("telemetry_decode_datagrams_total")
        .help("Datagrams and stream messages given to the decoders.")
        .callback(callback -> callback.call(sum(Count.DATAGRAMS)))
        .register(registry);
    CounterWithCallback.builder()
        .name("telemetry_decode_rejected_total")
        .help("Datagrams, sets, templates and records that were not decoded, by reason.")
        .labelNames("reason")
        .callback(
            callback -> {
              for (var reason : Rejection.values()) {
                callback.call(sum(counters -> counters.rejected(reason)), word(reason));
              }
            })
        .register(registry);
    CounterWithCallback.builder()
        .name("telemetry_decode_rejected_bytes_total")
        .help("Octets that were not decoded, by reason.")
        .labelNames("reason")
        .callback(
            callback -> {
              for (var reason : Rejection.values()) {
                callback.call(sum(counters -> counters.rejectedOctets(reason)), word(reason));
              }
            })
        .register(registry);
    gauge(
        registry,
        "telemetry_decode_waiting_sets",
        "Sets that wait for their template.",
        Count.WAITING_SETS);
    gauge(
        registry,
        "telemetry_decode_waiting_bytes",
        "Octets of sets that wait for their template.",
        Count.WAITING_OCTETS);
    gauge(registry, "telemetry_decode_templates", "Templates known.", Count.TEMPLATES);
    gauge(registry, "telemetry_decode_sessions", "Transport sessions known.", Count.SESSIONS);
    gauge(
        registry,
        "telemetry_decode_sessions_established",
        "Transport sessions whose state newcomers cannot displace.",
        Count.SESSIONS_ESTABLISHED);
    CounterWithCallback.builder()
        .name("telemetry_decode_evicted_total")
        .help("What was forgotten before its time because a limit was reached.")
        .labelNames("what")
        .callback(
            callback -> {
              callback.call(sum(Count.SESSIONS_EVICTED), "session");
              callback.call(sum(Count.TEMPLATES_EVICTED), "template");
            })
        .register(registry);
  }

  private void gauge(PrometheusRegistry registry, String name, String help, Count count) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(sum(count)))
        .register(registry);
  }

  private double sum(Count count) {
    return sum(counters -> counters.get(count));
  }

  private double sum(ToLongFunction<DecoderCounters> what) {
    return (double) decoders.stream().mapToLong(what).sum();
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** Adds a decoder's own counters to the sums. */
  void watch(DecoderCounters counters) {
    decoders.add(counters);
  }

  AnnouncementBook.Metrics announcements() {
    return announcements;
  }

  /** Records that became events so far. */
  public long records() {
    return parsed.getLongValue();
  }

  void parsed(long records) {
    parsed.inc(records);
  }

  void failed() {
    failures.inc();
  }

  /** So many events have these quirks. */
  void quirks(int bits, long events) {
    for (int rest = bits; rest != 0; rest &= rest - 1) {
      quirks[Integer.numberOfTrailingZeros(rest)].inc(events);
    }
  }

  void described(Learned outcome) {
    descriptions[outcome.ordinal()].inc();
  }

  /** What is counted by exporter. */
  ExporterMetrics exporters() {
    return exporters;
  }
}
