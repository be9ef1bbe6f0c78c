package io.penstock.api;

import static io.penstock.api.ApiServer.gzip;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LONG;
import static org.assertj.core.api.InstanceOfAssertFactories.MAP;
import static org.assertj.core.api.InstanceOfAssertFactories.list;

import io.avaje.json.mapper.JsonMapper;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients of the reference Telemetry API rely on, as far as this server has it. */
final class CompatibilityTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String FLOW =
      """
      {"ts":1723351200.456,"src_ip":"10.0.0.10","dst_ip":"8.8.8.8","src_port":54000,\
      "dst_port":53,"protocol":"udp","bytes":120,"packets":1}\
      """;
  private static final String ZEEK =
      """
      {"ts":1642176000.0,"uid":"C123","id.orig_h":"192.168.1.100","id.orig_p":54321,\
      "id.resp_h":"8.8.8.8","id.resp_p":53,"proto":"udp","service":"dns"}\
      """;

  private final ApiServer server = new ApiServer();

  @AfterEach
  void stop() {
    server.close();
  }

  private static Map<String, Object> json(HttpResponse<String> answer) {
    return JSON.fromJsonObject(answer.body());
  }

  private HttpResponse<String> ingest(String format, String... records) {
    return server.post(
        "/v1/ingest",
        "{\"collector_id\":\"tester\",\"format\":\"%s\",\"records\":[%s]}"
            .formatted(format, String.join(",", records)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/health", "/v1/healthz"})
  void health(String path) {
    var answer = server.send(server.request(path));

    assertThat(json(answer))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("status", "ok", "service", "telemetry-api", "version", "v1"));
    assertThat(answer.headers().firstValue("X-API-Version")).contains("v1");
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
  }

  @Test
  void version() {
    assertThat(json(server.send(server.request("/v1/version"))))
        .containsEntry("status", "ok")
        .containsEntry("api_version", "v1")
        .containsEntry("version", "0.1.0")
        .containsEntry("image_version", "0.1.0")
        .containsKeys("service", "git_sha", "image", "image_tag", "image_digest");
  }

  @Test
  void schemas() {
    assertThat(server.get("/v1/schema").body())
        .isEqualTo(
            "{\"enriched_schema\":\"enriched.v1.schema.json\",\"input_schemas\":"
                + "{\"zeek.conn.v1\":\"zeek.conn.v1.schema.json\","
                + "\"flows.v1\":\"flows.v1.schema.json\"}}");
    for (var name : List.of("flows.v1", "zeek.conn.v1.schema.json", "enriched.v1")) {
      assertThat(json(server.get("/v1/schema/" + name))).containsKeys("$schema", "properties");
    }
    assertThat(server.get("/v1/schema/other").statusCode()).isEqualTo(404);
  }

  @Test
  void theScenariosOfTheReferenceTester() {
    assertThat(ingest("flows.v1", FLOW).statusCode()).isEqualTo(202);
    assertThat(
            ingest("flows.v1", FLOW.replace(":53,", ":3389,").replace(":120", ":250000"))
                .statusCode())
        .isEqualTo(202);
    assertThat(ingest("flows.v1", FLOW.replace("\"dst_ip\":\"8.8.8.8\",", "")).statusCode())
        .isEqualTo(400);
    assertThat(ingest("unknown.v9").statusCode()).isEqualTo(400);
    assertThat(ingest("flows.v1", copies(FLOW, 200)).statusCode()).isEqualTo(202);
  }

  private static String[] copies(String record, int times) {
    return IntStream.range(0, times).mapToObj(_ -> record).toArray(String[]::new);
  }

  @Test
  void whatIngestAnswers() {
    var answer = ingest("zeek.conn", ZEEK);

    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(json(answer))
        .containsEntry("status", "accepted")
        .containsEntry("accepted", 1L)
        .containsEntry("rejected", 0L)
        .containsEntry("total", 1L)
        .containsEntry("records_processed", 1L)
        .containsEntry("request_id", answer.headers().firstValue("X-Request-ID").orElseThrow());
  }

  @ParameterizedTest
  @CsvSource({"/v1/ingest, 202", "/v1/ingest/netflow, 200", "/v1/ingest/bulk, 202"})
  void everyShapeOfBodyIsTaken(String path, int status) {
    for (var body :
        List.of(
            "[" + FLOW + "]",
            FLOW,
            FLOW + "\n" + FLOW + "\n",
            "{\"records\":[" + FLOW + "]}",
            FLOW.replace("\"udp\"", "17"),
            FLOW.replace("\"protocol\"", "\"proto\""))) {
      assertThat(server.post(path, body).statusCode()).isEqualTo(status);
    }
  }

  @Test
  void zeekWithDottedIdsIsTakenByItsRouteAndByBulk() {
    assertThat(server.post("/v1/ingest/zeek", "[" + ZEEK + "]").statusCode()).isEqualTo(200);
    var bulk = server.post("/v1/ingest/bulk", "{\"type\":\"zeek\",\"records\":[" + ZEEK + "]}");
    assertThat(bulk.statusCode()).isEqualTo(202);
    assertThat(json(bulk)).containsEntry("accepted", 1L).containsEntry("status", "accepted");

    assertThat(server.store.events())
        .allSatisfy(event -> assertThat(event.source().ip()).hasToString("192.168.1.100"));
  }

  @Test
  void aBulkOfAnUnknownTypeIsRefused() {
    var answer = server.post("/v1/ingest/bulk", "{\"type\":\"syslog\",\"records\":[{}]}");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(json(answer)).containsEntry("detail", "Type must be 'zeek' or 'netflow'");
  }

  @Test
  void sixMegabytesOfGzipAreTooLarge() {
    var noise = new byte[6 * 1024 * 1024];
    new Random(1).nextBytes(noise);

    var answer =
        server.send(
            server
                .asAdmin("/v1/ingest")
                .header("Content-Encoding", "gzip")
                .POST(BodyPublishers.ofByteArray(gzip(noise))));

    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(json(answer))
        .containsEntry("error", "batch_too_large")
        .containsEntry("limit_bytes", 5242880L)
        .containsEntry("content_encoding", "gzip");
    assertThat(json(answer).get("actual_bytes")).asInstanceOf(LONG).isGreaterThan(6 * 1024 * 1024);
  }

  @Test
  void tooManyRecords() {
    String body =
        IntStream.range(0, 10_001).mapToObj(_ -> "{}").collect(Collectors.joining(",", "[", "]"));

    var answer = server.post("/v1/ingest", body);

    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(json(answer))
        .containsEntry("error", "too_many_records")
        .containsEntry("limit", 10000L)
        .containsEntry("observed", 10001L);
  }

  @Test
  void notJson() {
    var answer = server.post("/v1/ingest", "not json");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(json(answer))
        .containsEntry("error", "bad_batch_shape")
        .containsEntry("hint", "expected JSON array or JSONL");
  }

  @Test
  void twoHundredAndFiftyRecords() {
    var answer = server.post("/v1/ingest", "[" + String.join(",", copies(FLOW, 250)) + "]");

    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(json(answer)).containsEntry("records_processed", 250L);
  }

  @Test
  void lookup() {
    var answer = server.post("/v1/lookup", "{\"ip\":\"8.8.8.8\"}");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(json(answer))
        .containsEntry("ip", "8.8.8.8")
        .containsEntry("risk_score", 10L)
        .containsKeys("geo", "asn", "ti");
    assertThat(server.get("/v1/lookup?q=8.8.8.8").body()).isEqualTo(answer.body());
    assertThat(server.post("/v1/lookup", "{}").body())
        .startsWith("{\"error\":\"ip_required\",\"detail\":\"IP address required\",");
    assertThat(server.post("/v1/lookup", "{\"ip\":\"8.8.8\"}").body())
        .startsWith("{\"error\":\"invalid_ip\",\"detail\":\"Invalid IP address\",");
    for (var body :
        List.of("not json", "[1]", "", "{\"ip\":5}", "{\"ip\":", "{\"a\":" + "[".repeat(4_000))) {
      assertThat(server.post("/v1/lookup", body).statusCode()).isEqualTo(400);
    }
  }

  @Test
  void metricsAreMeasured() {
    server.post("/v1/ingest", "[" + String.join(",", copies(FLOW, 7)) + "]");
    server.post("/v1/ingest", "not json");

    for (var path : List.of("/v1/metrics?window=900", "/v1/stats")) {
      var metrics = json(server.get(path));
      assertThat(metrics)
          .containsEntry("records_processed", 7L)
          .containsEntry("http_admitted_total", 7L)
          .containsEntry("requests_failed", 1L)
          .containsEntry("http_dropped_total", Map.of("invalid_json", 1L))
          .containsKeys(
              "requests_total",
              "requests_success",
              "requests_last_15m_success_rate",
              "latency_ms_avg",
              "udp_admitted_total",
              "udp_dropped_total",
              "queue_depth",
              "records_queued",
              "eps",
              "blocked_sources",
              "rates",
              "queue",
              "timeseries",
              "export",
              "udp_head",
              "udp_head_packets_total",
              "udp_head_bytes_total",
              "udp_head_last_packet_ts",
              "outputs_test_success_total",
              "outputs_test_fail_total");
      assertThat(metrics.get("totals")).asInstanceOf(MAP).containsEntry("events", 7L);
    }
    assertThat(server.get("/v1/metrics?window=0").statusCode()).isEqualTo(422);
    assertThat(server.get("/v1/metrics?window=x").statusCode()).isEqualTo(422);
  }

  @Test
  void prometheus() {
    server.post("/v1/ingest", FLOW);

    var answer = server.send(server.request("/v1/metrics/prometheus"));

    assertThat(answer.headers().firstValue("Content-Type"))
        .contains("text/plain; version=0.0.4; charset=utf-8");
    assertThat(answer.body())
        .contains(
            "telemetry_requests_total{code=\"2xx\",path_group=\"ingest\",status_class=\"2xx\"} 1.0",
            "telemetry_records_processed_total 1.0",
            "telemetry_http_admitted_total 1.0",
            "telemetry_ingest_batches_total 1.0",
            "telemetry_eps ",
            "telemetry_queue_lag ",
            "telemetry_processing_latency_ms_sum",
            "telemetry_processing_latency_ms_count",
            "telemetry_processing_latency_ms_bucket",
            "build_info{");
  }

  @Test
  void systemSaysLittleToStrangersAndAllToAdmins() {
    var stranger = json(server.send(server.request("/v1/system")));
    assertThat(stranger).containsOnlyKeys("status", "service", "version", "uptime_s", "admin");

    var admin = json(server.get("/v1/system"));
    assertThat(admin)
        .containsEntry("status", "ok")
        .containsEntry("version", json(server.get("/v1/version")).get("version"))
        .containsEntry("admin", true)
        .containsEntry("udp_head", "stopped")
        .containsEntry("features", Map.of("sources", true, "udp_head", false))
        .containsEntry("geoip", Map.of("status", "missing"))
        .containsKeys(
            "git_sha",
            "image",
            "workers",
            "mem_mb",
            "mem_pct",
            "cpu_pct",
            "eps",
            "queue_depth",
            "backpressure",
            "dlq",
            "idempotency",
            "queue",
            "asn",
            "threatintel",
            "elements",
            "geo",
            "enrichment",
            "last_errors");
    assertThat(admin.get("mem_mb")).asInstanceOf(LONG).isPositive();
  }

  @Test
  void downloadsAndRecentEvents() {
    server.post("/v1/ingest", "[" + FLOW + "," + FLOW.replace(":120", ":121") + "]");

    var newest = server.get("/v1/download/json?limit=1");
    assertThat(newest.headers().firstValue("Content-Type")).contains("application/x-ndjson");
    assertThat(newest.headers().firstValue("Content-Disposition").orElse(""))
        .matches("attachment; filename=telemetry-\\d+\\.ndjson");
    assertThat(newest.body()).endsWith("}\n").contains("\"bytes\":121");

    var recent = json(server.get("/v1/events/recent"));
    assertThat(recent).containsEntry("count", 2L);
    assertThat(recent.get("events"))
        .asInstanceOf(list(Map.class))
        .extracting(event -> event.get("bytes"))
        .containsExactly(120L, 121L);

    assertThat(server.get("/v1/download").body().lines()).hasSize(2);
    var none = server.get("/v1/download?date=2001-01-01");
    assertThat(none.statusCode()).isEqualTo(200);
    assertThat(json(none))
        .containsEntry("error", "No data found for date")
        .containsEntry("date", "2001-01-01");
    assertThat(server.get("/v1/download?date=yesterday").statusCode()).isEqualTo(422);
    assertThat(server.get("/v1/download/json?limit=50001").statusCode()).isEqualTo(422);
  }

  @Test
  void eventsArePagedRankedAndSummed() {
    server.post("/v1/ingest", "[" + String.join(",", copies(FLOW, 5)) + "]");

    var first = json(server.get("/v1/events?limit=3&from=2024-01-01T00:00:00Z"));
    assertThat(first).containsEntry("count", 3L);
    var second = json(server.get("/v1/events?limit=3&cursor=" + first.get("next_cursor")));
    assertThat(second).containsEntry("count", 2L).containsEntry("next_cursor", null);

    assertThat(server.get("/v1/events/top?by=src_ip&metric=bytes&from=2024-01-01").body())
        .isEqualTo(
            "{\"by\":\"src_ip\",\"fields\":[\"src_ip\"],\"metric\":\"bytes\","
                + "\"items\":[{\"value\":\"10.0.0.10\",\"values\":[\"10.0.0.10\"],\"bytes\":600,"
                + "\"packets\":1,\"events\":1}],"
                + "\"total\":{\"bytes\":600,\"packets\":1,\"events\":1},"
                + "\"other\":{\"bytes\":0,\"packets\":1,\"events\":1}}");
    assertThat(server.get("/v1/events/series?step=5m&from=2024-01-01&to=2024-09-01").body())
        .isEqualTo(
            "{\"by\":null,\"fields\":[],\"metric\":\"bytes\",\"step_seconds\":300,"
                + "\"from\":1704067200000,\"to\":1725148800000,"
                + "\"series\":[{\"value\":null,\"values\":[],\"other\":false,"
                + "\"points\":[[1000,600]]}]}");

    var wrong = server.get("/v1/events?filter=nonsense");
    assertThat(wrong.statusCode()).isEqualTo(400);
    assertThat(json(wrong)).containsEntry("error", "bad_filter").containsEntry("position", 0L);
    for (var query : List.of("from=soon", "to=x", "limit=0", "limit=1001")) {
      assertThat(server.get("/v1/events?" + query).statusCode()).isEqualTo(422);
    }
    assertThat(server.get("/v1/events/series?step=60").body()).contains("\"step_seconds\":60");
    assertThat(server.get("/v1/events/series?step=0s").statusCode()).isEqualTo(422);
  }

  @Test
  void updatesAreNotAskedFor() {
    assertThat(server.get("/v1/updates/check").body())
        .isEqualTo("{\"enabled\":false,\"status\":\"disabled\"}");
  }
}
