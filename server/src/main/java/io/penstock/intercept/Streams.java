package io.penstock.intercept;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Verdict;
import io.penstock.intercept.InterceptMetrics.Refusal;
import io.penstock.policy.Decision;
import java.io.IOException;

/** What concerns an HTTP/2 connection as a whole. */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class Streams extends ChannelInboundHandlerAdapter {

  private final Means means;
  private final Incoming from;
  private final Http2FrameCodec codec;

  Streams(Means means, Incoming from, Http2FrameCodec codec) {
    this.means = means;
    this.from = from;
    this.codec = codec;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    // Settings, pings and the like, which the codec has answered.
    ReferenceCountUtil.release(message);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    boolean isEnd = event instanceof IdleStateEvent || event == Stop.NOW;
    if (isEnd && codec.connection().numActiveStreams() == 0) {
      ctx.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof Http2Exception broken) {
      means.metrics.refused(
          broken.error() == Http2Error.ENHANCE_YOUR_CALM ? Refusal.FLOOD : Refusal.MALFORMED);
      Entry.failed(
          means,
          from,
          Head.unreadable(from, "?", "?", Headers.NONE),
          new Decision(Verdict.BLOCK, "refused", null),
          Cause.CLIENT_PROTOCOL,
          "HTTP/2: " + broken.error());
    } else if (!(cause instanceof IOException)) {
      means.bug("HTTP/2", cause);
    }
    ctx.close();
  }
}
