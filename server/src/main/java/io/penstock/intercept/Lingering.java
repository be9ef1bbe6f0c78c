package io.penstock.intercept;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.time.Duration;

/**
 * The end of a connection whose client may still be sending: our side is closed first, so that what
 * is on its way does not make the kernel reset the connection, which would cost the client the
 * answer that it has not read yet (RFC 9112 §9.6).
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class Lingering {

  private static final Duration TIME_MAX = Duration.ofSeconds(1);

  private Lingering() {}

  /**
   * @param patience closes what does not close by itself
   */
  static void close(ChannelHandlerContext ctx, Patience patience) {
    var channel = ctx.channel();
    var flushed = ctx.writeAndFlush(Unpooled.EMPTY_BUFFER);
    if (channel instanceof DuplexChannel duplex && ctx.pipeline().get(SslHandler.class) == null) {
      patience.allow(TIME_MAX);
      flushed.addListener(
          _ -> {
            duplex.shutdownOutput();
            channel.config().setAutoRead(true);
          });
      return;
    }
    patience.end();
    flushed.addListener(ChannelFutureListener.CLOSE);
  }
}
