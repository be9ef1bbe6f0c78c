package io.penstock.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Verdict;
import io.penstock.intercept.Backend.Talk;
import io.penstock.intercept.InterceptConfig.Kind;
import io.penstock.intercept.InterceptConfig.Timeouts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A host that is tunnelled is asked for, and TLS with another one is begun inside. */
@Timeout(30)
class FrontingTest {

  /** Whatever a client says, it says it after the silence behind which its server may speak. */
  private static InterceptConfig impatient(InterceptConfig config) {
    return config.withTimeouts(
        Timeouts.DEFAULT.withSilence(Duration.ZERO).withDrain(Duration.ofMillis(200)));
  }

  private static InterceptConfig patient(InterceptConfig config) {
    return config;
  }

  @AfterAll
  static void demandNoLeaks() {
    Rig.demandNoLeaks();
  }

  private static Talk connect(Rig rig, Backend backend) throws IOException {
    var talk = Talk.to(rig.port(Kind.PROXY));
    talk.say("CONNECT allowed.test:%d HTTP/1.1\r\nHost: x\r\n\r\n".formatted(backend.port()));
    assertThat(talk.head()).startsWith("HTTP/1.1 200 ");
    return talk;
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

  private static long fronted(Rig rig, String verdict) {
    return Scrape.counter(rig.registry, "intercept_fronted_connections", "verdict", verdict);
  }

  /** Says back what it got when the other side has said all. */
  private static Backend echo() throws IOException {
    return Backend.plain(talk -> talk.say(talk.rest()));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aBlockedNameIsNotReachedThroughATunnel(boolean isLate) throws IOException {
    try (var backend = echo();
        var rig =
            new Rig(
                isLate ? FrontingTest::impatient : FrontingTest::patient,
                Rig.rule("bad.test", Verdict.BLOCK));
        var talk = connect(rig, backend)) {
      talk.say(Hello.with("bad.test"));

      assertThat(talk.rest()).isEmpty();
      var exchange = rig.exchanges(1).getFirst();
      assertThat(exchange.verdict()).isEqualTo(Verdict.BLOCK);
      assertThat(exchange.rule()).isEqualTo("bad.test block");
      assertThat(exchange.request().host()).isEqualTo("allowed.test");
      assertThat(fronted(rig, "block")).isEqualTo(1);
    }
  }

  @Test
  void aNameThatComesInPiecesIsNotReachedEither() throws IOException {
    try (var backend = echo();
        var rig = new Rig(Rig.rule("*.bad.test", Verdict.BLOCK));
        var talk = connect(rig, backend)) {
      for (byte octet : Hello.with("a.bad.test")) {
        talk.say(new byte[] {octet});
      }

      assertThat(talk.rest()).isEmpty();
      assertThat(rig.exchanges(1).getFirst().rule()).isEqualTo("*.bad.test block");
    }
  }

  @Test
  void aMockedNameIsAnsweredHereInsteadOfThere() throws IOException {
    try (var backend = echo();
        var rig = new Rig(Rig.rule(Rig.HOST, Verdict.MOCK));
        var talk = connect(rig, backend);
        var tls = secure(rig, talk, Rig.HOST)) {
      tls.say("GET /a HTTP/1.1\r\nHost: mocked.test\r\nConnection: close\r\n\r\n");

      assertThat(tls.rest()).endsWith(":%d/a 0".formatted(backend.port()));
      var exchange = rig.exchanges(1).getFirst();
      assertThat(exchange.verdict()).isEqualTo(Verdict.MOCK);
      assertThat(Objects.requireNonNull(exchange.failure()).detail())
          .isEqualTo("the connection is for allowed.test and mocked.test");
      assertThat(fronted(rig, "observe")).isEqualTo(1);
    }
  }

  @Test
  void anObservedNameIsReadOnItsWay() throws Exception {
    try (var rig = new Rig(Rig.rule("seen.test", Verdict.OBSERVE));
        var backend =
            Backend.secure(
                rig.authority,
                "allowed.test",
                talk -> {
                  talk.head();
                  talk.ok("there");
                });
        var talk = connect(rig, backend);
        var tls = secure(rig, talk, "seen.test")) {
      tls.say("GET /a?b=c HTTP/1.1\r\nHost: seen.test\r\nConnection: close\r\n\r\n");

      assertThat(tls.rest()).endsWith("there");
      var exchange = rig.exchanges(1).getFirst();
      assertThat(exchange.verdict()).isEqualTo(Verdict.OBSERVE);
      assertThat(exchange.request().target()).isEqualTo("/a?b=c");
      assertThat(fronted(rig, "observe")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anyOtherNameIsPassedOnOctetForOctet(boolean isLate) throws IOException {
    try (var backend = echo();
        var rig =
            new Rig(
                isLate ? FrontingTest::impatient : FrontingTest::patient,
                Rig.rule(Rig.HOST, Verdict.MOCK));
        var talk = connect(rig, backend)) {
      var said = Hello.join(Hello.with("other.test"), new byte[] {0x17, 3, 3, 0, 1, 42});
      talk.say(said);
      talk.socket.shutdownOutput();

      assertThat(talk.rest().getBytes(StandardCharsets.ISO_8859_1)).isEqualTo(said);
      assertThat(rig.exchanges(1).getFirst().verdict()).isEqualTo(Verdict.TUNNEL);
      for (var verdict : List.of("block", "observe")) {
        assertThat(fronted(rig, verdict)).isZero();
      }
    }
  }

  @Test
  void whatIsNoTlsIsPassedOnAfterASilenceToo() throws IOException {
    try (var backend = echo();
        var rig = new Rig(FrontingTest::impatient, Rig.rule("bad.test", Verdict.BLOCK));
        var talk = connect(rig, backend)) {
      talk.say("SSH-2.0-x");
      talk.socket.shutdownOutput();

      assertThat(talk.rest()).isEqualTo("SSH-2.0-x");
      assertThat(rig.exchanges(1).getFirst().verdict()).isEqualTo(Verdict.TUNNEL);
    }
  }

  @Test
  void aServerThatSpeaksFirstIsHeardWhole() throws IOException {
    var banner = "220 " + "x".repeat(300_000);
    try (var backend =
            Backend.plain(
                talk -> {
                  talk.say(banner);
                  talk.say(talk.rest());
                });
        var rig = new Rig(FrontingTest::impatient);
        var talk = connect(rig, backend)) {
      assertThat(talk.read(banner.length())).isEqualTo(banner);
      talk.say("QUIT");
      talk.socket.shutdownOutput();
      assertThat(talk.rest()).isEqualTo("QUIT");

      var exchange = rig.exchanges(1).getFirst();
      assertThat(Objects.requireNonNull(exchange.response()).body().length())
          .isEqualTo(banner.length() + 4);
    }
  }

  @Test
  void aServerThatGoesBeforeAnyoneSpokeEndsTheConnection() throws IOException {
    try (var backend = Backend.plain(_ -> {});
        var rig = new Rig(FrontingTest::impatient);
        var talk = connect(rig, backend)) {
      assertThat(talk.rest()).isEmpty();
      talk.socket.shutdownOutput();

      var exchange = rig.exchanges(1).getFirst();
      assertThat(exchange.verdict()).isEqualTo(Verdict.TUNNEL);
      assertThat(Objects.requireNonNull(exchange.upstream()).address())
          .isEqualTo("127.0.0.1:" + backend.port());
    }
  }

  @Test
  void aClientThatGoesBeforeItSpokeIsJournaled() throws IOException {
    try (var backend = echo();
        var rig = new Rig(FrontingTest::impatient)) {
      connect(rig, backend).close();

      var exchange = rig.exchanges(1).getFirst();
      assertThat(Objects.requireNonNull(exchange.failure()).cause()).isEqualTo(Cause.CLIENT_GONE);
      assertThat(exchange.verdict()).isEqualTo(Verdict.BLOCK);
    }
  }

  @Test
  void aSilenceThatLastsIsEnded() throws IOException {
    var brief = Timeouts.DEFAULT.withSilence(Duration.ZERO).withTunnel(Duration.ofMillis(100));
    try (var backend = Backend.plain(Talk::rest);
        var rig = new Rig(config -> config.withTimeouts(brief));
        var talk = connect(rig, backend)) {
      assertThat(talk.rest()).isEmpty();
      assertThat(rig.exchanges(1).getFirst().verdict()).isEqualTo(Verdict.BLOCK);
      assertThat(Scrape.counter(rig.registry, "intercept_refused", "reason", "slow")).isEqualTo(1);
    }
  }
}
