package io.penstock.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.penstock.dial.DialPolicy;
import io.penstock.dial.Dialer;
import io.penstock.dial.Resolver;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client of {@link Upstreams} with an event loop of its own, for tests. */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class Caller implements AutoCloseable {

  static final List<String> H1 = List.of("http/1.1");
  static final List<String> BOTH = List.of("h2", "http/1.1");

  /** Every name is this machine. */
  static final Resolver HERE = _ -> new InetAddress[] {InetAddress.ofLiteral("127.0.0.1")};

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  final EventLoop loop = group.next();
  final PrometheusRegistry registry = new PrometheusRegistry();
  final Dialing dialing;
  final Upstreams upstreams;

  Caller(UpstreamConfig config) {
    this(config, new Open(dialer(HERE), dialer(HERE)));
  }

  Caller(UpstreamConfig config, Dialing dialing) {
    this.dialing = dialing;
    this.upstreams = new Upstreams(config, dialing, registry);
  }

  static Dialer dialer(Resolver resolver) {
    return new Dialer(DialPolicy.DEFAULT, resolver, _ -> false, "penstock/test");
  }

  /** A response to its end. */
  record Answer(
      int status,
      HttpHeaders headers,
      String body,
      HttpHeaders trailers,
      List<Integer> interim,
      Link link) {}

  static DefaultFullHttpRequest get(String host, String path) {
    var request =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1, HttpMethod.GET, path, Unpooled.EMPTY_BUFFER);
    request.headers().set("Host", host);
    return request;
  }

  Link link(Target target, List<String> alpn) {
    return upstreams.request(target, loop, alpn).join();
  }

  /** Asks, takes the whole answer and gives the link back. */
  Answer ask(Target target, List<String> alpn, HttpObject... parts) {
    return await(
        upstreams
            .request(target, loop, alpn)
            .thenCompose(
                link ->
                    send(link, parts)
                        .whenComplete(
                            (_, failure) -> {
                              if (failure == null) {
                                link.release();
                              } else {
                                link.discard();
                              }
                            })));
  }

  Answer ask(Target target, List<String> alpn, String path) {
    return ask(target, alpn, get(target.host(), path));
  }

  /** Does not want it any more; what came a moment before that is given back. */
  void forgo(CompletableFuture<Link> asked) {
    if (!asked.cancel(false)) {
      loop.execute(asked.join()::release);
    }
  }

  static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(10, TimeUnit.SECONDS).join();
  }

  /** On the event loop. */
  static CompletableFuture<Answer> send(Link link, HttpObject... parts) {
    var reader = new Reader(link);
    link.channel().pipeline().addLast(reader);
    for (var part : parts) {
      link.channel().write(part);
    }
    link.channel().flush();
    link.channel().read();
    return reader.answer;
  }

  /** Takes what comes as fast as it comes. */
  private static final class Reader extends ChannelInboundHandlerAdapter {

    private final Link link;
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final List<Integer> interim = new ArrayList<>();
    private @Nullable HttpResponse head;

    private Reader(Link link) {
      this.link = link;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws IOException {
      try {
        if (message instanceof HttpResponse response) {
          if (response.status().code() < 200) {
            interim.add(response.status().code());
            return;
          }
          head = response;
        }
        if (message instanceof HttpContent content) {
          take(content.content());
        }
        if (message instanceof LastHttpContent last && head != null) {
          answer.complete(
              new Answer(
                  head.status().code(),
                  head.headers(),
                  body.toString(StandardCharsets.ISO_8859_1),
                  last.trailingHeaders().copy(),
                  interim,
                  link));
        }
      } finally {
        ReferenceCountUtil.release(message);
      }
    }

    private void take(ByteBuf content) throws IOException {
      content.readBytes(body, content.readableBytes());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      if (!answer.isDone()) {
        context.read();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      answer.completeExceptionally(new IOException("closed"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable thrown) {
      answer.completeExceptionally(thrown);
    }
  }

  double metric(String name) {
    return registry.scrape(name::equals).stream()
        .flatMap(snapshot -> snapshot.getDataPoints().stream())
        .mapToDouble(
            point ->
                switch (point) {
                  case io.prometheus.metrics.model.snapshots.CounterSnapshot
                              .CounterDataPointSnapshot
                          counter ->
                      counter.getValue();
                  case io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot
                          gauge ->
                      gauge.getValue();
                  default -> 0;
                })
        .sum();
  }

  static UpstreamConfig config(UpstreamConfig.Times times, UpstreamConfig.Limits limits) {
    return new UpstreamConfig(
        UpstreamConfig.DEFAULT.http(),
        UpstreamConfig.DEFAULT.https(),
        NoProxy.NONE,
        UpstreamConfig.Trust.DEFAULT,
        List.of(),
        times,
        limits);
  }

  static UpstreamConfig trusting(String authorities) {
    return new UpstreamConfig(
        UpstreamConfig.DEFAULT.http(),
        UpstreamConfig.DEFAULT.https(),
        NoProxy.NONE,
        new UpstreamConfig.Trust(authorities, List.of()),
        List.of(),
        UpstreamConfig.Times.DEFAULT,
        UpstreamConfig.Limits.DEFAULT);
  }

  static UpstreamConfig.Times times(Duration all) {
    return new UpstreamConfig.Times(all, all, all, all);
  }

  @Override
  public void close() {
    upstreams.close();
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
