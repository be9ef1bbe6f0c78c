package io.penstock.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.resolver.NoopAddressResolverGroup;
import io.netty.util.concurrent.ScheduledFuture;
import io.penstock.dial.Dialer;
import io.penstock.exchange.Exchange.Cause;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of one host, connected to in their order, each with a small head start before the
 * next (RFC 8305 §5): the first to answer wins, the others are given up. Confined to an event loop.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class Race {

  private static final long HEAD_START_MILLIS = 250;

  private final Dialer dialer;
  private final List<InetSocketAddress> addresses;
  private final EventLoop loop;
  private final LongAdder connects;
  private final CompletableFuture<Channel> won;
  private final Bootstrap bootstrap;
  private final List<ChannelFuture> running = new ArrayList<>();
  private int next;
  private @Nullable ScheduledFuture<?> headStart;
  private @Nullable UpstreamException failure;

  /**
   * @param addresses resolved
   * @param timeout of each attempt
   */
  Race(
      Dialer dialer,
      List<InetSocketAddress> addresses,
      EventLoop loop,
      Duration timeout,
      LongAdder connects,
      CompletableFuture<Channel> won) {
    this.dialer = dialer;
    this.addresses = addresses;
    this.loop = loop;
    this.connects = connects;
    this.won = won;
    this.bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(NioSocketChannel.class)
            // What is connected to has been resolved, and is not asked for again.
            .resolver(NoopAddressResolverGroup.INSTANCE)
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) timeout.toMillis())
            .handler(new Blank());
  }

  /** A bootstrap wants a handler; the channel gets its own when it is somebody's. */
  private static final class Blank extends ChannelHandlerAdapter {
    @Override
    public boolean isSharable() {
      return true;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      context.pipeline().remove(this);
    }
  }

  void start() {
    advance();
  }

  private void advance() {
    stopHeadStart();
    if (won.isDone()) {
      giveUp();
      return;
    }
    while (next < addresses.size()) {
      var address = addresses.get(next++);
      if (isAllowed(address)) {
        attempt(address);
        return;
      }
    }
    if (running.isEmpty()) {
      won.completeExceptionally(
          failure != null
              ? failure
              : new UpstreamException(Cause.UPSTREAM_NAME, "there is no address"));
    }
  }

  private boolean isAllowed(InetSocketAddress address) {
    try {
      dialer.demandAllowed(address);
      return true;
    } catch (UnknownHostException e) {
      failure = new UpstreamException(Cause.UPSTREAM_FORBIDDEN, String.valueOf(e.getMessage()));
      return false;
    }
  }

  private void attempt(InetSocketAddress address) {
    connects.increment();
    var attempt = bootstrap.connect(address);
    running.add(attempt);
    if (next < addresses.size()) {
      headStart = loop.schedule(this::advance, HEAD_START_MILLIS, TimeUnit.MILLISECONDS);
    }
    attempt.addListener(_ -> ended(attempt, address));
  }

  private void ended(ChannelFuture attempt, InetSocketAddress address) {
    running.remove(attempt);
    if (attempt.isSuccess()) {
      if (!won.complete(attempt.channel())) {
        attempt.channel().close();
      }
      giveUp();
      return;
    }
    if (!won.isDone()) {
      failure =
          new UpstreamException(
              Cause.UPSTREAM_CONNECT, HostPort.text(address) + ": " + reason(attempt.cause()));
      advance();
    }
  }

  private static String reason(@Nullable Throwable cause) {
    return switch (cause) {
      case null -> "given up";
      case ConnectTimeoutException _ -> "timed out";
      // The library's own says the address again.
      case ConnectException _ -> "connection refused";
      default -> String.valueOf(cause.getMessage());
    };
  }

  private void giveUp() {
    stopHeadStart();
    // Closing ends an attempt, which takes it off the list.
    for (var attempt : List.copyOf(running)) {
      attempt.channel().close();
    }
  }

  private void stopHeadStart() {
    if (headStart != null) {
      headStart.cancel(false);
      headStart = null;
    }
  }
}
