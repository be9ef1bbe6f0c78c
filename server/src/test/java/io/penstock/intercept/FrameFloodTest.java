package io.penstock.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.exchange.Exchange;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.intercept.Backend.Talk;
import io.penstock.intercept.InterceptConfig.Kind;
import io.penstock.intercept.InterceptConfig.Limits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Frames of HTTP/2 that are cheap to send, ask for nothing, and come without an end. */
@Timeout(30)
class FrameFloodTest {

  private static final int END_HEADERS = 4;
  private static final int ACK = 1;
  private static final int PRIORITY = 2;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int CONTINUATION = 9;
  private static final int UNKNOWN = 0x55;

  private static final byte[] PINGED = Http2.frame(PING, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8);

  /** A head that is not at its end, of four entries of the static table (RFC 7541, appendix A). */
  private static final byte[] HEAD_BEGUN =
      Http2.frame(Http2.HEADERS, 0, 1, 0x82, 0x86, 0x84, 0x41, 1, 'a');

  private static final byte[] POST =
      Http2.frame(Http2.HEADERS, END_HEADERS, 1, 0x83, 0x86, 0x84, 0x41, 1, 'a');

  private static final byte[] NOTHING = {};

  @AfterAll
  static void demandNoLeaks() {
    Rig.demandNoLeaks();
  }

  /** What is sent once, and what is sent behind it again and again. */
  record Flood(String what, byte[] first, byte[] again) {

    @Override
    public String toString() {
      return what;
    }
  }

  static Stream<Flood> floods() {
    return Stream.of(
        new Flood("settings (CVE-2019-9515)", NOTHING, Http2.frame(SETTINGS, 0, 0)),
        new Flood("pings (CVE-2019-9512)", NOTHING, PINGED),
        new Flood("answers to pings", NOTHING, Http2.frame(PING, ACK, 0, 1, 2, 3, 4, 5, 6, 7, 8)),
        new Flood("priorities", NOTHING, Http2.frame(PRIORITY, 0, 1, 0, 0, 0, 0, 16)),
        new Flood("frames of an unknown type", NOTHING, Http2.frame(UNKNOWN, 0, 0)),
        new Flood("empty data (CVE-2019-9518)", POST, Http2.frame(Http2.DATA, 0, 1)),
        new Flood(
            "empty continuations (CVE-2024-27316)", HEAD_BEGUN, Http2.frame(CONTINUATION, 0, 1)),
        new Flood(
            "small continuations", HEAD_BEGUN, Http2.frame(CONTINUATION, 0, 1, 0, 1, 'x', 1, 'y')));
  }

  /** A header line that is not kept, its value of so many octets (RFC 7541 §5.1 and §6.2.2). */
  private static int[] line(int length) {
    int rest = length - 127;
    var octets = new int[6 + length];
    octets[1] = 1;
    octets[2] = 'x';
    octets[3] = 127;
    octets[4] = rest & 127 | 128;
    octets[5] = rest >> 7;
    return octets;
  }

  private static void send(Talk talk, Flood flood) {
    var piece = new ByteArrayOutputStream();
    for (int i = 0; i < 100; i++) {
      piece.writeBytes(flood.again);
    }
    try {
      talk.say(Http2.PREFACE);
      talk.say(flood.first);
      for (int i = 0; i < 1_000; i++) {
        talk.say(piece.toByteArray());
      }
    } catch (IOException _) {
      // It was closed before all of them were sent.
    }
  }

  private static void drain(Talk talk) throws IOException {
    try {
      talk.rest();
    } catch (SocketException _) {
      // What it had sent and nobody read is told by a reset.
    }
  }

  private static long refused(Rig rig, String reason) {
    return Scrape.counter(rig.registry, "intercept_refused", "reason", reason);
  }

  private static boolean isRefused(Exchange exchange, String error) {
    var failure = exchange.failure();
    return failure != null
        && failure.cause() == Cause.CLIENT_PROTOCOL
        && failure.detail().equals("HTTP/2: " + error);
  }

  @ParameterizedTest
  @MethodSource("floods")
  void aFloodEndsItsConnectionAndNoOther(Flood flood) throws IOException {
    try (var rig = new Rig();
        var other = Talk.to(rig.port(Kind.MOCK));
        var talk = Talk.to(rig.port(Kind.MOCK))) {
      other.say(Http2.PREFACE);
      other.say(Http2.get(1));
      long length = Http2.lengthOfData(other, 1);

      Thread.ofVirtual().start(() -> send(talk, flood));
      // Whatever comes is read, so that nothing waits for us.
      drain(talk);

      await().until(() -> refused(rig, "flood") == 1);
      assertThat(rig.journal).filteredOn(e -> isRefused(e, "ENHANCE_YOUR_CALM")).hasSize(1);
      other.say(Http2.get(3));
      assertThat(Http2.lengthOfData(other, 3)).isEqualTo(length);
    }
  }

  @Test
  void aHeadWithoutAnEndEndsItsConnection() throws IOException {
    var endless = new Flood("large", HEAD_BEGUN, Http2.frame(CONTINUATION, 0, 1, line(16_000)));
    try (var rig = new Rig();
        var talk = Talk.to(rig.port(Kind.MOCK))) {
      Thread.ofVirtual().start(() -> send(talk, endless));
      drain(talk);

      await().until(() -> refused(rig, "malformed") == 1);
      assertThat(rig.exchanges(1)).allMatch(e -> isRefused(e, "PROTOCOL_ERROR"));
    }
  }

  private static void pingAndHear(Talk talk, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      talk.say(PINGED);
    }
    for (int answered = 0; answered < count; ) {
      answered += Http2.next(talk).type() == PING ? 1 : 0;
    }
  }

  @Test
  void whoReadsMoreMayAskMore() throws IOException {
    try (var rig = new Rig(config -> config.withLimits(Limits.DEFAULT.withIdleFrames(10)));
        var talk = Talk.to(rig.port(Kind.MOCK))) {
      rig.answers = (_, _) -> Rig.answer(200, "x".repeat(60_000));
      talk.say(Http2.PREFACE);
      // With the settings of the preface that is all.
      pingAndHear(talk, 9);
      talk.say(Http2.get(1));
      assertThat(Http2.lengthOfData(talk, 1)).isEqualTo(60_000);

      pingAndHear(talk, 4);
      assertThat(refused(rig, "flood")).isZero();
      talk.say(PINGED);
      drain(talk);
      await().until(() -> refused(rig, "flood") == 1);
    }
  }
}
