package io.penstock.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.penstock.exchange.Exchange.Cause;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Something to be got through before a connection is of use: the last handler of the channel for as
 * long as it takes. It reads, keeps the time, and makes whatever goes wrong the end of it.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
abstract sealed class Step extends ChannelInboundHandlerAdapter
    permits Handshake, ConnectStep, SocksStep {

  private final CompletableFuture<Channel> done = new CompletableFuture<>();
  private final Cause cause;
  private final Duration timeout;
  private @Nullable ChannelHandlerContext context;
  private @Nullable ScheduledFuture<?> late;

  /**
   * @param cause what it is called when it fails
   */
  Step(Cause cause, Duration timeout) {
    this.cause = cause;
    this.timeout = timeout;
  }

  /** Adds what it needs in front of itself, and says the first word. */
  abstract void begin(ChannelHandlerContext context);

  /** Takes what it added away again, where that does not stay. */
  abstract void end(ChannelHandlerContext context);

  /**
   * Takes it, on the channel's event loop.
   *
   * @return ends there, too; when it fails, the channel is closed
   */
  final CompletableFuture<Channel> take(Channel channel) {
    channel.pipeline().addLast(this);
    return done;
  }

  @Override
  public final void handlerAdded(ChannelHandlerContext context) {
    this.context = context;
    late =
        context
            .channel()
            .eventLoop()
            .schedule(() -> fail("no answer in time"), timeout.toNanos(), TimeUnit.NANOSECONDS);
    if (!context.channel().isActive()) {
      fail("the connection was closed");
      return;
    }
    begin(context);
    context.read();
  }

  final void succeed() {
    if (done.isDone() || context == null) {
      return;
    }
    stopClock();
    var channel = context.channel();
    // What comes right behind the last word is for who comes next.
    context.pipeline().replace(this, null, new Early());
    end(context);
    if (!done.complete(channel)) {
      channel.close();
    }
  }

  final void fail(String detail) {
    if (done.isDone() || context == null) {
      return;
    }
    stopClock();
    var channel = context.channel();
    done.completeExceptionally(new UpstreamException(cause, detail));
    channel.close();
  }

  private void stopClock() {
    if (late != null) {
      late.cancel(false);
    }
  }

  /** What it is told; anything else is nothing to it. */
  abstract void received(ChannelHandlerContext context, Object message);

  @Override
  public final void channelRead(ChannelHandlerContext context, Object message) {
    try {
      if (!done.isDone()) {
        received(context, message);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public final void channelReadComplete(ChannelHandlerContext context) {
    if (!done.isDone()) {
      context.read();
    }
  }

  @Override
  public final void channelInactive(ChannelHandlerContext context) {
    fail("the connection was closed");
    context.fireChannelInactive();
  }

  @Override
  public final void exceptionCaught(ChannelHandlerContext context, Throwable thrown) {
    fail(UpstreamException.of(thrown, cause).detail());
  }
}
