package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.penstock.config.Environment;
import io.penstock.exchange.Verdict;
import io.penstock.filter.Field;
import io.penstock.logs.Logs;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the dashboard's explorer asks, of a whole server with a real store and two tenants. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ExploreTest {

  private static final String KEY = "admin-key-of-the-explorer";
  private static final long HUGE = 9_223_372_036_854_775_807L;
  private static final Duration VISIBLE = Duration.ofSeconds(10);

  private final HttpClient client = HttpClient.newHttpClient();
  private final JsonMapper mapper = JsonMapper.builder().build();
  private Server server;
  private Instant now;

  @BeforeAll
  void start(@TempDir Path data) {
    var variables =
        Map.of(
            "PENSTOCK_DATA", data.toString(),
            "API_KEY", KEY,
            "APP_PORT", "0",
            "NETFLOW_PORT", "0",
            "IPFIX_PORT", "0",
            "SFLOW_PORT", "0");
    server =
        Server.start(
            ServerConfig.from(new Environment(variables), "1.2.3"),
            Logs.none(),
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            new PrometheusRegistry());
    now = Instant.now();
    call("POST", "/v1/admin/tenants", "{\"tenant_id\":\"other\"}", "default");
    call(
        "PUT", "/v1/indicators", "{\"ip_or_cidr\":\"203.0.113.7\",\"category\":\"c2\"}", "default");
    var flows = new ArrayList<String>();
    for (int i = 0; i < 20; i++) {
      flows.add(flow("10.0.0." + i % 4, "8.8.8.8", 40_000, 53, "udp", 100, ""));
    }
    flows.add(flow("10.0.0.9", "203.0.113.7", 40_000, 3389, "tcp", 5_000_000, ""));
    flows.add(flow("10.0.0.8", "192.0.2.2", 40_000, 443, "tcp", 7, ",\"note\":\"=1+1\""));
    post(flows, "default");
    post(List.of(flow("10.9.9.9", "198.51.100.9", 1, 9999, "tcp", HUGE, "")), "other");
    post(List.of(flow("10.9.9.9", "198.51.100.9", 1, 9999, "tcp", HUGE, "")), "other");
    await().atMost(VISIBLE).until(() -> json("/v1/events?limit=100").get("count").asInt() == 22);
    await()
        .atMost(VISIBLE)
        .until(() -> parsed(of("other", "/v1/events")).get("count").asInt() == 2);
  }

  @AfterAll
  void stop() {
    server.close();
    client.close();
  }

  private String flow(
      String from, String to, int fromPort, int toPort, String protocol, long bytes, String more) {
    return """
    {"ts":%d,"src_ip":"%s","dst_ip":"%s","src_port":%d,"dst_port":%d,"protocol":"%s",\
    "bytes":%d,"packets":2%s}\
    """
        .formatted(now.getEpochSecond(), from, to, fromPort, toPort, protocol, bytes, more);
  }

  private void post(List<String> flows, String tenant) {
    var reply = call("POST", "/v1/ingest", "[" + String.join(",", flows) + "]", tenant);
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(202);
  }

  private HttpResponse<String> call(String method, String path, String body, String tenant) {
    var request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + server.listener().port() + path))
            .header("Authorization", "Bearer " + KEY)
            .header("X-Tenant-ID", tenant)
            .header("Content-Type", "application/json")
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build();
    try {
      return client.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private HttpResponse<String> of(String tenant, String path) {
    return call("GET", path, "", tenant);
  }

  private JsonNode parsed(HttpResponse<String> reply) {
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
    try {
      return mapper.readTree(reply.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonNode json(String path) {
    return parsed(of("default", path));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static List<String> texts(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText).toList();
  }

  // ---- rankings and series ----

  @Test
  void groupsOfThreeFieldsHaveEveryAmountWhateverTheyAreSortedBy() {
    var top = json("/v1/events/top?by=src_ip,dst_port,protocol&metric=events&limit=2");

    assertThat(texts(top.get("fields"))).containsExactly("src_ip", "dst_port", "proto");
    assertThat(top.get("items").toString())
        .isEqualTo(
            "[{\"value\":\"10.0.0.0\",\"values\":[\"10.0.0.0\",\"53\",\"udp\"],"
                + "\"bytes\":500,\"packets\":10,\"events\":5},"
                + "{\"value\":\"10.0.0.1\",\"values\":[\"10.0.0.1\",\"53\",\"udp\"],"
                + "\"bytes\":500,\"packets\":10,\"events\":5}]");
    assertThat(top.get("total").toString())
        .isEqualTo("{\"bytes\":5002007,\"packets\":44,\"events\":22}");
    assertThat(top.get("other").toString())
        .isEqualTo("{\"bytes\":5001007,\"packets\":24,\"events\":12}");
  }

  @Test
  void anAmountBeyondWhatFloatingPointHoldsIsADigitString() {
    var top = parsed(of("other", "/v1/events/top?by=dst_port"));

    assertThat(top.at("/items/0/bytes").textValue()).isEqualTo("18446744073709551614");
    assertThat(top.at("/items/0/packets").isNumber()).isTrue();
    assertThat(top.at("/total/bytes").textValue()).isEqualTo("18446744073709551614");
    var series = parsed(of("other", "/v1/events/series?step=1d"));
    assertThat(series.at("/series/0/points/0/1").textValue()).isEqualTo("18446744073709551614");
  }

  @Test
  void aSelectionOfNothingHasNoGroupsAndNoTotal() {
    var top = json("/v1/events/top?by=src_ip,dst_ip&filter=" + encoded("dst_port = 1"));

    assertThat(top.get("items")).isEmpty();
    assertThat(top.get("total").toString()).isEqualTo("{\"bytes\":0,\"packets\":0,\"events\":0}");
  }

  @Test
  void theSeriesOfAllOthersMakesStackedAreasReachTheTotal() {
    var series =
        json("/v1/events/series?by=src_ip,dst_port&metric=bytes&step=1h&limit=2").get("series");

    assertThat(series).hasSize(3);
    assertThat(texts(series.get(0).get("values"))).containsExactly("10.0.0.9", "3389");
    assertThat(series.get(0).get("other").asBoolean()).isFalse();
    assertThat(series.get(2).get("other").asBoolean()).isTrue();
    long sum = 0;
    for (var one : series) {
      for (var point : one.get("points")) {
        sum += point.get(1).asLong();
      }
    }
    assertThat(sum).isEqualTo(5_002_007);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/events/top?by=src_ip,dst_ip,proto,port",
        "/v1/events/top?by=src_ip,source.ip",
        "/v1/events/top?by=src_ip,",
        "/v1/events/top?by=scr_ip",
        "/v1/events/series?by=src_ip,dst_ip,proto,port",
        "/v1/events/values?field=nothing"
      })
  void whatCannotBeGroupedIsTheCallersMistake(String path) {
    assertThat(of("default", path).statusCode()).isEqualTo(400);
  }

  // ---- filters ----

  @Test
  void everyFieldIsListedWithWhatItCanBeAsked() {
    var fields = json("/v1/events/fields").get("fields");

    assertThat(fields).hasSize(Field.values().length);
    var protocol =
        StreamSupport.stream(fields.spliterator(), false)
            .filter(field -> field.get("name").asText().equals("flow_direction"))
            .findFirst()
            .orElseThrow();
    assertThat(protocol.toString())
        .isEqualTo(
            "{\"name\":\"flow_direction\",\"aliases\":[],\"kind\":\"code\","
                + "\"operators\":[\"=\",\"!=\",\"~\",\"in\",\"not in\",\"exists\"],"
                + "\"description\":\"Which way it passed the interface.\","
                + "\"codes\":[\"INGRESS\",\"EGRESS\"],\"ends\":[],\"groupable\":true}");
  }

  @Test
  void theVerdictsThatAFilterKnowsAreThoseThatThereAre() {
    assertThat(Field.VERDICT.codes())
        .containsExactlyElementsOf(Arrays.stream(Verdict.values()).map(Enum::name).toList());
  }

  @Test
  void valuesComeMostFrequentFirstAndBeginAsAsked() {
    var ports = json("/v1/events/values?field=port");
    assertThat(ports.get("values").toString())
        .startsWith("[{\"value\":\"40000\",\"events\":22},{\"value\":\"53\",\"events\":20}");
    assertThat(ports.get("complete").asBoolean()).isTrue();

    var addresses = json("/v1/events/values?field=src_ip&prefix=10.0.0.&limit=1");
    assertThat(addresses.get("values")).hasSize(1);
    assertThat(addresses.get("complete").asBoolean()).isFalse();

    var names = json("/v1/events/values?field=proto&prefix=T");
    assertThat(names.get("values").toString()).isEqualTo("[{\"value\":\"tcp\",\"events\":2}]");

    var countries = json("/v1/events/values?field=dst_country&prefix=u");
    assertThat(countries.at("/values/0/value").asText()).isEqualTo("US");

    var chosen =
        json("/v1/events/values?field=src_ip&filter=" + encoded("dst_port in (443, 3389)"));
    assertThat(chosen.get("values")).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({"'dst_port=443','dst_port = 443'", "'','' ", "'a.b','' "})
  void aFilterIsCheckedWithoutAskingTheStore(String filter, String canonical) throws Exception {
    var reply = of("default", "/v1/events/check?filter=" + encoded(filter));

    if (filter.equals("a.b")) {
      assertThat(reply.statusCode()).isEqualTo(400);
      var problem = mapper.readTree(reply.body());
      assertThat(problem.get("error").asText()).isEqualTo("bad_filter");
      assertThat(problem.get("position").asInt()).isZero();
      assertThat(problem.has("hint")).isTrue();
      return;
    }
    assertThat(parsed(reply).get("canonical").asText()).isEqualTo(canonical);
    assertThat(parsed(reply).get("ok").asBoolean()).isTrue();
  }

  // ---- one event ----

  @Test
  void anEventTellsWhatItsRiskIsMadeOf() {
    var found = json("/v1/events?filter=" + encoded("dst_port = 3389")).at("/events/0");

    var one = json("/v1/events/" + found.get("id").asText());

    assertThat(one.get("event")).isEqualTo(found);
    assertThat(one.at("/event/dst_ip").asText()).isEqualTo("203.0.113.7");
    int sum = 0;
    for (var part : one.get("risk_parts")) {
      sum += part.get("points").asInt();
    }
    assertThat(sum).isEqualTo(one.at("/event/risk_score").asInt());
    assertThat(one.get("risk_parts").toString())
        .contains(
            "\"every event\"",
            "\"threat intelligence match\",\"points\":60",
            "\"sensitive destination port 3389\",\"points\":10",
            "\"large transfer from an ephemeral port\",\"points\":10");
  }

  @Test
  void anEventIsFoundWhateverTheHintSays() {
    var found = json("/v1/events?filter=" + encoded("dst_port = 443")).at("/events/0");
    var path = "/v1/events/" + found.get("id").asText();

    assertThat(json(path + "?at=" + encoded(found.get("received").asText())).get("event"))
        .isEqualTo(found);
    assertThat(json(path + "?at=2001-01-01").get("event")).isEqualTo(found);
    assertThat(of("default", path + "?at=noon").statusCode()).isEqualTo(422);
  }

  @Test
  void anothersEventIsNotThere() {
    var id = parsed(of("other", "/v1/events")).at("/events/0/id").asText();

    assertThat(of("other", "/v1/events/" + id).statusCode()).isEqualTo(200);
    assertThat(of("default", "/v1/events/" + id).statusCode()).isEqualTo(404);
    assertThat(of("default", "/v1/events/export?format=ndjson").body()).doesNotContain("10.9.9.9");
    assertThat(of("default", "/v1/events/values?field=src_ip").body()).doesNotContain("10.9.9.9");
  }

  // ---- exports ----

  @Test
  void anExportHasTheColumnsAskedForAndNoFormula() {
    var reply =
        of(
            "default",
            "/v1/events/export?columns=src_ip,bytes,note,dst_geo.country,reasons&filter="
                + encoded("dst_port in (443, 3389)"));

    assertThat(reply.headers().firstValue("Content-Type")).contains("text/csv; charset=utf-8");
    assertThat(reply.headers().firstValue("Content-Disposition").orElse(""))
        .matches("attachment; filename=events-\\d+\\.csv");
    assertThat(reply.body().split("\r\n"))
        .containsExactlyInAnyOrder(
            "src_ip,bytes,note,dst_geo.country,reasons",
            "10.0.0.8,7,'=1+1,,[]",
            "10.0.0.9,5000000,,,\"[\"\"threat intelligence match\"\","
                + "\"\"sensitive destination port 3389\"\","
                + "\"\"large transfer from an ephemeral port\"\"]\"");
  }

  @Test
  void anExportOfLinesHasAllOrWhatWasAskedFor() {
    var all = of("default", "/v1/events/export?format=ndjson").body();
    assertThat(all.lines()).hasSize(22).allMatch(line -> line.contains("\"risk_score\""));

    var some = of("default", "/v1/events/export?format=ndjson&columns=src_port&limit=3").body();
    assertThat(some).isEqualTo("{\"src_port\":40000}\n".repeat(3));

    assertThat(of("default", "/v1/events/export").body().lines()).hasSize(23);
    assertThat(of("default", "/v1/events/export?format=pdf").statusCode()).isEqualTo(422);
    assertThat(of("default", "/v1/events/export?columns=a,,b").statusCode()).isEqualTo(422);
    assertThat(of("default", "/v1/events/export?filter=x").statusCode()).isEqualTo(400);
  }

  // ---- the overview ----

  private String key(String scope) {
    var reply = call("POST", "/v1/keys", "{\"scopes\":[\"" + scope + "\"]}", "default");
    var secret = Pattern.compile("\"api_key\": ?\"([^\"]+)\"").matcher(reply.body());
    assertThat(secret.find()).as(reply.body()).isTrue();
    return Objects.requireNonNull(secret.group(1));
  }

  @Test
  void theOverviewTellsWhoTalksWhatIsRiskyAndWhereEventsWent() {
    var overview = json("/v1/overview?window=1h");

    assertThat(overview.get("tenant").asText()).isEqualTo("default");
    assertThat(overview.get("top_at").isTextual()).isTrue();
    assertThat(overview.at("/top/src_ip/0").toString())
        .isEqualTo("{\"value\":\"10.0.0.9\",\"bytes\":5000000,\"events\":1}");
    assertThat(overview.at("/top/dst_port/0/value").asText()).isEqualTo("3389");
    assertThat(overview.at("/total/events").asInt()).isEqualTo(22);
    assertThat(overview.at("/risk/buckets/1").asInt()).isEqualTo(21);
    assertThat(overview.at("/risk/buckets/9").asInt()).isEqualTo(1);
    assertThat(overview.at("/risk/high").asInt()).isEqualTo(1);
    assertThat(overview.at("/threats/matches").asInt()).isEqualTo(1);
    assertThat(overview.at("/threats/latest/0/dst_ip").asText()).isEqualTo("203.0.113.7");
    assertThat(overview.at("/ledger/stored").asInt()).isEqualTo(22);
    assertThat(overview.at("/ledger/received").asInt()).isEqualTo(22);
    assertThat(overview.at("/history/points")).hasSize(60);
    assertThat(overview.at("/log/bytes").asLong()).isPositive();
    assertThat(overview.at("/log/oldest").isTextual()).isTrue();
    assertThat(overview.at("/log/disk_free").asLong()).isPositive();
    assertThat(overview.at("/store/events").asInt()).isEqualTo(24);
    assertThat(overview.get("sinks").isArray()).isTrue();
    assertThat(of("default", "/v1/overview?window=2m").statusCode()).isEqualTo(422);
  }

  @Test
  void anotherTenantsOverviewIsItsOwn() {
    var overview = parsed(of("other", "/v1/overview?window=1h"));

    assertThat(overview.at("/ledger/stored").asInt()).isEqualTo(2);
    assertThat(overview.at("/top/src_ip/0/value").asText()).isEqualTo("10.9.9.9");
    assertThat(overview.toString()).doesNotContain("10.0.0.");
  }

  @Test
  void whoIsNoAdminSeesNothingOfTheServerAsAWhole() throws Exception {
    var request =
        HttpRequest.newBuilder(
                URI.create("http://localhost:" + server.listener().port() + "/v1/overview"))
            .header("Authorization", "Bearer " + key("read_requests"))
            .build();

    var overview = parsed(client.send(request, BodyHandlers.ofString()));

    assertThat(overview.at("/ledger/stored").asInt()).isEqualTo(22);
    for (var hidden : List.of("/log", "/store", "/sinks", "/ledger/waiting")) {
      assertThat(overview.at(hidden).isNull()).as(hidden).isTrue();
    }
  }

  @Test
  void theLiveOverviewTellsTheHistoryOnceAndThenWhatIsNew() throws Exception {
    var path = "/v1/overview/live?window=1h&key=" + KEY;
    var request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + server.listener().port() + path))
            .build();
    var told = new ArrayList<JsonNode>();

    try (var lines = client.send(request, BodyHandlers.ofLines()).body()) {
      var data = lines.filter(line -> line.startsWith("data: ")).iterator();
      for (int i = 0; i < 3; i++) {
        told.add(mapper.readTree(data.next().substring("data: ".length())));
      }
    }

    assertThat(told.get(0).at("/history/points")).hasSize(60);
    assertThat(told.get(1).at("/history/points").size()).isLessThan(2);
    assertThat(told.stream().map(one -> one.get("at").asText().substring(0, 19)))
        .doesNotHaveDuplicates();
    assertThat(told.get(2).at("/top/src_ip/0/value").asText()).isEqualTo("10.0.0.9");
  }
}
