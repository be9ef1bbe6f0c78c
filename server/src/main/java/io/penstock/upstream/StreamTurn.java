package io.penstock.upstream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.HttpConversionUtil.ExtensionHeaderNames;
import io.netty.util.ReferenceCountUtil;
import io.penstock.exchange.Exchange.Cause;
import org.jspecify.annotations.Nullable;

/**
 * One exchange over HTTP/2: the last of the stream's own handlers. It makes a reset a failure, and
 * interim responses what they are on a connection of HTTP/1.1.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class StreamTurn extends ChannelInboundHandlerAdapter {

  private int interim;

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
    if (message instanceof HttpResponse response) {
      asSent(response.headers());
      if (Turn.isInformational(response)) {
        if (++interim > Turn.INTERIM_MAX) {
          ReferenceCountUtil.release(message);
          fail(context, Turn.tooManyInterim());
          return;
        }
        var whole = Turn.informational(response);
        ReferenceCountUtil.release(message);
        context.fireChannelRead(whole);
        return;
      }
    }
    context.fireChannelRead(message);
  }

  /** The codec adds what HTTP/1.1 would need, and what no server has said. */
  private static void asSent(HttpHeaders headers) {
    headers.remove(ExtensionHeaderNames.STREAM_ID.text());
    headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
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
    fail(context, UpstreamException.of(thrown, Cause.UPSTREAM_GONE));
  }

  private static void fail(ChannelHandlerContext context, Cause cause, String detail) {
    fail(context, new UpstreamException(cause, detail));
  }

  private static void fail(ChannelHandlerContext context, UpstreamException failure) {
    context.fireExceptionCaught(failure);
    context.close();
  }
}
