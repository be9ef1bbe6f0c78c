package io.penstock.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Streams over real sockets: who goes away, who does not read, who may no longer. */
final class LiveStreamsTest {

  private static final Duration HEARTBEAT = Duration.ofMillis(50);
  private static final String KEY = "key-of-a-listener";

  private final Set<String> keys = ConcurrentHashMap.newKeySet();
  private final LinkedBlockingQueue<String> news = new LinkedBlockingQueue<>();
  private final List<Finished> finished = new CopyOnWriteArrayList<>();
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
  private final Tickets tickets = new Tickets(now::get);
  private final LiveStreams streams =
      new LiveStreams(new LiveStreams.Limits(4, 3, 2, HEARTBEAT, Duration.ofMillis(300)), registry);
  private final List<Socket> sockets = new ArrayList<>();
  private final HttpServer server;

  LiveStreamsTest() {
    keys.add(KEY);
    keys.add("other");
    keys.add("third");
    keys.add("zeta");
    keys.add("zeta-2");
    var listen = Access.stream(tickets, true, "read");
    var routes =
        List.of(
            new Route("GET", "/news", listen, request -> streams.open(request, () -> this::tell)),
            new Route(
                "GET", "/socket", listen, request -> streams.openSocket(request, () -> this::say)),
            new Route("GET", "/flood", listen, request -> streams.open(request, () -> this::flood)),
            new Route(
                "GET",
                "/quiet",
                Access.stream(tickets, false, "read"),
                request -> streams.open(request, () -> this::tell)),
            new Route("GET", "/plain", Access.scopes("read"), _ -> Answer.problem(200, "", "")),
            new Route(
                "POST",
                "/ticket",
                Access.scopes("read"),
                request ->
                    Answer.of(
                        200,
                        "text/plain",
                        tickets
                            .issue(request.caller())
                            .orElse("none")
                            .getBytes(StandardCharsets.UTF_8))));
    server =
        new HttpServer(
                HttpConfig.onPort(0), new RouteTable(routes), new Keys(), registry, finished::add)
            .start();
  }

  private final class Keys implements Authenticator {
    @Override
    public Optional<Principal> principalOf(String key) {
      return keys.contains(key)
          ? Optional.of(new Principal(tenant(key), Set.of("read"), "id-" + key))
          : Optional.empty();
    }

    private static String tenant(String key) {
      return key.startsWith("zeta") ? "zeta" : "default";
    }

    @Override
    public boolean hasTenant(String tenant) {
      return tenant.equals("default");
    }
  }

  private void tell(EventStream out, Duration patience) throws IOException, InterruptedException {
    var text = news.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    if (text != null) {
      out.event("7", "news", text);
    }
  }

  private void say(FrameStream out, Duration patience) throws IOException, InterruptedException {
    var text = news.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    if (text != null) {
      out.text(text);
    }
  }

  private void flood(EventStream out, Duration patience) throws IOException {
    out.event(null, null, "x".repeat(100_000));
  }

  @AfterEach
  void stop() throws IOException {
    for (var socket : sockets) {
      socket.close();
    }
    streams.close();
    server.close();
  }

  private Socket open(String target, String... headers) throws IOException {
    var socket = new Socket("localhost", server.port());
    sockets.add(socket);
    socket.setSoTimeout(30_000);
    var head = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: x\r\n");
    for (var header : headers) {
      head.append(header).append("\r\n");
    }
    socket
        .getOutputStream()
        .write(head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static String readUntil(InputStream in, String end) throws IOException {
    var text = new StringBuilder();
    while (text.indexOf(end) < 0) {
      int octet = in.read();
      if (octet < 0) {
        return text.toString();
      }
      text.append((char) octet);
    }
    return text.toString();
  }

  private static String status(Socket socket) throws IOException {
    return readUntil(socket.getInputStream(), "\r\n").split(" ", 3)[1];
  }

  private double counter(String name) {
    return registry.scrape(name::equals).stream()
        .flatMap(snapshot -> ((CounterSnapshot) snapshot).getDataPoints().stream())
        .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
        .sum();
  }

  private String ticket() throws IOException {
    try (var socket = new Socket("localhost", server.port())) {
      socket
          .getOutputStream()
          .write(
              ("POST /ticket HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-Key: "
                      + KEY
                      + "\r\nContent-Length: 0\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }
  }

  @Test
  void anEventArrivesAsItHappens() throws Exception {
    var in = open("/news", "X-API-Key: " + KEY).getInputStream();
    assertThat(readUntil(in, "\r\n\r\n"))
        .contains("HTTP/1.1 200", "Content-Type: text/event-stream", "Cache-Control: no-cache")
        .contains("X-Accel-Buffering: no");
    readUntil(in, "\n: keep-alive");

    news.add("two\nlines");

    assertThat(readUntil(in, "data: lines\n\n"))
        .endsWith("id: 7\nevent: news\ndata: two\ndata: lines\n\n");
  }

  @Test
  void whoGoesAwayIsForgotten() throws Exception {
    var socket = open("/news", "X-API-Key: " + KEY);
    await().until(() -> streams.count() == 1);

    socket.close();

    await().until(() -> streams.count() == 0);
    await().until(() -> finished.size() == 1);
    assertThat(finished.getFirst().status()).isEqualTo(499);
  }

  @Test
  void whoDoesNotReadIsCutOff() throws Exception {
    open("/flood", "X-API-Key: " + KEY);
    await().until(() -> streams.count() == 1);

    await().until(() -> streams.count() == 0);

    assertThat(counter("telemetry_live_streams_cut_off")).isEqualTo(1);
  }

  @Test
  void aKeyATenantAndTheServerHaveOnlySoManyStreams() throws Exception {
    open("/news", "X-API-Key: " + KEY);
    open("/news", "X-API-Key: " + KEY);
    await().until(() -> streams.count() == 2);

    assertThat(status(open("/news", "X-API-Key: " + KEY))).isEqualTo("429");
    assertThat(refused("key")).isEqualTo(1);
    open("/news", "X-API-Key: other");
    await().until(() -> streams.count() == 3);
    assertThat(status(open("/news", "X-API-Key: third"))).isEqualTo("429");
    assertThat(refused("tenant")).isEqualTo(1);
    assertThat(status(open("/news", "X-API-Key: zeta"))).isEqualTo("200");
    assertThat(status(open("/news", "X-API-Key: zeta-2"))).isEqualTo("503");
    assertThat(refused("server")).isEqualTo(1);
  }

  private double refused(String reason) {
    return registry.scrape("telemetry_live_streams_refused"::equals).stream()
        .flatMap(snapshot -> ((CounterSnapshot) snapshot).getDataPoints().stream())
        .filter(point -> reason.equals(point.getLabels().get("reason")))
        .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
        .sum();
  }

  @Test
  void aStreamEndsWhenItsKeyDoes() throws Exception {
    var in = open("/news", "X-API-Key: " + KEY).getInputStream();
    readUntil(in, "\n: keep-alive");

    keys.remove(KEY);

    assertThat(readUntil(in, "\r\n0\r\n\r\n")).endsWith("\r\n0\r\n\r\n");
    await().until(() -> streams.count() == 0);
  }

  private Socket openSocket() throws IOException {
    return open(
        "/socket",
        "X-API-Key: " + KEY,
        "Connection: keep-alive, Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
  }

  @Test
  void aWebSocketIsOpenedAsItsStandardSays() throws Exception {
    var in = openSocket().getInputStream();

    // The key and its answer are the example of RFC 6455 §1.3.
    assertThat(readUntil(in, "\r\n\r\n"))
        .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
        .contains("Upgrade: websocket\r\n", "Connection: Upgrade\r\n")
        .contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")
        .contains("X-Request-ID: ");
    news.add("x".repeat(126));
    assertThat(readUntil(in, "\u0081~\u0000~" + "x".repeat(126))).contains("xx");
  }

  @Test
  void aWebSocketIsClosedWithItsKey() throws Exception {
    var in = openSocket().getInputStream();
    readUntil(in, "\u0089\u0000");

    keys.remove(KEY);

    // 1008: policy violation.
    assertThat(readUntil(in, "\u0088\u0002\u0003\u00f0")).endsWith("\u0088\u0002\u0003\u00f0");
    assertThat(in.read()).isEqualTo(-1);
  }

  @Test
  void aFrameThatBreaksTheRulesClosesTheWebSocket() throws Exception {
    // Not masked; a text; too long for a control frame; a reserved bit.
    for (var frame : List.of("8900", "818000000000", "89fe007e00000000", "c98000000000")) {
      var socket = openSocket();
      readUntil(socket.getInputStream(), "\r\n\r\n");

      socket.getOutputStream().write(HexFormat.of().parseHex(frame));

      var code = frame.startsWith("81") ? "\u00eb" : "\u00ea";
      assertThat(readUntil(socket.getInputStream(), "\u0088\u0002\u0003" + code))
          .as(frame)
          .endsWith("\u0088\u0002\u0003" + code);
      await().until(() -> streams.count() == 0);
    }
  }

  @Test
  void aWebSocketsClientThatGoesAwayIsForgotten() throws Exception {
    var socket = openSocket();
    await().until(() -> streams.count() == 1);

    socket.close();

    await().until(() -> streams.count() == 0);
  }

  @Test
  void aStopEndsTheStreamsInOrder() throws Exception {
    var in = open("/news", "X-API-Key: " + KEY).getInputStream();
    readUntil(in, "\n: keep-alive");

    streams.close();

    assertThat(readUntil(in, "\r\n0\r\n\r\n")).endsWith("\r\n0\r\n\r\n");
    assertThat(status(open("/news", "X-API-Key: " + KEY))).isEqualTo("503");
  }

  @Test
  void aKeyInTheQueryIsLookedAtWhereThatIsWantedAndMustBeGood() throws Exception {
    assertThat(status(open("/news?key=" + KEY))).isEqualTo("200");
    assertThat(status(open("/news?key=wrong"))).isEqualTo("401");
    assertThat(status(open("/news?key=wrong", "X-API-Key: " + KEY))).isEqualTo("401");
    assertThat(status(open("/news"))).isEqualTo("401");
    assertThat(status(open("/quiet?key=" + KEY))).isEqualTo("401");
    assertThat(status(open("/plain?key=" + KEY))).isEqualTo("401");
    assertThat(finished).allSatisfy(one -> assertThat(one.toString()).doesNotContain(KEY));
  }

  @Test
  void aTicketWorksOnceAndForAWhile() throws Exception {
    var ticket = ticket();
    assertThat(status(open("/news?ticket=" + ticket))).isEqualTo("200");
    assertThat(status(open("/news?ticket=" + ticket))).isEqualTo("401");

    var late = ticket();
    now.set(Instant.EPOCH.plusSeconds(30));
    assertThat(status(open("/news?ticket=" + late))).isEqualTo("401");
    assertThat(status(open("/plain?ticket=" + ticket()))).isEqualTo("401");
  }

  @Test
  void aTicketOfADisabledKeyIsWorthNothing() throws Exception {
    var ticket = ticket();
    keys.remove(KEY);

    assertThat(status(open("/news?ticket=" + ticket))).isEqualTo("401");
  }

  @Test
  void aKeyHasOnlySoManyTickets() throws Exception {
    var last = "";
    for (int i = 0; i < 21; i++) {
      last = ticket();
    }

    assertThat(last).isEqualTo("none");
  }

  @Test
  void aSecretWrittenIntoThePathIsNotTold() throws Exception {
    assertThat(status(open("/news&key=" + KEY + "/x"))).isEqualTo("401");

    await().until(() -> finished.size() == 1);
    assertThat(finished.getFirst().path()).isEqualTo("/news&key=[REDACTED]/x");
  }
}
