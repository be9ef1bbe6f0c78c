package io.penstock.intercept;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Waits for a server to speak before its client does, as those of mail, SSH and databases do. Reads
 * once, holds what that brought, and hands it on when it is taken out.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class ServerFirst extends ChannelInboundHandlerAdapter {

  private final Runnable spoken;
  private final ArrayDeque<Object> held = new ArrayDeque<>();
  private @Nullable Object shutdown;
  private boolean isTold;

  /**
   * @param spoken once, when the server has said something, or that it never will
   */
  ServerFirst(Runnable spoken) {
    this.spoken = spoken;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ctx.read();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    held.add(message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (!held.isEmpty()) {
      tell();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      shutdown = event;
      tell();
      return;
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    tell();
    ctx.fireChannelInactive();
  }

  private void tell() {
    if (!isTold) {
      isTold = true;
      spoken.run();
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    boolean hasHeld = !held.isEmpty();
    for (var message = held.poll(); message != null; message = held.poll()) {
      ctx.fireChannelRead(message);
    }
    if (hasHeld) {
      ctx.fireChannelReadComplete();
    }
    if (shutdown != null) {
      ctx.fireUserEventTriggered(shutdown);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // A connection that broke is one that says nothing more.
    ctx.close();
  }
}
