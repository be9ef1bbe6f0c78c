package io.penstock.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Verdict;
import io.penstock.intercept.Backend.Talk;
import io.penstock.intercept.InterceptConfig.Kind;
import java.io.IOException;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that two parties could read in two ways are answered once, and end the connection. */
@Timeout(30)
class SmugglingTest {

  private static Rig rig;

  @BeforeAll
  static void start() {
    rig = new Rig(Rig.rule(Rig.HOST, Verdict.MOCK));
  }

  @AfterAll
  static void stop() {
    rig.close();
    Rig.demandNoLeaks();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Two lengths.
        "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4, 4\r\n\r\nabcd",
        // Lengths that are none.
        "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: +4\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: -1\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0x4\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4 4\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 99999999999999999999\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length:\r\n\r\nabcd",
        // Codings that some read as chunked and some do not.
        "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        // Names that are none.
        "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length : 4\r\n\r\nabcd",
        "GET / HTTP/1.1\r\nHost: a.test\r\n : x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.test\r\nX Y: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.test\r\nnothing\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.test\r\n: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.test\r\nX\u0000: x\r\n\r\n",
        // Lines that end too early.
        "GET / HTTP/1.1\nHost: a.test\n\n",
        "GET / HTTP/1.1\r\nHost: a.test\nX: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.test\r\nX: y\rZ: z\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.test\r\nX: y\u0000z\r\n\r\n",
        // Lines that go on.
        "GET / HTTP/1.1\r\n Host: a.test\r\n\r\n",
        // Hosts.
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.test, b.test\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.test:0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: u@a.test\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a..test\r\n\r\n",
        "GET http://u:p@a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
        "GET ftp://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
        "GET http:///x HTTP/1.1\r\nHost: a.test\r\n\r\n",
        // Request lines.
        "GET / x HTTP/1.1\r\nHost: a.test\r\n\r\n",
        "GET /\u0001 HTTP/1.1\r\nHost: a.test\r\n\r\n",
        "GET /\u00e4 HTTP/1.1\r\nHost: a.test\r\n\r\n",
        "GET a HTTP/1.1\r\nHost: a.test\r\n\r\n",
        "GET / HTTP/1.1x\r\nHost: a.test\r\n\r\n",
        "GET / HTTP/1.2\r\nHost: a.test\r\n\r\n",
        "GET /\r\nHost: a.test\r\n\r\n",
        "G@T / HTTP/1.1\r\nHost: a.test\r\n\r\n",
      })
  void anAmbiguousHeadIsRefused(String request) throws IOException {
    rig.journal.clear();
    try (var talk = Talk.to(rig.port(Kind.MOCK))) {
      talk.say(request + "GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n");
      var all = talk.rest();

      assertThat(all).matches("(?s)HTTP/1.1 (400|505) .*").doesNotContain("200 OK");
      assertThat(all.split("HTTP/1.1 ")).hasSize(2);
    }
    var failure = Objects.requireNonNull(rig.exchanges(1).getFirst().failure());
    assertThat(failure.cause()).isEqualTo(Cause.CLIENT_PROTOCOL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0x1\r\na\r\n0\r\n\r\n",
        "-1\r\na\r\n0\r\n\r\n",
        "+1\r\na\r\n0\r\n\r\n",
        " 1\r\na\r\n0\r\n\r\n",
        "1\na\n0\n\n",
        "1 1\r\na\r\n0\r\n\r\n",
        "1\r\nab\r\n0\r\n\r\n",
        "g\r\na\r\n0\r\n\r\n",
        "\r\na\r\n0\r\n\r\n",
        "1;\n0\r\na\r\n0\r\n\r\n",
        "1000000000000000001\r\na\r\n0\r\n\r\n",
        "fffffffff\r\na\r\n0\r\n\r\n",
        "1\r\na\r\n0\r\nX\u0000: y\r\n\r\n",
        "1\r\na\r\n0\r\nX : y\r\n\r\n",
      })
  void anAmbiguousChunkEndsTheConnection(String body) throws IOException {
    try (var talk = Talk.to(rig.port(Kind.MOCK))) {
      talk.say(
          "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"
              + body
              + "GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n");
      talk.socket.shutdownOutput();

      assertThat(talk.rest()).doesNotContain("200 OK").doesNotContain("smuggled");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\na\r\n0\r\nT: v\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: Chunked\r\n\r\n01\r\na\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1\r\n\r\na",
        "POST http://a.test HTTP/1.1\r\nHost: other.test\r\nContent-Length: 1\r\n\r\na",
        "\r\n\r\nPOST / HTTP/1.1\r\nHost: a.test:80\r\ncontent-length:1\r\n\r\na",
        "POST / HTTP/1.1\r\nHost: a.test\r\nX: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\na",
        "POST  / http/1.1\r\nHost: a.test\r\nContent-Length: 1\r\n\r\na",
        "POST / HTTP/1.1\r\nHost: A.TEST.\r\nContent-Length: 1\r\n\r\na",
      })
  void whatSaysOneThingIsAnswered(String request) throws IOException {
    try (var talk = Talk.to(rig.port(Kind.MOCK))) {
      talk.say(request + "GET /next HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n");

      assertThat(talk.rest())
          .contains("POST http://a.test/ 1")
          .endsWith("GET http://a.test/next 0");
    }
  }
}
