package io.penstock.intercept;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.timeout.IdleStateHandler;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Puts handlers in their order. */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class Pipelines {

  static final String TLS = "tls";
  static final String DECODER = "decoder";
  static final String ENCODER = "encoder";
  static final String HTTP2 = "http2";
  private static final String STREAMS = "streams";

  private Pipelines() {}

  /** HTTP/1 in the place of a handler, which passes on what it holds. */
  static void http1(ChannelPipeline pipeline, ChannelHandler instead, Means means, Incoming from) {
    var encoder = new ResponseEncoder();
    var decoder = new RequestDecoder(means.config.limits());
    var at = pipeline.context(instead).name();
    pipeline.addAfter(at, null, new Requests(means, from, decoder, encoder));
    pipeline.addAfter(at, ENCODER, encoder);
    pipeline.addAfter(at, DECODER, decoder);
    pipeline.remove(instead);
  }

  /** The same for HTTP/2, where every stream gets a pipeline of its own. */
  static void http2(ChannelPipeline pipeline, ChannelHandler instead, Means means, Incoming from) {
    var limits = means.config.limits();
    var settings =
        Http2Settings.defaultSettings()
            .maxConcurrentStreams(limits.streams())
            .maxHeaderListSize(limits.headBytes());
    var codec =
        FrameBudget.codec(limits.idleFrames())
            .initialSettings(settings)
            .decoderEnforceMaxRstFramesPerWindow(limits.resets(), FrameBudget.SECONDS)
            .gracefulShutdownTimeoutMillis(means.config.timeouts().drain().toMillis())
            .build();
    var streams =
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel stream) {
            stream.config().setAutoRead(false);
            stream
                .pipeline()
                .addLast(new Http2StreamFrameToHttpObjectCodec(true))
                .addLast(new Requests(means, from, null, null));
          }
        };
    var at = pipeline.context(instead).name();
    long idle = means.config.timeouts().idle().toMillis();
    pipeline.addAfter(at, HTTP2, codec);
    pipeline.addAfter(HTTP2, STREAMS, new Http2MultiplexHandler(streams));
    pipeline.addAfter(STREAMS, null, new Streams(means, from, codec));
    pipeline.addAfter(at, null, new IdleStateHandler(0, 0, idle, TimeUnit.MILLISECONDS));
    pipeline.remove(instead);
    // Flow control is the streams'; the frames of the connection are read as they come.
    pipeline.channel().config().setAutoRead(true);
  }

  /** Back to the first octets, behind a CONNECT or SOCKS that was granted. */
  static void first(
      ChannelHandlerContext ctx, Means means, Incoming from, @Nullable Tunnel tunnel) {
    var pipeline = ctx.pipeline();
    ctx.flush();
    pipeline.addLast(new FirstOctets(means, from, tunnel));
    unHttp(ctx);
  }

  /** Takes HTTP/1 out; what it has not read goes to the handlers behind it. */
  static void unHttp(ChannelHandlerContext ctx) {
    var pipeline = ctx.pipeline();
    pipeline.remove(ctx.handler());
    for (var name : new String[] {ENCODER, DECODER}) {
      if (pipeline.get(name) != null) {
        pipeline.remove(name);
      }
    }
  }
}
