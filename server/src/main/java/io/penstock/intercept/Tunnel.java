package io.penstock.intercept;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Headers;
import io.penstock.exchange.Verdict;
import io.penstock.policy.Decision;
import io.penstock.upstream.Facts;
import io.penstock.upstream.Target;
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
  private @Nullable Channel server;

  /**
   * @param decision what the policy says of the host alone
   * @param server what is connected to already; null when nothing is
   */
  Tunnel(Means means, Incoming from, Head head, Decision decision, @Nullable Channel server) {
    this.means = means;
    this.from = from;
    this.head = head;
    this.decision = decision;
    this.server = server;
  }

  Decision decision() {
    return decision;
  }

  Head head() {
    return head;
  }

  /** It is not passed on after all. */
  void abandon() {
    if (server != null) {
      server.close();
      server = null;
    }
  }

  /**
   * Passes everything on.
   *
   * @param handler of the client's pipeline that holds what was read of it; is replaced
   */
  void pass(ChannelHandlerContext ctx, ChannelHandler handler, Decision why) {
    var entry =
        new Entry(means, from, head, new Decision(Verdict.TUNNEL, why.rule(), why.product()), 0);
    entry.answered(200, Headers.NONE);
    var joint = Joint.of(means, entry, ctx.channel());
    ctx.pipeline().replace(handler, null, joint.clientSide());
    var there = server;
    server = null;
    if (there != null) {
      entry.upstream(upstream(there));
      joint.attach(there);
      joint.join();
      return;
    }
    means
        .upstreams
        .raw(new Target("https", head.host(), head.port()), ctx.channel().eventLoop())
        .whenComplete(
            (channel, failure) ->
                ctx.channel().eventLoop().execute(() -> dialed(joint, entry, channel, failure)));
  }

  private static void dialed(
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
  }

  static Exchange.@Nullable Upstream upstream(Channel channel) {
    var facts = Facts.of(channel);
    return facts == null ? null : facts.upstream(0);
  }
}
