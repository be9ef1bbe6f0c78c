package io.penstock.upstream;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;

/**
 * Keeps what a server says before somebody is there to listen: some speak first, and their words
 * come with the end of a handshake, or with the answer of the proxy in between. Nothing is read
 * meanwhile, so that is no more than one read had. It gives it to who reads first, and is gone.
 */
final class Early extends ChannelDuplexHandler {

  private final ArrayDeque<Object> said = new ArrayDeque<>();

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    said.add(message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (said.isEmpty()) {
      context.fireChannelReadComplete();
    }
  }

  @Override
  public void read(ChannelHandlerContext context) {
    boolean isSome = !said.isEmpty();
    while (!said.isEmpty()) {
      context.fireChannelRead(said.remove());
    }
    if (isSome) {
      context.fireChannelReadComplete();
    } else {
      context.read();
    }
    if (!context.isRemoved()) {
      context.pipeline().remove(this);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    said.forEach(ReferenceCountUtil::release);
    said.clear();
  }
}
