package io.penstock.intercept;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.penstock.exchange.Journal;
import io.penstock.intercept.InterceptConfig.Kind;
import io.penstock.intercept.InterceptConfig.Listener;
import io.penstock.policy.Policy;
import io.penstock.upstream.Upstreams;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listeners, from the first connection to the last. */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
public final class Interceptor implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Interceptor.class);

  private static final int BACKLOG = 1_024;
  private static final int LOOPS_MIN = 2;
  private static final Duration STOP_MAX = Duration.ofMillis(800);

  private final InterceptConfig config;
  private final Means means;
  private final OwnPorts own = new OwnPorts();
  private final ExecutorService workers;
  private final Answering answering;
  private final EventLoopGroup loops;
  private final ChannelGroup connections =
      new DefaultChannelGroup("clients", GlobalEventExecutor.INSTANCE);
  private final Map<String, Channel> servers = new LinkedHashMap<>();

  public Interceptor(
      InterceptConfig config,
      Supplier<Policy> policy,
      Certificates certificates,
      Answers answers,
      Upstreams upstreams,
      Journal journal,
      Logins logins,
      Admission admission,
      InstantSource clock,
      PrometheusRegistry registry) {
    this.config = config;
    this.workers = Executors.newVirtualThreadPerTaskExecutor();
    this.loops =
        new MultiThreadIoEventLoopGroup(
            Math.max(LOOPS_MIN, Runtime.getRuntime().availableProcessors()),
            new DefaultThreadFactory("intercept", true),
            NioIoHandler.newFactory());
    var metrics = new InterceptMetrics(registry);
    this.answering = new Answering(answers, metrics);
    this.means =
        new Means(
            config,
            policy,
            new Contexts(certificates, config.limits().contexts(), workers),
            answering,
            upstreams,
            journal,
            logins,
            admission,
            clock,
            metrics,
            own);
  }

  /**
   * Listens.
   *
   * @throws IllegalStateException when a port cannot be had
   */
  public void start() {
    for (var listener : config.listeners()) {
      var bound = bootstrap(listener).bind(listener.address()).awaitUninterruptibly();
      servers.put(listener.name(), bound(listener, bound));
    }
  }

  private Channel bound(Listener listener, ChannelFuture bound) {
    if (!bound.isSuccess()) {
      close();
      throw new IllegalStateException(
          "the %s listener %s cannot listen on %s"
              .formatted(
                  InterceptMetrics.word(listener.kind()), listener.name(), listener.address()),
          bound.cause());
    }
    int port = ((InetSocketAddress) bound.channel().localAddress()).getPort();
    own.add(port);
    LOG.atInfo()
        .setMessage("listening for programs to intercept")
        .addKeyValue("listener", listener.name())
        .addKeyValue("kind", InterceptMetrics.word(listener.kind()))
        .addKeyValue("address", listener.address().getHostString())
        .addKeyValue("port", port)
        .log();
    return bound.channel();
  }

  private ServerBootstrap bootstrap(Listener listener) {
    return new ServerBootstrap()
        .group(loops)
        .channel(NioServerSocketChannel.class)
        .option(ChannelOption.SO_BACKLOG, BACKLOG)
        .option(ChannelOption.SO_REUSEADDR, true)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.AUTO_READ, false)
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                accept(listener, channel);
              }
            });
  }

  private void accept(Listener listener, Channel channel) {
    var from = new Incoming(listener, channel);
    var kind = InterceptMetrics.word(listener.kind());
    means.metrics.accepted.labelValues(kind).inc();
    if (!means.slots.enter(from.ip)) {
      Reply.reset(channel);
      return;
    }
    means.metrics.connections.labelValues(kind).inc();
    connections.add(channel);
    channel
        .closeFuture()
        .addListener(
            _ -> {
              means.slots.leave(from.ip);
              means.metrics.connections.labelValues(kind).dec();
            });
    channel
        .pipeline()
        .addLast(
            listener.kind() == Kind.SOCKS
                ? new Socks(means, from)
                : new FirstOctets(means, from, null))
        .addLast(new Last());
  }

  /** The ports that are listened on, by the names of their listeners. */
  public Map<String, Integer> ports() {
    var ports = new LinkedHashMap<String, Integer>();
    servers.forEach(
        (name, server) -> ports.put(name, ((InetSocketAddress) server.localAddress()).getPort()));
    return ports;
  }

  /** Listens no more, waits a while for what is under way, and ends the rest. */
  @Override
  public void close() {
    servers.values().forEach(server -> server.close().awaitUninterruptibly());
    means.stop();
    connections.forEach(channel -> channel.pipeline().fireUserEventTriggered(Stop.NOW));
    connections.newCloseFuture().awaitUninterruptibly(config.timeouts().drain().toMillis());
    connections.close().awaitUninterruptibly(STOP_MAX.toMillis());
    loops
        .shutdownGracefully(0, STOP_MAX.toMillis(), TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(STOP_MAX.toMillis());
    answering.close();
    workers.shutdownNow();
  }

  /** Where nothing should ever arrive. */
  private final class Last extends ChannelInboundHandlerAdapter {

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      if (!(cause instanceof IOException) && !(cause instanceof DecoderException)) {
        means.bug("connection", cause);
      }
      ctx.close();
    }
  }
}
