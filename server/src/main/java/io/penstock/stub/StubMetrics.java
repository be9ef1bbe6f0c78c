package io.penstock.stub;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.IntSupplier;

/** What became of the requests that stubs were asked about. */
final class StubMetrics {

  /** Each request is one of these. */
  enum Result {
    MATCHED,
    UNMATCHED,
    /** A stub matched, and broke something on purpose. */
    FAULT;

    final String label = name().toLowerCase(java.util.Locale.ROOT);
  }

  private final CounterDataPoint[] requests = new CounterDataPoint[Result.values().length];
  final Counter templatesFailed;
  final Counter stopped;
  final Counter journalDropped;
  final Counter refused;

  StubMetrics(PrometheusRegistry registry) {
    var counter =
        Counter.builder()
            .name("intercept_stub_requests_total")
            .help("Requests that stubs were asked about, by what became of them.")
            .labelNames("result")
            .register(registry);
    for (var result : Result.values()) {
      requests[result.ordinal()] = counter.labelValues(result.label);
    }
    templatesFailed =
        counter(
            registry,
            "intercept_stub_templates_failed_total",
            "Answers whose template could not be filled in; the client got status 500.");
    stopped =
        counter(
            registry,
            "intercept_stub_matching_stopped_total",
            "Requests for which matching was given up, since patterns took too much work.");
    journalDropped =
        counter(
            registry,
            "intercept_stub_journal_dropped_total",
            "Requests that made room in the stubs' journal for later ones.");
    refused =
        counter(
            registry,
            "intercept_stub_files_refused_total",
            "Readings of the stubs' folder that were refused because of mistakes.");
  }

  private static Counter counter(PrometheusRegistry registry, String name, String help) {
    return Counter.builder().name(name).help(help).register(registry);
  }

  void count(Result result) {
    requests[result.ordinal()].inc();
  }

  static void gauge(PrometheusRegistry registry, IntSupplier stubs) {
    GaugeWithCallback.builder()
        .name("intercept_stubs")
        .help("Stubs in use.")
        .callback(callback -> callback.call(stubs.getAsInt()))
        .register(registry);
  }
}
