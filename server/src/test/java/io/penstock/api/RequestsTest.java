package io.penstock.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.avaje.json.mapper.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The audit of requests as its clients know it. */
final class RequestsTest {

  private static final String FLOW =
      """
      {"format":"flows.v1","collector_id":"t","records":[{"ts":1723351200.456,"src_ip":"10.0.0.10",
      "dst_ip":"8.8.8.8","src_port":54000,"dst_port":53,"protocol":"udp","bytes":120,"packets":1}]}
      """;

  private final ApiServer server = new ApiServer();
  private final String stranger = server.key("globex", "read_requests", "ingest");

  @AfterEach
  void stop() {
    server.close();
  }

  private static Map<String, Object> json(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JsonMapper.builder().build().fromJsonObject(answer.body());
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> list(@Nullable Object value) {
    return (List<Map<String, Object>>) Objects.requireNonNull(value);
  }

  private List<Map<String, Object>> items(String query) {
    return list(json(server.get("/v1/admin/requests" + query)).get("items"));
  }

  private void post(String id, String body) {
    var _ =
        server.send(
            server
                .asAdmin("/v1/ingest")
                .header("X-Request-ID", id)
                .POST(BodyPublishers.ofString(body)));
    await().until(() -> !server.requests.newest(null, one -> one.id().equals(id)).isEmpty());
  }

  @Test
  void anIngestHasItsTimeline() {
    post("trace-1", FLOW);

    var item = items("").getFirst();

    assertThat(item)
        .containsEntry("id", "trace-1")
        .containsEntry("method", "POST")
        .containsEntry("path", "/v1/ingest")
        .containsEntry("status", 202L)
        .containsEntry("tenant_id", "default")
        .containsEntry("fitness", 1L)
        .containsKeys("ts", "latency_ms", "client_ip", "summary");
    var timeline = list(item.get("timeline"));
    assertThat(timeline)
        .extracting(moment -> moment.get("event"))
        .containsExactly("received", "validated", "enriched", "stored", "completed");
    assertThat(timeline)
        .extracting(moment -> Instant.parse(String.valueOf(moment.get("ts"))))
        .isSorted();
    assertThat(timeline.get(1).get("meta")).hasToString("{ok=true, schema=flows.v1, records=1}");
  }

  @Test
  void aRefusedBatchTellsHowFarItCame() {
    post("bad", FLOW.replace("dst_ip", "nowhere"));

    var item = items("?status=4xx").getFirst();

    assertThat(item).containsEntry("id", "bad").containsEntry("status", 400L);
    assertThat((Double) item.get("fitness")).isEqualTo(0.59);
    assertThat(list(item.get("timeline")))
        .extracting(moment -> moment.get("event"))
        .containsExactly("received", "validated", "completed");
  }

  @Test
  void theTagChangesWithTheList() {
    post("a", FLOW);
    var first = server.get("/v1/admin/requests?limit=5");
    var tag = first.headers().firstValue("ETag").orElseThrow();
    assertThat(tag).matches("W/\".+\"");

    var same =
        server.send(server.asAdmin("/v1/admin/requests?limit=5").header("If-None-Match", tag));
    assertThat(same.statusCode()).isEqualTo(304);
    assertThat(same.body()).isEmpty();
    assertThat(same.headers().firstValue("ETag")).contains(tag);
    var other =
        server.send(
            server.asAdmin("/v1/admin/requests?limit=5").header("If-None-Match", "W/\"x\""));
    assertThat(other.statusCode()).isEqualTo(200);

    post("b", FLOW);
    var changed =
        server.send(server.asAdmin("/v1/admin/requests?limit=5").header("If-None-Match", tag));
    assertThat(changed.statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/admin/requests?limit=0",
        "/v1/admin/requests?limit=300",
        "/v1/admin/requests?status=invalid",
        "/v1/admin/requests?exclude_monitoring=maybe",
        "/v1/admin/requests/summary?window=0",
        "/v1/admin/requests/summary?window=x",
        "/v1/admin/requests/stream?status=abc",
        "/v1/admin/requests/stream?since=yesterday",
        "/v1/api/requests?window=2h",
        "/v1/api/requests?limit=0"
      })
  void whatIsNoParameterIs422(String path) {
    var answer = server.get(path);

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.body()).contains("\"detail\":[{", "\"loc\":[\"query\",");
  }

  @Test
  void filtersHoldAndWatchingIsLeftOut() {
    post("a", FLOW);
    post("b", "not json");
    server.get("/v1/health");
    server.get("/v1/metrics");
    server.get("/v1/system");
    await().until(() -> server.requests.newest(null, _ -> true).size() >= 5);

    assertThat(items("?status=2xx&path=/v1/ing")).extracting(i -> i.get("id")).containsExactly("a");
    assertThat(items("?status=5xx")).isEmpty();
    assertThat(items(""))
        .extracting(i -> i.get("path"))
        .containsExactly("/v1/health", "/v1/ingest", "/v1/ingest");
    assertThat(items("?exclude_monitoring=false"))
        .extracting(i -> i.get("path"))
        .contains("/v1/metrics", "/v1/system", "/v1/admin/requests");
    var one = json(server.get("/v1/admin/requests?limit=1"));
    assertThat(one).containsEntry("total", 3L);
    assertThat(list(one.get("items"))).hasSize(1);
  }

  @Test
  void oneRequestIsFoundByItsTraceId() {
    post("wanted", FLOW);

    assertThat(json(server.get("/v1/admin/requests/wanted"))).containsEntry("id", "wanted");
    var missing = server.get("/v1/admin/requests/other");
    assertThat(missing.statusCode()).isEqualTo(404);
    assertThat(missing.body()).contains("\"detail\":\"Request not found\"");
  }

  @Test
  void theSummaryCountsTheWindow() {
    post("a", FLOW);
    post("b", "not json");

    var summary = json(server.get("/v1/admin/requests/summary?window=15"));

    assertThat(summary).containsEntry("requests", 2L).containsEntry("active_clients", 1L);
    assertThat(summary.get("codes")).hasToString("{2xx=1, 4xx=1, 5xx=0}");
    assertThat(summary.get("p95_latency_ms")).isInstanceOf(Number.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/api/requests", "/api/requests"})
  void theListWithCountsHasBoth(String path) {
    post("a", FLOW);
    post("b", "not json");

    var answer = json(server.get(path + "?limit=500&window=15m"));

    assertThat(answer)
        .containsEntry("status", "ok")
        .containsEntry("total", 2L)
        .containsEntry("succeeded", 1L)
        .containsEntry("failed", 1L)
        .containsEntry("window", "15m");
    assertThat(list(answer.get("items")).getLast())
        .containsEntry("id", "a")
        .containsEntry("records", 1L)
        .containsKeys("risk_avg", "source_ip");
  }

  @Test
  void aTenantsReaderSeesItsOwnAlone() {
    post("ours", FLOW);
    var posted =
        server.send(
            server
                .request("/v1/ingest")
                .header("X-API-Key", stranger)
                .header("X-Request-ID", "theirs")
                .POST(BodyPublishers.ofString(FLOW)));
    assertThat(posted.statusCode()).isEqualTo(202);
    await().until(() -> server.requests.newest("globex", _ -> true).size() == 1);

    assertThat(items("")).extracting(i -> i.get("id")).containsExactly("ours");
    assertThat(items("?all=true")).extracting(i -> i.get("id")).containsExactly("theirs", "ours");
    for (var path : List.of("/v1/admin/requests", "/v1/api/requests")) {
      var theirs = server.send(asStranger(path));
      assertThat(theirs.body()).contains("\"theirs\"").doesNotContain("\"ours\"");
      assertThat(server.send(asStranger(path + "?all=true")).statusCode()).isEqualTo(403);
    }
    assertThat(server.send(asStranger("/v1/admin/requests/ours")).statusCode()).isEqualTo(404);
  }

  private HttpRequest.Builder asStranger(String path) {
    return server.request(path).header("X-API-Key", stranger).GET();
  }

  @Test
  void theStreamTellsOfEachRequestAndGoesOnWhereItWasLost() throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      try (var lines = stream(client, "/v1/admin/requests/stream?endpoint=ingest")) {
        assertThat(event(lines)).anyMatch(line -> line.startsWith("retry: "));
        assertThat(event(lines))
            .contains("event: connected", "data: {\"message\":\"Connected to audit stream\"}");
        post("first", FLOW);
        server.get("/v1/health");
        post("second", FLOW);

        assertThat(event(lines)).startsWith("id: first", "event: request");
        assertThat(event(lines))
            .startsWith("id: second", "event: request")
            .last()
            .asString()
            .startsWith("data: {\"id\":\"second\"");
      }
      try (var lines = stream(client, "/v1/admin/requests/stream?last_event_id=first")) {
        event(lines);
        event(lines);
        assertThat(event(lines)).contains("event: request").noneMatch(l -> l.equals("id: first"));
      }
      client.shutdownNow();
    }
  }

  private BufferedReader stream(HttpClient client, String path)
      throws IOException, InterruptedException {
    var answer = client.send(server.asAdmin(path).build(), BodyHandlers.ofInputStream());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("text/event-stream");
    return new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
  }

  /** The lines of the next event; comments are passed over. */
  private static List<String> event(BufferedReader lines) throws IOException {
    var event = new ArrayList<String>();
    for (var line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.isEmpty() && !event.isEmpty()) {
        return event;
      }
      if (!line.isEmpty() && !line.startsWith(":")) {
        event.add(line);
      }
    }
    return event;
  }
}
