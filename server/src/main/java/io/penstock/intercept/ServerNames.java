package io.penstock.intercept;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.AbstractSniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Headers;
import io.penstock.exchange.HostName;
import io.penstock.exchange.Verdict;
import io.penstock.intercept.InterceptConfig.Kind;
import io.penstock.intercept.InterceptMetrics.Handshake;
import io.penstock.policy.Decision;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the server name in the first message of TLS (RFC 6066 §3), asks the policy about it too,
 * and then either passes the connection on as it is or speaks TLS with a certificate for that name.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class ServerNames extends AbstractSniHandler<ServerNames.Way> {

  private final Means means;
  private final Incoming from;
  private final @Nullable Tunnel tunnel;
  private boolean isDone;

  ServerNames(Means means, Incoming from, @Nullable Tunnel tunnel) {
    super(means.config.limits().clientHelloBytes(), means.config.timeouts().handshake().toMillis());
    this.means = means;
    this.from = from;
    this.tunnel = tunnel;
  }

  /** What is done with the connection. */
  sealed interface Way {}

  private record Terminate(SslContext context) implements Way {}

  private record Pass(Decision why) implements Way {}

  private record Refuse(Decision decision, Cause cause, String detail) implements Way {}

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    super.handlerAdded(ctx);
    ctx.read();
  }

  @Override
  protected Future<Way> lookup(ChannelHandlerContext ctx, @Nullable String sni) {
    if (isDone) {
      // What is left in the buffer when the connection closes is looked at once more.
      return ctx.executor().newFailedFuture(new ClosedChannelException());
    }
    var refused = named(sni);
    if (refused != null) {
      return ctx.executor().newSucceededFuture(refused);
    }
    if (tunnel == null && from.kind() == Kind.PROXY) {
      means.metrics.refused(InterceptMetrics.Refusal.MALFORMED);
      return ctx.executor()
          .newSucceededFuture(
              refused(
                  decision(Verdict.BLOCK), "TLS with the proxy itself, which is asked in clear"));
    }
    var certified = from.certified();
    if (certified == null) {
      return ctx.executor()
          .newSucceededFuture(
              refused(decision(Verdict.BLOCK), "no server name, and no host for such clients"));
    }
    if (from.kind() == Kind.MOCK) {
      return terminate(ctx, certified);
    }
    var hosts = from.hosts();
    if (hosts.isEmpty()) {
      from.name = certified;
      hosts = from.hosts();
    }
    var decision = Strictness.connection(means.policy.get(), hosts);
    if (from.isFronted() && decision.verdict() != asked(hosts.getFirst())) {
      means.metrics.fronted(decision.verdict());
    }
    return switch (decision.verdict()) {
      case BLOCK ->
          ctx.executor().newSucceededFuture(refused(decision, "blocked by its server name"));
      case TUNNEL -> ctx.executor().newSucceededFuture(new Pass(decision));
      case MOCK, OBSERVE -> terminate(ctx, certified);
    };
  }

  /** What would be done with a connection to the host that was asked for. */
  private Verdict asked(String host) {
    return means.policy.get().connection(host).verdict();
  }

  /** Takes the name; or says why it cannot be one. */
  private @Nullable Way named(@Nullable String sni) {
    if (sni == null) {
      return null;
    }
    var host = HostName.of(sni).flatMap(name -> Authority.of(name, 0)).orElse(null);
    if (host == null) {
      return refused(decision(Verdict.BLOCK), "the server name is no host name");
    }
    from.sni = sni;
    from.name = host.host();
    if (from.isFronted()) {
      means.metrics.mismatches.inc();
    }
    return null;
  }

  private Decision decision(Verdict verdict) {
    return tunnel == null
        ? new Decision(verdict, "refused", null)
        : new Decision(verdict, tunnel.decision().rule(), tunnel.decision().product());
  }

  private static Refuse refused(Decision decision, String why) {
    return new Refuse(decision, Cause.CLIENT_PROTOCOL, why);
  }

  private Future<Way> terminate(ChannelHandlerContext ctx, String host) {
    if (!means.slots.shake()) {
      return ctx.executor()
          .newSucceededFuture(
              new Refuse(decision(Verdict.BLOCK), Cause.CLIENT_TLS, "too many handshakes"));
    }
    Promise<Way> way = ctx.executor().newPromise();
    means
        .contexts
        .of(host)
        .whenComplete(
            (context, failure) -> {
              if (context != null) {
                way.setSuccess(new Terminate(context));
                return;
              }
              means.slots.shaken();
              means.metrics.shaken(Handshake.NO_CERTIFICATE);
              way.setSuccess(
                  new Refuse(
                      decision(Verdict.BLOCK),
                      Cause.CLIENT_TLS,
                      "no certificate for the host: " + Failures.of(failure).detail()));
            });
    return way;
  }

  @Override
  protected void onLookupComplete(ChannelHandlerContext ctx, String sni, Future<Way> future) {
    if (isDone) {
      return;
    }
    isDone = true;
    switch (future.getNow()) {
      case Terminate terminate -> terminate(ctx, terminate.context());
      case Pass pass -> pass(ctx, pass.why());
      case Refuse refuse -> refuse(ctx, refuse);
      case null -> ctx.close();
    }
  }

  private void terminate(ChannelHandlerContext ctx, SslContext context) {
    if (tunnel != null) {
      tunnel.abandon();
    }
    if (!ctx.channel().isActive()) {
      means.slots.shaken();
      return;
    }
    var tls = context.newHandler(ctx.alloc());
    tls.setHandshakeTimeoutMillis(means.config.timeouts().handshake().toMillis());
    ctx.pipeline().addAfter(ctx.name(), null, new Shaking(means, from, tls));
    ctx.pipeline().replace(this, Pipelines.TLS, tls);
  }

  private void pass(ChannelHandlerContext ctx, Decision why) {
    var passed = tunnel == null ? direct(why) : tunnel;
    passed.pass(ctx, this, why);
  }

  /** Of a client that believes that we are the server. */
  private Tunnel direct(Decision why) {
    var certified = String.valueOf(from.certified());
    var head = Head.connect(new Authority(certified, from.towards(443)), "https", Headers.NONE);
    return new Tunnel(means, from, head, why, null);
  }

  private void refuse(ChannelHandlerContext ctx, Refuse refuse) {
    if (tunnel != null) {
      tunnel.abandon();
    }
    var head = tunnel == null ? Head.unreadable(from, "CONNECT", "?", Headers.NONE) : tunnel.head();
    Entry.failed(means, from, head, refuse.decision(), refuse.cause(), refuse.detail());
    ctx.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    if (!isDone) {
      isDone = true;
      means.metrics.shaken(Handshake.BROKEN_OFF);
      refuse(
          ctx,
          new Refuse(decision(Verdict.BLOCK), Cause.CLIENT_TLS, "gone before its first message"));
    }
    super.channelInactive(ctx);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!isDone) {
      isDone = true;
      means.metrics.shaken(Handshake.FAILED);
      refuse(ctx, refused(decision(Verdict.BLOCK), "not TLS: " + cause.getClass().getSimpleName()));
      return;
    }
    ctx.close();
  }
}
