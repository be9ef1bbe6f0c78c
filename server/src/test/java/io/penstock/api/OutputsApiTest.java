package io.penstock.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.control.Output;
import io.penstock.event.Events;
import io.penstock.sink.Batch;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Answer;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Delivery.Refusal;
import io.penstock.sink.Delivery.Taken;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.BitSet;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OutputsApiTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String SPLUNK =
      """
      {"hec_url":"https://127.0.0.1:8088/services/collector","token":"quokka-token-1",\
      "max_retries":5,"linger_ms":1}""";
  private static final String HOOK =
      """
      {"type":"webhook","url":"http://127.0.0.1:9/in?sig=quokka-sig","linger_ms":1,\
      "headers":{"Authorization":"quokka-header","X-Plain":"quokka-plain"}}""";

  private final ApiServer server = new ApiServer();
  private final Events events = new Events(3);

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> put(String path, String body) {
    return server.send(server.asAdmin(path).PUT(BodyPublishers.ofString(body)));
  }

  private HttpResponse<String> delete(String path) {
    return server.send(server.asAdmin(path).DELETE());
  }

  private HttpResponse<String> as(String key, String method, String path) {
    return server.send(
        server
            .request(path)
            .header("Authorization", "Bearer " + key)
            .method(method, BodyPublishers.noBody()));
  }

  private void append(int count) {
    server.log.append(events.batch("default", count)).join();
  }

  private static String ok(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  private static Delivery refuseAll(Batch batch) {
    var answer = new Answer(400, "no such field");
    return new Taken(
        answer,
        0,
        0,
        new BitSet(),
        null,
        IntStream.range(0, batch.size()).mapToObj(i -> new Refusal(i, "mapping", answer)).toList(),
        false);
  }

  @Test
  void whatIsConfiguredIsShownWithItsSecretsMasked() {
    var configured = ok(server.post("/v1/outputs/splunk", SPLUNK));
    var hook = ok(put("/v1/outputs/hook", HOOK));

    assertThat(configured)
        .startsWith("{\"status\":\"ok\",\"splunk\":{")
        .contains("\"token\":\"***\"", "\"index\":\"telemetry\"", "\"max_retries\":5");
    assertThat(hook)
        .contains(
            "\"url\":\"http://127.0.0.1:9/in?***\"",
            "\"headers\":{\"Authorization\":\"***\",\"X-Plain\":\"***\"}");
    var shown = ok(server.get("/v1/outputs/splunk"));
    assertThat(shown)
        .contains("\"health\":{\"reachable\":", "\"last_success_ts\":", "\"dlq_depth\":0");
    for (var path : new String[] {"/v1/outputs", "/v1/outputs/status", "/v1/outputs/hook"}) {
      assertThat(ok(server.get(path))).contains("hook").doesNotContain("quokka");
    }
  }

  @Test
  void noSecretIsInAnAnswerTheAuditTheLogOrAFile() throws IOException {
    ok(server.post("/v1/outputs/splunk", SPLUNK));
    ok(put("/v1/outputs/hook", HOOK));
    ok(put("/v1/outputs/hook", HOOK.replace("quokka-sig", "quokka-sig-2")));
    ok(delete("/v1/outputs/hook"));

    assertThat(ok(server.get("/v1/admin/audit?limit=100")))
        .contains("output_create", "output_update", "output_delete", "webhook")
        .doesNotContain("quokka");
    assertThat(ok(server.get("/v1/logs?limit=10000"))).doesNotContain("quokka");
    try (var files = Files.walk(server.folder())) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain("quokka");
      }
    }
  }

  @Test
  void aSecretThatIsSentBackMaskedIsKept() {
    ok(put("/v1/outputs/hook", HOOK));

    ok(
        put(
            "/v1/outputs/hook",
            """
            {"type":"webhook","url":"http://127.0.0.1:9/in?***","linger_ms":2,\
            "headers":{"Authorization":"***"}}"""));

    var stored = server.outputs.find(new Output.Key("default", "hook")).orElseThrow().config();
    assertThat(Objects.requireNonNull(stored).value())
        .contains("quokka-sig", "quokka-header", "\"linger_ms\":2")
        .doesNotContain("***", "quokka-plain");
  }

  @Test
  void aMaskForWhichThereIsNoSecretIsRefused() {
    ok(put("/v1/outputs/hook", HOOK));

    var otherType =
        put("/v1/outputs/hook", "{\"type\":\"splunk\",\"url\":\"http://x/\",\"token\":\"***\"}");
    var fresh = server.post("/v1/outputs/splunk", SPLUNK.replace("quokka-token-1", "***"));

    assertThat(otherType.statusCode()).isEqualTo(422);
    assertThat(fresh.statusCode()).isEqualTo(422);
    assertThat(fresh.body()).contains("\"field\":\"token\"", "is masked");
  }

  @Test
  void everyFaultIsNamedInBothForms() {
    var answer = put("/v1/outputs/splunk", "{\"hec_url\":\"ftp://quokka\",\"sampling\":0}");

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.body())
        .contains(
            "{\"field\":\"token\",\"reason\":\"missing\"",
            "\"field\":\"hec_url\"",
            "\"field\":\"sampling\"",
            "\"loc\":[\"body\",\"token\"]")
        .doesNotContain("quokka");
    assertThat(put("/v1/outputs/x.y", HOOK).statusCode()).isEqualTo(422);
    assertThat(put("/v1/outputs/none", "{\"url\":\"http://x/\"}").body())
        .contains("\"field\":\"type\"");
    assertThat(put("/v1/outputs/none", "{\"type\":\"carrier-pigeon\"}").statusCode())
        .isEqualTo(422);
  }

  @Test
  void aTestSaysWhatCameBack() {
    var place = server.sinks.place("default", "splunk");
    assertThat(ok(server.post("/v1/outputs/test", "{\"target\":\"splunk\"}")))
        .contains("\"status\":\"fail\"", "\"missing configuration\"", "\"http_status\":503");
    ok(server.post("/v1/outputs/splunk", SPLUNK));

    assertThat(ok(server.post("/v1/outputs/test", "{\"target\":\"splunk\"}")))
        .contains("\"status\":\"ok\"", "\"http_status\":200", "\"error\":null");
    place.answer(_ -> new Later(Cause.CREDENTIALS, new Answer(403, "Invalid token"), null));
    assertThat(ok(server.post("/v1/outputs/splunk/test", "")))
        .contains("\"status\":\"fail\"", "\"http_code\":403", "\"error\":\"Invalid token\"");

    assertThat(place.arrived).singleElement().asString().contains("\"telemetry\":\"ping\"");
    var metrics = ok(server.get("/v1/metrics"));
    assertThat(metrics)
        .contains(
            "\"outputs_test_success_total\":{\"elastic\":0,\"splunk\":1}",
            "\"outputs_test_fail_total\":{\"elastic\":0,\"splunk\":1}",
            "\"test_total\":{\"splunk\":{\"200\":1,\"403\":1}}");
    assertThat(server.post("/v1/outputs/test", "{\"target\":\"kafka\"}").statusCode())
        .isEqualTo(422);
  }

  @Test
  void whatIsPendingIsShippedAndTold() {
    assertThat(server.post("/v1/export/splunk-hec", "").body())
        .contains("Splunk HEC not configured");
    assertThat(server.post("/v1/export/elastic", "").statusCode()).isEqualTo(400);
    assertThat(server.post("/v1/export/none", "").statusCode()).isEqualTo(404);
    ok(server.post("/v1/outputs/splunk", SPLUNK.replace("\"linger_ms\":1", "\"linger_ms\":60000")));
    await()
        .atMost(PATIENCE)
        .until(() -> ok(server.get("/v1/outputs/splunk")).contains("\"shipping\":{"));
    append(3);

    assertThat(ok(server.post("/v1/export/splunk-hec", "")))
        .contains("\"status\":\"success\"", "\"sent\":3", "\"failed\":0", "\"retries\":0");
    assertThat(ok(server.post("/v1/export/splunk-hec", ""))).contains("\"status\":\"no_events\"");

    var place = server.sinks.place("default", "splunk");
    place.answer(_ -> new Later(Cause.UNREACHABLE, new Answer(null, "refused"), null));
    append(1);
    var failed = server.post("/v1/export/splunk-hec", "{}");
    assertThat(failed.statusCode()).isEqualTo(500);
    assertThat(failed.body()).contains("Export failed after 3 retries: refused");
    ok(put("/v1/outputs/splunk", SPLUNK.replace("{", "{\"enabled\":false,")));
    await()
        .atMost(PATIENCE)
        .until(() -> server.post("/v1/export/splunk-hec", "").statusCode() == 409);
  }

  @Test
  void deadLettersAreListedInspectedSentAgainAndDiscarded() {
    var place = server.sinks.place("default", "webhook");
    place.answer(OutputsApiTest::refuseAll);
    ok(put("/v1/outputs/hook", HOOK));
    append(2);
    await()
        .atMost(PATIENCE)
        .until(() -> ok(server.get("/v1/outputs/dlq")).contains("\"total_events\":2"));
    var list = ok(server.get("/v1/outputs/dlq?dest=hook"));
    var id = list.replaceFirst(".*?\"id\":\"([^\"]+)\".*", "$1");

    assertThat(ok(server.get("/v1/outputs/dlq/" + id + "?limit=1")))
        .contains("\"reason\":\"mapping\"", "\"error\":\"no such field\"", "\"next_offset\":1");
    assertThat(ok(server.get("/v1/metrics"))).contains("\"dlq\":{\"elastic\":0,\"hook\":2");
    assertThat(ok(server.post("/v1/outputs/dlq/retry?dest=hook", "")))
        .contains("\"sent\":0", "\"failed\":2", "\"remaining\":2");
    place.answer(_ -> Delivery.all(new Answer(200, "ok")));
    assertThat(ok(server.post("/v1/outputs/dlq/retry?dest=hook&limit=1", "")))
        .contains("\"status\":\"success\"", "\"sent\":2", "\"remaining\":0");
    assertThat(place.arrived).hasSize(2);

    place.answer(OutputsApiTest::refuseAll);
    append(1);
    await()
        .atMost(PATIENCE)
        .until(() -> ok(server.get("/v1/outputs/dlq")).contains("\"total_events\":1"));
    assertThat(server.get("/v1/outputs/dlq/" + id).statusCode()).isEqualTo(404);
    assertThat(delete("/v1/outputs/dlq").statusCode()).isEqualTo(400);
    assertThat(ok(delete("/v1/outputs/dlq?dest=hook"))).contains("\"events\":1");
    assertThat(ok(server.get("/v1/outputs/dlq"))).contains("\"total_events\":0");
    assertThat(server.post("/v1/outputs/dlq/retry?dest=kafka", "").statusCode()).isEqualTo(400);
    assertThat(ok(server.post("/v1/outputs/dlq/retry?dest=splunk", "")))
        .contains("\"status\":\"no_events\"");
  }

  @Test
  void oneFileOfDeadLettersIsSentAgainAlone() {
    var place = server.sinks.place("default", "webhook");
    place.answer(OutputsApiTest::refuseAll);
    ok(put("/v1/outputs/hook", HOOK));
    append(1);
    await()
        .atMost(PATIENCE)
        .until(() -> ok(server.get("/v1/outputs/dlq")).contains("\"total_files\":1"));
    append(1);
    await()
        .atMost(PATIENCE)
        .until(() -> ok(server.get("/v1/outputs/dlq")).contains("\"total_files\":2"));
    var newest =
        ok(server.get("/v1/outputs/dlq?dest=hook")).replaceFirst(".*\"id\":\"([^\"]+)\".*", "$1");
    place.answer(_ -> Delivery.all(new Answer(200, "ok")));

    var retried = ok(server.post("/v1/outputs/dlq/retry?dest=hook&id=" + newest, ""));

    assertThat(retried).contains("\"files\":1", "\"sent\":1", "\"remaining\":1");
    assertThat(ok(server.get("/v1/outputs/dlq"))).doesNotContain(newest);
    assertThat(server.post("/v1/outputs/dlq/retry?dest=hook&id=" + newest, "").statusCode())
        .isEqualTo(404);
  }

  @Test
  void outputsAreTheTenantsOwn() {
    ok(put("/v1/outputs/hook", HOOK));
    var other = server.key("acme", "export", "read_requests");

    assertThat(ok(as(other, "GET", "/v1/outputs"))).contains("\"total\":0");
    assertThat(as(other, "GET", "/v1/outputs/hook").statusCode()).isEqualTo(404);
    assertThat(as(other, "POST", "/v1/outputs/hook/test").statusCode()).isEqualTo(404);
    assertThat(as(other, "DELETE", "/v1/outputs/hook").statusCode()).isEqualTo(403);
  }

  @Test
  void thePublicPageSumsSinksUpWithoutTheirNamesAndTenants() {
    ok(put("/v1/outputs/hook", HOOK));
    append(3);
    await()
        .atMost(PATIENCE)
        .until(() -> server.sinks.place("default", "webhook").arrived.size() == 3);

    var page = server.send(server.request("/v1/metrics/prometheus").GET()).body();

    assertThat(page)
        .contains(
            "telemetry_export_sent_total{dest=\"other\"} 3.0",
            "telemetry_export_sent_total{dest=\"splunk\"} 0.0",
            "telemetry_export_latency_ms_count{dest=\"other\"} ")
        .doesNotContain("hook");
    assertThat(ok(server.get("/v1/metrics/prometheus")))
        .contains("telemetry_export_sent_total{dest=\"hook\",tenant=\"default\"} 3.0");
  }

  @Test
  void aTenantMayHaveSixteen() {
    for (int i = 0; i < 16; i++) {
      ok(put("/v1/outputs/o" + i, HOOK.replace("{\"type", "{\"enabled\":false,\"type")));
    }

    var answer = put("/v1/outputs/o16", HOOK);

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.body()).contains("too_many_outputs");
    ok(put("/v1/outputs/o1", HOOK));
    assertThat(delete("/v1/outputs/o16").statusCode()).isEqualTo(404);
  }
}
