package io.penstock.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.penstock.json.Json;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

final class HttpServerTest {

  private static final int MEGABYTE = 1 << 20;

  private final List<Finished> finished = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch mayLeave = new CountDownLatch(1);
  private final HttpClient client = HttpClient.newHttpClient();
  private HttpServer server = start(HttpConfig.onPort(0));

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private HttpServer start(HttpConfig config) {
    var routes =
        List.of(
            new Route("GET", "/hello", Access.PUBLIC, _ -> Answer.json(Json.object("a", 1))),
            new Route("POST", "/length", Access.PUBLIC, HttpServerTest::length),
            new Route("POST", "/guarded", Access.ANY_KEY, HttpServerTest::length),
            new Route("GET", "/bug", Access.PUBLIC, _ -> failing()),
            new Route("GET", "/wait", Access.PUBLIC, _ -> waiting()),
            new Route("GET", "/long", Access.PUBLIC, _ -> streaming()),
            new Route(
                "GET",
                "/number",
                Access.PUBLIC,
                request -> Answer.json(Json.object("n", request.queryLong("n", 5, 1, 9)))),
            new Route(
                "GET",
                "/things/{name}/part",
                Access.PUBLIC,
                request -> Answer.json(Json.object("name", request.pathParameter("name")))));
    return new HttpServer(
            config, new RouteTable(routes), new NoKeys(), new PrometheusRegistry(), finished::add)
        .start();
  }

  private static final class NoKeys implements Authenticator {
    @Override
    public Optional<Principal> principalOf(String key) {
      return Optional.empty();
    }

    @Override
    public boolean hasTenant(String tenant) {
      return false;
    }
  }

  private static Answer length(Request request) throws IOException {
    return switch (request.body(MEGABYTE, MEGABYTE)) {
      case Body.Bytes body -> Answer.json(Json.object("length", body.length()));
      case Body.TooLarge large -> Answer.problem(413, "too_large", "" + large.actual());
      case Body.Late _ -> Answer.problem(408, "late", "late").with("Connection", "close");
      case Body.Malformed _ -> Answer.problem(400, "bad", "chunks").with("Connection", "close");
      case Body.Busy _ -> Answer.problem(503, "busy", "busy");
      case Body other -> Answer.problem(400, "bad", other.toString());
    };
  }

  private static Answer failing() {
    throw new IllegalStateException("the secret reason");
  }

  private Answer waiting() throws InterruptedException {
    entered.countDown();
    mayLeave.await();
    return Answer.json(Json.object("done", true));
  }

  private static Answer streaming() {
    var block = new byte[MEGABYTE];
    return Answer.stream(
        "application/octet-stream",
        out -> {
          for (int i = 0; i < 100; i++) {
            out.write(block);
          }
        });
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + server.port() + path))
        .timeout(Duration.ofSeconds(30));
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.build(), BodyHandlers.ofString());
  }

  /** What the server says to these bytes until it closes the connection. */
  private String sendRaw(String bytes) throws IOException {
    try (var socket = new Socket("localhost", server.port())) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/hello", "/nothing", "/bug", "/number?n=0"})
  void everyAnswerHasTheCommonHeaders(String path) throws Exception {
    var headers = send(request(path)).headers();

    assertThat(headers.firstValue("X-API-Version")).contains("v1");
    assertThat(headers.firstValue("X-Content-Type-Options")).contains("nosniff");
    assertThat(headers.firstValue("X-Frame-Options")).contains("DENY");
    assertThat(headers.firstValue("X-XSS-Protection")).contains("1; mode=block");
    assertThat(headers.firstValue("Referrer-Policy")).contains("strict-origin-when-cross-origin");
    assertThat(headers.firstValue("Strict-Transport-Security"))
        .contains("max-age=31536000; includeSubDomains");
    assertThat(headers.firstValue("Content-Security-Policy")).isPresent();
    assertThat(headers.firstValue("X-Request-ID").orElse("")).matches("[0-9a-f-]{36}");
  }

  @Test
  void aHarmlessRequestIdComesBackAndAnyOtherIsReplaced() throws Exception {
    var echoed = send(request("/hello").header("X-Request-ID", "trace-1:2"));
    var trace = send(request("/hello").header("X-Trace-Id", "t-9"));
    var replaced = send(request("/hello").header("X-Request-ID", "<script>"));
    var shortened = send(request("/hello").header("X-Request-ID", "x".repeat(200)));

    assertThat(echoed.headers().firstValue("X-Request-ID")).contains("trace-1:2");
    assertThat(trace.headers().firstValue("X-Trace-Id")).contains("t-9");
    assertThat(replaced.headers().firstValue("X-Request-ID").orElse("")).hasSize(36);
    assertThat(shortened.headers().firstValue("X-Request-ID").orElse("")).hasSize(36);
  }

  @Test
  void aBugOfOursSaysNothingOfItself() throws Exception {
    var answer = send(request("/bug"));

    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body())
        .startsWith(
            "{\"error\":\"internal_server_error\",\"detail\":\"An unexpected error occurred\",");
  }

  @Test
  void pathsMayEndWithASlashAndHaveParameters() throws Exception {
    assertThat(send(request("/hello/")).statusCode()).isEqualTo(200);
    assertThat(send(request("/things/a%20b/part")).body()).isEqualTo("{\"name\":\"a b\"}");
    assertThat(send(request("/things//part")).statusCode()).isEqualTo(401);
  }

  @Test
  void aParameterOutOfBoundsIsExplained() throws Exception {
    assertThat(send(request("/number")).body()).isEqualTo("{\"n\":5}");
    assertThat(send(request("/number?n=7")).body()).isEqualTo("{\"n\":7}");

    var answer = send(request("/number?n=10"));

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.body())
        .startsWith(
            "{\"error\":\"validation_error\",\"detail\":[{\"type\":\"value_error\","
                + "\"loc\":[\"query\",\"n\"],\"msg\":\"Input should be a whole number from 1 to"
                + " 9\",\"input\":\"10\"}],");
  }

  @Test
  void headGivesTheHeadersAlone() throws Exception {
    var answer = send(request("/hello").HEAD());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(answer.body()).isEmpty();
    assertThat(send(request("/long").HEAD()).statusCode()).isEqualTo(200);
  }

  @Test
  void bothAddressFamiliesAreServed() throws Exception {
    for (var host : List.of("127.0.0.1", "[::1]")) {
      var uri = URI.create("http://" + host + ":" + server.port() + "/hello");
      assertThat(send(HttpRequest.newBuilder(uri)).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void malformedRequestsAreRefusedInTheSameWords() throws Exception {
    var garbage = sendRaw("GET /hello%zz HTTP/1.1\r\nHost: a\r\n\r\n");
    var largeHeader = sendRaw("GET /hello HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(40_000));
    var longLine = sendRaw("GET /" + "x".repeat(20_000) + " HTTP/1.1\r\nHost: a\r\n\r\n");

    assertThat(garbage).startsWith("HTTP/1.1 400").contains("\"error\":\"bad_request\"");
    assertThat(largeHeader)
        .startsWith("HTTP/1.1 431")
        .contains("\"error\":\"headers_too_large\"", "\"status\":431");
    assertThat(longLine).startsWith("HTTP/1.1 414").contains("\"error\":\"uri_too_long\"");
    for (var answer : List.of(garbage, largeHeader, longLine)) {
      assertThat(answer)
          .contains("\"detail\":", "\"title\":", "\"instance\":\"urn:uuid:", "X-Request-ID: ");
    }
  }

  @Test
  void aBodyThatIsTooLargeStillGetsItsAnswer() throws Exception {
    var body = new byte[8 * MEGABYTE];
    var known = send(request("/length").POST(BodyPublishers.ofByteArray(body)));
    var chunked =
        send(
            request("/length")
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))));
    var unauthorized = send(request("/guarded").POST(BodyPublishers.ofByteArray(body)));

    assertThat(known.statusCode()).isEqualTo(413);
    assertThat(known.body()).contains("\"" + body.length + "\"");
    assertThat(chunked.statusCode()).isEqualTo(413);
    assertThat(chunked.body()).contains("\"" + body.length + "\"");
    assertThat(unauthorized.statusCode()).isEqualTo(401);
  }

  @Test
  void bodiesOfAllRequestsTogetherAreBounded() throws Exception {
    server.close();
    server = start(with(HttpConfig.onPort(0), 10_000, Duration.ofSeconds(30)));

    var refused = send(request("/length").POST(BodyPublishers.ofByteArray(new byte[20_000])));
    assertThat(refused.statusCode()).isEqualTo(503);

    for (int i = 0; i < 5; i++) {
      var taken = send(request("/length").POST(BodyPublishers.ofByteArray(new byte[9_000])));
      assertThat(taken.statusCode()).isEqualTo(200);
    }
  }

  private static HttpConfig with(HttpConfig config, long bodyBytes, Duration readTimeout) {
    return new HttpConfig(
        config.host(),
        config.port(),
        config.headerBytesMax(),
        config.requestLineBytesMax(),
        config.connectionsMax(),
        bodyBytes,
        readTimeout,
        readTimeout,
        config.idleTimeout(),
        config.stopTimeout(),
        List.of("https://good.example"),
        new HttpConfig.AccessLog(true, 1, Set.of("/hello")),
        config.clients());
  }

  @Test
  void aClientThatStopsSendingIsLetGo() throws Exception {
    server.close();
    server = start(with(HttpConfig.onPort(0), MEGABYTE, Duration.ofMillis(200)));

    var answer = sendRaw("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");

    assertThat(answer).startsWith("HTTP/1.1 408");
  }

  @Test
  void aConnectionIsClosedWhenTheClientAsksForIt() throws Exception {
    var answer = sendRaw("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 200").endsWith("{\"a\":1}");
  }

  @Test
  void aLongAnswerIsStreamed() throws Exception {
    var answer = client.send(request("/long").build(), BodyHandlers.ofInputStream());

    try (var in = answer.body()) {
      assertThat(in.skip(Long.MAX_VALUE)).isEqualTo(100L * MEGABYTE);
    }
  }

  @Test
  void aRunningRequestEndsBeforeTheServerDoes() throws Exception {
    var answer = client.sendAsync(request("/wait").build(), BodyHandlers.ofString());
    entered.await();

    var stopped = CompletableFuture.runAsync(server::close);
    mayLeave.countDown();

    assertThat(answer.get().body()).isEqualTo("{\"done\":true}");
    stopped.get();
  }

  @Test
  void onlyTheConfiguredOriginsMayCall() throws Exception {
    server.close();
    server = start(with(HttpConfig.onPort(0), MEGABYTE, Duration.ofSeconds(30)));

    var good = send(request("/hello").header("Origin", "https://good.example"));
    var bad = send(request("/hello").header("Origin", "https://bad.example"));

    assertThat(good.headers().firstValue("Access-Control-Allow-Origin"))
        .contains("https://good.example");
    assertThat(good.headers().firstValue("Vary")).contains("Origin");
    assertThat(bad.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
  }

  @Test
  void failuresAreAlwaysLoggedAndExcludedPathsOnlyThen() throws Exception {
    server.close();
    server = start(with(HttpConfig.onPort(0), MEGABYTE, Duration.ofSeconds(30)));
    var log = (Logger) LoggerFactory.getLogger("io.penstock.http.access");
    var lines = new ListAppender<ILoggingEvent>();
    lines.start();
    var level = log.getLevel();
    log.setLevel(Level.INFO);
    log.addAppender(lines);
    try {
      send(request("/hello"));
      send(request("/number"));
      send(request("/number?n=0"));
      await().until(() -> lines.list.size() >= 2);
    } finally {
      log.detachAppender(lines);
      log.setLevel(level);
    }

    assertThat(lines.list)
        .extracting(ILoggingEvent::getMessage)
        .containsExactly("request", "request");
    assertThat(lines.list.getLast().getKeyValuePairs())
        .extracting(pair -> pair.key)
        .contains("trace_id", "method", "path", "status", "latency_ms", "client_ip", "tenant_id");
  }

  @Test
  void everyRequestIsObserved() throws Exception {
    send(request("/things/x/part"));
    send(request("/nothing"));

    await().until(() -> finished.size() == 2);
    assertThat(finished.getFirst().route()).isEqualTo("/things/{name}/part");
    assertThat(finished.getFirst().path()).isEqualTo("/things/x/part");
    assertThat(finished.getLast().status()).isEqualTo(401);
  }

  @Test
  void aStreamEndsInOrderForAClientThatCloses() throws Exception {
    var answer = sendRaw("GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 200").endsWith("\r\n0\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1\r\nab\r\n0\r\n\r\n", "zz\r\n", "ffffffffffffffffff\r\nab"})
  void chunksThatCannotBeReadAreTheClientsFault(String chunks) throws Exception {
    var answer =
        sendRaw("POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);

    assertThat(answer).startsWith("HTTP/1.1 400");
  }
}
