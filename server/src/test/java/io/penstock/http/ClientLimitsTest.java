package io.penstock.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.json.Json;
import io.penstock.json.JsonTree;
import io.penstock.prefix.Prefix;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What one client may do, over real connections. */
final class ClientLimitsTest {

  private final HttpClient client = HttpClient.newHttpClient();
  private HttpServer server = start(HttpConfig.Clients.DEFAULT);

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private static HttpServer start(HttpConfig.Clients clients) {
    var routes =
        List.of(
            new Route("GET", "/open", Access.PUBLIC, ClientLimitsTest::who),
            new Route("GET", "/closed", Access.ANY_KEY, ClientLimitsTest::who),
            new Route("GET", "/admin", Access.scopes("admin"), ClientLimitsTest::who));
    return new HttpServer(
            HttpConfig.onPort(0).withClients(clients),
            new RouteTable(routes),
            new TwoKeys(),
            new PrometheusRegistry(),
            _ -> {})
        .start();
  }

  private void restart(HttpConfig.Clients clients) {
    server.close();
    server = start(clients);
  }

  private static Answer who(Request request) {
    return Answer.json(
        Json.object("key", request.principal().keyId(), "client", request.clientAddress()));
  }

  private static final class TwoKeys implements Authenticator {
    @Override
    public Optional<Principal> principalOf(String key) {
      return Set.of("one", "two").contains(key)
          ? Optional.of(new Principal("default", Set.of("ingest"), key))
          : Optional.empty();
    }

    @Override
    public boolean hasTenant(String tenant) {
      return false;
    }
  }

  private HttpResponse<String> get(String path, String... headers)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path)).GET();
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private static String header(HttpResponse<?> answer, String name) {
    return answer.headers().firstValue(name).orElse("");
  }

  private static Map<?, ?> json(HttpResponse<String> answer) throws Exception {
    return (Map<?, ?>) Objects.requireNonNull(JsonTree.parse(answer.body()));
  }

  @Test
  void aKeyIsToldHowItStandsAndStoppedAtItsLimit() throws Exception {
    restart(new HttpConfig.Clients(100, 3, 60, ProxyConfig.NONE));

    var first = get("/closed", "X-API-Key", "one");
    get("/admin", "X-API-Key", "one");
    get("/nothing", "X-API-Key", "one");
    var stopped = get("/closed", "X-API-Key", "one");

    assertThat(first.statusCode()).isEqualTo(200);
    assertThat(header(first, "RateLimit-Limit")).isEqualTo("3");
    assertThat(header(first, "RateLimit-Remaining")).isEqualTo("2");
    assertThat(header(first, "RateLimit-Reset")).isEqualTo("20");
    assertThat(stopped.statusCode()).isEqualTo(429);
    assertThat(header(stopped, "RateLimit-Remaining")).isEqualTo("0");
    assertThat(Integer.parseInt(header(stopped, "Retry-After"))).isBetween(1, 20);
    assertThat(json(stopped).get("error")).isEqualTo("rate_limited");
    assertThat(json(stopped).get("limit_per_min")).isEqualTo(3L);
    assertThat(get("/closed", "X-API-Key", "two").statusCode()).isEqualTo(200);
  }

  @Test
  void publicRoutesCostNothing() throws Exception {
    restart(new HttpConfig.Clients(100, 2, 2, ProxyConfig.NONE));

    for (int i = 0; i < 10; i++) {
      assertThat(get("/open").statusCode()).isEqualTo(200);
      var answer = get("/open", "X-API-Key", "one");
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(header(answer, "RateLimit-Limit")).isEmpty();
    }
    assertThat(get("/closed", "X-API-Key", "one").statusCode()).isEqualTo(200);
  }

  @Test
  void guessingIsSlowAndAPublicRouteDoesNotHelp() throws Exception {
    restart(new HttpConfig.Clients(100, 600, 4, ProxyConfig.NONE));
    assertThat(get("/closed", "X-API-Key", "one").statusCode()).isEqualTo(200);

    assertThat(get("/closed").statusCode()).isEqualTo(401);
    assertThat(get("/closed", "X-API-Key", "guess").statusCode()).isEqualTo(401);
    assertThat(get("/open", "X-API-Key", "guess").statusCode()).isEqualTo(200);
    assertThat(get("/nothing", "X-API-Key", "guess").statusCode()).isEqualTo(401);

    var missed = get("/closed", "X-API-Key", "guess");
    var hit = get("/closed", "X-API-Key", "two");
    assertThat(missed.statusCode()).isEqualTo(429);
    assertThat(hit.statusCode()).isEqualTo(429);
    assertThat(header(hit, "Retry-After")).isNotEmpty();
    assertThat(json(get("/open", "X-API-Key", "two")).get("key")).isEqualTo("");
    assertThat(get("/closed", "X-API-Key", "one").statusCode()).isEqualTo(200);
  }

  private static HttpConfig.Clients behind(ProxyConfig.Header header, String... networks) {
    var trusted = new ArrayList<Prefix>();
    for (var network : networks) {
      trusted.add(Prefix.parse(network).orElseThrow());
    }
    return new HttpConfig.Clients(100, 600, 60, new ProxyConfig(trusted, header));
  }

  @Test
  void whatAStrangerSaysOfHisAddressIsNotHeard() throws Exception {
    var answer = get("/open", "X-Forwarded-For", "203.0.113.9", "Forwarded", "for=203.0.113.9");
    assertThat(json(answer).get("client")).isEqualTo("127.0.0.1");

    restart(behind(ProxyConfig.Header.X_FORWARDED_FOR, "10.0.0.0/8", "::1"));
    var elsewhere = get("/open", "X-Forwarded-For", "203.0.113.9");
    assertThat(json(elsewhere).get("client")).isEqualTo("127.0.0.1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          203.0.113.9                          | 203.0.113.9
          6.6.6.6, 203.0.113.9                 | 203.0.113.9
          6.6.6.6, 203.0.113.9, 10.1.2.3       | 203.0.113.9
          10.9.9.9, 10.1.2.3                   | 10.9.9.9
          203.0.113.9:4711,10.1.2.3:80         | 203.0.113.9
          [2001:db8::9]:4711                   | 2001:db8::9
          2001:DB8:0::9                        | 2001:db8::9
          6.6.6.6, unknown, 10.1.2.3           | 10.1.2.3
          6.6.6.6, , 10.1.2.3                  | 10.1.2.3
          not an address                       | 127.0.0.1
          '6.6.6.6, 203.0.113.9, ::ffff:10.1.2.3' | 203.0.113.9
          """)
  void hopsAreReadFromTheRightThroughTrustedProxies(String header, String client) throws Exception {
    restart(behind(ProxyConfig.Header.X_FORWARDED_FOR, "127.0.0.1", "10.0.0.0/8"));

    assertThat(json(get("/open", "X-Forwarded-For", header)).get("client")).isEqualTo(client);
    // The other header comes from whoever likes to write it.
    assertThat(json(get("/open", "Forwarded", "for=6.6.6.6")).get("client")).isEqualTo("127.0.0.1");
  }

  @Test
  void theLinesOfAHeaderAreOneList() throws Exception {
    restart(behind(ProxyConfig.Header.X_FORWARDED_FOR, "127.0.0.1", "10.0.0.0/8"));

    var answer =
        get("/open", "X-Forwarded-For", "6.6.6.6, 203.0.113.9", "X-Forwarded-For", "10.1.2.3");

    assertThat(json(answer).get("client")).isEqualTo("203.0.113.9");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      textBlock =
          """
          for=203.0.113.9                                        | 203.0.113.9
          for=6.6.6.6, For="203.0.113.9:80";proto=https;by=10.0.0.1 | 203.0.113.9
          for=6.6.6.6, proto=http;for="[2001:db8::9]:4711"       | 2001:db8::9
          for=203.0.113.9, for=10.1.2.3                          | 203.0.113.9
          for=6.6.6.6, for=_hidden                               | 127.0.0.1
          for=6.6.6.6, for=unknown, for=10.1.2.3                 | 10.1.2.3
          for=6.6.6.6, by=10.1.2.3                               | 127.0.0.1
          for=203.0.113.9;host="a,for=6.6.6.6"                   | 203.0.113.9
          """)
  void theStandardHeaderIsReadWhereItIsConfigured(String header, String client) throws Exception {
    restart(behind(ProxyConfig.Header.FORWARDED, "127.0.0.1", "10.0.0.0/8"));

    var answer = get("/open", "Forwarded", header, "X-Forwarded-For", "6.6.6.6");

    assertThat(json(answer).get("client")).isEqualTo(client);
  }

  @Test
  void guessesAreCountedByTheClientBehindTheProxy() throws Exception {
    var proxies =
        new ProxyConfig(
            List.of(Prefix.parse("127.0.0.0/8").orElseThrow()), ProxyConfig.Header.X_FORWARDED_FOR);
    restart(new HttpConfig.Clients(1, 600, 1, proxies));

    assertThat(get("/closed", "X-Forwarded-For", "203.0.113.1").statusCode()).isEqualTo(401);
    assertThat(get("/closed", "X-Forwarded-For", "203.0.113.1").statusCode()).isEqualTo(429);
    assertThat(get("/closed", "X-Forwarded-For", "203.0.113.2").statusCode()).isEqualTo(401);
  }

  @Test
  void anAddressMayHaveSoManyConnectionsAndGetsThemBack() throws Exception {
    restart(new HttpConfig.Clients(2, 600, 60, ProxyConfig.NONE));

    try (var first = connect();
        var second = connect()) {
      assertThat(ask(first)).startsWith("HTTP/1.1 200");
      assertThat(ask(second)).startsWith("HTTP/1.1 200");
      try (var third = connect()) {
        assertThat(ask(third)).isEmpty();
      }
    }

    await()
        .until(
            () -> {
              try (var again = connect()) {
                return ask(again).startsWith("HTTP/1.1 200");
              }
            });
  }

  private Socket connect() throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    socket.setSoTimeout(30_000);
    return socket;
  }

  /** The first bytes of the answer; empty when the connection is closed without one. */
  private static String ask(Socket socket) {
    try {
      socket
          .getOutputStream()
          .write("GET /open HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      var answer = new byte[20];
      int length = socket.getInputStream().readNBytes(answer, 0, answer.length);
      return new String(answer, 0, length, StandardCharsets.US_ASCII);
    } catch (IOException reset) {
      return "";
    }
  }

  @Test
  void everyErrorHasTheMembersOfBothWorlds() throws Exception {
    var id = "0f8fad5b-d9cb-469f-a165-70867728950e";
    var answer = get("/closed", "X-Request-ID", id);

    assertThat(header(answer, "Content-Type")).isEqualTo("application/json");
    assertThat(json(answer))
        .isEqualTo(
            Json.object(
                "error", "unauthorized",
                "detail", "Missing bearer token",
                "type", "about:blank",
                "title", "Unauthorized",
                "status", 401L,
                "instance", "urn:uuid:" + id));
  }

  @Test
  void whoAcceptsProblemDetailsGetsTheirMediaType() throws Exception {
    var asked = get("/nothing", "Accept", "text/html, application/problem+json;q=0.9");
    var refused = get("/nothing", "Accept", "application/problem+json;q=0");
    var fine = get("/open", "Accept", "application/problem+json");

    assertThat(header(asked, "Content-Type")).isEqualTo("application/problem+json");
    assertThat(header(refused, "Content-Type")).isEqualTo("application/json");
    assertThat(header(fine, "Content-Type")).isEqualTo("application/json");
  }

  @Test
  void anIdOfTheClientsOwnMakingNamesThePathInstead() throws Exception {
    var answer = get("/no%22thing", "X-Request-ID", "mine-1");

    assertThat(json(answer).get("instance")).isEqualTo("/no%22thing");
  }
}
