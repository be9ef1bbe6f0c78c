package io.penstock.intercept;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.util.ReferenceCountUtil;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Verdict;
import io.penstock.intercept.InterceptMetrics.Refusal;
import io.penstock.policy.Decision;
import java.io.IOException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one connection, or the one of an HTTP/2 stream: decides about each, one after the
 * other, and gives it its turn. What a client sends ahead waits in a queue that holds no more than
 * one read brought, because nothing is read while there is something in it.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class Requests extends ChannelInboundHandlerAdapter {

  private static final String REFUSED = "refused";

  private final Means means;
  private final Incoming from;
  private final Threshold threshold;
  private final boolean isHttp2;
  private final @Nullable RequestDecoder decoder;
  private final @Nullable ResponseEncoder encoder;
  private final ArrayDeque<HttpObject> ahead = new ArrayDeque<>();
  private @Nullable ChannelHandlerContext context;
  private @Nullable Patience patience;
  private @Nullable Turn turn;
  private @Nullable Reply reply;
  private boolean isDraining;
  private boolean isReading;
  private boolean isWritten;
  private boolean isRequestEnded = true;
  private boolean hasReadSince;
  private boolean isClosing;

  /** Whether octets of a head may have come: from then on it must come to its end. */
  private boolean isHeadBegun = true;

  /**
   * @param decoder of the connection; null for a stream of HTTP/2
   * @param encoder of the connection; null for a stream of HTTP/2
   */
  Requests(
      Means means,
      Incoming from,
      @Nullable RequestDecoder decoder,
      @Nullable ResponseEncoder encoder) {
    this.means = means;
    this.from = from;
    this.threshold = new Threshold(means, from);
    this.isHttp2 = decoder == null;
    this.decoder = decoder;
    this.encoder = encoder;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    patience = new Patience(ctx.channel().eventLoop(), this::late);
    if (!isHttp2) {
      patience.allow(means.config.timeouts().head());
    }
    if (ctx.channel().isActive()) {
      ctx.read();
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ctx.read();
  }

  ChannelHandlerContext context() {
    if (context == null) {
      throw new IllegalStateException("not in a pipeline");
    }
    return context;
  }

  Patience patience() {
    if (patience == null) {
      throw new IllegalStateException("not in a pipeline");
    }
    return patience;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    isReading = true;
    hasReadSince = true;
    if (isClosing || !(message instanceof HttpObject object)) {
      // Such as HTTP/2's frames that are no part of a message.
      ReferenceCountUtil.release(message);
      return;
    }
    ahead.add(object);
    drain();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    isReading = false;
    if (isWritten) {
      isWritten = false;
      ctx.flush();
    }
    boolean wasFed = decoder != null && decoder.wasFed();
    if (wasFed && !hasReadSince && turn == null && !isClosing && !isHeadBegun) {
      // Octets came, but no head is complete.
      isHeadBegun = true;
      patience().allow(means.config.timeouts().head());
    }
    hasReadSince = false;
    more();
  }

  private void drain() {
    if (isDraining) {
      return;
    }
    isDraining = true;
    try {
      while (accepts()) {
        var next = ahead.poll();
        if (next == null) {
          break;
        }
        take(next);
      }
    } finally {
      isDraining = false;
    }
    if (turn != null) {
      turn.pause();
    }
  }

  private boolean accepts() {
    if (isClosing) {
      return false;
    }
    return turn == null ? isRequestEnded : !isRequestEnded && turn.takes();
  }

  private void take(HttpObject object) {
    if (turn == null) {
      if (object instanceof FullHttpRequest whole) {
        // As HTTP/2 brings them: its body takes its turn like any other.
        ahead.addFirst(new DefaultLastHttpContent(whole.content(), whole.trailingHeaders()));
      }
      if (object instanceof HttpRequest request) {
        begin(request);
      } else {
        ReferenceCountUtil.release(object);
        return;
      }
    }
    if (object instanceof HttpContent piece && !(object instanceof HttpRequest)) {
      content(piece);
    }
  }

  private void content(HttpContent piece) {
    var current = turn;
    if (current == null || isClosing) {
      piece.release();
      return;
    }
    if (piece.decoderResult().isFailure()) {
      piece.release();
      isRequestEnded = true;
      means.metrics.refused(Refusal.MALFORMED);
      current.gone();
      close();
      return;
    }
    boolean isLast = piece instanceof LastHttpContent;
    if (isLast) {
      isRequestEnded = true;
      patience().allowAll();
    } else {
      patience().allow(means.config.timeouts().body());
    }
    current.content(piece);
  }

  /** Takes more of what the client sends, if there is room. */
  void more() {
    if (isClosing || !ahead.isEmpty()) {
      return;
    }
    if (turn == null || isRequestEnded || turn.takes()) {
      context().read();
    }
  }

  /** The turn takes pieces again. */
  void resume() {
    drain();
    if (!isReading) {
      more();
    }
  }

  void written() {
    isWritten = true;
  }

  void flush() {
    if (!isReading) {
      isWritten = false;
      context().flush();
    }
  }

  private void begin(HttpRequest request) {
    isRequestEnded = false;
    isHeadBegun = true;
    patience().allow(means.config.timeouts().body());
    var answer = new Reply(context(), this, request, isHttp2);
    reply = answer;
    if (means.isStopping()) {
      answer.closeAfter();
    }
    if (encoder != null) {
      encoder.answersHead(request.method().name().equals("HEAD"));
    }
    if (isHttp2 && from.isOpenProxy()) {
      bad(request, answer, new Heads.Bad(505, "this proxy is asked in HTTP/1.1"));
      return;
    }
    var malformed = Heads.malformed(request, isHttp2, means.config.limits().headLines());
    if (malformed != null) {
      bad(request, answer, malformed);
      return;
    }
    if (Heads.isConnect(request)) {
      connect(request, answer);
      return;
    }
    switch (Heads.read(request, from, isHttp2, means.config.limits().headLines())) {
      case Heads.Bad bad -> bad(request, answer, bad);
      case Heads.Good good -> decide(request, good.head(), answer);
    }
  }

  private void connect(HttpRequest request, Reply answer) {
    if (isHttp2 || !from.isOpenProxy()) {
      bad(request, answer, new Heads.Bad(405, "this is not a proxy"));
      return;
    }
    var meant = Authority.parse(request.uri()).filter(found -> found.port() != 0).orElse(null);
    if (meant == null) {
      bad(request, answer, new Heads.Bad(400, "CONNECT wants a host and a port"));
      return;
    }
    var head = Head.connect(meant, "https", Heads.headers(request.headers()));
    if (isRefused(request, head, answer)) {
      return;
    }
    var decision = means.policy.get().connection(meant.host());
    if (decision.verdict() != Verdict.BLOCK) {
      turn = new Connect(means, this, from, head, meant, decision, answer);
      return;
    }
    var entry = new Entry(means, from, head, decision, 0);
    var why = "blocked by rule " + plain(decision.rule());
    turn = new Refused(this, entry, request, answer, 403, why);
    begun();
  }

  /** The end of these requests: the connection becomes something else. */
  void leave() {
    isClosing = true;
    patience().end();
    releaseAhead();
  }

  private void decide(HttpRequest request, Head head, Reply answer) {
    if (from.isOpenProxy() && !request.uri().contains("://")) {
      boolean isOwn = means.own.isOwn(head.host(), head.port());
      means.metrics.refused(isOwn ? Refusal.LOOP : Refusal.MALFORMED);
      refuse(head, answer, isOwn ? 508 : 400, "this is a proxy, which wants absolute targets");
      return;
    }
    if (isRefused(request, head, answer)) {
      return;
    }
    var decision = threshold.decision(head);
    var hosts = from.hosts();
    boolean isForeign = !hosts.isEmpty() && !hosts.contains(head.host());
    var entry = new Entry(means, from, head, decision, threshold.captured(decision));
    if (isForeign) {
      means.metrics.mismatches.inc();
      entry.failed(Cause.CLIENT_PROTOCOL, "inside a connection to " + hosts.getLast());
    } else if (from.isFronted()) {
      entry.failed(Cause.CLIENT_PROTOCOL, "the connection is for " + String.join(" and ", hosts));
    }
    turn =
        switch (decision.verdict()) {
          case MOCK -> new Mock(means, this, entry, request, answer);
          case BLOCK ->
              new Refused(
                  this, entry, request, answer, 403, "blocked by rule " + plain(decision.rule()));
          case OBSERVE, TUNNEL -> new Forward(means, this, from, entry, request, answer);
        };
    begun();
  }

  private void begun() {
    switch (turn) {
      case Mock mock -> mock.begin();
      case Forward forward -> forward.begin();
      case Refused refusal -> refusal.begin();
      case Connect _ -> {}
      case null -> {}
    }
  }

  /** A rule's name as it can stand inside JSON. */
  private static String plain(String rule) {
    return rule.replaceAll("[^A-Za-z0-9 ._*/-]", "?");
  }

  /** Whether it may not even be asked what the policy says. */
  private boolean isRefused(HttpRequest request, Head head, Reply answer) {
    var objection = threshold.objection(request, head);
    if (objection == null) {
      return false;
    }
    refuse(head, answer, objection.status(), objection.why());
    return true;
  }

  private void bad(HttpRequest request, Reply answer, Heads.Bad bad) {
    means.metrics.refused(
        switch (bad.status()) {
          case 414 -> Refusal.REQUEST_LINE;
          case 431 -> Refusal.HEAD;
          default -> Refusal.MALFORMED;
        });
    boolean isRead = request.decoderResult().isSuccess();
    var head =
        Head.unreadable(
            from,
            isRead ? request.method().name() : "?",
            isRead ? request.uri() : "?",
            isRead ? Heads.headers(request.headers()) : Headers.NONE);
    answer.closeAfter();
    var entry = new Entry(means, from, head, new Decision(Verdict.BLOCK, REFUSED, null), 0);
    entry.failed(Cause.CLIENT_PROTOCOL, bad.why());
    var refusal = new Refused(this, entry, request, answer, bad.status(), bad.why());
    turn = refusal;
    refusal.atOnce();
  }

  private void refuse(Head head, Reply answer, int status, String why) {
    var entry = new Entry(means, from, head, new Decision(Verdict.BLOCK, REFUSED, null), 0);
    var refusal = new Refused(this, entry, null, answer, status, why);
    turn = refusal;
    refusal.begin();
  }

  /** The answer is complete; whose turn is next? */
  void done() {
    turn = null;
    var last = reply;
    boolean isKept =
        !isHttp2 && last != null && last.keepsAlive() && isRequestEnded && !means.isStopping();
    if (isKept) {
      isHeadBegun = false;
      patience().allow(means.config.timeouts().idle());
      flush();
      if (!isDraining) {
        resume();
      }
      return;
    }
    if (isHttp2) {
      finishStream();
      return;
    }
    isClosing = true;
    releaseAhead();
    Lingering.close(context(), patience());
  }

  private void finishStream() {
    flush();
    patience().end();
    isClosing = true;
    releaseAhead();
    if (!isRequestEnded && reply != null) {
      // RFC 9113 §8.1: the answer is complete, and the rest of the request is of no interest. A
      // reset overtakes what is still to be sent, so it has to wait for it.
      reply.whenSent(
          () -> context().writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR)));
    }
  }

  /** Nothing more comes of it. */
  void close() {
    turn = null;
    isClosing = true;
    patience().end();
    releaseAhead();
    if (isWritten) {
      isWritten = false;
      context().flush();
    }
    context().close();
  }

  private void releaseAhead() {
    for (var object = ahead.poll(); object != null; object = ahead.poll()) {
      ReferenceCountUtil.release(object);
    }
  }

  private void late() {
    var current = turn;
    if (current != null) {
      means.metrics.refused(Refusal.SLOW);
      current.late();
      return;
    }
    if (isHeadBegun && !isHttp2 && !isClosing) {
      means.metrics.refused(Refusal.SLOW);
      Entry.failed(
          means,
          from,
          Head.unreadable(from, "?", "?", Headers.NONE),
          new Decision(Verdict.BLOCK, REFUSED, null),
          Cause.CLIENT_GONE,
          "no request in time");
    }
    close();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (turn != null && ctx.channel().isWritable()) {
      turn.writable();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    boolean isEnd = event instanceof ChannelInputShutdownEvent || event == Stop.NOW;
    if (isEnd && turn == null) {
      close();
      return;
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    gone();
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    releaseAhead();
  }

  private void gone() {
    var current = turn;
    turn = null;
    isClosing = true;
    patience().end();
    releaseAhead();
    if (current != null) {
      current.gone();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    boolean isTheirs =
        cause instanceof IOException
            || cause instanceof DecoderException
            || cause instanceof Http2Exception;
    if (!isTheirs) {
      means.bug("request", cause);
    }
    gone();
    ctx.close();
  }
}
