package io.penstock.upstream;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.upstream.ParentProxy.Kind;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/** How a connection is made: dialed, through a proxy if there is one, TLS at the end. */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class Way {

  private final UpstreamConfig config;
  private final Dialing dialing;
  private final Trusts trusts;
  private final Executor tasks;

  Way(UpstreamConfig config, Dialing dialing, Trusts trusts, Executor tasks) {
    this.config = config;
    this.dialing = dialing;
    this.trusts = trusts;
    this.tasks = tasks;
  }

  /** A connection at its end: nothing is in its way, nothing has been sent. */
  record Made(Channel channel, Facts facts) {}

  /**
   * Whether the proxy is asked for what is meant (RFC 9112 §3.2.2), and not for a tunnel to it: as
   * everybody does in clear, and as only the first version of HTTP can.
   */
  @Nullable ParentProxy asked(Target target, Offer offer) {
    if (target.isSecure() || offer == Offer.HTTP_2) {
      return null;
    }
    var parent = config.parent(target);
    return parent == null || parent.kind() == Kind.SOCKS5 ? null : parent;
  }

  /** Up to where octets reach the server, which has not been talked to. */
  CompletableFuture<Made> tunnel(Target target, EventLoop loop) {
    return reach(target, true, loop);
  }

  /** Up to where HTTP can be spoken. */
  CompletableFuture<Made> open(Target target, Offer offer, EventLoop loop) {
    var reached = reach(target, asked(target, offer) == null, loop);
    return target.isSecure() ? reached.thenCompose(made -> secure(made, target, offer)) : reached;
  }

  private CompletableFuture<Made> reach(Target target, boolean isTunnel, EventLoop loop) {
    long began = System.nanoTime();
    var parent = config.parent(target);
    if (parent == null) {
      return dialing
          .connect(new Hop(target.host(), target.port(), false), loop, config.times().connect())
          .thenApply(channel -> made(channel, null, began));
    }
    var connected =
        dialing
            .connect(new Hop(parent.host(), parent.port(), true), loop, config.times().connect())
            .thenCompose(channel -> securedProxy(parent, channel));
    var through =
        isTunnel ? connected.thenCompose(channel -> step(parent, target).take(channel)) : connected;
    return through.thenApply(channel -> made(channel, parent.address(), began));
  }

  private CompletableFuture<Channel> securedProxy(ParentProxy parent, Channel channel) {
    if (parent.kind() != Kind.HTTPS) {
      return CompletableFuture.completedFuture(channel);
    }
    return engine(channel, parent.host(), parent.port(), Offer.HTTP_1)
        .thenCompose(engine -> shake(channel, engine));
  }

  private CompletableFuture<Channel> shake(Channel channel, SSLEngine engine) {
    return new Handshake(engine, tasks, config.times().handshake()).take(channel);
  }

  /** The JDK has its own idea of what a server can be called. */
  private CompletableFuture<SSLEngine> engine(Channel channel, String host, int port, Offer offer) {
    try {
      return CompletableFuture.completedFuture(trusts.engine(host, port, offer));
    } catch (IllegalArgumentException e) {
      channel.close();
      return CompletableFuture.failedFuture(
          new UpstreamException(Cause.UPSTREAM_TLS, "no TLS with " + host + ": " + e.getMessage()));
    }
  }

  private Step step(ParentProxy parent, Target target) {
    var timeout = config.times().handshake();
    return parent.kind() == Kind.SOCKS5
        ? new SocksStep(parent, target, timeout)
        : new ConnectStep(parent, target, timeout);
  }

  private static Made made(Channel channel, @Nullable String through, long began) {
    var address = HostPort.text(channel.remoteAddress());
    return new Made(channel, new Facts(address, through, null, System.nanoTime() - began, 0));
  }

  private CompletableFuture<Made> secure(Made made, Target target, Offer offer) {
    long began = System.nanoTime();
    var channel = made.channel();
    return engine(channel, target.host(), target.port(), offer)
        .thenCompose(
            engine ->
                shake(channel, engine)
                    .thenCompose(_ -> secured(made, target, offer, engine, began)));
  }

  private static CompletableFuture<Made> secured(
      Made made, Target target, Offer offer, SSLEngine engine, long began) {
    var tls = Handshake.facts(engine, Trusts.isName(target.host()) ? target.host() : null);
    if (offer == Offer.HTTP_2 && !"h2".equals(tls.alpn())) {
      made.channel().close();
      return CompletableFuture.failedFuture(
          new UpstreamException(Cause.UPSTREAM_TLS, "the server does not speak HTTP/2"));
    }
    return CompletableFuture.completedFuture(
        new Made(made.channel(), with(made.facts(), tls, System.nanoTime() - began)));
  }

  private static Facts with(Facts facts, Exchange.Tls tls, long tlsNanos) {
    return new Facts(facts.address(), facts.through(), tls, facts.connectNanos(), tlsNanos);
  }
}
