package io.penstock.upstream;

import io.penstock.exchange.Exchange.Cause;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/** What the way on counts. */
final class UpstreamMetrics {

  private final CounterDataPoint opened;
  private final CounterDataPoint reused;
  private final CounterDataPoint streams;
  private final Map<Cause, CounterDataPoint> failures = new EnumMap<>(Cause.class);

  UpstreamMetrics(Dialing dialing, Pool pool, PrometheusRegistry registry) {
    counter(
        registry,
        "intercept_sealed_refusals_total",
        "Connections refused because everything is sealed.",
        dialing::refusals);
    counter(
        registry,
        "intercept_upstream_look_ups_total",
        "Names of servers that were looked up.",
        dialing::lookUps);
    counter(
        registry,
        "intercept_upstream_connects_total",
        "Connections to servers, or to proxies on the way, that were attempted.",
        dialing::connects);
    var links =
        Counter.builder()
            .name("intercept_upstream_links_total")
            .help(
                "Ways to a server for one exchange: over a connection opened, reused or a stream.")
            .labelNames("kind")
            .register(registry);
    opened = links.labelValues("opened");
    reused = links.labelValues("reused");
    streams = links.labelValues("stream");
    var failed =
        Counter.builder()
            .name("intercept_upstream_failures_total")
            .help("Exchanges for which there was no way to the server, by cause.")
            .labelNames("cause")
            .register(registry);
    for (var cause : Cause.values()) {
      if (cause == Cause.SEALED || cause.name().startsWith("UPSTREAM_")) {
        failures.put(cause, failed.labelValues(cause.name().toLowerCase(Locale.ROOT)));
      }
    }
    CounterWithCallback.builder()
        .name("intercept_upstream_refused_total")
        .help(
            "Exchanges refused because there may be no more connections: too many waited, one"
                + " waited in vain, no place for a tunnel.")
        .labelNames("limit")
        .callback(
            counter -> {
              counter.call((double) pool.refusedToWait(), "waiting");
              counter.call((double) pool.waitedTooLong(), "turn");
              counter.call((double) pool.withoutPlace(), "tunnel");
            })
        .register(registry);
    GaugeWithCallback.builder()
        .name("intercept_upstream_connections")
        .help("Connections to servers: all of them, those without a request, requests that wait.")
        .labelNames("state")
        .callback(
            gauge -> {
              gauge.call(pool.open(), "open");
              gauge.call(pool.resting(), "resting");
              gauge.call(pool.waiting(), "awaited");
            })
        .register(registry);
  }

  private static void counter(
      PrometheusRegistry registry, String name, String help, LongSupplier value) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .callback(counter -> counter.call((double) value.getAsLong()))
        .register(registry);
  }

  void opened() {
    opened.inc();
  }

  void reused() {
    reused.inc();
  }

  void stream() {
    streams.inc();
  }

  void failed(Cause cause) {
    var counter = failures.get(cause);
    if (counter != null) {
      counter.inc();
    }
  }
}
