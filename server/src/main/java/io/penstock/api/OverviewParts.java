package io.penstock.api;

import io.penstock.control.Output;
import io.penstock.decode.ExporterDirectory;
import io.penstock.event.Ip;
import io.penstock.event.Nanos;
import io.penstock.exporters.ExporterReport;
import io.penstock.json.Json;
import io.penstock.metrics.Activity;
import io.penstock.metrics.Meter;
import io.penstock.metrics.Quantity;
import io.penstock.outputs.Shippers;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The parts of an overview that are in memory, each as JSON. Safe for many threads. */
public final class OverviewParts {

  /**
   * What the server as a whole holds.
   *
   * @param waitingEvents events on their way to the disk
   * @param logOldest when the oldest part of the log was begun
   */
  public record ServerFigures(
      long waitingEvents,
      long logBytes,
      @Nullable Instant logOldest,
      long logWaitingBytes,
      long diskFree,
      long storeBytes,
      long storeEvents,
      double storeLagSeconds,
      long storeLagPositions) {

    public static final ServerFigures NONE = new ServerFigures(0, 0, null, 0, 0, 0, 0, 0, 0);
  }

  /** Exporters that are looked at. */
  private static final int EXPORTERS_MAX = 10_000;

  private static final int SILENT_SHOWN = 20;

  /** Rates are those of so many seconds: two steps of what is counted. */
  private static final int RATE_SECONDS = 2 * Activity.SERIES_STEP_SECONDS;

  private final Meter meter;
  private final ExporterDirectory exporters;
  private final Function<Ip, String> tenantOf;
  private final Supplier<Map<Output.Key, Output>> outputs;
  private final Function<Output.Key, Shippers.Report> sinks;
  private final Counted counted;
  private final Supplier<ServerFigures> server;

  /**
   * @param tenantOf whose an exporter is, by its address
   * @param outputs all that are configured
   * @param sinks how an output is
   */
  public OverviewParts(
      Meter meter,
      ExporterDirectory exporters,
      Function<Ip, String> tenantOf,
      Supplier<Map<Output.Key, Output>> outputs,
      Function<Output.Key, Shippers.Report> sinks,
      PrometheusRegistry registry,
      Supplier<ServerFigures> server) {
    this.meter = meter;
    this.exporters = exporters;
    this.tenantOf = tenantOf;
    this.outputs = outputs;
    this.sinks = sinks;
    this.counted = new Counted(registry);
    this.server = server;
  }

  Map<String, @Nullable Object> rates(String tenant) {
    var now = meter.of(tenant).over(RATE_SECONDS);
    return Json.object(
        "events_s", now.perSecond(Quantity.EVENTS),
        "bytes_s", now.perSecond(Quantity.BYTES),
        "packets_s", now.perSecond(Quantity.PACKETS),
        "requests_s", now.perSecond(Quantity.REQUESTS));
  }

  /** A step of the last five minutes. */
  record Step(long atMillis, double events, double bytes) {

    List<Object> json() {
      return List.of(atMillis, events, bytes);
    }
  }

  List<Step> history(String tenant) {
    var steps = new ArrayList<Step>();
    for (var window : meter.of(tenant).series()) {
      steps.add(
          new Step(
              window.fromSecond() * 1000,
              window.perSecond(Quantity.EVENTS),
              window.perSecond(Quantity.BYTES)));
    }
    return steps;
  }

  /** Who was heard, and who is heard no more: those that fell silent last come first. */
  Map<String, @Nullable Object> exporters(String tenant, Instant now) {
    long nanos = Nanos.of(now);
    var known =
        exporters.entries(address -> tenantOf.apply(address).equals(tenant), null, EXPORTERS_MAX);
    var silent =
        known.stream()
            .map(ExporterDirectory.Entry::report)
            .filter(report -> report.isSilent(nanos))
            .sorted(Comparator.comparingLong(ExporterReport::lastNanos).reversed())
            .toList();
    return Json.object(
        "count",
        known.size(),
        "healthy",
        known.size() - silent.size(),
        "silent_count",
        silent.size(),
        "silent",
        silent.stream().limit(SILENT_SHOWN).map(OverviewParts::silent).toList());
  }

  private static Map<String, @Nullable Object> silent(ExporterReport report) {
    return Json.object(
        "exporter", report.id().toString(),
        "address", report.id().address().toString(),
        "since", Nanos.instant(report.lastNanos()).toString());
  }

  List<Map<String, @Nullable Object>> sinks(String tenant) {
    return outputs.get().values().stream()
        .filter(output -> output.tenant().equals(tenant))
        .sorted(Comparator.comparing(Output::name))
        .map(
            output -> {
              var report = sinks.apply(output.key());
              var status = report.status();
              return Json.object(
                  "name", output.name(),
                  "kind", output.type(),
                  "state", report.state(),
                  "problem", report.problem(),
                  "backlog", report.backlog(),
                  "lag_seconds", status == null ? null : (Double) status.lagSeconds(),
                  "dead_letters", report.deadLetters(),
                  "sent", status == null ? 0L : (Long) status.delivered());
            })
        .toList();
  }

  /**
   * Where a tenant's events went since the start.
   *
   * @param isAdmin whether what waits, which is of all tenants, may be seen
   */
  Map<String, @Nullable Object> ledger(String tenant, boolean isAdmin) {
    var activity = meter.of(tenant);
    long stored = activity.total(Quantity.EVENTS);
    var rejected = counted.byLabel("telemetry_pipeline_refused_events", "reason", tenant);
    var dropped = counted.byLabel("telemetry_tenant_dropped_events", "reason", tenant);
    return Json.object(
        "received",
        AmountJson.of(stored + sum(rejected) + sum(dropped)),
        "stored",
        AmountJson.of(stored),
        "waiting",
        isAdmin ? (Long) server.get().waitingEvents() : null,
        "rejected",
        amounts(rejected),
        "dropped",
        amounts(dropped),
        "posts_refused",
        amounts(activity.dropped()));
  }

  private static long sum(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  private static Map<String, @Nullable Object> amounts(Map<String, Long> counts) {
    var amounts = new TreeMap<String, @Nullable Object>();
    counts.forEach((reason, count) -> amounts.put(reason, AmountJson.of(count)));
    return amounts;
  }

  Map<String, @Nullable Object> log() {
    var now = server.get();
    return Json.object(
        "bytes", now.logBytes(),
        "oldest", now.logOldest() == null ? null : now.logOldest().toString(),
        "waiting_bytes", now.logWaitingBytes(),
        "disk_free", now.diskFree());
  }

  Map<String, @Nullable Object> store() {
    var now = server.get();
    return Json.object(
        "bytes", now.storeBytes(),
        "events", now.storeEvents(),
        "lag_seconds", now.storeLagSeconds(),
        "lag_positions", now.storeLagPositions());
  }
}
