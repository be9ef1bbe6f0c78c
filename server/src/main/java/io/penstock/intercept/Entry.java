package io.penstock.intercept;

import io.penstock.event.Nanos;
import io.penstock.exchange.Answered;
import io.penstock.exchange.Content;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Headers;
import io.penstock.policy.Decision;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * An exchange under way, and what is learned of it until it goes to the journal. On one event loop.
 */
final class Entry {

  private final Means means;
  private final Incoming from;
  private final Head head;
  private final Decision decision;
  private final long began;
  private final long start = System.nanoTime();
  private long answeredNanos = -1;
  private int status;
  private Headers headers = Headers.NONE;
  private Headers trailers = Headers.NONE;
  private Exchange.@Nullable Upstream upstream;
  private Exchange.@Nullable Failure failure;
  private @Nullable WebSocketTally webSocket;
  private boolean isEnded;

  /** The body of the request; for a tunnel what the client sent. */
  final Capture sent;

  /** The body of the response; for a tunnel what the client got. */
  final Capture got;

  Entry(Means means, Incoming from, Head head, Decision decision, int captureBytes) {
    this.means = means;
    this.from = from;
    this.head = head;
    this.decision = decision;
    this.began = Nanos.of(means.clock.instant());
    this.sent = new Capture(captureBytes);
    this.got = new Capture(captureBytes);
  }

  /** Of something that was never a request. */
  static void failed(
      Means means, Incoming from, Head head, Decision decision, Cause cause, String detail) {
    var entry = new Entry(means, from, head, decision, 0);
    entry.failed(cause, detail);
    entry.end();
  }

  Head head() {
    return head;
  }

  Decision decision() {
    return decision;
  }

  /** The head of the answer goes to the client. */
  void answered(int status, Headers headers) {
    this.status = status;
    this.headers = headers;
    answeredNanos = System.nanoTime() - start;
  }

  /** It was the beginning of a WebSocket (RFC 6455 §4). */
  void webSocket() {
    webSocket = new WebSocketTally();
    sent.count(webSocket.sent);
    got.count(webSocket.received);
  }

  void trailers(Headers trailers) {
    this.trailers = trailers;
  }

  void upstream(Exchange.@Nullable Upstream upstream) {
    this.upstream = upstream;
  }

  /** What went wrong; the first thing counts. */
  void failed(Cause cause, String detail) {
    if (failure == null) {
      failure = new Exchange.Failure(cause, detail);
    }
  }

  /** It is over, and goes to the journal; once. */
  void end() {
    if (isEnded) {
      return;
    }
    isEnded = true;
    long took = System.nanoTime() - start;
    means.metrics.ended(from.kind(), decision.verdict(), took);
    means.record(exchange(took));
  }

  boolean isEnded() {
    return isEnded;
  }

  private Exchange exchange(long took) {
    var login = from.login;
    return new Exchange(
        id(began),
        login == null ? means.config.tenant() : login.tenant(),
        began,
        began + (answeredNanos < 0 ? took : answeredNanos),
        began + took,
        InterceptMetrics.word(from.kind()),
        from.client(),
        decision.verdict(),
        decision.rule(),
        decision.product(),
        (webSocket == null ? head : head.webSocket()).asked(sent.content()),
        answeredNanos < 0 ? null : response(got.content()),
        from.tls,
        upstream,
        failure,
        webSocket == null ? null : webSocket.sum());
  }

  private Answered response(Content body) {
    return new Answered(status, headers, body, trailers);
  }

  /** Time first (RFC 9562 §5.7), so that ids of one day lie together. */
  private static UUID id(long began) {
    var random = ThreadLocalRandom.current();
    long millis = began / 1_000_000;
    long high = millis << 16 | 0x7000 | random.nextInt(0x1000);
    long low = random.nextLong() >>> 2 | 1L << 63;
    return new UUID(high, low);
  }
}
