package io.penstock.upstream;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Whether there is a way out at all. What it did is counted, as evidence. */
public sealed interface Dialing permits Open, Sealed {

  /**
   * Connects to a host, which is looked up if it is a name; never blocks. The channel has no
   * handlers, is not read from by itself, and is the caller's; when the future was cancelled in the
   * meantime it is closed.
   *
   * @param timeout longest wait for the addresses, and again for each of them to answer
   * @return ends on the event loop, or with an {@link UpstreamException}
   */
  CompletableFuture<Channel> connect(Hop hop, EventLoop loop, Duration timeout);

  /** How many names were looked up. */
  long lookUps();

  /** How many connections were attempted. */
  long connects();

  /** How many connections were refused because everything is sealed. */
  long refusals();
}
