package io.penstock.intercept;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.penstock.exchange.Exchange.Cause;
import java.io.IOException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection and a server's that pass on to each other whatever comes, no faster than
 * the other takes it. When one side has said all it has to say, the other is told and may still
 * talk (half-close), where there is no TLS of ours. Both on one event loop.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class Joint {

  private final Means means;
  private final Entry entry;
  private final Patience patience;
  private final Side client;
  private final Side server;

  private Joint(Means means, Entry entry, Channel client) {
    this.means = means;
    this.entry = entry;
    this.patience = new Patience(client.eventLoop(), this::late);
    this.client = new Side(entry.sent);
    this.server = new Side(entry.got);
  }

  /**
   * The client's side of a joint whose server is not there yet: a handler that holds what comes and
   * reads no more.
   */
  static Joint of(Means means, Entry entry, Channel client) {
    return new Joint(means, entry, client);
  }

  ChannelInboundHandlerAdapter clientSide() {
    return client;
  }

  /** Whether there is a client to be joined with. */
  boolean isWaiting() {
    return client.context != null && client.context.channel().isActive();
  }

  /**
   * Holds what comes from a server, whose pipeline it becomes the last of, until they are joined.
   */
  void attach(Channel to) {
    to.pipeline().addLast(server);
  }

  /** From here on they talk to each other. */
  void join() {
    client.other = server;
    server.other = client;
    client.start();
    server.start();
    patience.allow(means.config.timeouts().tunnel());
  }

  /** There is no server. */
  void fail() {
    client.close();
    entry.end();
  }

  private void late() {
    entry.failed(Cause.CLIENT_GONE, "silent for too long");
    client.close();
    server.close();
  }

  private void ended(Side side) {
    var other = side.other;
    if (other == null || !other.isOpen()) {
      patience.end();
      entry.end();
      return;
    }
    other.finish();
  }

  private final class Side extends ChannelInboundHandlerAdapter {

    private final Capture passed;
    private final ArrayDeque<ByteBuf> held = new ArrayDeque<>();
    private @Nullable ChannelHandlerContext context;
    private @Nullable Side other;
    private boolean isSaid;

    private Side(Capture passed) {
      this.passed = passed;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      context = ctx;
    }

    private boolean isOpen() {
      return context != null && context.channel().isActive();
    }

    private void start() {
      if (context == null) {
        return;
      }
      context.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
      for (var piece = held.poll(); piece != null; piece = held.poll()) {
        pass(piece);
      }
      if (other != null && other.context != null) {
        other.context.flush();
      }
      if (!context.channel().isActive()) {
        ended(this);
        return;
      }
      context.read();
    }

    private void pass(ByteBuf piece) {
      passed.see(piece);
      if (other != null && other.context != null) {
        other.context.write(piece, other.context.voidPromise());
      } else {
        piece.release();
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (!(message instanceof ByteBuf piece)) {
        ReferenceCountUtil.release(message);
        return;
      }
      if (other == null) {
        held.add(piece);
        return;
      }
      pass(piece);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      var to = other;
      if (to == null || to.context == null) {
        return;
      }
      patience.allow(means.config.timeouts().tunnel());
      to.context.flush();
      if (to.context.channel().isWritable() && !isSaid) {
        ctx.read();
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      var from = other;
      if (ctx.channel().isWritable() && from != null && from.context != null && !from.isSaid) {
        from.context.read();
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event == Stop.NOW) {
        ctx.close();
      }
      if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
        said();
      }
    }

    /** This side has no more to say. */
    private void said() {
      if (isSaid) {
        return;
      }
      isSaid = true;
      var to = other;
      if (to == null) {
        close();
        return;
      }
      if (to.isSaid) {
        finish();
        to.finish();
        return;
      }
      to.hush();
    }

    /** Tells this side that the other has no more to say. */
    private void hush() {
      var ctx = context;
      if (ctx == null) {
        return;
      }
      if (ctx.channel() instanceof DuplexChannel duplex
          && ctx.pipeline().get(SslHandler.class) == null) {
        ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> duplex.shutdownOutput());
        return;
      }
      finish();
    }

    /** Closes behind what is still to be written. */
    private void finish() {
      if (context != null) {
        context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
      }
    }

    private void close() {
      if (context != null) {
        context.close();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      isSaid = true;
      release();
      ended(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
      release();
    }

    private void release() {
      for (var piece = held.poll(); piece != null; piece = held.poll()) {
        piece.release();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      if (!(cause instanceof IOException)) {
        means.bug("tunnel", cause);
      }
      ctx.close();
    }
  }
}
