package io.penstock.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.avaje.json.mapper.JsonMapper;
import io.penstock.logs.LogEntry;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** The log as its readers know it. */
final class LogsTest {

  private final ApiServer server = new ApiServer();
  private final String stranger = server.key("globex", "read_requests", "ingest");
  private final Logger log = (Logger) LoggerFactory.getLogger("io.penstock.test");
  private final Logger access = (Logger) LoggerFactory.getLogger("io.penstock.http.access");
  private final AutoCloseable following = server.logs.follow(log);
  private final AutoCloseable followingAccess = server.logs.follow(access);
  private @Nullable Level accessLevel;

  @BeforeEach
  void listen() {
    log.setLevel(Level.INFO);
    accessLevel = access.getLevel();
    access.setLevel(Level.INFO);
  }

  @AfterEach
  void stop() throws Exception {
    following.close();
    followingAccess.close();
    access.setLevel(accessLevel);
    server.close();
  }

  private void say(String message, @Nullable String tenant, String trace, String path) {
    log.atInfo()
        .addKeyValue("tenant_id", tenant)
        .addKeyValue("trace_id", trace)
        .addKeyValue("path", path)
        .log(message);
  }

  private void awaitLine(String message) {
    await()
        .until(
            () ->
                server.logs.ring().entries().stream()
                    .map(LogEntry::message)
                    .anyMatch(message::equals));
  }

  private static Map<String, Object> json(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JsonMapper.builder().build().fromJsonObject(answer.body());
  }

  @SuppressWarnings("unchecked")
  private List<Object> messages(String query) {
    var logs = (List<Map<String, Object>>) json(server.get("/v1/logs" + query)).get("logs");
    return Objects.requireNonNull(logs).stream()
        .filter(line -> !Objects.equals(line.get("msg"), "request"))
        .map(line -> line.get("msg"))
        .collect(Collectors.toList());
  }

  @Test
  void filtersComeBeforeTheLimit() {
    // One request of a hundred is logged, and would count against the limit.
    access.setLevel(Level.OFF);
    say("wanted", "default", "t-1", "/v1/ingest");
    for (int i = 0; i < 20; i++) {
      say("other", "default", "t-2", "/v1/lookup");
    }
    say("last", null, "t-3", "/");
    awaitLine("last");

    assertThat(messages("?trace_id=t-1&limit=1")).containsExactly("wanted");
    assertThat(messages("?endpoint=ingest&limit=1")).containsExactly("wanted");
    assertThat(messages("?limit=2")).containsExactly("other", "last");
    assertThat(messages("?level=error")).isEmpty();
    assertThat(messages("?level=INFO&limit=1")).containsExactly("last");
    assertThat(messages("?since=2000-01-01T00:00:00Z")).hasSize(22);
    assertThat(messages("?since=2100-01-01T00:00:00Z")).isEmpty();
    assertThat(json(server.get("/v1/logs?level=INFO&limit=1")))
        .containsEntry("count", 1L)
        .containsEntry("limit", 1L)
        .containsKey("since")
        .containsKey("filters");
  }

  @Test
  void aTenantsReaderSeesItsOwnLinesAlone() {
    say("ours", "default", "t-1", "/");
    say("theirs", "globex", "t-2", "/");
    say("the server's", null, "t-3", "/");
    awaitLine("the server's");

    assertThat(messages("")).containsExactly("ours", "theirs", "the server's");
    assertThat(messages("?tenant=globex")).containsExactly("theirs");
    for (var path : List.of("/v1/logs", "/v1/logs/tail", "/v1/logs/download")) {
      var theirs = server.send(server.request(path).header("X-API-Key", stranger));
      assertThat(theirs.body()).contains("theirs").doesNotContain("ours", "the server's");
      var reader = server.send(server.request(path).header("X-API-Key", ApiServer.READER));
      assertThat(reader.body()).contains("ours").doesNotContain("theirs", "the server's");
    }
    var narrowed =
        server.send(server.request("/v1/logs?tenant=default").header("X-API-Key", stranger));
    assertThat(narrowed.body()).contains("\"count\":0");
  }

  @Test
  void theTailIsTextAndHasTheNewestBytes() {
    for (int i = 0; i < 100; i++) {
      say("line " + i, "default", "t-" + i, "/");
    }
    awaitLine("line 99");

    var answer = server.get("/v1/logs/tail?max_bytes=1000");

    assertThat(answer.headers().firstValue("Content-Type")).contains("text/plain; charset=utf-8");
    assertThat(answer.body())
        .hasSizeLessThanOrEqualTo(1_000)
        .endsWith("line 99 (trace_id: t-99)\n");
    assertThat(answer.body().lines()).allMatch(line -> line.matches("\\S+Z \\[INFO] line \\d+ .*"));
    var asJson = json(server.get("/v1/logs/tail?max_bytes=1000&format=json"));
    assertThat((List<?>) Objects.requireNonNull(asJson.get("lines"))).isNotEmpty();
    assertThat((Long) asJson.get("total_bytes")).isLessThanOrEqualTo(1_000);
  }

  @Test
  void aDownloadIsAFileOfLines() {
    say("one", "default", "t-1", "/");
    say("two", "default", "t-2", "/");
    awaitLine("two");

    var answer = server.get("/v1/logs/download?limit=2");

    assertThat(answer.headers().firstValue("Content-Type")).contains("application/jsonl");
    assertThat(answer.headers().firstValue("Content-Disposition").orElse(""))
        .matches("attachment; filename=telemetry-logs-\\d{8}_\\d{6}\\.jsonl");
    assertThat(answer.body().lines())
        .hasSize(2)
        .allMatch(line -> line.startsWith("{\"timestamp\""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/logs?limit=0",
        "/v1/logs?limit=10001",
        "/v1/logs?level=loud",
        "/v1/logs?since=yesterday",
        "/v1/logs/tail?max_bytes=999",
        "/v1/logs/tail?format=xml",
        "/v1/logs/download?limit=0",
        "/v1/logs/stream?level=loud"
      })
  void whatIsNoParameterIs422(String path) {
    assertThat(server.get(path).statusCode()).isEqualTo(422);
  }

  @Test
  void theStreamWorksWithAKeyInTheQueryAndTheKeyIsNowhereToldOf() throws Exception {
    say("before", "default", "t-1", "/");
    awaitLine("before");
    var path = "/v1/logs/stream?endpoint=/&key=" + ApiServer.ADMIN;
    try (var client = HttpClient.newHttpClient()) {
      var answer = client.send(server.request(path).GET().build(), BodyHandlers.ofInputStream());
      assertThat(answer.statusCode()).isEqualTo(200);
      var id = "";
      try (var lines =
          new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
        id = idOf("before", lines);
        say("after", "default", "t-2", "/");
        assertThat(idOf("after", lines)).isNotEqualTo(id);
      }
      var again =
          client.send(
              server.asAdmin("/v1/logs/stream").header("Last-Event-ID", id).GET().build(),
              BodyHandlers.ofInputStream());
      try (var lines =
          new BufferedReader(new InputStreamReader(again.body(), StandardCharsets.UTF_8))) {
        for (var line = lines.readLine(); !line.contains("after"); line = lines.readLine()) {
          assertThat(line).doesNotContain("before");
        }
      }
      client.shutdownNow();
    }
    assertThat(server.send(server.request("/v1/logs?key=" + ApiServer.ADMIN)).statusCode())
        .isEqualTo(401);
    assertThat(server.send(server.request("/v1/logs/stream?key=wrong")).statusCode())
        .isEqualTo(401);
    await()
        .until(
            () ->
                server.requests.newest(null, one -> one.path().equals("/v1/logs/stream")).size()
                    >= 3);
    for (var entry : server.logs.ring().entries()) {
      assertThat(entry.json()).doesNotContain(ApiServer.ADMIN);
    }
    assertThat(server.get("/v1/admin/requests?exclude_monitoring=false").body())
        .contains("/v1/logs/stream")
        .doesNotContain(ApiServer.ADMIN);
  }

  private static String idOf(String message, BufferedReader lines) throws Exception {
    var id = "";
    for (var line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith("id: ")) {
        id = line.substring(4);
      }
      if (line.contains("\"msg\":\"" + message + "\"")) {
        return id;
      }
    }
    throw new AssertionError("the stream ended");
  }

  @Test
  void aTicketStandsForItsKeyAndTenant() throws Exception {
    say("ours", "default", "t-1", "/");
    say("theirs", "globex", "t-2", "/");
    awaitLine("theirs");
    var issued =
        server.send(
            server
                .request("/v1/logs/ticket")
                .header("X-API-Key", stranger)
                .POST(BodyPublishers.noBody()));
    assertThat(issued.statusCode()).isEqualTo(201);
    var ticket = JsonMapper.builder().build().fromJsonObject(issued.body());
    assertThat(ticket).containsEntry("expires_in", 30L);

    try (var client = HttpClient.newHttpClient()) {
      var path = "/v1/logs/stream?ticket=" + ticket.get("ticket");
      var answer = client.send(server.request(path).GET().build(), BodyHandlers.ofInputStream());
      assertThat(answer.statusCode()).isEqualTo(200);
      try (var lines =
          new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
        for (var line = lines.readLine(); !line.contains("theirs"); line = lines.readLine()) {
          assertThat(line).doesNotContain("ours");
        }
      }
      assertThat(server.send(server.request(path)).statusCode()).isEqualTo(401);
      client.shutdownNow();
    }
  }
}
