package io.penstock.intercept;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Verdict;
import io.penstock.policy.Decision;
import io.penstock.upstream.Facts;
import io.penstock.upstream.Target;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a host that was asked for, of which nothing has been read yet. It may turn out to
 * be passed on as it is: to a server that is connected to already, or only then.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class Tunnel {

  private final Means means;
  private final Incoming from;
  private final Head head;
  private final Decision decision;
  private @Nullable CompletableFuture<Channel> server;
  private @Nullable ServerFirst listening;
  private boolean isOver;

  /**
   * @param decision what the policy says of the host alone
   * @param server what is connected to already; null when nothing is
   */
  Tunnel(Means means, Incoming from, Head head, Decision decision, @Nullable Channel server) {
    this.means = means;
    this.from = from;
    this.head = head;
    this.decision = decision;
    this.server = server == null ? null : CompletableFuture.completedFuture(server);
  }

  Decision decision() {
    return decision;
  }

  Head head() {
    return head;
  }

  /** It is not passed on after all. */
  void abandon() {
    isOver = true;
    if (server != null) {
      server.whenComplete((channel, _) -> close(channel));
      server = null;
    }
  }

  private static void close(@Nullable Channel channel) {
    if (channel != null) {
      channel.close();
    }
  }

  /**
   * Connects, if nothing is connected to yet, and waits for the server to speak while the client
   * may still do so.
   *
   * @param spoken on the event loop, unless the tunnel is passed on or abandoned before; also when
   *     there is no server
   */
  void listen(EventLoop loop, Runnable spoken) {
    server(loop)
        .whenComplete(
            (channel, _) ->
                loop.execute(
                    () -> {
                      if (!isOver) {
                        listen(channel, spoken);
                      }
                    }));
  }

  private void listen(@Nullable Channel channel, Runnable spoken) {
    if (channel == null) {
      spoken.run();
      return;
    }
    listening = new ServerFirst(spoken);
    channel.pipeline().addLast(listening);
  }

  private CompletableFuture<Channel> server(EventLoop loop) {
    var there = server;
    if (there == null) {
      there = means.upstreams.raw(new Target("https", head.host(), head.port()), loop);
      server = there;
    }
    return there;
  }

  /**
   * Passes everything on.
   *
   * @param handler of the client's pipeline that holds what was read of it; is replaced
   */
  void pass(ChannelHandlerContext ctx, ChannelHandler handler, Decision why) {
    isOver = true;
    var entry =
        new Entry(means, from, head, new Decision(Verdict.TUNNEL, why.rule(), why.product()), 0);
    entry.answered(200, Headers.NONE);
    var joint = Joint.of(means, entry, ctx.channel());
    ctx.pipeline().replace(handler, null, joint.clientSide());
    var loop = ctx.channel().eventLoop();
    var there = server(loop);
    server = null;
    if (there.isDone() && !there.isCompletedExceptionally()) {
      dialed(joint, entry, there.join(), null);
      return;
    }
    there.whenComplete(
        (channel, failure) -> loop.execute(() -> dialed(joint, entry, channel, failure)));
  }

  private void dialed(
      Joint joint, Entry entry, @Nullable Channel channel, @Nullable Throwable failure) {
    if (channel == null) {
      var known = Failures.of(failure);
      entry.failed(known.cause(), known.detail());
      joint.fail();
      return;
    }
    if (!joint.isWaiting()) {
      channel.close();
      entry.failed(Cause.CLIENT_GONE, "gone while its server was connected to");
      joint.fail();
      return;
    }
    entry.upstream(upstream(channel));
    joint.attach(channel);
    joint.join();
    if (listening != null && channel.pipeline().context(listening) != null) {
      channel.pipeline().remove(listening);
    }
  }

  static Exchange.@Nullable Upstream upstream(Channel channel) {
    var facts = Facts.of(channel);
    return facts == null ? null : facts.upstream(0);
  }
}
