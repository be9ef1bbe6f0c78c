package io.penstock.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.concurrent.Future;
import io.penstock.exchange.Exchange.Cause;
import io.penstock.upstream.Pool.Place;
import io.penstock.upstream.Pool.Shared;
import io.penstock.upstream.Way.Made;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The servers that clients mean. Never blocks; every future ends on the event loop that it was
 * asked for on, or with an {@link UpstreamException}, and may be cancelled by who does not want it
 * any more: what cannot be cancelled has come already, and is to be given back.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
public final class Upstreams implements AutoCloseable {

  /** A connection may go away between its being found and its being used. */
  private static final int TRIES = 3;

  private final UpstreamConfig config;
  private final Way way;
  private final Pool pool;
  private final UpstreamMetrics metrics;
  private final ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * @throws IllegalArgumentException with a line for the operator when a certificate is not to be
   *     used
   */
  public Upstreams(UpstreamConfig config, Dialing dialing, PrometheusRegistry registry) {
    this.config = config;
    this.way = new Way(config, dialing, new Trusts(config.trust(), config.shown()), tasks);
    this.pool = new Pool(config.limits(), config.times());
    this.metrics = new UpstreamMetrics(dialing, pool, registry);
  }

  /**
   * A way for one request.
   *
   * @param alpn what the client offered, of which {@code h2} and {@code http/1.1} are offered on;
   *     for {@code http} a list of {@code h2} alone means that the server is known to speak it (RFC
   *     9113 §3.3). A request that wants to switch protocols needs {@code http/1.1} alone.
   */
  public CompletableFuture<Link> request(Target target, EventLoop loop, List<String> alpn) {
    var offer = Offer.of(alpn);
    if (!target.isSecure() && offer == Offer.BOTH) {
      offer = Offer.HTTP_1;
    }
    var route = new Route(target, offer, loop);
    var linked = new CompletableFuture<Link>();
    onLoop(route, linked, () -> begin(route, linked, TRIES));
    return linked;
  }

  private void begin(Route route, CompletableFuture<Link> linked, int tries) {
    pool.acquire(route)
        .whenComplete(
            (grant, failure) ->
                onLoop(
                    route,
                    linked,
                    () -> {
                      switch (grant) {
                        case null -> fail(linked, failure);
                        case Place place -> open(place, route, linked);
                        case Shared shared -> share(shared.connection(), linked, tries, false);
                      }
                    }));
  }

  /** Who waits may have been given something by another event loop. */
  private void onLoop(Route route, CompletableFuture<?> waiting, Runnable task) {
    if (route.loop().inEventLoop()) {
      task.run();
      return;
    }
    try {
      route.loop().execute(task);
    } catch (RejectedExecutionException _) {
      fail(waiting, new UpstreamException(Cause.UPSTREAM_GONE, "the event loop has ended"));
    }
  }

  private void fail(CompletableFuture<?> waiting, @Nullable Throwable failure) {
    var known =
        failure == null
            ? new UpstreamException(Cause.UPSTREAM_CONNECT, "no connection")
            : UpstreamException.of(failure, Cause.UPSTREAM_CONNECT);
    if (waiting.completeExceptionally(known)) {
      metrics.failed(known.reason());
    }
  }

  private void open(Place place, Route route, CompletableFuture<Link> linked) {
    way.open(route.target(), route.offer(), route.loop())
        .whenComplete(
            (made, failure) -> {
              if (made == null) {
                pool.giveBack(place);
                fail(linked, failure);
                return;
              }
              made(place, route, made, linked);
            });
  }

  private void made(Place place, Route route, Made made, CompletableFuture<Link> linked) {
    var tls = made.facts().tls();
    boolean isMultiplexed = route.offer() == Offer.HTTP_2 || tls != null && "h2".equals(tls.alpn());
    int streams = config.limits().streams();
    var connection = new Connection(route, made.channel(), made.facts(), isMultiplexed);
    if (isMultiplexed) {
      Streams.install(pool, connection, streams, config.times().idle().dividedBy(2));
    } else {
      var turn = new Turn(route.target(), way.asked(route.target(), route.offer()));
      turn.install(made.channel());
      connection.turn = turn;
    }
    pool.made(place, connection);
    metrics.opened();
    share(connection, linked, 1, true);
  }

  private void share(
      Connection connection, CompletableFuture<Link> linked, int tries, boolean isFirst) {
    if (connection.isMultiplexed) {
      stream(connection, linked, tries, isFirst);
      return;
    }
    if (!isFirst) {
      metrics.reused();
    }
    give(new Link(pool, connection, connection.channel, connection.turn, !isFirst), linked);
  }

  private void stream(
      Connection connection, CompletableFuture<Link> linked, int tries, boolean isFirst) {
    Streams.open(connection.channel)
        .addListener(
            (Future<Http2StreamChannel> opened) -> {
              if (opened.isSuccess()) {
                metrics.stream();
                give(new Link(pool, connection, opened.getNow(), null, !isFirst), linked);
                return;
              }
              pool.drain(connection);
              pool.release(connection);
              if (tries > 1 && !linked.isDone()) {
                begin(connection.route, linked, tries - 1);
                return;
              }
              fail(linked, UpstreamException.of(opened.cause(), Cause.UPSTREAM_GONE));
            });
  }

  private static void give(Link link, CompletableFuture<Link> linked) {
    if (!linked.complete(link)) {
      link.release();
    }
  }

  /**
   * A connection of its own that carries octets as they are: no handlers, not read from by itself,
   * open for one side after the other has ended. The caller closes it; {@link Facts#of} tells of
   * it.
   */
  public CompletableFuture<Channel> raw(Target target, EventLoop loop) {
    var route = new Route(target, Offer.HTTP_1, loop);
    var connected = new CompletableFuture<Channel>();
    onLoop(route, connected, () -> tunnel(route, connected));
    return connected;
  }

  private void tunnel(Route route, CompletableFuture<Channel> connected) {
    var place = pool.place(route);
    if (place == null) {
      fail(connected, new UpstreamException(Cause.UPSTREAM_CONNECT, "too many connections"));
      return;
    }
    way.tunnel(route.target(), route.loop())
        .whenComplete(
            (made, failure) -> {
              if (made == null) {
                pool.giveBack(place);
                fail(connected, failure);
                return;
              }
              var channel = made.channel();
              made.facts().attach(channel);
              channel.closeFuture().addListener(_ -> pool.giveBack(place));
              channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
              metrics.opened();
              if (!connected.complete(channel)) {
                channel.close();
              }
            });
  }

  /** No more connections; those under way end with their exchanges. */
  @Override
  public void close() {
    pool.close();
    tasks.shutdown();
  }
}
