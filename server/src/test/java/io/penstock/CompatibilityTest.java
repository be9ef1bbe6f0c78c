package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What clients and tests of the reference Telemetry API expect, asked of a started server over real
 * HTTP. A test whose endpoint the server does not describe yet is skipped with the endpoint's name.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CompatibilityTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String USER = "user-key-of-the-compatibility-test";

  /** A network on a threat list of the test's own. */
  private static final String THREAT = "203.0.113.7";

  private static final String FLOW =
      """
      {"ts":1723351200.456,"src_ip":"10.0.0.10","dst_ip":"8.8.8.8","src_port":54000,\
      "dst_port":53,"protocol":"udp","bytes":120,"packets":1}""";
  private static final String ZEEK =
      """
      {"ts":1642176000.0,"uid":"C123","id.orig_h":"192.168.1.100","id.orig_p":54321,\
      "id.resp_h":"8.8.8.8","id.resp_p":53,"proto":"udp","service":"dns"}""";

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Set<String> described = new HashSet<>();
  private ServerProcess server;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    var threats = folder.resolve("threats.csv");
    Files.writeString(threats, "ip_or_cidr,category,confidence\n203.0.113.0/24,C2,85\n");
    server =
        ServerProcess.start(
            folder.resolve("data"),
            Map.of(
                "THREATLIST_CSV",
                threats.toString(),
                "ENRICH_RELOAD_SECONDS",
                "1",
                "USER_API_KEY",
                USER,
                "RATE_LIMIT_PER_MIN",
                "0"));
    json(get("/openapi.json")).get("paths").fieldNames().forEachRemaining(described::add);
    Awaitility.await()
        .until(() -> json(get("/v1/lookup?q=" + THREAT)).at("/ti/matches").size() == 1);
  }

  @AfterAll
  void stop() {
    server.close();
    client.close();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + server.httpPort() + path))
        .timeout(Duration.ofSeconds(60));
  }

  private HttpRequest.Builder asAdmin(String path) {
    return request(path).header("Authorization", "Bearer " + ServerProcess.KEY);
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private HttpResponse<String> get(String path) {
    return send(asAdmin(path).GET());
  }

  private HttpResponse<String> post(String path, String body) {
    return send(asAdmin(path).POST(BodyPublishers.ofString(body)));
  }

  private HttpResponse<String> put(String path, String body) {
    return send(asAdmin(path).PUT(BodyPublishers.ofString(body)));
  }

  private static JsonNode json(HttpResponse<String> answer) {
    try {
      return JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new AssertionError("no JSON: " + answer.body(), e);
    }
  }

  private static List<String> names(JsonNode object) {
    return object.properties().stream().map(Map.Entry::getKey).toList();
  }

  private static String batch(String format, String... records) {
    return "{\"collector_id\":\"tester\",\"format\":\"%s\",\"records\":[%s]}"
        .formatted(format, String.join(",", records));
  }

  private static String array(String record, int times) {
    return IntStream.range(0, times)
        .mapToObj(_ -> record)
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static byte[] gzip(byte[] plain) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(plain);
    }
    return out.toByteArray();
  }

  private HttpResponse<String> postGzip(String path, byte[] body) {
    return send(
        asAdmin(path).header("Content-Encoding", "gzip").POST(BodyPublishers.ofByteArray(body)));
  }

  /** Skips the test until the server has the path. */
  private void waitsFor(String path) {
    assumeThat(described).as("what the server describes").contains(path);
  }

  /** The one event from an address, once the store has it. */
  private JsonNode event(String source) {
    var path = "/v1/events?from=2020-01-01&filter=" + ServerProcess.encoded("src_ip = " + source);
    return Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> json(get(path)).get("events"), events -> events.size() == 1)
        .get(0);
  }

  // ---- health, version, schema ----

  @Test
  void health() {
    var answer = send(request("/v1/health").GET());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("X-API-Version")).contains("v1");
    assertThat(json(answer).get("status").asText()).isEqualTo("ok");
    assertThat(json(answer).get("service").asText()).isEqualTo("telemetry-api");
    assertThat(json(answer).get("version").asText()).isEqualTo("v1");
  }

  @Test
  void version() {
    assertThat(names(json(send(request("/v1/version").GET()))))
        .contains("status", "version", "git_sha", "image_digest", "image", "image_tag");
  }

  @Test
  void schemaNames() {
    var schema = json(get("/v1/schema"));

    assertThat(schema.get("enriched_schema").asText()).isEqualTo("enriched.v1.schema.json");
    assertThat(names(schema.get("input_schemas")))
        .containsExactlyInAnyOrder("zeek.conn.v1", "flows.v1");
  }

  @Test
  void securityHeadersAndTraceIds() {
    var headers = send(request("/v1/health").header("X-Request-ID", "trace-1").GET()).headers();

    assertThat(headers.firstValue("X-Request-ID")).contains("trace-1");
    assertThat(headers.firstValue("X-Content-Type-Options")).contains("nosniff");
    assertThat(headers.firstValue("X-Frame-Options")).contains("DENY");
    assertThat(headers.firstValue("Referrer-Policy")).contains("strict-origin-when-cross-origin");
  }

  // ---- ingest ----

  @Test
  void ingestOfZeekConn() {
    var answer = post("/v1/ingest", batch("zeek.conn", ZEEK));

    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(json(answer).get("status").asText()).isEqualTo("accepted");
    assertThat(json(answer).get("records_processed").asInt()).isEqualTo(1);
  }

  @Test
  void ingestOfFlows() {
    var answer = post("/v1/ingest", batch("flows.v1", FLOW));

    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(json(answer).get("status").asText()).isEqualTo("accepted");
    assertThat(json(answer).get("records_processed").asInt()).isEqualTo(1);
  }

  @Test
  void anUnknownFormatWithoutRecordsIsRefused() {
    assertThat(post("/v1/ingest", batch("unknown.v9")).statusCode()).isEqualTo(400);
    assertThat(post("/v1/ingest", batch("invalid", FLOW)).statusCode()).isEqualTo(400);
    assertThat(post("/v1/ingest", batch("flows.v1")).statusCode()).isEqualTo(400);
  }

  @Test
  void bulkOfZeek() {
    var answer = post("/v1/ingest/bulk", "{\"type\":\"zeek\",\"records\":[" + ZEEK + "]}");

    assertThat(answer.statusCode()).isBetween(200, 299);
    assertThat(json(answer).get("accepted").asInt()).isPositive();
    assertThat(json(answer).get("status").asText()).isEqualTo("accepted");
    assertThat(json(answer).get("records_processed").asInt()).isEqualTo(1);
  }

  @Test
  void bulkOfAnArray() {
    assertThat(post("/v1/ingest/bulk", array(FLOW, 2)).statusCode()).isBetween(200, 299);
  }

  @Test
  void sixMegabytesOfGzipAreTooMany() throws IOException {
    var noise = new byte[6 * 1024 * 1024];
    new Random(1).nextBytes(noise);

    var answer = postGzip("/v1/ingest", gzip(noise));

    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(json(answer).get("error").asText()).isEqualTo("batch_too_large");
    assertThat(json(answer).get("limit_bytes").asInt()).isEqualTo(5242880);
    assertThat(json(answer).get("content_encoding").asText()).isEqualTo("gzip");
  }

  @Test
  void tenThousandAndOneRecordsAreTooMany() {
    var answer = post("/v1/ingest", array("{}", 10_001));

    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(json(answer).get("error").asText()).isEqualTo("too_many_records");
    assertThat(json(answer).get("limit").asInt()).isEqualTo(10_000);
    assertThat(json(answer).get("observed").asInt()).isEqualTo(10_001);
  }

  @Test
  void whatIsNoJsonHasABadShape() {
    for (var path : List.of("/v1/ingest", "/v1/ingest/bulk")) {
      var answer = post(path, "not json");

      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(json(answer).get("error").asText()).isEqualTo("bad_batch_shape");
    }
  }

  @Test
  void twoHundredAndFiftyRecords() {
    var answer = post("/v1/ingest", array(FLOW, 250));

    assertThat(answer.statusCode()).isBetween(200, 299);
    assertThat(json(answer).get("records_processed").asInt()).isEqualTo(250);
  }

  @Test
  void backpressureIsSaidAndNothingIsTaken(@TempDir Path data) throws Exception {
    try (var full = ServerProcess.start(data, Map.of("DISK_RESERVE_BYTES", "1048576g"))) {
      var answer = full.post("/v1/ingest", batch("flows.v1", FLOW));

      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(json(answer).get("error").asText()).isEqualTo("backpressure");
      assertThat(json(answer).get("retry_after").asInt()).isPositive();
      assertThat(answer.headers().firstValue("Retry-After")).isPresent();
      assertThat(json(full.get("/v1/events/recent")).get("count").asInt()).isZero();
    }
  }

  @Test
  void ofManyAtOnceSomeAreTakenAndTheOthersToldToWait() throws Exception {
    var body = array(FLOW, 2_000);
    var statuses = new ArrayList<Integer>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Integer> call = () -> post("/v1/ingest", body).statusCode();
      for (var each : threads.invokeAll(IntStream.range(0, 16).mapToObj(_ -> call).toList())) {
        statuses.add(status(each));
      }
    }

    assertThat(statuses).contains(202).allMatch(status -> status == 202 || status == 503);
  }

  private static int status(Future<Integer> answer) throws InterruptedException {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  // ---- lookup ----

  @Test
  void lookup() {
    var answer = post("/v1/lookup", "{\"ip\":\"8.8.8.8\"}");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(names(json(answer))).contains("ip", "geo", "asn", "ti", "risk_score");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"ip\":\"invalid\"}", "{}", "{\"ip\":\"\"}"})
  void aLookupOfNoAddressIsRefused(String body) {
    assertThat(post("/v1/lookup", body).statusCode()).isEqualTo(400);
  }

  @Test
  void aThreatIsFoundWithItsCategoryAndConfidence() {
    var match = json(post("/v1/lookup", "{\"ip\":\"" + THREAT + "\"}")).at("/ti/matches/0");

    assertThat(match.get("category").asText()).isEqualToIgnoringCase("C2");
    assertThat(match.get("confidence").asInt()).isEqualTo(85);
  }

  // ---- outputs ----

  @Test
  void splunkIsConfigured() {
    waitsFor("/v1/outputs/splunk");
    var body = "{\"hec_url\":\"https://splunk.example:8088/services/collector\",\"token\":\"t\"}";

    var answer = post("/v1/outputs/splunk", body);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(json(answer).get("status").asText()).isEqualTo("ok");
    var refused = put("/v1/outputs/splunk", "{\"hec_url\":\"https://splunk.example:8088\"}");
    assertThat(refused.statusCode()).isEqualTo(422);
    assertThat(json(refused).get("detail").isArray()).isTrue();
    assertThat(json(refused).get("detail").toString()).contains("token");
  }

  @Test
  void elasticIsConfigured() {
    waitsFor("/v1/outputs/elastic");
    var good =
        "{\"urls\":[\"https://elastic.example:9200\"],\"username\":\"u\",\"password\":\"p\"}";

    assertThat(json(post("/v1/outputs/elastic", good)).get("status").asText()).isEqualTo("ok");
    var bad = "{\"urls\":[\"no address\"],\"username\":\"u\",\"password\":\"p\"}";
    assertThat(post("/v1/outputs/elastic", bad).statusCode()).isEqualTo(422);
  }

  @Test
  void anOutputIsTried() {
    waitsFor("/v1/outputs/test");

    var answer = post("/v1/outputs/test", "{\"target\":\"splunk\"}");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(names(json(answer)))
        .contains("target", "error", "http_status", "duration_ms", "bytes", "request_id");

    var wrong = post("/v1/outputs/test", "{\"target\":\"kafka\"}");
    assertThat(wrong.statusCode()).isEqualTo(422);
    assertThat(json(wrong).get("status").asText()).isEqualTo("error");
    assertThat(json(wrong).get("field").asText()).isEqualTo("target");
    assertThat(json(wrong).has("reason")).isTrue();
  }

  @Test
  void deadLettersAreTriedAgain() {
    waitsFor("/v1/outputs/dlq/retry");

    assertThat(post("/v1/outputs/dlq/retry?dest=splunk&limit=100", "").statusCode()).isEqualTo(200);
    assertThat(post("/v1/outputs/dlq/retry?dest=kafka", "").statusCode()).isEqualTo(400);
  }

  // ---- metrics ----

  @Test
  void metrics() {
    var metrics = json(get("/v1/metrics?window=900"));

    assertThat(names(metrics))
        .contains(
            "requests_total",
            "requests_failed",
            "records_processed",
            "udp_head_packets_total",
            "udp_head_bytes_total",
            "udp_head_last_packet_ts");
    for (var name : List.of("outputs_test_success_total", "outputs_test_fail_total")) {
      assertThat(metrics.get(name).get("splunk").isInt()).isTrue();
      assertThat(metrics.get(name).get("elastic").isInt()).isTrue();
    }
    assertThat(names(metrics.get("udp_head")))
        .contains("ready", "bind_errors", "datagrams_total", "port");
  }

  @Test
  void prometheus() {
    post("/v1/ingest", batch("flows.v1", FLOW));

    var answer = send(request("/v1/metrics/prometheus").GET());

    assertThat(answer.headers().firstValue("Content-Type"))
        .contains("text/plain; version=0.0.4; charset=utf-8");
    assertThat(answer.body())
        .contains(
            "telemetry_requests_total{",
            "telemetry_records_processed_total",
            "telemetry_threat_matches_total",
            "telemetry_eps",
            "telemetry_queue_lag",
            "telemetry_processing_latency_ms_sum",
            "telemetry_processing_latency_ms_count",
            "telemetry_processing_latency_ms_bucket",
            "build_info{");
  }

  // ---- keys ----

  @Test
  void aBadKeyIsRefused() {
    for (var path : List.of("/v1/metrics", "/v1/lookup?q=8.8.8.8", "/v1/schema")) {
      assertThat(send(request(path).header("Authorization", "Bearer WRONG").GET()).statusCode())
          .isEqualTo(401);
    }
  }

  @Test
  void noKeyIsRefused() {
    assertThat(send(request("/v1/metrics").GET()).statusCode()).isEqualTo(401);
    assertThat(send(request("/v1/ingest").POST(BodyPublishers.ofString("[]"))).statusCode())
        .isEqualTo(401);
  }

  @Test
  void aUsersKeyOpensNoAdminsRoute() {
    waitsFor("/v1/admin/tenants");

    var answer = send(request("/v1/admin/tenants").header("X-API-Key", USER).GET());

    assertThat(answer.statusCode()).isEqualTo(403);
    var ingest = request("/v1/ingest").header("X-API-Key", USER);
    assertThat(send(ingest.POST(BodyPublishers.ofString(array(FLOW, 1)))).statusCode())
        .isEqualTo(202);
  }

  @Test
  void theDefaultTenantMayBeNamed() {
    assertThat(send(asAdmin("/v1/metrics").header("X-Tenant-ID", "default").GET()).statusCode())
        .isEqualTo(200);
    assertThat(send(asAdmin("/v1/metrics").header("X-Tenant-ID", "nobody").GET()).statusCode())
        .isEqualTo(404);
  }

  @Test
  void aTenantSeesItsOwnEventsOnly() {
    waitsFor("/v1/admin/tenants");
    var tenant = "{\"tenant_id\":\"acme-prod\",\"name\":\"ACME Production\",\"retention_days\":30}";
    assertThat(post("/v1/admin/tenants", tenant).statusCode()).isBetween(200, 201);
    var made =
        post(
            "/v1/admin/keys",
            "{\"tenant_id\":\"acme-prod\",\"scopes\":[\"ingest\",\"read_metrics\","
                + "\"read_requests\"]}");
    var key = json(made).get("api_key").asText();
    var flow = FLOW.replace("10.0.0.10", "10.77.0.1");

    var taken =
        send(
            request("/v1/ingest")
                .header("Authorization", "Bearer " + key)
                .POST(BodyPublishers.ofString("[" + flow + "]")));

    assertThat(taken.statusCode()).isEqualTo(202);
    Awaitility.await().until(() -> recent(key).get("count").asInt() == 1);
    assertThat(recent(key).toString()).contains("10.77.0.1");
    assertThat(recent(ServerProcess.KEY).toString()).doesNotContain("10.77.0.1");
  }

  private JsonNode recent(String key) {
    var recent = request("/v1/events/recent?limit=1000").header("Authorization", "Bearer " + key);
    return json(send(recent.GET()));
  }

  // ---- the audit of requests ----

  @Test
  void auditedRequests() {
    waitsFor("/v1/admin/requests");
    var earlier = id(post("/v1/ingest", batch("flows.v1", FLOW)));
    var later = id(post("/v1/ingest", "not json"));
    get("/v1/metrics");

    var page = get("/v1/admin/requests?exclude_monitoring=true&limit=50");

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("ETag").orElse("")).matches("^W/\".+\"$");
    var items = json(page).get("items");
    assertThat(json(page).get("total").asInt()).isGreaterThanOrEqualTo(items.size());
    assertThat(items).isNotEmpty();
    var ids = new ArrayList<String>();
    for (var item : items) {
      assertThat(names(item))
          .contains("id", "ts", "method", "path", "status", "latency_ms", "fitness", "timeline");
      assertThat(item.get("fitness").asDouble()).isBetween(0.0, 1.0);
      assertThat(item.get("path").asText())
          .isNotIn("/", "/v1/system", "/v1/logs/tail", "/v1/admin/requests", "/v1/metrics");
      for (var step : item.get("timeline")) {
        assertThat(names(step)).contains("ts", "event", "meta");
      }
      assertThat(Instant.parse(item.get("ts").asText())).isBefore(Instant.now());
      ids.add(item.get("id").asText());
    }
    assertThat(ids).containsSubsequence(later, earlier);
  }

  @Test
  void anAuditThatHasNotChangedIsNotSentAgain() {
    waitsFor("/v1/admin/requests");
    var path = "/v1/admin/requests?path=/no-such-path";
    var tag = get(path).headers().firstValue("ETag").orElseThrow();

    assertThat(send(asAdmin(path).header("If-None-Match", tag).GET()).statusCode()).isEqualTo(304);
    assertThat(send(asAdmin(path).header("If-None-Match", "W/\"other\"").GET()).statusCode())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"limit=300", "limit=0", "status=invalid"})
  void aWrongQuestionToTheAuditIsRefused(String query) {
    waitsFor("/v1/admin/requests");

    assertThat(get("/v1/admin/requests?" + query).statusCode()).isEqualTo(422);
  }

  @Test
  void theAuditIsFilteredByStatusAndPath() {
    waitsFor("/v1/admin/requests");
    post("/v1/ingest", batch("flows.v1", FLOW));
    post("/v1/lookup", "{\"ip\":\"invalid\"}");

    for (var item : json(get("/v1/admin/requests?status=4xx")).get("items")) {
      assertThat(item.get("status").asInt()).isBetween(400, 499);
    }
    var lookups = json(get("/v1/admin/requests?status=4xx&path=/v1/lookup")).get("items");
    assertThat(lookups).isNotEmpty();
    for (var item : lookups) {
      assertThat(item.get("path").asText()).startsWith("/v1/lookup");
    }
  }

  @Test
  void fitnessTellsGoodRequestsFromBadOnes() {
    waitsFor("/v1/admin/requests");
    var good = post("/v1/ingest", batch("flows.v1", FLOW));
    var bad = post("/v1/ingest", "not json");

    assertThat(fitness(good)).isEqualTo(1.0);
    assertThat(fitness(bad)).isLessThanOrEqualTo(0.59);
  }

  private static String id(HttpResponse<String> answer) {
    return answer.headers().firstValue("X-Request-ID").orElseThrow();
  }

  private double fitness(HttpResponse<String> answer) {
    return json(get("/v1/admin/requests/" + id(answer))).get("fitness").asDouble();
  }

  // ---- risk ----

  @ParameterizedTest
  @CsvSource({
    "10.66.0.1, 8.8.8.8, 0, 53, 100, 10",
    "10.66.0.2, 203.0.113.7, 0, 53, 100, 70",
    "10.66.0.3, 8.8.8.8, 0, 445, 100, 20",
    "10.66.0.4, 8.8.8.8, 5000, 53, 2000000, 20",
    "10.66.0.5, 203.0.113.7, 5000, 3389, 2000000, 90"
  })
  void riskOfAFlow(
      String source, String destination, int sourcePort, int port, int bytes, int risk) {
    var record =
        """
        {"ts":1723351200,"src_ip":"%s","dst_ip":"%s","src_port":%d,"dst_port":%d,\
        "protocol":"tcp","bytes":%d,"packets":1}"""
            .formatted(source, destination, sourcePort, port, bytes);

    assertThat(post("/v1/ingest", batch("flows.v1", record)).statusCode()).isEqualTo(202);

    assertThat(event(source).get("risk_score").asInt()).isEqualTo(risk);
  }

  @Test
  void riskOfAZeekRecordWithDottedNamesWhichIsEnrichedToo() {
    var record =
        """
        {"ts":1642176000.0,"uid":"C9","id.orig_h":"10.66.0.9","id.resp_h":"203.0.113.7",\
        "id.resp_p":445,"proto":"tcp","orig_bytes":2000000}""";

    assertThat(post("/v1/ingest/zeek", "[" + record + "]").statusCode()).isEqualTo(200);

    var event = event("10.66.0.9");
    assertThat(event.get("risk_score").asInt()).isEqualTo(80);
    assertThat(event.at("/ti/matches").size()).isEqualTo(1);
    assertThat(event.get("dst_ip").asText()).isEqualTo(THREAT);
  }

  // ---- the rest ----

  @Test
  void theDemoDoesNotStartUnlessItIsSwitchedOn() {
    waitsFor("/v1/demo/status");

    assertThat(post("/v1/demo/start", "").statusCode()).isGreaterThanOrEqualTo(400);
    assertThat(json(post("/v1/demo/stop", "")).get("status").asText()).isEqualTo("not_running");
    var demo = json(get("/v1/demo/status"));
    assertThat(demo.get("status").asText()).isEqualTo("ok");
    assertThat(names(demo.get("demo"))).contains("running", "demo_mode", "eps", "variants");
  }

  @Test
  void sources() {
    waitsFor("/v1/sources");

    var page = json(get("/v1/sources?page=1&size=50"));

    assertThat(names(page))
        .contains("sources", "items", "total", "page", "size", "pages", "page_size");
    assertThat(page.get("sources").isArray()).isTrue();
    assertThat(page.get("total").isInt()).isTrue();
  }

  @Test
  void aSourceIsMadeChangedAndRemoved() {
    waitsFor("/v1/sources");
    var source =
        "{\"id\":\"edge-1\",\"tenant_id\":\"default\",\"type\":\"http\",\"display_name\":\"Edge\","
            + "\"collector\":\"api\"}";

    var made = post("/v1/sources", source);
    assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
    assertThat(post("/v1/sources", source).statusCode()).isEqualTo(409);
    var changed = put("/v1/sources/edge-1", "{\"max_eps\":5}");
    assertThat(json(changed).get("max_eps").asInt()).isEqualTo(5);
    var test = post("/v1/sources/edge-1/admission/test", "{\"client_ip\":\"10.1.1.1\"}");
    assertThat(names(json(test))).contains("allowed", "reason", "source_id", "client_ip");
    assertThat(send(asAdmin("/v1/sources/edge-1").DELETE()).statusCode()).isEqualTo(200);
    assertThat(get("/v1/sources/edge-1").statusCode()).isEqualTo(404);
  }

  @Test
  void system() {
    var system = json(get("/v1/system"));

    assertThat(names(system))
        .contains(
            "status",
            "version",
            "features",
            "queue",
            "geoip",
            "asn",
            "threatintel",
            "udp_head",
            "geo",
            "enrichment",
            "uptime_s",
            "workers",
            "mem_mb",
            "cpu_pct",
            "eps",
            "queue_depth",
            "backpressure",
            "dlq",
            "idempotency",
            "last_errors");
    assertThat(system.get("udp_head").asText()).isIn("ready", "stopped", "error");
    assertThat(system.at("/features/udp_head").isBoolean()).isTrue();
    assertThat(system.at("/threatintel/status").asText()).isIn("loaded", "missing");
    assertThat(names(system.get("queue"))).contains("depth", "max", "saturation", "max_depth");
  }

  @Test
  void systemAndVersionSayTheSameVersion() {
    assertThat(json(get("/v1/system")).get("version"))
        .isEqualTo(json(get("/v1/version")).get("version"));
  }

  @Test
  void aDownloadOfGeographyIsAJob() {
    waitsFor("/v1/geo/download");

    var id = json(post("/v1/geo/download", "{}")).get("job_id").asText();

    var job = json(get("/v1/jobs/" + id));
    assertThat(job.get("id").asText()).isEqualTo(id);
    assertThat(names(job)).contains("type", "status", "created_at");
    assertThat(get("/v1/jobs").body()).contains(id);
  }

  @Test
  void anIndicatorWorksAtOnceUntilItIsDeleted() {
    waitsFor("/v1/indicators");
    var indicator = "{\"ip_or_cidr\":\"198.51.100.0/24\",\"category\":\"c2\",\"confidence\":90}";

    var added = put("/v1/indicators", indicator);

    assertThat(added.statusCode()).isEqualTo(200);
    assertThat(json(added).get("status").asText()).isEqualTo("added");
    Awaitility.await()
        .until(() -> json(get("/v1/lookup?q=198.51.100.9")).at("/ti/matches").size() == 1);
    var deleted = send(asAdmin("/v1/indicators/" + json(added).get("id").asText()).DELETE());
    assertThat(json(deleted).get("status").asText()).isEqualTo("deleted");
    Awaitility.await()
        .until(() -> json(get("/v1/lookup?q=198.51.100.9")).at("/ti/matches").isEmpty());
    assertThat(send(asAdmin("/v1/indicators/no-such-one").DELETE()).statusCode()).isEqualTo(404);
  }

  // ---- what Penstock promises beyond ----

  @Test
  void anAcknowledgedRecordSurvivesAKillExactlyOnce(@TempDir Path data) throws Exception {
    try (var first = ServerProcess.start(data, Map.of())) {
      assertThat(first.post("/v1/ingest", batch("flows.v1", FLOW)).statusCode()).isEqualTo(202);
      first.kill();
    }

    try (var second = ServerProcess.start(data, Map.of())) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> json(second.get("/v1/events?from=2024-01-01")).get("count").asInt() == 1);
      assertThat(json(second.get("/v1/events/recent")).get("count").asInt()).isEqualTo(1);
    }
  }

  @Test
  void tenThousandRecordsAreTaken() {
    var answer = post("/v1/ingest", array(FLOW, 10_000));

    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(json(answer).get("accepted").asInt()).isEqualTo(10_000);
  }

  @Test
  void aGzipBombIsRefused() throws IOException {
    var answer = postGzip("/v1/ingest", gzip(new byte[100 << 20]));

    assertThat(answer.statusCode()).isEqualTo(413);
  }

  @Test
  void jsonLinesAreTaken() {
    var answer = post("/v1/ingest", FLOW + "\n" + FLOW + "\n");

    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(json(answer).get("accepted").asInt()).isEqualTo(2);
  }

  @Test
  void liveLogsTakeTheKeyInTheQuery() throws Exception {
    waitsFor("/v1/logs/stream");

    var stream = request("/v1/logs/stream?key=" + ServerProcess.KEY).GET().build();
    var answer = client.send(stream, BodyHandlers.ofInputStream());
    try (var _ = answer.body()) {
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("Content-Type").orElse(""))
          .startsWith("text/event-stream");
    }
    assertThat(send(request("/v1/logs/stream?key=WRONG").GET()).statusCode()).isEqualTo(401);
    assertThat(send(request("/v1/metrics?key=" + ServerProcess.KEY).GET()).statusCode())
        .isEqualTo(401);
  }

  @ParameterizedTest
  @CsvSource({
    "samples/zeek_conn_small.json, /v1/ingest/zeek",
    "samples/netflow_small.json, /v1/ingest/netflow"
  })
  void theSamplesAreTaken(String file, String path) throws IOException {
    var answer = post(path, Files.readString(Path.of("..", file)));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(json(answer).get("accepted").asInt()).isEqualTo(3);
  }
}
