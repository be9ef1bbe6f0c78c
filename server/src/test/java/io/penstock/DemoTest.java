package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.penstock.demo.Device;
import io.penstock.demo.Incidents;
import io.penstock.demo.Networks;
import io.penstock.demo.Scene;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import io.penstock.logs.Logs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A small demo as it is started, asked what a newcomer would ask. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DemoTest {

  private static final String KEY = "key-of-the-test-of-the-demo";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final HttpClient client = HttpClient.newHttpClient();
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private Demo demo;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    var variables = new HashMap<String, String>();
    for (var port : List.of("APP_PORT", "NETFLOW_PORT", "IPFIX_PORT", "SFLOW_PORT", "PROXY_PORT")) {
      variables.put(port, "0");
    }
    variables.put("API_KEY", KEY);
    var data = folder.resolve("demo");
    demo =
        Demo.start(
            new Demo.Options(data, 1, 2_000),
            Demo.Settings.of(variables, DemoFolder.prepare(data, Networks.load())),
            Logs.none(),
            new PrintStream(said, true, StandardCharsets.UTF_8));
    demo.ready().get(60, TimeUnit.SECONDS);
  }

  @AfterAll
  void stop() {
    demo.close();
    client.close();
  }

  private String get(String path) {
    try {
      var request = HttpRequest.newBuilder(demo.address().resolve(path));
      request.header("Authorization", "Bearer " + KEY);
      var answer = client.send(request.build(), BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      return answer.body();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(path, e);
    }
  }

  private Map<?, ?> object(String path) {
    try {
      return (Map<?, ?>) Objects.requireNonNull(JsonTree.parse(get(path)));
    } catch (MalformedJsonException e) {
      throw new IllegalStateException(path, e);
    }
  }

  private String events(String filter) {
    var from = Instant.now().minus(Duration.ofHours(25));
    return get(
        "/v1/events?limit=3&from="
            + from
            + "&filter="
            + URLEncoder.encode(filter, StandardCharsets.UTF_8));
  }

  private void awaitEvents(String filter, String... texts) {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(events(filter)).contains(texts));
  }

  private static String scene(Scene scene) {
    return "\"demo_scene\":\"" + scene.word() + "\"";
  }

  @Test
  void theStoreHasEverythingThatWentWrong() {
    awaitEvents("src_ip = " + Incidents.SCANNER, scene(Scene.PORT_SCAN), "\"demo\":true");
    awaitEvents("src_ip = " + Incidents.GUESSER, scene(Scene.SSH_BRUTE_FORCE));
    awaitEvents("dst_ip = " + Incidents.DROP, scene(Scene.EXFILTRATION), "\"asn\":24940", "FI");
    awaitEvents("dst_port = 8443", scene(Scene.STRANGE_RECORD));
  }

  @Test
  void whoIsOnAListOfIndicatorsIsRiskyAndItIsSaidWhy() {
    awaitEvents(
        "dst_ip = " + Incidents.CONTROLLER,
        scene(Scene.BEACON),
        "command and control (demo)",
        "\"risk_score\":70",
        "threat intelligence match");
    awaitEvents("dst_ip = " + Incidents.RELAY, scene(Scene.THREAT_HIT), "demo-indicators.csv");
  }

  @Test
  void theTenantsHaveTheirOwn() {
    assertThat(get("/v1/admin/tenants")).contains("\"demo-clinic\"", "\"demo-campus\"");
    assertThat(get("/v1/sources")).contains("\"demo-core-switch\"", "\"demo-retired-probe\"");
  }

  @Test
  void splunkGotWhatItTookAndRefusedWhatIsStrange() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(object("/v1/outputs/dlq").get("total_events")).isEqualTo(5L);
              assertThat(get("/v1/outputs/splunk")).contains("\"backlog\":0", "\"dlq_depth\":5");
            });
  }

  @Test
  void elasticsearchIsDownAndItsBacklogGrows() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(get("/v1/outputs/elastic"))
                    .contains("\"state\":\"retrying\"", "Connection refused")
                    .containsPattern("\"backlog\":[1-9]"));
  }

  @Test
  void everyExporterSendsAndOneFallsSilent() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(heard(Device.WAREHOUSE_ROUTER))
                  .isBefore(heard(Device.BRANCH_ROUTER).minusSeconds(2));
              assertThat(get("/v1/exporters"))
                  .contains("\"netflow_v5\"", "\"netflow_v9\"", "\"ipfix\"", "\"sflow_5\"")
                  .contains("\"rate\":1000");
            });
  }

  private Instant heard(Device device) {
    for (var exporter :
        (List<?>) Objects.requireNonNull(object("/v1/exporters").get("exporters"))) {
      if (exporter instanceof Map<?, ?> page
          && device.address().toString().equals(page.get("address"))) {
        return Instant.parse(String.valueOf(page.get("last_seen")));
      }
    }
    throw new AssertionError(device.id() + " was not heard");
  }

  @Test
  void softwarePhonedHomeInTwoVersionsThatDiffer() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        get(
                            "/v1/interception/difference?product=grafana&before=11_6_0&after=12_1_0"))
                    .contains("ADDED", "stats.public_dashboards.count"));
    awaitEvents("kind = exchange and product = cribl", "\"verdict\":\"MOCK\"");
    awaitEvents("kind = exchange and product = vscode", "\"verdict\":\"BLOCK\"");
    assertThat(get("/v1/interception/evidence")).contains("\"left\":0");
  }

  @Test
  void theAuditHasRequestsThatFailed() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(get("/v1/admin/requests?limit=200")).contains("400", "404"));
  }

  @Test
  void theAddressIsToldAndTheKeyOnlyIfItWasMadeForIt() {
    assertThat(said.toString(StandardCharsets.UTF_8))
        .contains("listening: http ", "/ui/#link=", "ready after", demo.address() + "ui/")
        .doesNotContain("API Key:");
  }

  @Test
  void nothingOfTheEnvironmentThatLeadsElsewhereIsHeeded(@TempDir Path folder) throws IOException {
    var elsewhere =
        Map.of(
            "DATABASE_URL", "postgresql://u:p@db.example.net/penstock",
            "PENSTOCK_DATA", "/var/lib/penstock",
            "SPLUNK_HEC_URL", "https://splunk.example.net",
            "FORWARD_TO", "collector.example.net:2055",
            "PROXY_HOST", "0.0.0.0",
            "INTERCEPT_SEALED", "false",
            "APP_PORT", "1234");

    var data = folder.resolve("demo");
    var settings = Demo.Settings.of(elsewhere, DemoFolder.prepare(data, Networks.load()));

    var environment = settings.environment();
    assertThat(environment.text("APP_PORT")).contains("1234");
    assertThat(environment.text("PENSTOCK_DATA")).contains(data.toString());
    assertThat(environment.text("INTERCEPT_SEALED")).contains("true");
    for (var name : List.of("DATABASE_URL", "SPLUNK_HEC_URL", "FORWARD_TO", "PROXY_HOST")) {
      assertThat(environment.text(name)).as(name).isEmpty();
    }
    assertThat(settings.isOwnKey()).isTrue();
    assertThat(environment.text("API_KEY")).contains(settings.key());
  }

  @Test
  void aFolderWithAnythingElseInItIsLeftAlone(@TempDir Path folder) throws IOException {
    var precious = Files.writeString(folder.resolve("precious.txt"), "mine");

    assertThatThrownBy(() -> DemoFolder.prepare(folder, Networks.load()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not a demo's folder");
    assertThat(precious).hasContent("mine");
  }

  @Test
  void aDemosOwnFolderIsEmptiedAndWhatALinkLeadsToIsNot(
      @TempDir Path folder, @TempDir Path elsewhere) throws IOException {
    var precious = Files.writeString(elsewhere.resolve("precious.txt"), "mine");
    var data = folder.resolve("demo");
    DemoFolder.prepare(data, Networks.load());
    var old = Files.writeString(Files.createDirectories(data.resolve("log")).resolve("1"), "old");
    Files.createSymbolicLink(data.resolve("link"), elsewhere);

    var again = DemoFolder.prepare(data, Networks.load());

    assertThat(old).doesNotExist();
    assertThat(data.resolve("link")).doesNotExist();
    assertThat(precious).hasContent("mine");
    assertThat(again.systems()).content().contains("8.8.8.0/24,15169,Google LLC");
  }
}
