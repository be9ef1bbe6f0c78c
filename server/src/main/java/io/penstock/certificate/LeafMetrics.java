package io.penstock.certificate;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntSupplier;

/** What became of each question for a certificate. */
final class LeafMetrics {

  private final Map<Outcome, CounterDataPoint> asked = new EnumMap<>(Outcome.class);
  private final Map<NoLeafException.Reason, CounterDataPoint> refused =
      new EnumMap<>(NoLeafException.Reason.class);
  private final Counter issued;
  private final Counter evicted;

  /** How a question was answered. */
  enum Outcome {
    /** From the cache. */
    CACHED,
    /** With one that is signed for it. */
    NEW,
    /** With one that is being signed for an earlier question. */
    SHARED
  }

  LeafMetrics(PrometheusRegistry registry, IntSupplier cached, IntSupplier waiting) {
    var questions =
        Counter.builder()
            .name("intercept_certificates_asked_total")
            .help(
                "Questions for a host's certificate: answered from the cache, with a new one, or"
                    + " with one that was being made.")
            .labelNames("outcome")
            .register(registry);
    for (var outcome : Outcome.values()) {
      asked.put(outcome, questions.labelValues(lower(outcome)));
    }
    var refusals =
        Counter.builder()
            .name("intercept_certificates_refused_total")
            .help("Questions for a host's certificate that got none, by reason.")
            .labelNames("reason")
            .register(registry);
    for (var reason : NoLeafException.Reason.values()) {
      refused.put(reason, refusals.labelValues(lower(reason)));
    }
    this.issued =
        Counter.builder()
            .name("intercept_certificates_issued_total")
            .help("Certificates that were signed for hosts, renewals included.")
            .register(registry);
    this.evicted =
        Counter.builder()
            .name("intercept_certificates_evicted_total")
            .help("Certificates that left the full cache for those of other hosts.")
            .register(registry);
    gauge(registry, "intercept_certificates_cached", "Hosts with a certificate at hand.", cached);
    gauge(
        registry,
        "intercept_certificates_waiting",
        "Hosts whose certificate is being made.",
        waiting);
  }

  private static void gauge(
      PrometheusRegistry registry, String name, String help, IntSupplier value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.getAsInt()))
        .register(registry);
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  void asked(Outcome outcome) {
    var counter = asked.get(outcome);
    if (counter != null) {
      counter.inc();
    }
  }

  void refused(NoLeafException.Reason reason) {
    var counter = refused.get(reason);
    if (counter != null) {
      counter.inc();
    }
  }

  void issued() {
    issued.inc();
  }

  void evicted() {
    evicted.inc();
  }
}
