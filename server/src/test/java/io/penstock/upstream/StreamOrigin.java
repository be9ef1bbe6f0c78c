package io.penstock.upstream;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A server on loopback that speaks HTTP/2, for tests. */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class StreamOrigin implements AutoCloseable {

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Channel listener;

  /** The connections, in the order of their arrival. */
  final Queue<Channel> connections = new ConcurrentLinkedQueue<>();

  /** What is done with a request. */
  @FunctionalInterface
  interface Answering {
    void answer(ChannelHandlerContext stream, FullHttpRequest request);
  }

  /**
   * @param tls null to speak it in clear from the first octet
   */
  StreamOrigin(@Nullable SSLContext tls, long streams, Answering answering) {
    this.listener =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    connections.add(channel);
                    if (tls != null) {
                      channel.pipeline().addLast(server(tls));
                    }
                    channel
                        .pipeline()
                        .addLast(
                            Http2FrameCodecBuilder.forServer()
                                .initialSettings(
                                    Http2Settings.defaultSettings().maxConcurrentStreams(streams))
                                .build(),
                            new Http2MultiplexHandler(stream(answering)),
                            new ChannelInboundHandlerAdapter() {
                              @Override
                              public void exceptionCaught(
                                  ChannelHandlerContext context, Throwable thrown) {
                                context.close();
                              }
                            });
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .syncUninterruptibly()
            .channel();
  }

  private static SslHandler server(SSLContext tls) {
    var engine = tls.createSSLEngine();
    engine.setUseClientMode(false);
    var parameters = engine.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    engine.setSSLParameters(parameters);
    return new SslHandler(engine);
  }

  private static ChannelInitializer<Channel> stream(Answering answering) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel stream) {
        stream
            .pipeline()
            .addLast(
                new Http2StreamFrameToHttpObjectCodec(true),
                new HttpObjectAggregator(1 << 20),
                new SimpleChannelInboundHandler<FullHttpRequest>() {
                  @Override
                  protected void channelRead0(
                      ChannelHandlerContext context, FullHttpRequest request) {
                    answering.answer(context, request);
                  }

                  @Override
                  public void exceptionCaught(ChannelHandlerContext context, Throwable thrown) {
                    context.close();
                  }
                });
      }
    };
  }

  /** Says that a connection takes no more requests; those that came are answered. */
  void goAway(Channel connection) {
    var frame = new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR);
    connection.writeAndFlush(frame);
  }

  int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
