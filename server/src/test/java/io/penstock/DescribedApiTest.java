package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.penstock.ApiDescription.Body;
import io.penstock.ApiDescription.Operation;
import io.penstock.config.Environment;
import io.penstock.http.Access;
import io.penstock.http.Route;
import io.penstock.logs.Logs;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
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
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A whole server is what its OpenAPI document says, both ways: what is described is a route and is
 * called, in good and in bad ways, and every answer is as described; what is a route is described.
 * Nothing here knows an endpoint: the document has the examples, so a new route is held as well.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DescribedApiTest {

  private static final String KEY = "admin-key-of-the-described-api";

  /** Parts of pages, which nobody calls by themselves. */
  private static final Pattern ASSET = Pattern.compile(".*\\.(js|css|svg|ico|woff2|png)|/ui(/.*)?");

  /** A NetFlow v5 datagram of one flow, so that there is an exporter to ask for. */
  private static final byte[] NETFLOW =
      HexFormat.of()
          .parseHex(
              "0005000100002710650000000000000000000001000000000a0000010808080800000000"
                  + "00010002000000010000007800000064000000c8c0010035001011000000000018180000");

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private Server server;
  private ApiDescription description;

  @BeforeAll
  void start(@TempDir Path data) {
    var variables =
        new HashMap<>(
            Map.of(
                "DEMO_MODE", "true",
                "DEMO_EPS", "1",
                "PENSTOCK_DATA", data.toString(),
                "API_KEY", KEY,
                "APP_PORT", "0",
                "NETFLOW_PORT", "0",
                "IPFIX_PORT", "0",
                "SFLOW_PORT", "0",
                // One client asks more here than any does elsewhere.
                "RATE_LIMIT_PER_MIN", "0",
                "AUTH_FAILURES_PER_MIN", "0"));
    variables.put("PROXY_PORT", "0");
    var config = ServerConfig.from(new Environment(variables), "1.2.3");
    var told = new ByteArrayOutputStream();
    var announcements = new PrintStream(told, true, StandardCharsets.UTF_8);
    server = Server.start(config, Logs.none(), announcements, new PrometheusRegistry());
    description = new ApiDescription(get("/openapi.json").body);
    var netflow = Pattern.compile("netflow (\\d+)").matcher(told.toString(StandardCharsets.UTF_8));
    assertThat(netflow.find()).isTrue();
    hear(Integer.parseInt(netflow.group(1)));
  }

  private void hear(int port) {
    try (var socket = new DatagramSocket()) {
      var loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
      socket.send(new DatagramPacket(NETFLOW, NETFLOW.length, loopback, port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Awaitility.await().until(() -> get("/v1/exporters").body.contains("\"127.0.0.1\""));
  }

  @AfterAll
  void stop() {
    server.close();
    client.close();
  }

  /** An answer, of which a stream's body is not waited for. */
  private record Reply(int status, @Nullable String contentType, String body) {}

  private Reply get(String path) {
    return send(request(path).header("Authorization", "Bearer " + KEY).GET());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + server.listener().port() + path))
        .timeout(Duration.ofSeconds(30));
  }

  private Reply send(HttpRequest.Builder request) {
    try {
      var answer = client.send(request.build(), BodyHandlers.ofInputStream());
      try (var in = answer.body()) {
        var type = contentType(answer);
        boolean endless = type != null && type.equals("text/event-stream");
        var body = endless ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        return new Reply(answer.statusCode(), type, body);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static @Nullable String contentType(HttpResponse<InputStream> answer) {
    return answer
        .headers()
        .firstValue("Content-Type")
        .map(type -> type.replaceFirst(";.*", ""))
        .orElse(null);
  }

  Stream<Operation> operations() {
    return description.operations().stream();
  }

  Stream<Operation> operationsWithKey() {
    return operations().filter(operation -> !operation.isPublic());
  }

  Stream<Operation> operationsWithBody() {
    return operations().filter(Operation::takesBody);
  }

  Stream<Operation> operationsWithNumbers() {
    return operations().filter(operation -> !numbers(operation).isEmpty());
  }

  Stream<Operation> operationsOnOneThing() {
    return operations()
        .filter(operation -> operation.path().contains("{"))
        .filter(operation -> !operation.node().has("x-creates"));
  }

  private List<String> numbers(Operation operation) {
    return description.parameters(operation, "query").stream()
        .filter(parameter -> parameter.at("/schema/type").asText().equals("integer"))
        .map(parameter -> parameter.get("name").asText())
        .toList();
  }

  Stream<Route> routesWithKey() {
    return server.listener().routes().routes().stream()
        .filter(route -> !(route.access() instanceof Access.Public));
  }

  Stream<Route> routesWithScopes() {
    return server.listener().routes().routes().stream()
        .filter(route -> route.access() instanceof Access.Scopes);
  }

  // ---- the table and the document ----

  @Test
  void everyRouteIsDescribedAndEveryDescriptionIsARoute() {
    var routes =
        server.listener().routes().routes().stream()
            .filter(route -> !ASSET.matcher(route.path()).matches())
            .map(route -> route.method() + " " + route.path());

    assertThat(operations().map(Operation::toString))
        .containsExactlyInAnyOrderElementsOf(routes.toList());
  }

  @Test
  void operationIdsAreUnique() {
    assertThat(operations().map(o -> o.node().path("operationId").asText()))
        .doesNotHaveDuplicates()
        .doesNotContain("");
  }

  // ---- calls ----

  @ParameterizedTest
  @MethodSource("operations")
  void calledAsItsExampleSaysItAnswersAsDescribed(Operation operation) {
    var reply = send(good(operation).header("Authorization", "Bearer " + KEY));

    assertAsDescribed(operation, reply);
    // The example of a thing need not be there; everything else must work.
    boolean isMissing = operation.path().contains("{") && reply.status == 404;
    if (ApiDescription.canSucceed(operation) && !isMissing) {
      assertThat(reply.status).as("%s: %s", operation, reply.body).isBetween(200, 299);
    }
  }

  @ParameterizedTest
  @MethodSource("operationsWithKey")
  void withoutAKeyItRefusesAsDescribed(Operation operation) {
    var reply = send(good(operation));

    assertThat(reply.status).isEqualTo(401);
    assertAsDescribed(operation, reply);
  }

  @ParameterizedTest
  @MethodSource("operationsWithBody")
  void whatIsNoJsonIsRefusedAsDescribed(Operation operation) {
    for (var body : List.of("not json", "{\"a\":", "[1]", "\"text\"", "null")) {
      var request = request(path(operation, this::parameter));
      var reply =
          send(
              request
                  .header("Authorization", "Bearer " + KEY)
                  .header("Content-Type", "application/json")
                  .method(operation.method(), BodyPublishers.ofString(body)));

      assertAsDescribed(operation, reply);
      assertThat(reply.status).as("%s with %s", operation, body).isBetween(200, 499);
    }
  }

  @ParameterizedTest
  @MethodSource("operationsWithNumbers")
  void aParameterThatIsNoNumberIsRefusedAsDescribed(Operation operation) {
    for (var name : numbers(operation)) {
      var separator = path(operation, this::parameter).contains("?") ? "&" : "?";
      var path = path(operation, this::parameter) + separator + name + "=x";
      var reply =
          send(
              request(path)
                  .header("Authorization", "Bearer " + KEY)
                  .method(operation.method(), body(operation)));

      assertAsDescribed(operation, reply);
      assertThat(reply.status).as(path).isBetween(400, 499);
    }
  }

  @ParameterizedTest
  @MethodSource("operationsOnOneThing")
  void whatIsNotThereIsAnsweredAsDescribed(Operation operation) {
    var path = path(operation, _ -> Optional.of("no-such-thing"));
    var reply =
        send(
            request(path)
                .header("Authorization", "Bearer " + KEY)
                .method(operation.method(), body(operation)));

    assertAsDescribed(operation, reply);
    assertThat(reply.status).as(path).isBetween(400, 499);
  }

  private void assertAsDescribed(Operation operation, Reply reply) {
    assertThat(description.problems(operation, reply.status, reply.contentType, reply.body))
        .as("%s: %d %s", operation, reply.status, reply.body)
        .isEmpty();
  }

  private HttpRequest.Builder good(Operation operation) {
    var type = description.bodyExample(operation).map(Body::type).orElse("application/json");
    return request(path(operation, this::parameter))
        .header("Content-Type", type)
        .method(operation.method(), body(operation));
  }

  private HttpRequest.BodyPublisher body(Operation operation) {
    return description
        .bodyExample(operation)
        .map(body -> BodyPublishers.ofString(body.text()))
        .orElseGet(BodyPublishers::noBody);
  }

  /** The example of a parameter; nothing here touches the machine it runs on. */
  private Optional<String> parameter(JsonNode parameter) {
    return parameter.get("name").asText().equals("dry_run")
        ? Optional.of("true")
        : ApiDescription.example(parameter);
  }

  /** The path with what it needs: its own parameters, and those of the query that must be there. */
  private String path(Operation operation, Function<JsonNode, Optional<String>> value) {
    var path = operation.path();
    for (var parameter : description.parameters(operation, "path")) {
      var name = parameter.get("name").asText();
      path = path.replace("{" + name + "}", encoded(value.apply(parameter).orElse("none")));
    }
    var query =
        description.parameters(operation, "query").stream()
            .filter(p -> p.path("required").asBoolean() || p.get("name").asText().equals("dry_run"))
            .map(p -> p.get("name").asText() + "=" + encoded(parameter(p).orElse("none")))
            .collect(Collectors.joining("&"));
    return query.isEmpty() ? path : path + "?" + query;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  // ---- who may call ----

  private HttpRequest.Builder to(Route route) {
    return request(route.path().replaceAll("\\{.*?}", "x"))
        .method(route.method(), BodyPublishers.noBody());
  }

  @ParameterizedTest
  @MethodSource("routesWithKey")
  void aRouteRefusesWithoutAKeyAndWithAnUnknownOne(Route route) {
    var without = send(to(route));

    assertThat(without.status).isEqualTo(401);
    assertThat(without.body).contains("\"unauthorized\"", "\"Missing bearer token\"");
    for (var header : List.of("Bearer WRONG", "WRONG", "Bearer TEST_KEY", "TEST_ADMIN_KEY")) {
      var unknown = send(to(route).header("Authorization", header));
      assertThat(unknown.status).as(header).isEqualTo(401);
      assertThat(unknown.body).contains("\"unauthorized\"", "\"Invalid API key\"");
    }
    assertThat(send(to(route).header("X-API-Key", "admin-key")).status).isEqualTo(401);
  }

  @ParameterizedTest
  @MethodSource("routesWithScopes")
  void aRouteRefusesAKeyWithoutItsScope(Route route) {
    var scopes = ((Access.Scopes) route.access()).anyOf();
    var key = scopes.contains("export") ? key("read_sources") : key("export");

    var reply = send(to(route).header("Authorization", "Bearer " + key));

    assertThat(reply.status).isEqualTo(403);
    assertThat(reply.body).contains("\"forbidden\"");
  }

  /** A key of one scope, as an administrator makes it. */
  private String key(String scope) {
    boolean makesKeys =
        server.listener().routes().routes().stream()
            .anyMatch(route -> route.method().equals("POST") && route.path().equals("/v1/keys"));
    assumeThat(makesKeys).as("the server makes keys").isTrue();
    var reply =
        send(
            request("/v1/keys")
                .header("Authorization", "Bearer " + KEY)
                .POST(BodyPublishers.ofString("{\"scopes\":[\"" + scope + "\"]}")));
    var secret = Pattern.compile("\"api_key\": ?\"([^\"]+)\"").matcher(reply.body);
    assertThat(secret.find()).as(reply.body).isTrue();
    return Objects.requireNonNull(secret.group(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/ingest", "/v1/metrics", "/v1/lookup"})
  void aKeyInTheQueryOpensNothing(String path) {
    assertThat(send(request(path + "?key=" + KEY).GET()).status).isEqualTo(401);
  }
}
