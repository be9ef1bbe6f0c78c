package io.penstock.api;

import io.penstock.http.Access;
import io.penstock.http.Answer;
import io.penstock.http.Request;
import io.penstock.http.Route;
import io.penstock.json.Json;
import io.penstock.metrics.Meter;
import io.penstock.metrics.RollingCounter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The numbers: as JSON for the dashboard, as text for Prometheus. */
public final class MetricsResource implements Resource {

  private static final int SERIES_POINTS = 60;
  private static final int SERIES_STEP_SECONDS = 5;

  private final Meter meter;
  private final Supplier<SystemState> state;
  private final PrometheusRegistry registry;
  private final ExpositionFormats formats = ExpositionFormats.init();
  private final boolean publicPrometheus;

  public MetricsResource(
      Meter meter,
      Supplier<SystemState> state,
      PrometheusRegistry registry,
      boolean publicPrometheus) {
    this.meter = meter;
    this.state = state;
    this.registry = registry;
    this.publicPrometheus = publicPrometheus;
  }

  @Override
  public List<Route> routes() {
    var readers = Access.scopes("read_metrics");
    return List.of(
        new Route("GET", "/v1/metrics", readers, this::json),
        new Route("GET", "/v1/stats", readers, this::json),
        new Route(
            "GET",
            "/v1/metrics/prometheus",
            publicPrometheus ? Access.PUBLIC : readers,
            this::prometheus));
  }

  private Answer prometheus(Request request) throws IOException {
    var writer = formats.findWriter(request.header("Accept").orElse(null));
    var out = new ByteArrayOutputStream(16 * 1024);
    writer.write(out, registry.scrape());
    return Answer.of(200, writer.getContentType(), out.toByteArray());
  }

  private Answer json(Request request) {
    int window = (int) request.queryLong("window", 900, 1, RollingCounter.SECONDS);
    var now = state.get();
    var body = Json.object("window_s", window);
    addRequests(body, window);
    addFlow(body, window, now);
    addUdp(body, now.udp());
    addSinks(body);
    return Answer.json(body);
  }

  private void addRequests(Map<String, @Nullable Object> body, int window) {
    long inWindow = meter.requestsWindow().sum(window);
    long failed = meter.failedRequestsWindow().sum(window);
    double micros = (double) meter.requestMicrosWindow().sum(window);
    body.put("requests_total", meter.requests());
    body.put("requests_failed", meter.failedRequests());
    body.put("requests_success", meter.requests() - meter.failedRequests());
    body.put("requests_last_15m_success_rate", successRate(900));
    body.put("requests_window", inWindow);
    body.put("requests_window_failed", failed);
    body.put("requests_window_success_rate", successRate(window));
    body.put("latency_ms_avg", inWindow == 0 ? 0.0 : micros / inWindow / 1000);
  }

  /** Per cent; 100 while there was no request. */
  private double successRate(int window) {
    long all = meter.requestsWindow().sum(window);
    long failed = meter.failedRequestsWindow().sum(window);
    return all == 0 ? 100.0 : 100.0 * (all - failed) / all;
  }

  private void addFlow(Map<String, @Nullable Object> body, int window, SystemState now) {
    var lag = meter.lagMillis(0.5, 0.95, 0.99);
    body.put("records_processed", meter.events().total());
    body.put("http_admitted_total", meter.httpRecords());
    body.put("http_dropped_total", meter.dropped());
    body.put("queue_depth", now.queueDepth());
    body.put("records_queued", now.queueDepth());
    body.put("eps", meter.events().rate(Math.min(60, window)));
    body.put("totals", totals());
    body.put(
        "window",
        Json.object(
            "seconds", window,
            "events", meter.events().sum(window),
            "batches", meter.batches().sum(window),
            "bytes", meter.bytes().sum(window),
            "threat_matches", meter.threats().sum(window),
            "avg_risk", average(meter.riskSum().sum(window), meter.riskCount().sum(window))));
    // Admission control does not exist yet, so it cannot have blocked anything.
    body.put("blocked_sources", Json.object("disabled", 0, "ip_not_allowed", 0, "rate_limit", 0));
    body.put("source_admitted_total", Map.of());
    body.put("source_dropped_total", Map.of());
    body.put(
        "rates",
        Json.object(
            "eps_1m", meter.events().rate(60),
            "epm_1m", meter.events().sum(60),
            "bpm_1m", meter.batches().sum(60)));
    body.put(
        "queue", Json.object("lag_ms_p50", lag[0], "lag_ms_p95", lag[1], "lag_ms_p99", lag[2]));
    body.put("timeseries", Json.object("last_5m", lastFiveMinutes()));
  }

  private Map<String, @Nullable Object> totals() {
    return Json.object(
        "events", meter.events().total(),
        "batches", meter.batches().total(),
        "bytes", meter.bytes().total(),
        "threat_matches", meter.threats().total(),
        "unique_sources", meter.uniqueSources(),
        "risk_sum", meter.riskSum().total(),
        "risk_count", meter.riskCount().total(),
        "blocked_sources", 0);
  }

  private Map<String, @Nullable Object> lastFiveMinutes() {
    var eps = new ArrayList<List<Number>>();
    var batches = new ArrayList<List<Number>>();
    var threats = new ArrayList<List<Number>>();
    var risk = new ArrayList<List<Number>>();
    long end = meter.epochSecond();
    long start = end - end % SERIES_STEP_SECONDS - (long) SERIES_POINTS * SERIES_STEP_SECONDS;
    for (int i = 0; i < SERIES_POINTS; i++) {
      long from = start + (long) i * SERIES_STEP_SECONDS;
      long at = from * 1000;
      int step = SERIES_STEP_SECONDS;
      eps.add(List.of(at, (double) meter.events().between(from, step) / step));
      batches.add(List.of(at, meter.batches().between(from, step) * (60.0 / step)));
      threats.add(List.of(at, meter.threats().between(from, step)));
      risk.add(
          List.of(
              at,
              average(meter.riskSum().between(from, step), meter.riskCount().between(from, step))));
    }
    return Json.object("eps", eps, "bpm", batches, "threats", threats, "avg_risk", risk);
  }

  private static double average(long sum, long count) {
    return count == 0 ? 0 : (double) sum / count;
  }

  private static void addUdp(Map<String, @Nullable Object> body, SystemState.Udp udp) {
    double lastSeconds = udp.lastDatagramMillis() / 1000.0;
    body.put("udp_admitted_total", udp.records());
    body.put("udp_dropped_total", udp.dropped() == 0 ? Map.of() : Map.of("all", udp.dropped()));
    body.put(
        "udp_head",
        Json.object(
            "ready", udp.status().equals("ready"),
            "bind_errors", udp.bindErrors(),
            "datagrams_total", udp.datagrams(),
            "packets_total", udp.datagrams(),
            "bytes_total", udp.bytes(),
            "last_packet_ts", lastSeconds,
            "port", udp.port()));
    body.put("udp_head_packets_total", udp.datagrams());
    body.put("udp_head_bytes_total", udp.bytes());
    body.put("udp_head_last_packet_ts", lastSeconds);
  }

  /** Sinks do not exist yet: nothing was sent, nothing failed. */
  private static void addSinks(Map<String, @Nullable Object> body) {
    var none = Json.object("splunk", 0, "elastic", 0);
    body.put(
        "export",
        Json.object(
            "sent_total", none,
            "failed_total", Json.object("splunk", Map.of(), "elastic", Map.of()),
            "test_total", Map.of()));
    body.put("outputs_test_success_total", none);
    body.put("outputs_test_fail_total", none);
  }
}
