package io.penstock.api;

import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Fields;
import io.penstock.http.Principal;
import io.penstock.http.Refusal;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import io.penstock.metrics.Activity;
import io.penstock.metrics.Meter;
import io.penstock.metrics.Quantity;
import io.penstock.metrics.Window;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The numbers: as JSON for the dashboard, as text for Prometheus.
 *
 * <p>A key sees its tenant's numbers. An admin, who is the server's, sees those of all tenants
 * together, and those of one with {@code X-Tenant-ID}. What is counted for the whole server alone
 * is null in a tenant's answer.
 */
public final class MetricsResource implements Resource {

  private static final int WINDOW_MIN = 60;
  private static final int REPORT_BYTES_MAX = 4096;
  private static final long REPORTED_MAX = 1L << 40;
  private static final List<String> SINKS = List.of("splunk", "elastic");

  private final Meter meter;
  private final Supplier<SystemState> state;
  private final Counted counted;
  private final ExpositionFormats formats = ExpositionFormats.init();
  private final boolean publicPrometheus;
  private final Counter reportedPackets;
  private final Counter reportedRecords;

  /**
   * Whose numbers.
   *
   * @param tenant null for all together
   */
  private record View(@Nullable String tenant, Activity activity) {

    boolean isOfAll() {
      return tenant == null;
    }
  }

  public MetricsResource(
      Meter meter,
      Supplier<SystemState> state,
      PrometheusRegistry registry,
      boolean publicPrometheus) {
    this.meter = meter;
    this.state = state;
    this.counted = new Counted(registry);
    this.publicPrometheus = publicPrometheus;
    this.reportedPackets =
        Counter.builder()
            .name("telemetry_udp_reported_packets_total")
            .help("Datagrams that a collector of somebody else's says it received.")
            .labelNames("tenant")
            .register(registry);
    this.reportedRecords =
        Counter.builder()
            .name("telemetry_udp_reported_records_total")
            .help("Records that a collector of somebody else's says it parsed.")
            .labelNames("tenant")
            .register(registry);
  }

  @Override
  public List<Route> routes() {
    var readers = Access.scopes("read_metrics");
    return List.of(
        new Route("GET", "/v1/metrics", readers, this::json),
        new Route("GET", "/v1/stats", readers, this::json),
        new Route("POST", "/v1/admin/metrics/udp", Access.scopes("admin"), this::reported),
        new Route(
            "GET",
            "/v1/metrics/prometheus",
            publicPrometheus ? Access.PUBLIC : readers,
            this::prometheus));
  }

  private Answer prometheus(Request request) throws IOException {
    var writer = formats.findWriter(request.header("Accept").orElse(null));
    var out = new ByteArrayOutputStream(64 * 1024);
    writer.write(out, seenBy(request.principal()));
    return Answer.of(200, writer.getContentType(), out.toByteArray());
  }

  /** An admin sees all; what is public names nobody, lest tenants learn of each other from it. */
  private MetricSnapshots seenBy(Principal caller) {
    if (caller.isAdmin()) {
      return counted.all();
    }
    return publicPrometheus ? counted.ofNobody() : counted.of(caller.tenant());
  }

  /**
   * What another collector counted is kept apart from what this server received: its own books
   * would not balance with numbers that it cannot check.
   */
  private Answer reported(Request request) throws IOException {
    var fields = request.fields(REPORT_BYTES_MAX);
    long packets = reportedNumber(fields, "udp_packets_received");
    long records = reportedNumber(fields, "records_parsed");
    var label = meter.label(request.tenant());
    reportedPackets.labelValues(label).inc(packets);
    reportedRecords.labelValues(label).inc(records);
    return Answer.json(
        Json.object(
            "status",
            "ok",
            "recorded",
            Json.object("udp_packets", packets, "records_parsed", records)));
  }

  private static long reportedNumber(Fields fields, String name) {
    return switch (fields.raw(name)) {
      case null -> 0;
      case Long number when number >= 0 && number <= REPORTED_MAX -> number;
      case Object _ ->
          throw Refusal.badRequest(
              "invalid_metrics",
              "Invalid metrics payload: %s should be a whole number from 0 to %d"
                  .formatted(name, REPORTED_MAX));
    };
  }

  private View view(Request request) {
    boolean isOneTenant =
        !request.principal().isAdmin()
            || request.header("X-Tenant-ID").filter(id -> !id.isBlank()).isPresent();
    return isOneTenant
        ? new View(request.tenant(), meter.of(request.tenant()))
        : new View(null, meter.everyone());
  }

  private Answer json(Request request) {
    int seconds = (int) request.queryLong("window", 900, WINDOW_MIN, Activity.WINDOW_MAX);
    var view = view(request);
    var now = state.get();
    var window = view.activity.over(seconds);
    var body = Json.object("tenant", view.tenant, "window_s", seconds);
    addRequests(body, view.activity, window);
    addFlow(body, view, window, now);
    addSources(body, view);
    addUdp(body, view, now.udp());
    addSinks(body, view);
    body.put("window", windowed(window, seconds));
    return Answer.json(body);
  }

  private static void addRequests(
      Map<String, @Nullable Object> body, Activity activity, Window window) {
    long all = activity.total(Quantity.REQUESTS);
    long failed = activity.total(Quantity.FAILED_REQUESTS);
    body.put("requests_total", all);
    body.put("requests_failed", failed);
    body.put("requests_success", all - failed);
    body.put("requests_last_15m_success_rate", successRate(activity.over(900)));
    body.put("requests_window", window.sum(Quantity.REQUESTS));
    body.put("requests_window_failed", window.sum(Quantity.FAILED_REQUESTS));
    body.put("requests_window_success_rate", successRate(window));
    body.put("latency_ms_avg", averageLatency(window));
    body.put("latency_ms_p50", window.latencyMillis(0.5));
    body.put("latency_ms_p95", window.latencyMillis(0.95));
    body.put("latency_ms_p99", window.latencyMillis(0.99));
  }

  /** Per cent; 100 while there was no request. */
  private static double successRate(Window window) {
    long all = window.sum(Quantity.REQUESTS);
    return all == 0 ? 100.0 : 100.0 * (all - window.sum(Quantity.FAILED_REQUESTS)) / all;
  }

  private static double averageLatency(Window window) {
    return window.average(Quantity.REQUEST_MICROS, Quantity.TIMED_REQUESTS) / 1000;
  }

  private static void addFlow(
      Map<String, @Nullable Object> body, View view, Window window, SystemState now) {
    var activity = view.activity;
    var minute = activity.over(60);
    body.put("records_processed", activity.total(Quantity.EVENTS));
    body.put("http_admitted_total", activity.total(Quantity.HTTP_RECORDS));
    body.put("http_dropped_total", activity.dropped());
    body.put("queue_depth", now.queueDepth());
    body.put("records_queued", now.queueDepth());
    body.put("eps", minute.perSecond(Quantity.EVENTS));
    body.put(
        "rates",
        Json.object(
            "eps_1m", minute.perSecond(Quantity.EVENTS),
            "epm_1m", 60 * minute.perSecond(Quantity.EVENTS),
            "bpm_1m", 60 * minute.perSecond(Quantity.BATCHES)));
    body.put("queue", lag(window));
    body.put("timeseries", Json.object("last_5m", lastFiveMinutes(activity)));
  }

  private static Map<String, @Nullable Object> lag(Window window) {
    return Json.object(
        "lag_ms_p50", window.lagMillis(0.5),
        "lag_ms_p95", window.lagMillis(0.95),
        "lag_ms_p99", window.lagMillis(0.99));
  }

  /** Everything that the window is about, in one place; the members beside it are those of old. */
  private static Map<String, @Nullable Object> windowed(Window window, int seconds) {
    var body =
        Json.object(
            "seconds", seconds,
            "from", Instant.ofEpochSecond(window.fromSecond()).toString(),
            "requests", window.sum(Quantity.REQUESTS),
            "requests_failed", window.sum(Quantity.FAILED_REQUESTS),
            "success_rate", successRate(window),
            "latency_ms_avg", averageLatency(window),
            "records_http", window.sum(Quantity.HTTP_RECORDS),
            "events", window.sum(Quantity.EVENTS),
            "eps", window.perSecond(Quantity.EVENTS),
            "batches", window.sum(Quantity.BATCHES),
            "bytes", window.sum(Quantity.BYTES),
            "threat_matches", window.sum(Quantity.THREATS),
            "avg_risk", window.average(Quantity.RISK_SUM, Quantity.RISK_COUNT));
    body.put("queue", lag(window));
    return body;
  }

  private static Map<String, @Nullable Object> lastFiveMinutes(Activity activity) {
    var eps = new ArrayList<List<Number>>();
    var batches = new ArrayList<List<Number>>();
    var threats = new ArrayList<List<Number>>();
    var risk = new ArrayList<List<Number>>();
    for (var step : activity.series()) {
      long at = step.fromSecond() * 1000;
      eps.add(List.of(at, step.perSecond(Quantity.EVENTS)));
      batches.add(List.of(at, 60 * step.perSecond(Quantity.BATCHES)));
      threats.add(List.of(at, step.sum(Quantity.THREATS)));
      risk.add(List.of(at, step.average(Quantity.RISK_SUM, Quantity.RISK_COUNT)));
    }
    return Json.object("eps", eps, "bpm", batches, "threats", threats, "avg_risk", risk);
  }

  /** Admission counts by itself; what it let in is what became durable. */
  private void addSources(Map<String, @Nullable Object> body, View view) {
    var activity = view.activity;
    var blocked = new TreeMap<>(Map.of("disabled", 0L, "ip_not_allowed", 0L, "rate_limit", 0L));
    blocked.putAll(counted.byLabel("telemetry_blocked_source", "reason", view.tenant));
    body.put(
        "totals",
        Json.object(
            "events", activity.total(Quantity.EVENTS),
            "batches", activity.total(Quantity.BATCHES),
            "bytes", activity.total(Quantity.BYTES),
            "threat_matches", activity.total(Quantity.THREATS),
            "unique_sources", activity.uniqueSources(),
            "risk_sum", activity.total(Quantity.RISK_SUM),
            "risk_count", activity.total(Quantity.RISK_COUNT),
            "blocked_sources", blocked.values().stream().mapToLong(Long::longValue).sum()));
    body.put("blocked_sources", blocked);
    body.put("source_admitted_total", view.isOfAll() ? meter.bySource() : activity.bySource());
    body.put(
        "source_dropped_total", counted.byLabel("telemetry_blocked_source", "source", view.tenant));
  }

  private void addUdp(Map<String, @Nullable Object> body, View view, SystemState.Udp udp) {
    var all = view.isOfAll();
    double lastSeconds = udp.lastDatagramMillis() / 1000.0;
    body.put("udp_admitted_total", all ? counted.total("telemetry_udp_admitted") : null);
    body.put("udp_dropped_total", all ? udpDropped() : null);
    body.put("udp_records_parsed", all ? udp.records() : null);
    body.put(
        "udp_head",
        Json.object(
            "ready", udp.status().equals("ready"),
            "port", udp.port(),
            "bind_errors", all ? udp.bindErrors() : null,
            "datagrams_total", all ? udp.datagrams() : null,
            "packets_total", all ? udp.datagrams() : null,
            "bytes_total", all ? udp.bytes() : null,
            "last_packet_ts", all ? lastSeconds : null));
    body.put("udp_head_packets_total", all ? udp.datagrams() : null);
    body.put("udp_head_bytes_total", all ? udp.bytes() : null);
    body.put("udp_head_last_packet_ts", all ? lastSeconds : null);
  }

  /** By our own reasons, and what the kernel threw away before we saw it. */
  private Map<String, Long> udpDropped() {
    var dropped = counted.byLabel("telemetry_udp_dropped", "reason", null);
    dropped.put("kernel", counted.total("telemetry_udp_kernel_drops"));
    return dropped;
  }

  /** By output; those that clients look for are there although nothing was shipped to them. */
  private void addSinks(Map<String, @Nullable Object> body, View view) {
    var failed = new TreeMap<String, @Nullable Object>();
    SINKS.forEach(name -> failed.put(name, Map.of()));
    failed.putAll(counted.byLabels("telemetry_export_failed", "dest", "reason", view.tenant));
    body.put(
        "export",
        Json.object(
            "sent_total", bySink("telemetry_export_sent", "dest", view),
            "failed_total", failed,
            "test_total", counted.byLabels("telemetry_export_test", "dest", "code", view.tenant)));
    body.put("dlq", bySink("telemetry_export_dlq_depth", "dest", view));
    body.put(
        "outputs_test_success_total", bySink("telemetry_outputs_test_success", "target", view));
    body.put("outputs_test_fail_total", bySink("telemetry_outputs_test_fail", "target", view));
  }

  private Map<String, Long> bySink(String name, String label, View view) {
    var sums = counted.byLabel(name, label, view.tenant);
    SINKS.forEach(sink -> sums.putIfAbsent(sink, 0L));
    return sums;
  }
}
