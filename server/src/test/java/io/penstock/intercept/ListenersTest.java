package io.penstock.intercept;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Verdict;
import io.penstock.intercept.Backend.Talk;
import io.penstock.intercept.InterceptConfig.Kind;
import io.penstock.stub.Answer;
import io.penstock.stub.Answer.Fault;
import io.penstock.stub.Answer.Pace;
import io.penstock.upstream.Sealed;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The other listeners, what goes wrong on purpose, and the seal. */
@Timeout(30)
class ListenersTest {

  @AfterAll
  static void demandNoLeaks() {
    Rig.demandNoLeaks();
  }

  private static Talk secure(Rig rig, Talk talk, String name) throws IOException {
    var socket =
        (SSLSocket) rig.trust().getSocketFactory().createSocket(talk.socket, name, 443, true);
    var parameters = socket.getSSLParameters();
    parameters.setServerNames(List.of(new SNIHostName(name)));
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return new Talk(socket, talk.heads());
  }

  @Test
  void aReverseListenerGoesByTheServerName() throws IOException {
    try (var rig = new Rig(Rig.rule(Rig.HOST, Verdict.MOCK));
        var talk = Talk.to(rig.port(Kind.REVERSE));
        var tls = secure(rig, talk, "mocked.test")) {
      tls.say("GET /a HTTP/1.1\r\nHost: mocked.test\r\nConnection: close\r\n\r\n");

      assertThat(tls.rest()).endsWith("GET https://mocked.test/a 0");
      var exchange = rig.exchanges(1).getFirst();
      assertThat(exchange.listener()).isEqualTo("reverse");
      assertThat(exchange.verdict()).isEqualTo(Verdict.MOCK);
      assertThat(exchange.request().port()).isEqualTo(443);
    }
  }

  @Test
  void aReverseListenerGoesByTheHost() throws IOException {
    try (var backend =
            Backend.plain(
                talk -> {
                  talk.head();
                  talk.ok("upstream");
                });
        var rig = new Rig(Rig.rule("seen.test", Verdict.OBSERVE));
        var talk = Talk.to(rig.port(Kind.REVERSE))) {
      talk.say(
          "GET /a HTTP/1.1\r\nHost: seen.test:%d\r\nConnection: close\r\n\r\n"
              .formatted(backend.port()));

      assertThat(talk.rest()).endsWith("upstream");
      assertThat(rig.exchanges(1).getFirst().verdict()).isEqualTo(Verdict.OBSERVE);
    }
  }

  @Test
  void aReverseListenerWithoutANameRefuses() throws IOException {
    try (var rig = new Rig();
        var talk = Talk.to(rig.port(Kind.REVERSE))) {
      talk.say(Hello.with(""));

      assertThat(talk.rest()).isEmpty();
      assertThat(rig.exchanges(1).getFirst().verdict()).isEqualTo(Verdict.BLOCK);
    }
  }

  @Test
  void aMockListenerAnswersEveryHostInClearAndInTls() throws IOException {
    try (var rig = new Rig(Rig.rule("bad.test", Verdict.BLOCK));
        var plain = Talk.to(rig.port(Kind.MOCK));
        var talk = Talk.to(rig.port(Kind.MOCK));
        var tls = secure(rig, talk, "bad.test")) {
      plain.say("GET /a HTTP/1.0\r\n\r\n");
      assertThat(plain.rest()).endsWith("GET http://localhost/a 0");
      tls.say("GET /b HTTP/1.1\r\nHost: bad.test\r\nConnection: close\r\n\r\n");
      assertThat(tls.rest()).endsWith("GET https://bad.test/b 0");

      assertThat(rig.exchanges(2)).allMatch(exchange -> exchange.verdict() == Verdict.MOCK);
    }
  }

  @Test
  void whatNobodyAnswersIsNotFound() throws IOException {
    try (var rig = new Rig();
        var talk = Talk.to(rig.port(Kind.MOCK))) {
      rig.answers = (_, _) -> null;
      talk.say("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

      assertThat(talk.rest())
          .startsWith("HTTP/1.1 404 Not Found\r\n")
          .contains("content-type: application/json\r\n")
          .endsWith("{\"detail\":\"Not Found\"}");
    }
  }

  @Test
  void socksConnectsByName() throws IOException {
    try (var rig = new Rig(Rig.rule(Rig.HOST, Verdict.MOCK));
        var talk = Talk.to(rig.port(Kind.SOCKS))) {
      talk.say(new byte[] {5, 1, 0});
      assertThat(talk.octets(2)).containsExactly(5, 0);
      talk.say(command(1, "mocked.test", 443));
      assertThat(talk.octets(10)).startsWith(5, 0, 0, 1);
      try (var tls = secure(rig, talk, "mocked.test")) {
        tls.say("GET /a HTTP/1.1\r\nHost: mocked.test\r\nConnection: close\r\n\r\n");
        assertThat(tls.rest()).endsWith("GET https://mocked.test/a 0");
      }
      assertThat(rig.exchanges(1).getFirst().listener()).isEqualTo("socks");
      assertThat(rig.lookUps).hasValue(0);
    }
  }

  private static byte[] command(int command, String host, int port) {
    return Hello.join(
        new byte[] {5, (byte) command, 0, 3, (byte) host.length()},
        host.getBytes(ISO_8859_1),
        new byte[] {(byte) (port >>> 8), (byte) port});
  }

  @Test
  void socksAsksForALogin() throws IOException {
    try (var rig =
            new Rig(config -> config.withRequired(true, false), Rig.rule(Rig.HOST, Verdict.MOCK));
        var known = Talk.to(rig.port(Kind.SOCKS));
        var unknown = Talk.to(rig.port(Kind.SOCKS));
        var nobody = Talk.to(rig.port(Kind.SOCKS))) {
      known.say(new byte[] {5, 2, 0, 2});
      assertThat(known.octets(2)).containsExactly(5, 2);
      known.say(login("ann", "secret"));
      assertThat(known.octets(2)).containsExactly(1, 0);
      known.say(command(1, "mocked.test", 80));
      assertThat(known.octets(10)).startsWith(5, 0);
      known.say("GET /a HTTP/1.1\r\nHost: mocked.test\r\nConnection: close\r\n\r\n");
      assertThat(known.rest()).endsWith("GET http://mocked.test/a 0");
      assertThat(rig.exchanges(1).getFirst().tenant()).isEqualTo("tenant of ann");

      unknown.say(new byte[] {5, 1, 2});
      unknown.octets(2);
      unknown.say(login("ann", "wrong"));
      assertThat(unknown.octets(2)[1]).isNotZero();
      assertThat(unknown.rest()).isEmpty();
      nobody.say(new byte[] {5, 1, 0});
      assertThat(nobody.octets(2)).containsExactly(5, -1);
    }
  }

  private static byte[] login(String user, String password) {
    return Hello.join(
        new byte[] {1, (byte) user.length()},
        user.getBytes(ISO_8859_1),
        new byte[] {(byte) password.length()},
        password.getBytes(ISO_8859_1));
  }

  @Test
  void socksRefusesWhatItDoesNotDo() throws IOException {
    try (var rig = new Rig(Rig.rule("bad.test", Verdict.BLOCK))) {
      assertThat(socks(rig, command(2, "a.test", 80))).isEqualTo(7);
      assertThat(socks(rig, command(1, "a.test", 0))).isEqualTo(8);
      assertThat(socks(rig, command(1, "a/b", 80))).isEqualTo(8);
      assertThat(socks(rig, command(1, "bad.test", 80))).isEqualTo(2);
      assertThat(socks(rig, command(1, "localhost", rig.port(Kind.PROXY)))).isEqualTo(2);
      assertThat(rig.lookUps).hasValue(0);
    }
  }

  private static int socks(Rig rig, byte[] command) throws IOException {
    try (var talk = Talk.to(rig.port(Kind.SOCKS))) {
      talk.say(new byte[] {5, 1, 0});
      talk.octets(2);
      talk.say(command);
      return talk.octets(10)[1];
    }
  }

  @Test
  void otherProtocolsAreTunnelledToUnlistedHosts() throws IOException {
    try (var backend = Backend.plain(talk -> talk.say("220 " + talk.rest()));
        var rig = new Rig();
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say("CONNECT other.test:%d HTTP/1.1\r\nHost: x\r\n\r\n".formatted(backend.port()));
      talk.head();
      talk.say("SSH-2.0-x");
      talk.socket.shutdownOutput();

      assertThat(talk.rest()).isEqualTo("220 SSH-2.0-x");
      var exchange = rig.exchanges(1).getFirst();
      assertThat(exchange.verdict()).isEqualTo(Verdict.TUNNEL);
      assertThat(exchange.request().body().length()).isEqualTo(9);
      assertThat(Objects.requireNonNull(exchange.response()).body().length()).isEqualTo(13);
    }
  }

  @Test
  void aServerThatSpeaksFirstIsHeard() throws IOException {
    try (var backend = Backend.plain(talk -> talk.say("220 ready"));
        var rig = new Rig();
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say("CONNECT other.test:%d HTTP/1.1\r\nHost: x\r\n\r\n".formatted(backend.port()));
      talk.head();

      assertThat(talk.rest()).isEqualTo("220 ready");
    }
  }

  @Test
  void anAddressIsLookedAtForTheNameInsideTls() throws IOException {
    try (var rig = new Rig(Rig.rule(Rig.HOST, Verdict.MOCK));
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say("CONNECT 192.0.2.1:443 HTTP/1.1\r\nHost: x\r\n\r\n");
      talk.head();
      try (var tls = secure(rig, talk, "mocked.test")) {
        tls.say("GET /a HTTP/1.1\r\nHost: mocked.test\r\nConnection: close\r\n\r\n");
        assertThat(tls.rest()).endsWith("GET https://mocked.test/a 0");
      }
      assertThat(rig.dialing.connects()).isZero();
      assertThat(rig.exchanges(1).getFirst().failure()).isNull();
    }
  }

  @Test
  void whatIsSealedLooksNothingUpAndConnectsToNothing() throws IOException {
    var sealed = new Sealed();
    try (var trap = Backend.plain(Talk::rest);
        var rig =
            new Rig(
                UnaryOperator.identity(),
                sealed,
                Rig.authority(),
                Rig.rule(Rig.HOST, Verdict.MOCK),
                Rig.rule("seen.test", Verdict.OBSERVE),
                Rig.rule("bad.test", Verdict.BLOCK))) {
      assertThat(get(rig, "mocked.test", trap)).startsWith("HTTP/1.1 200 ");
      assertThat(get(rig, "bad.test", trap)).startsWith("HTTP/1.1 403 ");
      assertThat(sealed.refusals()).isZero();
      assertThat(get(rig, "seen.test", trap)).startsWith("HTTP/1.1 403 ");
      assertThat(get(rig, "127.0.0.1", trap)).startsWith("HTTP/1.1 403 ");
      try (var talk = Talk.to(rig.port(Kind.PROXY))) {
        talk.say("CONNECT other.test:%d HTTP/1.1\r\nHost: x\r\n\r\n".formatted(trap.port()));
        assertThat(talk.head()).startsWith("HTTP/1.1 403 ");
      }
      try (var talk = Talk.to(rig.port(Kind.PROXY))) {
        talk.say("CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: x\r\n\r\n".formatted(trap.port()));
        talk.head();
        talk.say("SSH-2.0-x\r\n");
        assertThat(talk.rest()).isEmpty();
      }

      assertThat(sealed.refusals()).isEqualTo(4);
      assertThat(rig.exchanges(6).stream().filter(exchange -> exchange.failure() != null))
          .hasSize(4)
          .allMatch(exchange -> Objects.requireNonNull(exchange.failure()).cause() == Cause.SEALED);
      assertThat(rig.lookUps).hasValue(0);
      assertThat(trap.connections).hasValue(0);
    }
  }

  private static String get(Rig rig, String host, Backend backend) throws IOException {
    try (var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say(
          "GET http://%s:%d/ HTTP/1.0\r\nHost: %s\r\n\r\n".formatted(host, backend.port(), host));
      return talk.rest();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aProxyThatIsAskedInHttp2SaysWhatItSpeaks(boolean isConnect) throws IOException {
    try (var rig = new Rig(Rig.rule(Rig.HOST, Verdict.MOCK));
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say(Http2.PREFACE);
      talk.say(isConnect ? Http2.connect(1, "mocked.test:443") : Http2.get(1, Rig.HOST));

      assertThat(Http2.lengthOfData(talk, 1)).isPositive();
      var exchange = rig.exchanges(1).getFirst();
      assertThat(Objects.requireNonNull(exchange.response()).status()).isEqualTo(505);
      assertThat(Objects.requireNonNull(exchange.failure()).detail()).contains("HTTP/1.1");
      assertThat(rig.dialing.connects()).isZero();
    }
  }

  @Test
  void aProxyIsNotAskedOverTlsWithItself() throws IOException {
    try (var rig = new Rig();
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say(Hello.with("proxy.test"));

      assertThat(talk.rest()).isEmpty();
      var failure = Objects.requireNonNull(rig.exchanges(1).getFirst().failure());
      assertThat(failure.cause()).isEqualTo(Cause.CLIENT_PROTOCOL);
      assertThat(failure.detail()).contains("asked in clear");
      assertThat(rig.dialing.connects()).isZero();
    }
  }

  /** RFC 8441 §3: without SETTINGS_ENABLE_CONNECT_PROTOCOL nobody may begin one. */
  @Test
  void aWebSocketInAStreamIsRefusedAndOtherStreamsAreNot() throws IOException {
    try (var rig = new Rig();
        var talk = Talk.to(rig.port(Kind.MOCK))) {
      talk.say(Http2.PREFACE);
      talk.say(Http2.webSocket(1, "a"));
      talk.say(Http2.get(3));

      assertThat(Http2.lengthOfData(talk, 3)).isPositive();
      assertThat(rig.exchanges(2)).anyMatch(exchange -> exchange.failure() != null);
    }
  }

  @Test
  void aMockGoesOutAtItsPace() throws IOException {
    try (var rig = new Rig();
        var talk = Talk.to(rig.port(Kind.MOCK))) {
      rig.answers = paced(new Pace(Duration.ofMillis(50), Duration.ofMillis(100), Fault.NONE));
      long start = System.nanoTime();
      talk.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

      assertThat(talk.rest()).endsWith("0123456789");
      assertThat(System.nanoTime() - start).isGreaterThan(Duration.ofMillis(110).toNanos());
      assertThat(rig.exchanges(1).getFirst().failure()).isNull();
    }
  }

  private static Answers paced(Pace pace) {
    return (_, _) ->
        new Answer("paced", 200, Headers.NONE, "0123456789".getBytes(UTF_8), Headers.NONE, pace);
  }

  private static String fault(Rig rig, Fault fault) throws IOException {
    rig.answers = paced(new Pace(Duration.ZERO, Duration.ZERO, fault));
    try (var talk = Talk.to(rig.port(Kind.MOCK))) {
      talk.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      if (fault == Fault.STALL) {
        return String.valueOf(talk.head()) + talk.read(5);
      }
      return talk.rest();
    }
  }

  @Test
  void faultsBreakOffAsTheyShould() throws IOException {
    try (var rig = new Rig()) {
      assertThatThrownBy(() -> fault(rig, Fault.RESET)).isInstanceOf(SocketException.class);
      assertThat(fault(rig, Fault.EMPTY)).isEmpty();
      assertThat(fault(rig, Fault.TRUNCATE)).contains("content-length: 10").endsWith("\n01234");
      assertThat(fault(rig, Fault.STALL)).contains("content-length: 10").endsWith("\n01234");
      assertThat(fault(rig, Fault.GARBAGE)).contains("garbage").doesNotContain("HTTP");

      assertThat(rig.exchanges(5))
          .allMatch(exchange -> Objects.requireNonNull(exchange.failure()).cause() == Cause.FAULT);
    }
  }

  @Test
  void aStopEndsIdleConnectionsAtOnce() throws IOException {
    var rig = new Rig(config -> config.withTimeouts(InterceptConfig.Timeouts.DEFAULT));
    try (var talk = Talk.to(rig.port(Kind.MOCK))) {
      talk.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      talk.head();
      talk.read(15);
      long start = System.nanoTime();
      rig.close();

      assertThat(talk.rest()).isEmpty();
      assertThat(System.nanoTime() - start).isLessThan(Duration.ofSeconds(2).toNanos());
    }
  }
}
