package io.penstock.upstream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;
import io.penstock.exchange.Exchange.Cause;
import org.jspecify.annotations.Nullable;

/**
 * One exchange over HTTP/2: the last of the stream's own handlers. It makes a reset a failure, and
 * interim responses what they are in HTTP/1.1.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class StreamTurn extends ChannelInboundHandlerAdapter {

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!(message instanceof HttpObject part)) {
      ReferenceCountUtil.release(message);
      return;
    }
    if (part.decoderResult().isFailure()) {
      ReferenceCountUtil.release(message);
      fail(context, Cause.UPSTREAM_PROTOCOL, "not HTTP");
      return;
    }
    if (message instanceof HttpResponse response && Turn.isInformational(response)) {
      var whole = Turn.informational(response);
      ReferenceCountUtil.release(message);
      context.fireChannelRead(whole);
      return;
    }
    context.fireChannelRead(message);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    switch (event) {
      case Http2ResetFrame reset ->
          fail(context, Cause.UPSTREAM_GONE, "the stream was reset: " + name(reset.errorCode()));
      case Http2GoAwayFrame away -> {
        var code = name(away.errorCode());
        away.release();
        fail(context, Cause.UPSTREAM_GONE, "the server went away before this request: " + code);
      }
      default -> context.fireUserEventTriggered(event);
    }
  }

  private static String name(long code) {
    @Nullable Http2Error error = Http2Error.valueOf(code);
    return error == null ? Long.toString(code) : error.name();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable thrown) {
    var failure = UpstreamException.of(thrown, Cause.UPSTREAM_GONE);
    fail(context, failure.reason(), failure.detail());
  }

  private static void fail(ChannelHandlerContext context, Cause cause, String detail) {
    context.fireExceptionCaught(new UpstreamException(cause, detail));
    context.close();
  }
}
