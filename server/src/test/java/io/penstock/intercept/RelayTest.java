package io.penstock.intercept;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.penstock.exchange.Exchange;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Verdict;
import io.penstock.intercept.Backend.Talk;
import io.penstock.intercept.InterceptConfig.Kind;
import io.penstock.intercept.InterceptConfig.Timeouts;
import io.penstock.stub.Answer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is forwarded arrives as it was sent, in both directions. */
@Timeout(30)
class RelayTest {

  @AfterAll
  static void demandNoLeaks() {
    Rig.demandNoLeaks();
  }

  private static Rig observing() {
    return new Rig(Rig.rule("seen.test", Verdict.OBSERVE));
  }

  private static String get(Backend backend, String path, String... lines) {
    return "GET http://seen.test:%d%s HTTP/1.1\r\nHost: seen.test:%d\r\n%s\r\n"
        .formatted(backend.port(), path, backend.port(), String.join("", lines));
  }

  @Test
  void chunksAndTrailersAreKept() throws IOException {
    try (var backend =
            Backend.plain(
                talk -> {
                  talk.head();
                  talk.read("2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n".length());
                  talk.say(
                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n"
                          + "3\r\nabc\r\n0\r\nX-End: 2\r\n\r\n");
                });
        var rig = observing();
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say(
          get(backend, "/", "Transfer-Encoding: chunked\r\n") + "2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n");

      assertThat(talk.head())
          .isEqualTo("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n");
      assertThat(talk.read(23)).isEqualTo("3\r\nabc\r\n0\r\nX-End: 2\r\n\r\n");
      var response = Objects.requireNonNull(rig.exchanges(1).getFirst().response());
      assertThat(response.trailers()).isEqualTo(Headers.of("X-End", "2"));
      assertThat(response.body().bytes()).isEqualTo("abc".getBytes(UTF_8));
    }
  }

  @Test
  void trailersOfHttp2AreKept() throws Exception {
    try (var origin = new Rig();
        var rig = new Rig(origin.authority, Rig.rule("seen.test", Verdict.OBSERVE));
        var client = rig.client(Version.HTTP_2)) {
      origin.answers =
          (asked, product) ->
              new Answer(
                  "grpc",
                  200,
                  Headers.of("Content-Type", "application/grpc"),
                  (asked.version() + asked.body().length()).getBytes(UTF_8),
                  Headers.of("grpc-status", "0"),
                  Answer.Pace.AT_ONCE);
      var answer =
          client.send(
              HttpRequest.newBuilder(
                      URI.create("https://seen.test:" + origin.port(Kind.MOCK) + "/svc/Method"))
                  .header("te", "trailers")
                  .POST(BodyPublishers.ofString("x".repeat(100_000)))
                  .build(),
              BodyHandlers.ofString());

      assertThat(answer.body()).isEqualTo("HTTP/2100000");
      var exchange = rig.exchanges(1).getFirst();
      assertThat(Objects.requireNonNull(exchange.response()).trailers())
          .isEqualTo(Headers.of("grpc-status", "0"));
      var upstream = Objects.requireNonNull(exchange.upstream());
      assertThat(Objects.requireNonNull(upstream.tls()).alpn()).isEqualTo("h2");
      assertThat(exchange.request().body().length()).isEqualTo(100_000);
      assertThat(exchange.request().body().bytes()).hasSize(65_536);
      var there = origin.exchanges(1).getFirst().request();
      assertThat(there.headers().first("te")).contains("trailers");
      assertThat(there.headers().lines()).noneMatch(line -> line.name().startsWith("x-http2"));
    }
  }

  @Test
  void aClientThatWaitsToBeAskedForTheBodyIsAsked() throws IOException {
    try (var backend =
            Backend.plain(
                talk -> {
                  talk.head();
                  talk.say("HTTP/1.1 100 Continue\r\n\r\n");
                  talk.ok(talk.read(3));
                });
        var rig = observing();
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say(get(backend, "/", "Expect: 100-continue\r\nContent-Length: 3\r\n"));
      assertThat(talk.head()).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
      talk.say("abc");

      assertThat(talk.head()).startsWith("HTTP/1.1 200 OK\r\n");
      assertThat(talk.read(3)).isEqualTo("abc");
      rig.exchanges(1);
    }
  }

  @Test
  void answersWithoutABodyLeaveTheConnectionUsable() throws IOException {
    try (var backend =
            Backend.plain(
                talk -> {
                  talk.head();
                  talk.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
                  talk.head();
                  talk.say("HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\nETag: x\r\n\r\n");
                  talk.head();
                  talk.say("HTTP/1.1 204 No Content\r\n\r\n");
                  talk.head();
                  talk.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                  talk.head();
                  talk.ok("end");
                });
        var rig = observing();
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say(get(backend, "/1").replaceFirst("GET", "HEAD"));
      assertThat(talk.head()).isEqualTo("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
      talk.say(get(backend, "/2"));
      assertThat(talk.head()).startsWith("HTTP/1.1 304 Not Modified\r\n").contains("ETag: x");
      talk.say(get(backend, "/3"));
      assertThat(talk.head()).isEqualTo("HTTP/1.1 204 No Content\r\n\r\n");
      talk.say(get(backend, "/4").replaceFirst("GET", "HEAD"));
      assertThat(talk.head()).startsWith("HTTP/1.1 200 OK\r\n");
      talk.say(get(backend, "/5"));
      assertThat(talk.head()).startsWith("HTTP/1.1 200 OK\r\n");
      assertThat(talk.read(3)).isEqualTo("end");

      assertThat(backend.connections).hasValue(1);
      rig.exchanges(5);
    }
  }

  @Test
  void requestsThatAreSentAheadAreAnsweredInOrder() throws IOException {
    try (var backend =
            Backend.plain(
                talk -> {
                  for (var head = talk.head(); head != null; head = talk.head()) {
                    talk.ok(head.substring(4, 6));
                  }
                });
        var rig = observing();
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say(get(backend, "/1") + get(backend, "/2") + get(backend, "/3"));

      for (int i = 1; i <= 3; i++) {
        talk.head();
        assertThat(talk.read(2)).isEqualTo("/" + i);
      }
    }
  }

  @Test
  void aBodyToTheEndOfTheConnectionIsWholeForEveryClient() throws IOException {
    try (var backend =
            Backend.plain(
                talk -> {
                  talk.head();
                  talk.say("HTTP/1.0 200 OK\r\n\r\nto the end");
                });
        var rig = observing();
        var talk = Talk.to(rig.port(Kind.PROXY));
        var old = Talk.to(rig.port(Kind.PROXY))) {
      talk.say(get(backend, "/"));
      assertThat(talk.head()).isEqualTo("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
      assertThat(talk.read(20)).isEqualTo("a\r\nto the end\r\n0\r\n\r\n");
      old.say(get(backend, "/").replace("HTTP/1.1", "HTTP/1.0"));
      assertThat(old.rest()).isEqualTo("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nto the end");
    }
  }

  @Test
  void aServerThatGoesInTheMiddleIsToldByTheEndOfTheConnection() throws IOException {
    try (var backend =
            Backend.plain(
                talk -> {
                  talk.head();
                  talk.say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
                });
        var rig = observing();
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say(get(backend, "/"));
      talk.head();

      assertThatThrownBy(talk::rest).isInstanceOf(java.net.SocketException.class);
      var exchange = rig.exchanges(1).getFirst();
      assertThat(Objects.requireNonNull(exchange.failure()).cause()).isEqualTo(Cause.UPSTREAM_GONE);
      assertThat(Objects.requireNonNull(exchange.response()).body().length()).isEqualTo(4);
    }
  }

  @Test
  void aServerThatDoesNotAnswerIsGivenUp() throws IOException {
    var brief = Timeouts.DEFAULT.withAnswer(Duration.ofMillis(200));
    try (var backend =
            Backend.plain(
                talk -> {
                  talk.head();
                  talk.rest();
                });
        var rig =
            new Rig(config -> config.withTimeouts(brief), Rig.rule("seen.test", Verdict.OBSERVE));
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say(get(backend, "/"));

      assertThat(talk.head()).startsWith("HTTP/1.1 504 ");
      assertThat(rig.exchanges(1).getFirst().failure()).isNotNull();
    }
  }

  @Test
  void aServerThatIsNotThereIsABadGateway() throws IOException {
    var gone = Backend.plain(_ -> {});
    gone.close();
    try (var rig = observing();
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say(get(gone, "/"));

      assertThat(talk.head()).startsWith("HTTP/1.1 502 ");
      talk.read(37);
      talk.say("CONNECT other.test:%d HTTP/1.1\r\nHost: x\r\n\r\n".formatted(gone.port()));
      assertThat(talk.head()).startsWith("HTTP/1.1 502 ");
      assertThat(rig.exchanges(2))
          .allMatch(
              exchange ->
                  Objects.requireNonNull(exchange.failure()).cause() == Cause.UPSTREAM_CONNECT);
    }
  }

  @Test
  void aConnectionThatTheServerClosedIsReplaced() throws IOException {
    try (var backend =
            Backend.plain(
                talk -> {
                  talk.head();
                  talk.ok("1");
                  // Closes without having said so.
                });
        var rig = observing();
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      for (int i = 0; i < 5; i++) {
        talk.say(get(backend, "/"));
        assertThat(talk.head()).startsWith("HTTP/1.1 200 ");
        talk.read(1);
      }
      assertThat(backend.connections).hasValue(5);
    }
  }

  @Test
  void aLargeBodyIsReadNoFasterThanTheClientReadsIt() throws Exception {
    long length = 64L << 20;
    var sent = new AtomicLong();
    try (var backend =
            Backend.plain(
                talk -> {
                  talk.head();
                  talk.say("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n");
                  var piece = new byte[64 << 10];
                  while (sent.get() < length) {
                    talk.say(piece);
                    sent.addAndGet(piece.length);
                  }
                });
        var rig = observing();
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say(get(backend, "/"));
      talk.head();
      var before = new AtomicLong(-1);
      await()
          .pollInterval(Duration.ofMillis(100))
          .until(() -> before.getAndSet(sent.get()) == sent.get() && sent.get() > 0);
      assertThat(sent.get()).isLessThan(length / 2);

      long got = 0;
      for (var piece = talk.octets(1 << 20); piece.length > 0 && got < length; ) {
        got += piece.length;
        piece = talk.octets((int) Math.min(1 << 20, length - got));
      }
      assertThat(got).isEqualTo(length);
      var body = Objects.requireNonNull(rig.exchanges(1).getFirst().response()).body();
      assertThat(body.length()).isEqualTo(length);
      assertThat(body.bytes()).hasSize(64 << 10);
    }
  }

  @Test
  void aLargeUploadIsReadNoFasterThanTheServerReadsIt() throws Exception {
    int length = 16 << 20;
    try (var backend =
            Backend.plain(
                talk -> {
                  talk.head();
                  talk.ok("" + talk.read(length).length());
                });
        var rig = observing();
        var client = rig.client(Version.HTTP_1_1)) {
      var answer =
          client.send(
              HttpRequest.newBuilder(URI.create("http://seen.test:" + backend.port() + "/"))
                  .POST(BodyPublishers.ofByteArray(new byte[length]))
                  .build(),
              BodyHandlers.ofString());

      assertThat(answer.body()).isEqualTo("" + length);
    }
  }

  @Test
  void anotherProtocolIsPassedOnAfterAnUpgrade() throws IOException {
    try (var backend =
            Backend.plain(
                talk -> {
                  talk.head();
                  talk.say(
                      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                          + "Upgrade: other\r\n\r\nfirst");
                  talk.say(talk.read(4));
                  talk.say(talk.rest());
                });
        var rig = observing();
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say(get(backend, "/ws", "Connection: keep-alive, Upgrade\r\nUpgrade: other\r\n"));
      assertThat(talk.head())
          .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
          .contains("Upgrade: other\r\n");
      assertThat(talk.read(5)).isEqualTo("first");
      talk.say("ping");
      assertThat(talk.read(4)).isEqualTo("ping");
      talk.say("to the end");
      talk.socket.shutdownOutput();
      assertThat(talk.rest()).isEqualTo("to the end");

      var exchange = rig.exchanges(1).getFirst();
      assertThat(backend.heads.getFirst()).contains("connection: upgrade\r\n");
      assertThat(Objects.requireNonNull(exchange.response()).status()).isEqualTo(101);
      assertThat(exchange.request().body().length()).isEqualTo(14);
      assertThat(exchange.response().body().length()).isEqualTo(19);
    }
  }

  private static WebSocket webSocket(HttpClient client, Backend backend, Sockets.Said said)
      throws Exception {
    return client
        .newWebSocketBuilder()
        .buildAsync(URI.create("ws://seen.test:" + backend.port() + "/live"), said)
        .get();
  }

  @Test
  void aWebSocketWorksThroughTheProxy() throws Exception {
    try (var backend = Backend.plain(Sockets::echo);
        var rig = observing();
        var client = rig.client(Version.HTTP_1_1)) {
      var said = new Sockets.Said();
      var socket = webSocket(client, backend, said);
      socket.sendText("hello", true).get();
      assertThat(said.text.get()).isEqualTo("hello");
      socket.abort();

      var exchange = rig.exchanges(1).getFirst();
      assertThat(exchange.request().url()).endsWith("/live");
      assertThat(exchange.request().scheme()).isEqualTo("ws");
    }
  }

  @Test
  void theMessagesOfAWebSocketAreCountedUntilItIsClosed() throws Exception {
    try (var backend = Backend.plain(Sockets::echo);
        var rig = observing();
        var client = rig.client(Version.HTTP_1_1)) {
      var said = new Sockets.Said();
      var socket = webSocket(client, backend, said);
      socket.sendText("hello, ", false).get();
      socket.sendText("you", true).get();
      socket.sendPing(ByteBuffer.allocate(9)).get();
      socket.sendText("größer", true).get();
      socket.sendClose(4_001, "enough").get();

      assertThat(rig.exchanges(1).getFirst().webSocket())
          .isEqualTo(new Exchange.WebSocket(2, 18, 2, 18, 4_001));
    }
  }

  @Test
  void aWebSocketWorksInsideTls() throws Exception {
    try (var rig = observing();
        var backend = Backend.secure(rig.authority, "seen.test", Sockets::echo);
        var client = rig.client(Version.HTTP_1_1)) {
      var said = new Sockets.Said();
      var socket =
          client
              .newWebSocketBuilder()
              .buildAsync(URI.create("wss://seen.test:" + backend.port() + "/live"), said)
              .get();
      socket.sendText("hello", true).get();
      assertThat(said.text.get()).isEqualTo("hello");
      socket.abort();

      var exchange = rig.exchanges(1).getFirst();
      assertThat(exchange.request().scheme()).isEqualTo("wss");
      assertThat(Objects.requireNonNull(exchange.response()).body().length()).isEqualTo(7);
    }
  }

  @Test
  void http2InClearIsNoUpgradeThatIsPassedOn() throws IOException {
    try (var backend =
            Backend.plain(
                talk -> {
                  talk.head();
                  talk.ok("1.1");
                });
        var rig = observing();
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say(
          get(
              backend,
              "/",
              "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n"));

      assertThat(talk.head()).startsWith("HTTP/1.1 200 ");
      assertThat(backend.heads.getFirst()).doesNotContainIgnoringCase("upgrade");
    }
  }

  @Test
  void anotherHostInsideAConnectionGetsTheStricterVerdict() throws Exception {
    try (var rig =
            new Rig(Rig.rule("seen.test", Verdict.OBSERVE), Rig.rule("bad.test", Verdict.BLOCK));
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say("CONNECT seen.test:80 HTTP/1.1\r\nHost: x\r\n\r\n");
      talk.head();
      talk.say("GET / HTTP/1.1\r\nHost: bad.test\r\n\r\n");

      assertThat(talk.head()).startsWith("HTTP/1.1 403 ");
      var exchange = rig.exchanges(1).getFirst();
      assertThat(exchange.rule()).isEqualTo("bad.test block");
      assertThat(exchange.request().host()).isEqualTo("bad.test");
      assertThat(Objects.requireNonNull(exchange.failure()).detail()).contains("seen.test");
      assertThat(rig.dialing.connects()).isZero();
    }
  }

  @Test
  void aViaIsAddedOnlyIfWanted() throws IOException {
    try (var backend =
            Backend.plain(
                talk -> {
                  talk.head();
                  talk.ok("");
                });
        var rig =
            new Rig(
                config -> config.withVia(Optional.of("penstock")),
                Rig.rule("seen.test", Verdict.OBSERVE));
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say(get(backend, "/"));

      assertThat(talk.head()).contains("via: 1.1 penstock\r\n");
      assertThat(backend.heads.getFirst()).contains("via: 1.1 penstock\r\n");
    }
  }
}
