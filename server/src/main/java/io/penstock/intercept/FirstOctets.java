package io.penstock.intercept;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Verdict;
import io.penstock.policy.Decision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks at what a client says first, and so learns what it speaks: TLS, HTTP/1, HTTP/2 with prior
 * knowledge (RFC 9113 §3.3), or something that is passed on if the policy lets it.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class FirstOctets extends ByteToMessageDecoder {

  /** The type of a TLS record with a handshake message (RFC 8446 §5.1). */
  private static final int TLS_HANDSHAKE = 0x16;

  /** No method of HTTP is longer. */
  private static final int METHOD_MAX = 24;

  private static final byte[] HTTP2 = {'P', 'R', 'I', ' ', '*', ' ', 'H'};

  private final Means means;
  private final Incoming from;
  private final @Nullable Tunnel tunnel;
  private @Nullable Patience patience;
  private boolean isListening;
  private boolean isDecided;

  /**
   * @param tunnel what the client asked to be connected to; null when it did not ask
   */
  FirstOctets(Means means, Incoming from, @Nullable Tunnel tunnel) {
    this.means = means;
    this.from = from;
    this.tunnel = tunnel;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    var timeouts = means.config.timeouts();
    patience = new Patience(ctx.channel().eventLoop(), () -> silent(ctx));
    patience().allow(mayPass() ? timeouts.silence() : timeouts.head());
    if (ctx.channel().isActive()) {
      ctx.read();
    }
  }

  private Patience patience() {
    if (patience == null) {
      throw new IllegalStateException("not in a pipeline");
    }
    return patience;
  }

  private boolean mayPass() {
    return tunnel != null && tunnel.decision().verdict() == Verdict.TUNNEL;
  }

  /**
   * Servers of some protocols speak first. Until one does, what the client says is still looked at:
   * otherwise whoever waits a while before naming a host could name any.
   */
  private void silent(ChannelHandlerContext ctx) {
    if (isDecided) {
      return;
    }
    if (tunnel != null && mayPass() && !isListening) {
      isListening = true;
      patience().allow(means.config.timeouts().tunnel());
      tunnel.listen(ctx.channel().eventLoop(), () -> spoken(ctx));
      return;
    }
    decided();
    means.metrics.refused(InterceptMetrics.Refusal.SLOW);
    close(ctx, Cause.CLIENT_GONE, "silent");
  }

  private void spoken(ChannelHandlerContext ctx) {
    if (!isDecided) {
      decided();
      pass(ctx);
    }
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (isDecided) {
      return;
    }
    int first = in.getUnsignedByte(in.readerIndex());
    if (first == TLS_HANDSHAKE) {
      decided();
      ctx.pipeline().replace(this, null, new ServerNames(means, from, tunnel));
      return;
    }
    if (isPassed()) {
      decided();
      pass(ctx);
      return;
    }
    var http = isHttp(in);
    if (http == null) {
      return;
    }
    decided();
    if (!http) {
      other(ctx);
      return;
    }
    if (tunnel != null) {
      tunnel.abandon();
    }
    if (first == 'P' && in.getByte(in.readerIndex() + 1) == 'R' && isHttp2(in)) {
      Pipelines.http2(ctx.pipeline(), this, means, from);
    } else {
      Pipelines.http1(ctx.pipeline(), this, means, from);
    }
  }

  /** What is plainly tunnelled is so whatever it says; behind an address there may be any name. */
  private boolean isPassed() {
    return tunnel != null
        && tunnel.decision().verdict() == Verdict.TUNNEL
        && from.meant != null
        && !from.meant.isAddress();
  }

  private void decided() {
    isDecided = true;
    if (patience != null) {
      patience.end();
    }
  }

  /** Whether it begins with a method in capitals and a space; null when it is too early to tell. */
  private static @Nullable Boolean isHttp(ByteBuf in) {
    int length = Math.min(in.readableBytes(), METHOD_MAX);
    for (int i = 0; i < length; i++) {
      byte octet = in.getByte(in.readerIndex() + i);
      if (octet == ' ') {
        return i > 0 && (i != 3 || in.getByte(in.readerIndex()) != 'P' || length >= HTTP2.length)
            ? Boolean.TRUE
            : i == 0 ? Boolean.FALSE : null;
      }
      if (octet < 'A' || octet > 'Z') {
        return false;
      }
    }
    return length == METHOD_MAX ? Boolean.FALSE : null;
  }

  private static boolean isHttp2(ByteBuf in) {
    for (int i = 0; i < HTTP2.length; i++) {
      if (in.getByte(in.readerIndex() + i) != HTTP2[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Neither TLS nor HTTP. To a host whose requests are read it may go only if the policy would let
   * any request through that it says nothing about; on a port that nobody asked to be connected
   * from, it is HTTP badly spoken, and answered as such.
   */
  private void other(ChannelHandlerContext ctx) {
    if (tunnel == null) {
      Pipelines.http1(ctx.pipeline(), this, means, from);
      return;
    }
    var decision = means.policy.get().request(tunnel.head().host(), "CONNECT", "/");
    if (decision.verdict() == Verdict.MOCK || decision.verdict() == Verdict.BLOCK) {
      close(ctx, Cause.CLIENT_PROTOCOL, "neither TLS nor HTTP");
      return;
    }
    tunnel.pass(ctx, this, decision);
  }

  private void pass(ChannelHandlerContext ctx) {
    if (tunnel != null) {
      tunnel.pass(ctx, this, tunnel.decision());
    }
  }

  private void close(ChannelHandlerContext ctx, Cause cause, String why) {
    if (tunnel != null) {
      tunnel.abandon();
      var rule = tunnel.decision();
      Entry.failed(
          means,
          from,
          tunnel.head(),
          new Decision(Verdict.BLOCK, rule.rule(), rule.product()),
          cause,
          why);
    }
    ctx.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    if (!isDecided) {
      decided();
      close(ctx, Cause.CLIENT_GONE, "gone before it said anything");
    }
    super.channelInactive(ctx);
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) {
    decided();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event == Stop.NOW) {
      ctx.close();
      return;
    }
    super.userEventTriggered(ctx, event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // What is not decided yet is journaled when the connection is closed.
    ctx.close();
  }
}
