package io.penstock.intercept;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Verdict;
import io.penstock.intercept.Backend.Talk;
import io.penstock.intercept.InterceptConfig.Kind;
import io.penstock.intercept.InterceptConfig.Limits;
import io.penstock.stub.Answer;
import io.penstock.stub.Answer.Fault;
import io.penstock.stub.Answer.Pace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that begin more than they end, or ask for more than they read. */
@Timeout(30)
class FloodTest {

  private static final byte[] BODY = "0123456789".getBytes(UTF_8);

  @AfterAll
  static void demandNoLeaks() {
    Rig.demandNoLeaks();
  }

  private static byte[] hello() throws IOException, GeneralSecurityException {
    var engine = SSLContext.getDefault().createSSLEngine(Rig.HOST, 443);
    engine.setUseClientMode(true);
    var out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), out);
    return Arrays.copyOf(out.array(), out.position());
  }

  private static Talk connect(Rig rig) throws IOException {
    var talk = Talk.to(rig.port(Kind.PROXY));
    talk.say("CONNECT mocked.test:443 HTTP/1.1\r\nHost: x\r\n\r\n");
    assertThat(talk.head()).startsWith("HTTP/1.1 200 ");
    return talk;
  }

  @Test
  void onlySoManyHandshakesAreUnderWay() throws Exception {
    try (var rig =
        new Rig(
            config -> config.withLimits(Limits.DEFAULT.withConnections(100, 100, 3)),
            Rig.rule(Rig.HOST, Verdict.MOCK))) {
      var begun = new ArrayList<Talk>();
      for (int i = 0; i < 3; i++) {
        var talk = connect(rig);
        talk.say(hello());
        // Its answer to the first message: from now on the handshake is under way.
        assertThat(talk.octets(1)).containsExactly(0x16);
        begun.add(talk);
      }
      try (var talk = connect(rig)) {
        talk.say(hello());
        assertThat(talk.rest()).isEmpty();
      }
      var refused = rig.exchanges(1).getFirst();
      assertThat(refused.verdict()).isEqualTo(Verdict.BLOCK);
      assertThat(Objects.requireNonNull(refused.failure()).detail())
          .isEqualTo("too many handshakes");
      begun.removeFirst().close();
      await()
          .until(
              () -> {
                try (var talk = connect(rig)) {
                  talk.say(hello());
                  return talk.octets(1).length == 1;
                }
              });
      for (var talk : begun) {
        talk.close();
      }
    }
  }

  private static Answers always(Fault fault) {
    var pace = new Pace(Duration.ZERO, Duration.ZERO, fault);
    return (_, _) -> new Answer("stub", 200, Headers.NONE, BODY, Headers.NONE, pace);
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"RESET", "TRUNCATE"})
  void aFaultOfAStreamIsNoFaultOfTheOthers(Fault fault) throws IOException {
    try (var rig = new Rig();
        var talk = Talk.to(rig.port(Kind.MOCK))) {
      rig.answers = always(fault);
      talk.say(Http2.PREFACE);
      talk.say(Http2.get(1));
      var frame = Http2.next(talk);
      while (frame.stream() != 1 || !frame.isEnd()) {
        frame = Http2.next(talk);
      }

      assertThat(frame.type()).isEqualTo(Http2.RESET);
      assertThat(Objects.requireNonNull(rig.exchanges(1).getFirst().failure()).cause())
          .isEqualTo(Cause.FAULT);
      rig.answers = always(Fault.NONE);
      talk.say(Http2.get(3));
      assertThat(Http2.lengthOfData(talk, 3)).isEqualTo(BODY.length);
    }
  }

  @Test
  void aStreamThatStallsDoesNotHoldUpTheOthers() throws IOException {
    try (var rig = new Rig();
        var talk = Talk.to(rig.port(Kind.MOCK))) {
      rig.answers = always(Fault.STALL);
      talk.say(Http2.PREFACE);
      talk.say(Http2.get(1));
      var frame = Http2.next(talk);
      while (frame.stream() != 1 || frame.type() != Http2.DATA) {
        frame = Http2.next(talk);
      }

      assertThat(frame.length()).isEqualTo(BODY.length / 2);
      assertThat(frame.isEnd()).isFalse();
      rig.answers = always(Fault.NONE);
      talk.say(Http2.get(3));
      assertThat(Http2.lengthOfData(talk, 3)).isEqualTo(BODY.length);
      talk.say(Http2.reset(1));
      assertThat(rig.exchanges(2).stream().filter(exchange -> exchange.failure() != null))
          .hasSize(1);
    }
  }

  @Test
  void aStreamThatIsNotReadIsReadNoFurtherFromItsServer() throws IOException {
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
        var rig = new Rig(Rig.rule("seen.test", Verdict.OBSERVE), Rig.rule("a", Verdict.MOCK));
        var talk = Talk.to(rig.port(Kind.REVERSE))) {
      talk.say(Http2.PREFACE);
      talk.say(Http2.get(1, "seen.test:" + backend.port()));
      // All that flow control lets come without an update (RFC 9113 §6.9.2).
      long got = 0;
      while (got < 65_535) {
        var frame = Http2.next(talk);
        got += frame.stream() == 1 && frame.type() == Http2.DATA ? frame.length() : 0;
      }
      var before = new AtomicLong(-1);
      await()
          .pollInterval(Duration.ofMillis(100))
          .until(() -> before.getAndSet(sent.get()) == sent.get());

      assertThat(sent.get()).isLessThan(length / 2);
      assertThat(rig.journal).isEmpty();
    }
  }
}
