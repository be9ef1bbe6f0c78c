package io.penstock.intercept;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.exchange.Exchange;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Verdict;
import io.penstock.intercept.Backend.Talk;
import io.penstock.intercept.InterceptConfig.Kind;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ProxyTest {

  @AfterAll
  static void demandNoLeaks() {
    Rig.demandNoLeaks();
  }

  private static Exchange only(Rig rig) {
    return rig.exchanges(1).getFirst();
  }

  private static HttpRequest get(String url) {
    return HttpRequest.newBuilder(URI.create(url)).build();
  }

  @Test
  void aMockedHostIsAnsweredInsideTlsOverHttp2() throws Exception {
    try (var rig = new Rig(Rig.rule(Rig.HOST, Verdict.MOCK));
        var client = rig.client(Version.HTTP_2)) {
      var answer =
          client.send(get("https://mocked.test/telemetry?v=1&v=2"), BodyHandlers.ofString());

      assertThat(answer.version()).isEqualTo(Version.HTTP_2);
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("GET https://mocked.test/telemetry?v=1&v=2 0");
      assertThat(answer.headers().firstValue("x-stub")).contains("1");
      var exchange = only(rig);
      var tls = Objects.requireNonNull(exchange.tls());
      assertThat(exchange.verdict()).isEqualTo(Verdict.MOCK);
      assertThat(exchange.rule()).isEqualTo("mocked.test mock");
      assertThat(exchange.product()).isEqualTo("product");
      assertThat(exchange.listener()).isEqualTo("proxy");
      assertThat(exchange.request().version()).isEqualTo("HTTP/2");
      assertThat(exchange.request().target()).isEqualTo("/telemetry?v=1&v=2");
      assertThat(tls.version()).isEqualTo("TLSv1.3");
      assertThat(tls.sni()).isEqualTo("mocked.test");
      assertThat(tls.alpn()).isEqualTo("h2");
      assertThat(exchange.upstream()).isNull();
      assertThat(exchange.failure()).isNull();
      assertThat(exchange.began()).isLessThanOrEqualTo(exchange.answered());
      assertThat(exchange.answered()).isLessThanOrEqualTo(exchange.ended());
      assertThat(rig.lookUps).hasValue(0);
      assertThat(rig.dialing.connects()).isZero();
    }
  }

  @Test
  void aMockedHostIsAnsweredInsideTlsOverHttp1() throws Exception {
    try (var rig = new Rig(Rig.rule(Rig.HOST, Verdict.MOCK));
        var client = rig.client(Version.HTTP_1_1)) {
      var first =
          client.send(
              HttpRequest.newBuilder(URI.create("https://mocked.test/up"))
                  .POST(BodyPublishers.ofString("body"))
                  .build(),
              BodyHandlers.ofString());
      var second = client.send(get("https://mocked.test/again"), BodyHandlers.ofString());

      assertThat(first.body()).isEqualTo("POST https://mocked.test/up 4");
      assertThat(second.body()).isEqualTo("GET https://mocked.test/again 0");
      await().until(() -> rig.journal.size() == 2);
      assertThat(rig.journal.getFirst().request().body().bytes()).isEqualTo("body".getBytes(UTF_8));
      assertThat(rig.journal.get(0).client().port()).isEqualTo(rig.journal.get(1).client().port());
    }
  }

  @Test
  void aPlainRequestIsForwardedAsItIs() throws IOException {
    try (var backend =
            Backend.plain(
                talk -> {
                  talk.head();
                  talk.say(
                      "HTTP/1.1 200 Fine\r\nX-miXed: a\r\nConnection: close, X-Gone\r\n"
                          + "X-Gone: 1\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n"
                          + "\u001f\u008bx");
                });
        var rig = new Rig(Rig.rule("seen.test", Verdict.OBSERVE));
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say(
          "POST http://seen.test:"
              + backend.port()
              + "/a?b=%41&c HTTP/1.1\r\nHost: seen.test:"
              + backend.port()
              + "\r\nX-One: 1\r\nProxy-Connection: keep-alive\r\nx-TWO: 2\r\n"
              + "Connection: x-hop\r\nX-Hop: 3\r\nContent-Length: 2\r\n\r\nhi");

      assertThat(talk.head())
          .isEqualTo(
              "HTTP/1.1 200 Fine\r\nX-miXed: a\r\nContent-Encoding: gzip\r\n"
                  + "Content-Length: 3\r\n\r\n");
      assertThat(talk.read(3)).isEqualTo("\u001f\u008bx");
      assertThat(backend.heads)
          .containsExactly(
              "POST /a?b=%41&c HTTP/1.1\r\nHost: seen.test:"
                  + backend.port()
                  + "\r\nX-One: 1\r\nx-TWO: 2\r\nContent-Length: 2\r\n\r\n");
      var exchange = only(rig);
      assertThat(exchange.verdict()).isEqualTo(Verdict.OBSERVE);
      assertThat(exchange.request().body().bytes()).isEqualTo("hi".getBytes(UTF_8));
      assertThat(exchange.request().headers().all("x-hop")).containsExactly("3");
      assertThat(Objects.requireNonNull(exchange.response()).body().length()).isEqualTo(3);
      assertThat(Objects.requireNonNull(exchange.upstream()).address())
          .isEqualTo("127.0.0.1:" + backend.port());
    }
  }

  @Test
  void anObservedHostIsForwardedInsideTls() throws Exception {
    try (var rig = new Rig(Rig.rule("seen.test", Verdict.OBSERVE));
        var backend =
            Backend.secure(
                rig.authority,
                "seen.test",
                talk -> {
                  while (talk.head() != null) {
                    talk.ok("from upstream");
                  }
                });
        var client = rig.client(Version.HTTP_2)) {
      var url = "https://seen.test:" + backend.port() + "/a";
      var answer = client.send(get(url), BodyHandlers.ofString());

      assertThat(answer.body()).isEqualTo("from upstream");
      assertThat(answer.version()).isEqualTo(Version.HTTP_2);
      var exchange = only(rig);
      assertThat(exchange.request().url()).isEqualTo(url);
      assertThat(exchange.request().port()).isEqualTo(backend.port());
      var upstream = Objects.requireNonNull(exchange.upstream());
      assertThat(Objects.requireNonNull(upstream.tls()).sni()).isEqualTo("seen.test");
      assertThat(upstream.connectNanos()).isPositive();
      assertThat(upstream.firstOctetNanos()).isPositive();
    }
  }

  @Test
  void aBlockedHostIsRefusedAndNothingIsDialed() throws Exception {
    try (var rig = new Rig(Rig.rule("bad.test", Verdict.BLOCK));
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say("CONNECT bad.test:443 HTTP/1.1\r\nHost: bad.test:443\r\n\r\n");
      assertThat(talk.head()).startsWith("HTTP/1.1 403 Forbidden\r\n");
      assertThat(talk.read(43)).isEqualTo("{\"detail\":\"blocked by rule bad.test block\"}");
      talk.say("GET http://bad.test/x HTTP/1.1\r\nHost: bad.test\r\n\r\n");
      assertThat(talk.head()).startsWith("HTTP/1.1 403 Forbidden\r\n");

      await().until(() -> rig.journal.size() == 2);
      assertThat(rig.journal).allMatch(exchange -> exchange.verdict() == Verdict.BLOCK);
      assertThat(rig.journal.getFirst().request().method()).isEqualTo("CONNECT");
      assertThat(rig.lookUps).hasValue(0);
      assertThat(rig.dialing.connects()).isZero();
    }
  }

  @Test
  void anUnlistedHostIsTunnelledUnread() throws Exception {
    try (var rig = new Rig(Rig.rule(Rig.HOST, Verdict.MOCK));
        var backend =
            Backend.secure(
                rig.authority,
                "other.test",
                talk -> {
                  while (talk.head() != null) {
                    talk.ok("its own");
                  }
                });
        var client = rig.client(Version.HTTP_1_1)) {
      var answer =
          client.send(get("https://other.test:" + backend.port() + "/"), BodyHandlers.ofString());
      client.shutdownNow();

      assertThat(answer.body()).isEqualTo("its own");
      var exchange = only(rig);
      assertThat(exchange.verdict()).isEqualTo(Verdict.TUNNEL);
      assertThat(exchange.rule()).isEqualTo("unlisted");
      assertThat(exchange.request().method()).isEqualTo("CONNECT");
      assertThat(exchange.request().target()).isEqualTo("other.test:" + backend.port());
      assertThat(exchange.request().body().length()).isGreaterThan(200);
      assertThat(exchange.request().body().bytes()).isEmpty();
      assertThat(Objects.requireNonNull(exchange.response()).body().length()).isGreaterThan(500);
      assertThat(exchange.tls()).isNull();
    }
  }

  @Test
  void whatIsBesideTheRulesOfAHostIsForwardedUncaptured() throws IOException {
    try (var backend =
            Backend.plain(
                talk -> {
                  talk.head();
                  talk.ok("a download");
                });
        var rig = new Rig(Rig.rule(Rig.HOST, Verdict.MOCK, "/telemetry/*"));
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say(
          "GET http://mocked.test:"
              + backend.port()
              + "/dl/x HTTP/1.1\r\nHost: mocked.test:"
              + backend.port()
              + "\r\n\r\n");

      assertThat(talk.head()).startsWith("HTTP/1.1 200 OK");
      assertThat(talk.read(10)).isEqualTo("a download");
      var exchange = only(rig);
      assertThat(exchange.rule()).isEqualTo("beside");
      var body = Objects.requireNonNull(exchange.response()).body();
      assertThat(body.length()).isEqualTo(10);
      assertThat(body.bytes()).isEmpty();
    }
  }

  @Test
  void aClientThatDoesNotTrustUsIsJournaled() throws IOException, GeneralSecurityException {
    try (var rig = new Rig(Rig.rule(Rig.HOST, Verdict.MOCK));
        var talk = Talk.to(rig.port(Kind.PROXY))) {
      talk.say("CONNECT mocked.test:443 HTTP/1.1\r\nHost: mocked.test:443\r\n\r\n");
      assertThat(talk.head()).startsWith("HTTP/1.1 200 Connection Established\r\n\r\n");
      var sockets = javax.net.ssl.SSLContext.getDefault().getSocketFactory();
      try (var tls =
          (javax.net.ssl.SSLSocket) sockets.createSocket(talk.socket, "mocked.test", 443, true)) {
        org.assertj.core.api.Assertions.assertThatThrownBy(tls::startHandshake)
            .isInstanceOf(javax.net.ssl.SSLException.class);
      }

      var failure = Objects.requireNonNull(only(rig).failure());
      assertThat(failure.cause()).isEqualTo(Cause.CLIENT_TLS);
      assertThat(failure.detail()).isEqualTo("the client says certificate_unknown");
      assertThat(only(rig).request().host()).isEqualTo("mocked.test");
      assertThat(only(rig).response()).isNull();
    }
  }
}
