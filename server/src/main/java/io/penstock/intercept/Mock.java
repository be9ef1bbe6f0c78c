package io.penstock.intercept;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.penstock.exchange.Content;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Headers;
import io.penstock.intercept.Answering.Busy;
import io.penstock.intercept.Answering.Failed;
import io.penstock.intercept.Answering.Made;
import io.penstock.intercept.Answering.Outcome;
import io.penstock.stub.Answer;
import io.penstock.stub.Answer.Fault;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A request that is answered here, at the pace of its answer, which may go wrong on purpose.
 * Nothing is looked up or connected to.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class Mock implements Turn {

  /** A body that goes out slowly does so in steps of this length, or longer when it has many. */
  private static final long STEP_NANOS = Duration.ofMillis(20).toNanos();

  private static final int STEPS_MAX = 1_000;
  private static final int BODY_TIMES = 4;
  private static final byte[] GARBAGE =
      "\u0000\u0001garbage\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final Means means;
  private final Requests requests;
  private final Entry entry;
  private final HttpRequest request;
  private final Reply reply;
  private final long bodyDue;
  private @Nullable ByteArrayOutputStream body;
  private boolean isOver;

  Mock(Means means, Requests requests, Entry entry, HttpRequest request, Reply reply) {
    this.means = means;
    this.requests = requests;
    this.entry = entry;
    this.request = request;
    this.reply = reply;
    this.bodyDue =
        System.nanoTime() + means.config.timeouts().body().multipliedBy(BODY_TIMES).toNanos();
  }

  void begin() {
    if (HttpUtil.getContentLength(request, 0L) > means.config.limits().mockBodyBytes()) {
      tooLarge();
      return;
    }
    if (HttpUtil.is100ContinueExpected(request)) {
      reply.interim(HttpResponseStatus.CONTINUE, EmptyHttpHeaders.INSTANCE);
    }
  }

  @Override
  public boolean takes() {
    return !isOver;
  }

  @Override
  public void content(HttpContent piece) {
    try {
      if (!isOver) {
        gather(piece);
      }
    } finally {
      piece.release();
    }
    if (!isOver && piece instanceof LastHttpContent) {
      answer();
    }
  }

  private void gather(HttpContent piece) {
    var octets = piece.content();
    int length = octets.readableBytes();
    if (length == 0) {
      return;
    }
    entry.sent.see(octets);
    if (entry.sent.length() > means.config.limits().mockBodyBytes()) {
      tooLarge();
      return;
    }
    if (System.nanoTime() - bodyDue > 0) {
      late();
      return;
    }
    if (body == null) {
      body = new ByteArrayOutputStream(Math.max(length, 512));
    }
    try {
      octets.getBytes(octets.readerIndex(), body, length);
    } catch (IOException e) {
      throw new IllegalStateException("memory cannot be written to", e);
    }
  }

  private void tooLarge() {
    means.metrics.refused(InterceptMetrics.Refusal.BODY);
    entry.failed(Cause.CLIENT_PROTOCOL, "the body is too long");
    reply.closeAfter();
    detail(413, "the body is too long");
  }

  private void answer() {
    var whole = body == null ? Content.NONE : Content.of(body.toByteArray());
    body = null;
    means.answering.answer(
        entry.head().asked(whole), entry.decision().product(), loop(), this::answered);
  }

  private void answered(Outcome outcome) {
    if (isOver) {
      return;
    }
    switch (outcome) {
      case Made(Answer answer) when answer != null -> answer(answer);
      case Made _ -> detail(404, "Not Found");
      case Failed(RuntimeException why) -> {
        means.bug("answer", why);
        detail(500, "no answer could be made");
      }
      case Busy _ -> {
        means.metrics.refused(InterceptMetrics.Refusal.ANSWERS);
        detail(503, "too many answers are being made");
      }
    }
    reply.flush();
  }

  private void answer(Answer answer) {
    var pace = answer.pace();
    if (pace.delay().isZero()) {
      begin(answer);
    } else {
      after(pace.delay(), () -> begin(answer));
    }
  }

  private EventLoop loop() {
    return reply.channel().eventLoop();
  }

  /** Goes on later, unless the client has gone by then. */
  private void after(Duration pause, Runnable step) {
    loop()
        .schedule(
            () -> {
              if (!isOver) {
                step.run();
                reply.flush();
              }
            },
            pause.toNanos(),
            TimeUnit.NANOSECONDS);
  }

  private void detail(int status, String why) {
    var bytes = Details.body(why);
    var headers = Details.headers();
    whole(status, headers, bytes, EmptyHttpHeaders.INSTANCE);
  }

  private void begin(Answer answer) {
    var fault = answer.pace().fault();
    switch (fault) {
      case NONE -> orderly(answer);
      case RESET, EMPTY, GARBAGE -> instead(fault);
      case STALL, TRUNCATE -> half(answer, fault);
    }
  }

  private void orderly(Answer answer) {
    HttpHeaders headers;
    HttpHeaders trailers;
    try {
      headers = headers(answer.headers());
      trailers = headers(answer.trailers());
    } catch (IllegalArgumentException e) {
      // Values that a template made, with line breaks in them.
      means.bug("answer", e);
      detail(500, "no answer could be made");
      return;
    }
    if (answer.pace().bodyOver().isZero() || answer.body().length == 0) {
      whole(answer.status(), headers, answer.body(), trailers);
      return;
    }
    headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
    headers.set(HttpHeaderNames.CONTENT_LENGTH, answer.body().length);
    head(answer.status(), headers);
    slowly(answer, 0, trailers);
  }

  private void slowly(Answer answer, int from, HttpHeaders trailers) {
    int length = answer.body().length;
    long nanos = answer.pace().bodyOver().toNanos();
    int steps = Math.clamp(nanos / STEP_NANOS, 1, Math.min(STEPS_MAX, length));
    int to = Math.min(length, from + (length + steps - 1) / steps);
    if (reply.isWritable()) {
      seen(answer.body(), from, to);
      var piece = Unpooled.wrappedBuffer(answer.body(), from, to - from);
      if (to == length) {
        reply.end(piece, trailers);
        over();
        return;
      }
      reply.piece(piece);
    } else {
      to = from;
    }
    int next = to;
    after(Duration.ofNanos(nanos / steps), () -> slowly(answer, next, trailers));
  }

  private void whole(int status, HttpHeaders headers, byte[] bytes, HttpHeaders trailers) {
    reply.whole(HttpResponseStatus.valueOf(status), headers, bytes, trailers);
    entry.answered(status, Heads.headers(headers));
    seen(bytes, 0, bytes.length);
    entry.trailers(Heads.headers(trailers));
    over();
  }

  /** What goes out of a body: to HEAD nothing does. */
  private void seen(byte[] body, int from, int to) {
    if (reply.hasBody()) {
      entry.got.see(body, from, to);
    }
  }

  private void head(int status, HttpHeaders headers) {
    reply.head(HttpResponseStatus.valueOf(status), headers);
    entry.answered(status, Heads.headers(headers));
    reply.flush();
  }

  private void over() {
    isOver = true;
    entry.end();
    requests.done();
  }

  /** Something else in the place of an answer. */
  private void instead(Fault fault) {
    isOver = true;
    entry.failed(Cause.FAULT, InterceptMetrics.word(fault));
    entry.end();
    switch (fault) {
      case RESET -> reply.abort();
      case GARBAGE -> {
        reply.raw(GARBAGE).addListener(ChannelFutureListener.CLOSE);
        return;
      }
      default -> {}
    }
    requests.close();
  }

  /** The head and half of the body. */
  private void half(Answer answer, Fault fault) {
    var headers = headers(answer.headers());
    headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
    headers.set(HttpHeaderNames.CONTENT_LENGTH, answer.body().length);
    head(answer.status(), headers);
    int half = answer.body().length / 2;
    seen(answer.body(), 0, half);
    reply.piece(Unpooled.wrappedBuffer(answer.body(), 0, half));
    reply.flush();
    entry.failed(Cause.FAULT, InterceptMetrics.word(fault));
    if (fault == Fault.STALL) {
      // Until the client gives up, or there is no more patience.
      requests.patience().allow(means.config.timeouts().answer());
      return;
    }
    isOver = true;
    entry.end();
    if (reply.isHttp2()) {
      reply.abort();
    }
    requests.close();
  }

  private static HttpHeaders headers(Headers lines) {
    if (lines.lines().isEmpty()) {
      return DefaultHttpHeadersFactory.headersFactory().newHeaders();
    }
    var headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    for (var line : lines.lines()) {
      headers.add(line.name(), line.value());
    }
    return headers;
  }

  @Override
  public void writable() {}

  @Override
  public void late() {
    isOver = true;
    entry.failed(Cause.CLIENT_GONE, "too slow");
    if (reply.isBegun()) {
      entry.end();
      requests.close();
      return;
    }
    reply.closeAfter();
    detail(408, "no body in time");
  }

  @Override
  public void gone() {
    if (!isOver) {
      isOver = true;
      body = null;
      entry.failed(Cause.CLIENT_GONE, "gone before the end of the answer");
      entry.end();
    }
  }
}
