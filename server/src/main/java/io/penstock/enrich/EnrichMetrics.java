package io.penstock.enrich;

import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.Enrichment.ThreatMatch.Side;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** The metrics of the enrich stage, by the names of the HTTP contract. */
final class EnrichMetrics {

  /** Lists that are told apart; anybody with the right to add indicators can name one. */
  private static final int SOURCES_MAX = 200;

  private static final String OTHER_SOURCES = "other";

  private final Counter matchesBySource;
  private final Set<String> sources = ConcurrentHashMap.newKeySet();

  EnrichMetrics(PrometheusRegistry registry, Supplier<EnrichStatus> status) {
    this.matchesBySource =
        Counter.builder()
            .name("telemetry_threatintel_matches_total")
            .help("Indicators that matched an event, by what matched and by threat list.")
            .labelNames("type", "source")
            .register(registry);
    table(registry, "telemetry_geoip", "geography", status, EnrichStatus::geo);
    table(registry, "telemetry_asn", "autonomous systems", status, EnrichStatus::as);
    table(registry, "telemetry_threatintel", "threat lists", status, EnrichStatus::threats);
    gauge(
        registry,
        "telemetry_threatintel_sources",
        "Threat lists in use.",
        () -> status.get().feeds().size());
    gauge(
        registry,
        "telemetry_threatintel_dynamic_entries",
        "Indicators in use that came through the API.",
        () -> status.get().dynamicIndicators());
  }

  private static void table(
      PrometheusRegistry registry,
      String prefix,
      String what,
      Supplier<EnrichStatus> status,
      Function<EnrichStatus, EnrichStatus.Table> part) {
    tableGauge(
        registry,
        prefix + "_loaded",
        "1 while the table of " + what + " is in use.",
        status,
        part,
        table -> table.isLoaded() ? 1 : 0);
    tableGauge(
        registry,
        prefix + "_last_refresh_timestamp",
        "When the table of " + what + " was last read, seconds since 1970 UTC.",
        status,
        part,
        table -> table.loaded() == null ? 0 : table.loaded().toEpochMilli() / 1e3);
    tableGauge(
        registry,
        prefix + "_entries",
        "Entries in the table of " + what + ".",
        status,
        part,
        EnrichStatus.Table::entries);
    tableGauge(
        registry,
        prefix + "_bad_lines",
        "Lines of " + what + " that were skipped at the last reading.",
        status,
        part,
        EnrichStatus.Table::badLines);
  }

  private static void tableGauge(
      PrometheusRegistry registry,
      String name,
      String help,
      Supplier<EnrichStatus> status,
      Function<EnrichStatus, EnrichStatus.Table> part,
      ToDoubleFunction<EnrichStatus.Table> value) {
    gauge(registry, name, help, () -> value.applyAsDouble(part.apply(status.get())));
  }

  private static void gauge(
      PrometheusRegistry registry, String name, String help, Supplier<Number> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.get().doubleValue()))
        .register(registry);
  }

  void matched(ThreatMatch match) {
    matchesBySource
        .labelValues(match.side() == Side.DOMAIN ? "domain" : "ip", source(match.feed()))
        .inc();
  }

  private String source(String feed) {
    if (sources.contains(feed)) {
      return feed;
    }
    // Two threads may both find the last place; one list too many does no harm.
    if (sources.size() >= SOURCES_MAX) {
      return OTHER_SOURCES;
    }
    sources.add(feed);
    return feed;
  }
}
