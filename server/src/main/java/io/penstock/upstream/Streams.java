package io.penstock.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A connection of HTTP/2 as a whole (RFC 9113): how many streams its server wants, whether it goes
 * away, and whether it is still there.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class Streams extends ChannelInboundHandlerAdapter {

  /** What a server may send of one response before somebody takes it. */
  private static final int WINDOW = 128 * 1_024;

  private static final int CONNECTION_WINDOW_DEFAULT = 65_535;
  private static final int HEAD_MAX = 65_536;

  private final Pool pool;
  private final Connection connection;
  private boolean isPinged;

  private Streams(Pool pool, Connection connection) {
    this.pool = pool;
    this.connection = connection;
  }

  /**
   * Makes a fresh channel one.
   *
   * @param streams at most
   * @param silence when nothing is heard for so long the server is asked whether it is there, and
   *     given up after the same time again
   */
  static void install(Pool pool, Connection connection, int streams, Duration silence) {
    var settings =
        Http2Settings.defaultSettings()
            .pushEnabled(false)
            .initialWindowSize(WINDOW)
            .maxHeaderListSize(HEAD_MAX);
    var codec =
        Http2FrameCodecBuilder.forClient()
            .initialSettings(settings)
            // It may want fewer while more are under way: those that come then wait.
            .encoderEnforceMaxConcurrentStreams(true)
            // It is closed when it has no streams, or when it is given up.
            .gracefulShutdownTimeoutMillis(0)
            .build();
    var channel = connection.channel;
    channel
        .pipeline()
        .addLast(
            new IdleStateHandler(silence.toMillis(), 0, 0, TimeUnit.MILLISECONDS),
            codec,
            new Http2MultiplexHandler(new Unwanted()),
            new Streams(pool, connection));
    // Streams that nobody reads from for a while must not hold up the others.
    channel.write(new DefaultHttp2WindowUpdateFrame(streams * WINDOW - CONNECTION_WINDOW_DEFAULT));
    channel.flush();
    // What streams may have waiting is bounded by their windows.
    channel.config().setAutoRead(true);
  }

  /** Servers may not push, and are told so (RFC 9113 §6.5.2). */
  @ChannelHandler.Sharable
  private static final class Unwanted extends ChannelInboundHandlerAdapter {
    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      context.close();
    }
  }

  static Future<Http2StreamChannel> open(Channel parent) {
    return new Http2StreamChannelBootstrap(parent)
        .option(ChannelOption.AUTO_READ, false)
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel stream) {
                stream
                    .pipeline()
                    .addLast(new Http2StreamFrameToHttpObjectCodec(false), new StreamTurn());
              }
            })
        .open();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      isPinged = false;
      switch (message) {
        case Http2SettingsFrame settings -> {
          var wanted = settings.settings().maxConcurrentStreams();
          if (wanted != null || !connection.isSettled) {
            // There is no bound unless it names one (RFC 9113 §6.5.2).
            pool.resize(connection, wanted == null ? Long.MAX_VALUE : wanted);
          }
        }
        case Http2GoAwayFrame _ -> pool.drain(connection);
        default -> {
          // Answers to pings, and what this version does not know.
        }
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (!(event instanceof IdleStateEvent)) {
      context.fireUserEventTriggered(event);
      return;
    }
    if (isPinged) {
      context.close();
      return;
    }
    isPinged = true;
    context.writeAndFlush(new DefaultHttp2PingFrame(0));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable thrown) {
    // Each stream hears of it by its own end.
    context.close();
  }
}
