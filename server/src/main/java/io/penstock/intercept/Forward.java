package io.penstock.intercept;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.upstream.Link;
import io.penstock.upstream.Target;
import io.penstock.upstream.UpstreamException;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request that is forwarded as it is, and its response, each no faster than the other side takes
 * it. The handler is the last of the upstream's pipeline; everything happens on the client's event
 * loop.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class Forward extends ChannelInboundHandlerAdapter implements Turn {

  private static final List<String> ANY_HTTP = List.of("h2", "http/1.1");
  private static final List<String> HTTP1 = List.of("http/1.1");

  private final Means means;
  private final Requests requests;
  private final Incoming from;
  private final Entry entry;
  private final HttpRequest request;
  private final Reply reply;
  private final boolean isUpgrade;
  private @Nullable Link link;
  private boolean isRequestEnded;
  private boolean hasBody;
  private boolean isInterim;
  private boolean isSwitching;
  private boolean isRetried;
  private boolean isOver;
  private long askedAt = System.nanoTime();
  private long firstOctetNanos;

  Forward(
      Means means,
      Requests requests,
      Incoming from,
      Entry entry,
      HttpRequest request,
      Reply reply) {
    this.means = means;
    this.requests = requests;
    this.from = from;
    this.entry = entry;
    this.request = request;
    this.reply = reply;
    this.isUpgrade = !reply.isHttp2() && Onward.isUpgrade(request.headers());
  }

  void begin() {
    dial();
  }

  private void dial() {
    var target = target();
    requests.patience().allow(means.config.timeouts().answer());
    var loop = reply.channel().eventLoop();
    means
        .upstreams
        .request(target, loop, reply.isHttp2() ? ANY_HTTP : HTTP1)
        .whenComplete((given, failure) -> loop.execute(() -> linked(given, failure)));
  }

  /** Where it goes: the connection's server, or the one that the request names. */
  private Target target() {
    var head = entry.head();
    var to = from.destination();
    return to == null
        ? new Target(head.scheme(), head.host(), head.port())
        : new Target(head.scheme(), to.host(), to.port());
  }

  private void linked(@Nullable Link given, @Nullable Throwable failure) {
    if (given == null) {
      var known = Failures.of(failure);
      failed(known.cause(), known.detail(), Failures.status(known.cause()));
      return;
    }
    if (isOver) {
      given.discard();
      return;
    }
    link = given;
    entry.upstream(given.facts().upstream(0));
    given.channel().pipeline().addLast(this);
    given.channel().write(outgoing(), given.channel().voidPromise());
    requests.resume();
    given.channel().flush();
    given.channel().read();
  }

  private DefaultHttpRequest outgoing() {
    var headers = Onward.request(request.headers(), isUpgrade, from.isOpenProxy());
    var head = entry.head();
    if (from.isOpenProxy()) {
      // RFC 9112 §3.2.2: what the target says is true, whatever Host says.
      var written = headers.get(HttpHeaderNames.HOST);
      var host = written == null ? null : Authority.parse(written).orElse(null);
      if (host == null || !host.host().equals(head.host())) {
        headers.set(HttpHeaderNames.HOST, hostField(head));
      }
    }
    means.config.via().ifPresent(name -> headers.add(HttpHeaderNames.VIA, via(head) + " " + name));
    return new DefaultHttpRequest(HttpVersion.HTTP_1_1, request.method(), head.target(), headers);
  }

  private static String hostField(Head head) {
    var host = head.host().indexOf(':') >= 0 ? "[" + head.host() + "]" : head.host();
    return head.port() == 80 ? host : host + ":" + head.port();
  }

  private static String via(Head head) {
    int slash = head.version().indexOf('/');
    return slash < 0 ? head.version() : head.version().substring(slash + 1);
  }

  @Override
  public boolean takes() {
    return isOver || link != null && link.channel().isWritable();
  }

  @Override
  public void content(HttpContent piece) {
    var to = link;
    isRequestEnded |= piece instanceof LastHttpContent;
    if (to == null || isOver) {
      piece.release();
      return;
    }
    var octets = piece.content();
    hasBody |= octets.isReadable();
    entry.sent.see(octets);
    if (isRequestEnded) {
      askedAt = System.nanoTime();
      requests.patience().allow(means.config.timeouts().answer());
    }
    to.channel().write(piece, to.channel().voidPromise());
  }

  @Override
  public void pause() {
    if (link != null && !isOver) {
      link.channel().flush();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!isCurrent(ctx)) {
      ReferenceCountUtil.release(message);
      return;
    }
    if (message instanceof HttpResponse response) {
      head(response);
    }
    if (message instanceof HttpContent piece) {
      piece(piece);
    } else {
      ReferenceCountUtil.release(message);
    }
  }

  /** Whether it is the connection that the answer is awaited from, not one that was given up. */
  @SuppressWarnings("ReferenceEquality")
  private boolean isCurrent(ChannelHandlerContext ctx) {
    return !isOver && link != null && link.channel() == ctx.channel();
  }

  private void head(HttpResponse response) {
    if (response.decoderResult().isFailure()) {
      failed(Cause.UPSTREAM_PROTOCOL, "not HTTP", 502);
      return;
    }
    int code = response.status().code();
    isSwitching = code == 101 && isUpgrade;
    isInterim = code < 200 && !isSwitching;
    var headers = Onward.response(response.headers(), isSwitching);
    if (isInterim) {
      reply.interim(response.status(), headers);
      return;
    }
    firstOctetNanos = Math.max(0, System.nanoTime() - askedAt);
    upstream();
    means.config.via().ifPresent(name -> headers.add(HttpHeaderNames.VIA, "1.1 " + name));
    var seen = isSwitching ? headers : response.headers();
    entry.answered(code, Heads.headers(seen));
    if (isSwitching) {
      reply.switching(response.status(), headers);
    } else {
      reply.head(response.status(), headers);
    }
    requests.patience().allow(means.config.timeouts().answer());
  }

  private void upstream() {
    if (link != null) {
      entry.upstream(link.facts().upstream(firstOctetNanos));
    }
  }

  private void piece(HttpContent piece) {
    if (isOver) {
      piece.release();
      return;
    }
    if (piece.decoderResult().isFailure()) {
      piece.release();
      failed(Cause.UPSTREAM_PROTOCOL, "the body is not framed as it should be", 502);
      return;
    }
    if (isInterim || isSwitching) {
      boolean isLast = piece instanceof LastHttpContent;
      piece.release();
      if (isLast && isSwitching) {
        switchOver();
      }
      isInterim = isInterim && !isLast;
      return;
    }
    entry.got.see(piece.content());
    if (piece instanceof LastHttpContent last) {
      entry.trailers(Heads.headers(last.trailingHeaders()));
      reply.end(piece.content(), last.trailingHeaders());
      over();
      return;
    }
    reply.piece(piece.content());
  }

  private void over() {
    isOver = true;
    entry.end();
    leave(isRequestEnded);
    reply.flush();
    requests.done();
  }

  /** Gives the upstream's connection back. */
  private void leave(boolean isWhole) {
    var used = link;
    link = null;
    if (used == null) {
      return;
    }
    if (isWhole && used.channel().isActive()) {
      used.channel().pipeline().remove(this);
      used.release();
    } else {
      used.discard();
    }
  }

  /** RFC 9110 §7.8: from here on it is another protocol's, and passed on octet for octet. */
  private void switchOver() {
    var used = link;
    if (used == null) {
      return;
    }
    isOver = true;
    link = null;
    if ("websocket".equalsIgnoreCase(request.headers().get(HttpHeaderNames.UPGRADE))) {
      entry.webSocket();
    }
    reply.flush();
    used.channel().pipeline().remove(this);
    var ctx = requests.context();
    var joint = Joint.of(means, entry, ctx.channel());
    requests.leave();
    ctx.pipeline().addLast(joint.clientSide());
    Pipelines.unHttp(ctx);
    joint.attach(used.channel());
    used.detach();
    joint.join();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    reply.flush();
    if (!isCurrent(ctx)) {
      return;
    }
    requests.patience().allow(means.config.timeouts().answer());
    if (reply.isWritable()) {
      ctx.read();
    }
  }

  @Override
  public void writable() {
    if (link != null && !isOver) {
      link.channel().read();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (isCurrent(ctx) && ctx.channel().isWritable()) {
      requests.resume();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (isCurrent(ctx)) {
      lost("the host closed the connection");
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!isCurrent(ctx)) {
      return;
    }
    if (cause instanceof UpstreamException known && known.reason() != Cause.UPSTREAM_GONE) {
      failed(known.reason(), known.detail(), Failures.status(known.reason()));
      return;
    }
    lost(String.valueOf(cause.getMessage()));
    if (!(cause instanceof IOException) && !(cause instanceof UpstreamException)) {
      means.bug("forward", cause);
    }
  }

  /** A connection that was kept may be gone when it is used again: RFC 9112 §9.3.1. */
  private void lost(String why) {
    var used = link;
    boolean isSafe =
        !hasBody
            && isRequestEnded
            && (request.method().name().equals("GET") || request.method().name().equals("HEAD"));
    if (used != null && used.isReused() && !reply.isBegun() && !isRetried && isSafe) {
      isRetried = true;
      leave(false);
      retry();
      return;
    }
    failed(Cause.UPSTREAM_GONE, why, 502);
  }

  private void retry() {
    isRequestEnded = false;
    var target = target();
    var loop = reply.channel().eventLoop();
    means
        .upstreams
        .request(target, loop, reply.isHttp2() ? ANY_HTTP : HTTP1)
        .whenComplete(
            (given, failure) ->
                loop.execute(
                    () -> {
                      linked(given, failure);
                      if (link != null && !isOver) {
                        isRequestEnded = true;
                        link.channel()
                            .writeAndFlush(
                                LastHttpContent.EMPTY_LAST_CONTENT, link.channel().voidPromise());
                      }
                    }));
  }

  private void failed(Cause cause, String detail, int status) {
    if (isOver) {
      return;
    }
    isOver = true;
    entry.failed(cause, detail);
    leave(false);
    if (reply.isBegun()) {
      entry.end();
      reply.abort();
      requests.close();
      return;
    }
    // What came of the request with its head is out of the way then.
    requests.resume();
    var headers = Details.headers();
    var body = Details.body(Failures.detail(cause));
    if (!isRequestEnded) {
      reply.closeAfter();
    }
    reply.whole(HttpResponseStatus.valueOf(status), headers, body, EmptyHttpHeaders.INSTANCE);
    entry.answered(status, Heads.headers(headers));
    if (reply.hasBody()) {
      entry.got.see(body, 0, body.length);
    }
    entry.end();
    reply.flush();
    requests.done();
  }

  @Override
  public void late() {
    if (isRequestEnded || link == null) {
      failed(Cause.UPSTREAM_GONE, "no answer in time", 504);
      return;
    }
    failed(Cause.CLIENT_GONE, "no body in time", 408);
  }

  @Override
  public void gone() {
    if (isOver) {
      return;
    }
    isOver = true;
    entry.failed(Cause.CLIENT_GONE, "gone before the end of the answer");
    entry.end();
    leave(false);
  }

  @Override
  public boolean isSharable() {
    return true;
  }
}
