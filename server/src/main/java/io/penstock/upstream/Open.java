package io.penstock.upstream;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.penstock.dial.Dialer;
import io.penstock.dial.ForbiddenAddressException;
import io.penstock.exchange.Exchange.Cause;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The way out: names become addresses in a {@link Dialer}, which says which of them may be
 * connected to, and is asked again for each before it is.
 *
 * <p>A look-up blocks inside the system's library, and holds the thread that carries a virtual one.
 * So threads of its own are set aside for it, which end when there is nothing to do; so many of
 * them that a few names whose servers do not answer hold up nobody else.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
public final class Open implements Dialing {

  private static final int LOOK_UPS_AT_ONCE = 64;
  private static final int LOOK_UPS_WAITING = 512;
  private static final int THREAD_IDLE_SECONDS = 30;

  private final Dialer targets;
  private final Dialer parents;
  private final LongAdder connects = new LongAdder();
  private final ThreadPoolExecutor lookUps;

  /**
   * @param targets for what clients ask for
   * @param parents for the proxies that the operator named, which are often on a private network
   */
  public Open(Dialer targets, Dialer parents) {
    this.targets = targets;
    this.parents = parents;
    this.lookUps =
        new ThreadPoolExecutor(
            LOOK_UPS_AT_ONCE,
            LOOK_UPS_AT_ONCE,
            THREAD_IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(LOOK_UPS_WAITING),
            Thread.ofPlatform().name("look-up-", 0).daemon().factory());
    lookUps.allowCoreThreadTimeOut(true);
  }

  @Override
  public CompletableFuture<Channel> connect(Hop hop, EventLoop loop, Duration timeout) {
    var connected = new CompletableFuture<Channel>();
    var dialer = hop.isParent() ? parents : targets;
    addresses(dialer, hop, loop, timeout)
        .whenComplete(
            (addresses, failure) -> {
              if (addresses == null) {
                connected.completeExceptionally(UpstreamException.of(failure, Cause.UPSTREAM_NAME));
                return;
              }
              new Race(dialer, addresses, loop, timeout, connects, connected).start();
            });
    return connected;
  }

  /** Ends on the event loop. */
  private CompletableFuture<List<InetSocketAddress>> addresses(
      Dialer dialer, Hop hop, EventLoop loop, Duration timeout) {
    var found = new CompletableFuture<List<InetSocketAddress>>();
    var late =
        loop.schedule(
            () ->
                found.completeExceptionally(
                    new UpstreamException(
                        Cause.UPSTREAM_NAME, hop.host() + " was not found in time")),
            timeout.toNanos(),
            TimeUnit.NANOSECONDS);
    try {
      lookUps.execute(() -> lookUp(dialer, hop, loop, found));
    } catch (RejectedExecutionException _) {
      found.completeExceptionally(
          new UpstreamException(Cause.UPSTREAM_NAME, "too many names are being looked up"));
    }
    return found.whenComplete((_, _) -> late.cancel(false));
  }

  private static void lookUp(
      Dialer dialer, Hop hop, EventLoop loop, CompletableFuture<List<InetSocketAddress>> found) {
    if (found.isDone()) {
      return;
    }
    Runnable tell;
    try {
      var addresses = dialer.addresses(hop.host(), hop.port());
      tell = () -> found.complete(addresses);
    } catch (ForbiddenAddressException e) {
      tell = failure(found, Cause.UPSTREAM_FORBIDDEN, String.valueOf(e.getMessage()));
    } catch (UnknownHostException | RuntimeException e) {
      tell = failure(found, Cause.UPSTREAM_NAME, hop.host() + " has no address");
    }
    try {
      loop.execute(tell);
    } catch (RejectedExecutionException _) {
      // The event loop has ended, and with it everybody who could have waited.
      found.cancel(false);
    }
  }

  private static Runnable failure(
      CompletableFuture<List<InetSocketAddress>> found, Cause cause, String detail) {
    return () -> found.completeExceptionally(new UpstreamException(cause, detail));
  }

  @Override
  public long lookUps() {
    return parents == targets ? targets.lookUps() : targets.lookUps() + parents.lookUps();
  }

  @Override
  public long connects() {
    return connects.sum();
  }

  @Override
  public long refusals() {
    return 0;
  }
}
