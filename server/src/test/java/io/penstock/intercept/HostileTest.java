package io.penstock.intercept;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Verdict;
import io.penstock.intercept.Backend.Talk;
import io.penstock.intercept.InterceptConfig.Kind;
import io.penstock.intercept.InterceptConfig.Limits;
import io.penstock.intercept.InterceptConfig.Timeouts;
import io.penstock.stub.Answer;
import io.penstock.stub.Answer.Fault;
import io.penstock.stub.Answer.Pace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that ask for more than they get. */
@Timeout(30)
class HostileTest {

  @AfterAll
  static void demandNoLeaks() {
    Rig.demandNoLeaks();
  }

  private static final Duration SHORT = Duration.ofMillis(200);

  private static long refused(Rig rig, String reason) {
    return Scrape.counter(rig.registry, "intercept_refused", "reason", reason);
  }

  private static String ask(Rig rig, Kind kind, String request) throws IOException {
    try (var talk = Talk.to(rig.port(kind))) {
      talk.say(request);
      return talk.rest();
    }
  }

  @Test
  void aHeadThatDripsInIsGivenUp() throws IOException {
    try (var rig = new Rig(config -> config.withTimeouts(Timeouts.DEFAULT.withHead(SHORT)));
        var talk = Talk.to(rig.port(Kind.MOCK))) {
      talk.say("GET / HTTP/1.1\r\nHost: a");

      assertThat(talk.rest()).isEmpty();
      assertThat(refused(rig, "slow")).isEqualTo(1);
      assertThat(Objects.requireNonNull(rig.exchanges(1).getFirst().failure()).cause())
          .isEqualTo(Cause.CLIENT_GONE);
    }
  }

  @Test
  void aSecondHeadThatDripsInIsGivenUp() throws IOException {
    try (var rig = new Rig(config -> config.withTimeouts(Timeouts.DEFAULT.withHead(SHORT)));
        var talk = Talk.to(rig.port(Kind.MOCK))) {
      talk.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(talk.head()).startsWith("HTTP/1.1 200");
      talk.say("GET");

      assertThat(talk.rest()).isEqualTo("GET http://a/ 0");
      assertThat(refused(rig, "slow")).isEqualTo(1);
    }
  }

  @Test
  void aSilentConnectionIsGivenUp() throws IOException {
    try (var rig = new Rig(config -> config.withTimeouts(Timeouts.DEFAULT.withHead(SHORT)));
        var proxy = Talk.to(rig.port(Kind.PROXY));
        var socks = Talk.to(rig.port(Kind.SOCKS))) {
      assertThat(proxy.rest()).isEmpty();
      assertThat(socks.rest()).isEmpty();
      assertThat(refused(rig, "slow")).isEqualTo(2);
    }
  }

  @Test
  void anIdleConnectionIsClosed() throws IOException {
    try (var rig = new Rig(config -> config.withTimeouts(Timeouts.DEFAULT.withIdle(SHORT)));
        var talk = Talk.to(rig.port(Kind.MOCK))) {
      talk.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

      assertThat(talk.rest()).startsWith("HTTP/1.1 200");
      assertThat(refused(rig, "slow")).isZero();
    }
  }

  @Test
  void aBodyThatDripsInIsAnsweredWithoutIt() throws IOException {
    try (var rig = new Rig(config -> config.withTimeouts(Timeouts.DEFAULT.withBody(SHORT)))) {
      var answer =
          ask(rig, Kind.MOCK, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");

      assertThat(answer).startsWith("HTTP/1.1 408 ");
      assertThat(refused(rig, "slow")).isEqualTo(1);
      assertThat(rig.exchanges(1).getFirst().request().body().length()).isEqualTo(3);
    }
  }

  @Test
  void aLongRequestLineIsRefused() throws IOException {
    try (var rig = new Rig()) {
      var line = "GET /" + "a".repeat(17_000) + " HTTP/1.1\r\nHost: a\r\n\r\n";

      assertThat(ask(rig, Kind.MOCK, line)).startsWith("HTTP/1.1 414 ");
      assertThat(refused(rig, "request_line")).isEqualTo(1);
    }
  }

  @Test
  void aLongHeaderIsRefused() throws IOException {
    try (var rig = new Rig()) {
      var oneLine = "GET / HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(66_000) + "\r\n\r\n";
      var manyLines = "GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n".repeat(200) + "\r\n";
      var justSoMany = "GET / HTTP/1.0\r\nHost: a\r\n" + "X: y\r\n".repeat(199) + "\r\n";

      assertThat(ask(rig, Kind.MOCK, oneLine)).startsWith("HTTP/1.1 431 ");
      assertThat(ask(rig, Kind.MOCK, manyLines)).startsWith("HTTP/1.1 431 ");
      assertThat(ask(rig, Kind.MOCK, justSoMany)).startsWith("HTTP/1.1 200 ");
      assertThat(refused(rig, "head")).isEqualTo(2);
    }
  }

  @Test
  void aLongBodyIsNotAnswered() throws IOException {
    try (var rig = new Rig(config -> config.withLimits(Limits.DEFAULT.withBodies(1_000, 10)))) {
      var said = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n";
      var chunked =
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n"
              + "a".repeat(1_001)
              + "\r\n0\r\n\r\n";
      var justSoLong =
          "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n"
              + "a".repeat(1_000);

      assertThat(ask(rig, Kind.MOCK, said)).startsWith("HTTP/1.1 413 ");
      assertThat(ask(rig, Kind.MOCK, chunked)).startsWith("HTTP/1.1 413 ");
      assertThat(ask(rig, Kind.MOCK, justSoLong)).endsWith("POST http://a/ 1000");
      assertThat(refused(rig, "body")).isEqualTo(2);
      var last = rig.exchanges(3).getLast().request().body();
      assertThat(last.length()).isEqualTo(1_000);
      assertThat(last.bytes()).hasSize(10);
    }
  }

  @Test
  void anAddressHasOnlySoManyConnections() throws IOException {
    try (var rig =
        new Rig(config -> config.withLimits(Limits.DEFAULT.withConnections(100, 3, 100)))) {
      var talks = new ArrayList<Talk>();
      for (int i = 0; i < 3; i++) {
        var talk = Talk.to(rig.port(Kind.MOCK));
        talk.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        talk.head();
        talks.add(talk);
      }

      assertThatThrownBy(() -> ask(rig, Kind.MOCK, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
          .isInstanceOf(SocketException.class);
      assertThat(refused(rig, "connections_of_address")).isEqualTo(1);
      talks.getFirst().close();
      await()
          .ignoreException(SocketException.class)
          .until(
              () ->
                  ask(rig, Kind.MOCK, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                      .startsWith("HTTP/1.1 200"));
      for (var talk : talks) {
        talk.close();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "host:0",
        "host",
        "host:",
        ":443",
        "host:65536",
        "host:-1",
        "host:4x",
        "a b:443",
        "[::1:443",
        "[x]:443",
        "u@host:443",
        "http://host:443",
        "host:443/x",
        "host:443443"
      })
  void aConnectToNowhereIsRefused(String target) throws IOException {
    try (var rig = new Rig()) {
      var answer =
          ask(rig, Kind.PROXY, "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n");

      assertThat(answer).startsWith("HTTP/1.1 400 ");
      assertThat(rig.lookUps).hasValue(0);
    }
  }

  @Test
  void theProxyIsNotAskedForItself() throws IOException {
    try (var rig = new Rig()) {
      int port = rig.port(Kind.PROXY);
      int other = rig.port(Kind.MOCK);

      assertThat(connect(rig, "127.0.0.1:" + port)).startsWith("HTTP/1.1 508 ");
      assertThat(connect(rig, "[::1]:" + port)).startsWith("HTTP/1.1 508 ");
      assertThat(connect(rig, "[::ffff:7f00:1]:" + other)).startsWith("HTTP/1.1 508 ");
      assertThat(connect(rig, "localhost:" + other)).startsWith("HTTP/1.1 508 ");
      assertThat(
              ask(
                  rig,
                  Kind.PROXY,
                  "GET http://LOCALHOST.:%d/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                      .formatted(port)))
          .startsWith("HTTP/1.1 508 ");
      assertThat(
              ask(
                  rig,
                  Kind.PROXY,
                  "GET / HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n\r\n"
                      .formatted(port)))
          .startsWith("HTTP/1.1 508 ");
      assertThat(rig.lookUps).hasValue(0);
      assertThat(rig.dialing.connects()).isZero();
      assertThat(refused(rig, "loop")).isEqualTo(6);
    }
  }

  private static String connect(Rig rig, String target) throws IOException {
    return ask(
        rig, Kind.PROXY, "CONNECT " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  }

  @Test
  void aServerNameThatIsNoneEndsTheConnection() throws IOException {
    try (var rig = new Rig(Rig.rule(Rig.HOST, Verdict.MOCK));
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say("CONNECT mocked.test:443 HTTP/1.1\r\nHost: x\r\n\r\n");
      talk.head();
      talk.say(Hello.with("no/name"));

      assertThat(talk.rest()).isEmpty();
      var exchange = rig.exchanges(1).getFirst();
      assertThat(exchange.verdict()).isEqualTo(Verdict.BLOCK);
      assertThat(Objects.requireNonNull(exchange.failure()).cause())
          .isEqualTo(Cause.CLIENT_PROTOCOL);
      assertThat(exchange.request().host()).isEqualTo("mocked.test");
    }
  }

  @Test
  void aBlockedServerNameInsideAnotherConnectIsRefused() throws IOException {
    try (var rig = new Rig(Rig.rule("bad.test", Verdict.BLOCK), Rig.rule(Rig.HOST, Verdict.MOCK));
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say("CONNECT mocked.test:443 HTTP/1.1\r\nHost: x\r\n\r\n");
      talk.head();
      talk.say(Hello.with("bad.test"));

      assertThat(talk.rest()).isEmpty();
      var exchange = rig.exchanges(1).getFirst();
      assertThat(exchange.verdict()).isEqualTo(Verdict.BLOCK);
      assertThat(exchange.rule()).isEqualTo("bad.test block");
      assertThat(rig.dialing.connects()).isZero();
    }
  }

  @Test
  void garbageInsideTlsIsAFailureNotALeak() throws IOException {
    try (var rig = new Rig(Rig.rule(Rig.HOST, Verdict.MOCK));
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say("CONNECT mocked.test:443 HTTP/1.1\r\nHost: x\r\n\r\n");
      talk.head();
      talk.say("\u0016\u0003\u0001\u0000\u0005garbage and more of it");
      talk.rest();

      assertThat(rig.exchanges(1).getFirst().failure()).isNotNull();
    }
  }

  @Test
  void whatIsNeitherTlsNorHttpDoesNotReachAMockedHost() throws IOException {
    try (var rig = new Rig(Rig.rule(Rig.HOST, Verdict.MOCK));
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say("CONNECT mocked.test:22 HTTP/1.1\r\nHost: x\r\n\r\n");
      talk.head();
      talk.say("SSH-2.0-x\r\n");

      assertThat(talk.rest()).isEmpty();
      assertThat(rig.exchanges(1).getFirst().verdict()).isEqualTo(Verdict.BLOCK);
      assertThat(rig.dialing.connects()).isZero();
    }
  }

  @Test
  void streamsThatAreResetInHasteEndTheConnection() throws IOException {
    try (var rig = new Rig();
        var talk = Talk.to(rig.port(Kind.MOCK))) {
      talk.say(Http2.PREFACE);
      try {
        for (int stream = 1; stream < 2_000; stream += 2) {
          talk.say(Http2.get(stream));
          talk.say(Http2.reset(stream));
        }
      } catch (SocketException _) {
        // It was closed before all of them were sent.
      }
      await().until(() -> refused(rig, "flood") == 1);
      assertThat(rig.journal.size()).isLessThan(300);
    }
  }

  @Test
  void aStreamTooManyIsRefusedAndTheOthersAreNot() throws IOException {
    try (var rig = new Rig();
        var talk = Talk.to(rig.port(Kind.MOCK))) {
      rig.answers =
          (asked, product) -> {
            var answer = Rig.echo(asked, product);
            return new Answer(
                "slow",
                200,
                answer.headers(),
                answer.body(),
                answer.trailers(),
                new Pace(SHORT, Duration.ZERO, Fault.NONE));
          };
      var all = new ByteArrayOutputStream();
      all.writeBytes(Http2.PREFACE);
      for (int stream = 1; stream <= 2 * 101; stream += 2) {
        all.writeBytes(Http2.get(stream));
      }
      talk.say(all.toByteArray());

      await().until(() -> rig.journal.size() == 100);
    }
  }

  @Test
  void aRateThatIsExceededIsToldSo() throws IOException {
    try (var rig = new Rig(Rig.rule("greedy.test", Verdict.MOCK))) {
      var plain = "GET http://greedy.test/ HTTP/1.0\r\nHost: greedy.test\r\n\r\n";

      assertThat(ask(rig, Kind.PROXY, plain))
          .startsWith("HTTP/1.1 429 ")
          .contains("retry-after: 1\r\n");
      assertThat(connect(rig, "greedy.test:443")).startsWith("HTTP/1.1 429 ");
      assertThat(refused(rig, "rate")).isEqualTo(2);
      assertThat(rig.exchanges(2)).allMatch(exchange -> exchange.verdict() == Verdict.BLOCK);
    }
  }

  @Test
  void aJournalThatTakesNothingStopsRequestsIfItMust() throws IOException {
    try (var rig = new Rig(config -> config.withRequired(false, true))) {
      rig.takesExchanges = false;
      var request = "GET / HTTP/1.0\r\nHost: a\r\n\r\n";

      assertThat(ask(rig, Kind.MOCK, request)).startsWith("HTTP/1.1 200 ");
      assertThat(ask(rig, Kind.MOCK, request)).startsWith("HTTP/1.1 503 ");
      rig.takesExchanges = true;
      await().until(() -> ask(rig, Kind.MOCK, request).startsWith("HTTP/1.1 200 "));
    }
  }

  @Test
  void aLoginIsAskedForAndGivesTheTenant() throws IOException {
    try (var rig =
        new Rig(config -> config.withRequired(true, false), Rig.rule(Rig.HOST, Verdict.MOCK))) {
      var request = "GET http://mocked.test/ HTTP/1.0\r\nHost: mocked.test\r\n%s\r\n";
      var basic =
          "Proxy-Authorization: Basic "
              + java.util.Base64.getEncoder().encodeToString("ann:secret".getBytes(ISO_8859_1))
              + "\r\n";

      assertThat(ask(rig, Kind.PROXY, request.formatted("")))
          .startsWith("HTTP/1.1 407 ")
          .contains("proxy-authenticate: Basic realm=");
      assertThat(ask(rig, Kind.PROXY, request.formatted(basic.replace("Basic ", "Basic x"))))
          .startsWith("HTTP/1.1 407 ");
      assertThat(ask(rig, Kind.PROXY, request.formatted(basic))).startsWith("HTTP/1.1 200 ");
      assertThat(connect(rig, "mocked.test:443")).startsWith("HTTP/1.1 407 ");
      var last = rig.exchanges(4).get(2);
      assertThat(last.tenant()).isEqualTo("tenant of ann");
      assertThat(last.client().user()).isEqualTo("ann");
      assertThat(rig.exchanges(4).getFirst().tenant()).isEqualTo("default");
    }
  }
}
