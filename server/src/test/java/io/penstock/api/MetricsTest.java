package io.penstock.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LONG;
import static org.assertj.core.api.InstanceOfAssertFactories.MAP;
import static org.assertj.core.api.InstanceOfAssertFactories.list;

import io.avaje.json.mapper.JsonMapper;
import io.penstock.control.Keys;
import io.penstock.control.Secret;
import io.penstock.control.Tenant;
import io.penstock.http.HttpConfig;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who sees which numbers, and that they are those of the window that was asked for. */
final class MetricsTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String FLOW =
      """
      {"ts":1723351200.456,"src_ip":"10.0.0.10","dst_ip":"8.8.8.8","src_port":54000,\
      "dst_port":53,"protocol":"udp","bytes":120,"packets":1}""";

  private final ApiServer server =
      new ApiServer(MetricsTest::withPrivatePrometheus, UnaryOperator.<HttpConfig>identity());

  private static ApiConfig withPrivatePrometheus(ApiConfig config) {
    return new ApiConfig(
        config.recordsMax(),
        config.wireBytesMax(),
        config.inflatedBytesMax(),
        config.workingBytesMax(),
        config.ingestStatus(),
        config.bodyHashDuplicates(),
        false,
        config.retryAfterSeconds(),
        config.version());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** A key of the tenant acme. */
  private String acme(String... scopes) {
    server.tenants.add(new Tenant("acme", "Acme", 7, Tenant.Quotas.NONE, Set.of(), Instant.EPOCH));
    var secret = Secret.random();
    server.keys.add(secret, new Keys.Draft("acme", Set.of(scopes), "", "test", null));
    return secret.text();
  }

  private HttpResponse<String> get(String path, String key) {
    return server.send(server.request(path).header("X-API-Key", key).GET());
  }

  private Map<String, Object> json(String path, String key) {
    var answer = get(path, key);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.fromJsonObject(answer.body());
  }

  private void ingest(String key, int records) {
    var body = "[" + String.join(",", Collections.nCopies(records, FLOW)) + "]";
    var post = server.request("/v1/ingest").header("X-API-Key", key);
    assertThat(server.send(post.POST(BodyPublishers.ofString(body))).statusCode()).isEqualTo(202);
  }

  @Test
  void aReaderSeesItsTenantAndAnAdminAllOrOne() {
    var acme = acme("ingest", "read_metrics");
    ingest(acme, 3);
    ingest(ApiServer.INGESTER, 5);
    get("/v1/events", acme);

    assertThat(json("/v1/metrics", acme))
        .containsEntry("tenant", "acme")
        .containsEntry("records_processed", 3L)
        .containsEntry("http_admitted_total", 3L)
        .containsEntry("requests_failed", 1L);
    assertThat(json("/v1/metrics", ApiServer.READER))
        .containsEntry("tenant", "default")
        .containsEntry("records_processed", 5L)
        .containsEntry("requests_failed", 0L);
    assertThat(json("/v1/stats", ApiServer.ADMIN))
        .containsEntry("tenant", null)
        .containsEntry("records_processed", 8L);
    var narrowed = server.send(server.asAdmin("/v1/metrics").header("X-Tenant-ID", "acme"));
    assertThat(JSON.fromJsonObject(narrowed.body()))
        .containsEntry("tenant", "acme")
        .containsEntry("records_processed", 3L);
  }

  @Test
  void aTenantIsNotToldWhatOnlyTheServerKnows() {
    var metrics = json("/v1/metrics", acme("read_metrics"));

    assertThat(metrics)
        .containsEntry("udp_head_packets_total", null)
        .containsEntry("udp_admitted_total", null);
    assertThat(json("/v1/metrics", ApiServer.ADMIN)).containsEntry("udp_head_packets_total", 0L);
    assertThat(json("/v1/metrics", ApiServer.ADMIN).keySet()).isEqualTo(metrics.keySet());
  }

  @Test
  void theBodyHasEveryMemberOfTheContract() {
    ingest(ApiServer.INGESTER, 2);

    var metrics = json("/v1/metrics?window=300", ApiServer.ADMIN);

    assertThat(metrics)
        .containsKeys(
            "requests_total",
            "requests_failed",
            "requests_success",
            "requests_last_15m_success_rate",
            "latency_ms_avg",
            "latency_ms_p50",
            "latency_ms_p95",
            "latency_ms_p99",
            "records_processed",
            "http_admitted_total",
            "http_dropped_total",
            "udp_admitted_total",
            "udp_dropped_total",
            "queue_depth",
            "records_queued",
            "eps",
            "source_admitted_total",
            "source_dropped_total",
            "udp_head_packets_total",
            "udp_head_bytes_total",
            "udp_head_last_packet_ts",
            "outputs_test_success_total",
            "outputs_test_fail_total");
    holds(
        metrics,
        "totals",
        "events",
        "batches",
        "threat_matches",
        "unique_sources",
        "risk_sum",
        "risk_count",
        "blocked_sources");
    holds(metrics, "blocked_sources", "disabled", "ip_not_allowed", "rate_limit");
    holds(metrics, "rates", "eps_1m", "epm_1m", "bpm_1m");
    holds(metrics, "queue", "lag_ms_p50", "lag_ms_p95", "lag_ms_p99");
    holds(metrics, "export", "sent_total", "failed_total", "test_total");
    holds(
        metrics,
        "udp_head",
        "ready",
        "bind_errors",
        "datagrams_total",
        "packets_total",
        "bytes_total",
        "last_packet_ts",
        "port");
    assertThat(metrics.get("totals")).asInstanceOf(MAP).containsEntry("unique_sources", 1L);
    assertThat(metrics.get("window"))
        .asInstanceOf(MAP)
        .containsEntry("seconds", 300L)
        .containsEntry("events", 2L)
        .containsEntry("requests", 1L);
    assertThat(metrics.get("timeseries"))
        .asInstanceOf(MAP)
        .extractingByKey("last_5m", MAP)
        .containsOnlyKeys("eps", "bpm", "threats", "avg_risk")
        .allSatisfy((_, points) -> assertThat(points).asInstanceOf(list(Object.class)).hasSize(60));
  }

  private static void holds(Map<String, Object> body, String member, Object... keys) {
    assertThat(body.get(member)).as(member).asInstanceOf(MAP).containsKeys(keys);
  }

  @Test
  void whatAdmissionRefusesIsInTheNumbersOfItsTenant() {
    var source =
        """
        {"id":"sensor","display_name":"Sensor","type":"http","collector":"c","status":"disabled"}""";
    assertThat(server.post("/v1/sources", source).statusCode()).isIn(200, 201);
    assertThat(
            server
                .send(
                    server
                        .asAdmin("/v1/admin/featureflags")
                        .method(
                            "PATCH", BodyPublishers.ofString("{\"ADMISSION_HTTP_ENABLED\":true}")))
                .statusCode())
        .isEqualTo(200);

    var post = server.asAdmin("/v1/ingest").header("X-Source-Id", "sensor");
    assertThat(server.send(post.POST(BodyPublishers.ofString(FLOW))).statusCode()).isEqualTo(403);

    var metrics = json("/v1/metrics", ApiServer.READER);
    assertThat(metrics.get("blocked_sources"))
        .isEqualTo(Map.of("disabled", 1L, "ip_not_allowed", 0L, "rate_limit", 0L));
    assertThat(metrics)
        .containsEntry("source_dropped_total", Map.of("sensor", 1L))
        .containsEntry("http_dropped_total", Map.of("disabled", 1L));
    assertThat(json("/v1/metrics", acme("read_metrics")))
        .containsEntry("source_dropped_total", Map.of())
        .containsEntry("http_dropped_total", Map.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"59", "3601", "0", "-1", "x", "9999999999999999999"})
  void aWindowOutOfBoundsIsRefused(String window) {
    var answer = server.get("/v1/metrics?window=" + window);

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.body()).contains("\"loc\":[\"query\",\"window\"]");
  }

  @Test
  void anotherCollectorReportsItsNumbers() {
    var report =
        server.post("/v1/admin/metrics/udp", "{\"udp_packets_received\":3,\"records_parsed\":2}");

    assertThat(JSON.fromJsonObject(report.body()))
        .isEqualTo(
            Map.of("status", "ok", "recorded", Map.of("udp_packets", 3L, "records_parsed", 2L)));
    assertThat(server.get("/v1/metrics/prometheus").body())
        .contains(
            "telemetry_udp_reported_packets_total{tenant=\"default\"} 3.0",
            "telemetry_udp_reported_records_total{tenant=\"default\"} 2.0");
    for (var body :
        List.of(
            "{\"records_parsed\":-1}", "{\"records_parsed\":\"2\"}", "{\"records_parsed\":1.5}")) {
      var answer = server.post("/v1/admin/metrics/udp", body);
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).contains("\"detail\":\"Invalid metrics payload: records_parsed");
    }
  }

  @Test
  void aPrivateExpositionShowsAReaderItsTenantAlone() {
    var acme = acme("ingest", "read_metrics");
    ingest(acme, 3);
    ingest(ApiServer.INGESTER, 5);

    assertThat(server.send(server.request("/v1/metrics/prometheus")).statusCode()).isEqualTo(401);
    assertThat(get("/v1/metrics/prometheus", ApiServer.INGESTER).statusCode()).isEqualTo(403);
    assertThat(get("/v1/metrics/prometheus", acme).body().lines())
        .contains("telemetry_records_processed_total{tenant=\"acme\"} 3.0")
        .filteredOn(line -> !line.startsWith("#"))
        .allMatch(line -> line.contains("tenant=\"acme\""));
    assertThat(get("/v1/metrics/prometheus", ApiServer.ADMIN).body())
        .contains("tenant=\"acme\"", "tenant=\"default\"", "telemetry_queue_lag ");
  }

  @Test
  void theSystemTellsTenantsWhatConcernsThemAndAdminsAll() {
    var tenant = json("/v1/system", acme("ingest"));
    var admin = json("/v1/system", ApiServer.ADMIN);

    assertThat(tenant)
        .containsKeys("features", "queue", "backpressure", "geoip", "udp_head", "limits", "eps")
        .doesNotContainKeys(
            "last_errors", "listeners", "database", "udp", "mem_mb", "elements", "storage");
    assertThat(admin)
        .containsKeys(
            "mem_mb",
            "mem_pct",
            "cpu_pct",
            "workers",
            "store",
            "log",
            "dlq",
            "idempotency",
            "last_errors",
            "limits",
            "database",
            "listeners",
            "storage",
            "backpressure_reasons");
    assertThat(admin.get("mem_mb")).asInstanceOf(LONG).isPositive();
  }
}
