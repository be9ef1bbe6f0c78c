package io.penstock.upstream;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.penstock.exchange.Exchange.Cause;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;

/**
 * No way out. It has nothing to look up or to connect with, so that none of it can happen by
 * mistake.
 */
public final class Sealed implements Dialing {

  private final LongAdder refusals = new LongAdder();

  @Override
  public CompletableFuture<Channel> connect(Hop hop, EventLoop loop, Duration timeout) {
    refusals.increment();
    return CompletableFuture.failedFuture(
        new UpstreamException(
            Cause.SEALED, HostPort.text(hop.host(), hop.port()) + " is not asked: sealed"));
  }

  @Override
  public long lookUps() {
    return 0;
  }

  @Override
  public long connects() {
    return 0;
  }

  @Override
  public long refusals() {
    return refusals.sum();
  }
}
