package io.penstock.intercept;

import static io.netty.handler.codec.http2.Http2Error.ENHANCE_YOUR_CALM;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DecoratingHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.DecoratingHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Settings;
import java.util.concurrent.TimeUnit;

/**
 * How many frames a client may send that ask for nothing: SETTINGS, PING, PRIORITY, and types that
 * nobody knows. RFC 9113 §10.5 calls their abuse a reason to close. Who reads a long answer earns
 * more: gRPC measures its connection with a PING for each piece that comes. What else may come
 * without an end is bounded by Netty: resets, empty DATA and small CONTINUATION frames. Updates of
 * windows are not counted, for they cost their sender as much as us. On one event loop.
 */
final class FrameBudget {

  /** The window in which frames are counted. */
  static final int SECONDS = 30;

  /** Octets of an answer that earn another frame: as many as a frame of data holds by default. */
  private static final int EARNING_OCTETS = 16 << 10;

  private final int allowed;
  private long began = System.nanoTime();
  private long left;

  private FrameBudget(int allowed) {
    this.allowed = allowed;
    this.left = allowed;
  }

  /** For one connection, as all builders of codecs are. */
  static Http2FrameCodecBuilder codec(int allowed) {
    return new Builder(new FrameBudget(allowed));
  }

  private void spend() throws Http2Exception {
    long now = System.nanoTime();
    if (now - began > TimeUnit.SECONDS.toNanos(SECONDS)) {
      began = now;
      left = allowed;
    }
    if (--left < 0) {
      throw Http2Exception.connectionError(
          ENHANCE_YOUR_CALM, "more than %d frames that ask for nothing", allowed);
    }
  }

  private void earn(int octets) {
    left += 1 + octets / EARNING_OCTETS;
  }

  /** Puts the budget around what reads and what writes, as Netty does with its own limits. */
  private static final class Builder extends Http2FrameCodecBuilder {

    private final FrameBudget budget;

    Builder(FrameBudget budget) {
      this.budget = budget;
      server(true);
    }

    @Override
    protected Http2FrameCodec build(
        Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
      return super.build(new Reading(decoder, budget), new Writing(encoder, budget), settings);
    }
  }

  private static final class Reading extends DecoratingHttp2ConnectionDecoder {

    private final FrameBudget budget;

    Reading(Http2ConnectionDecoder decoder, FrameBudget budget) {
      super(decoder);
      this.budget = budget;
    }

    @Override
    public void frameListener(Http2FrameListener listener) {
      super.frameListener(new Listener(listener, budget));
    }
  }

  private static final class Listener extends Http2FrameListenerDecorator {

    private final FrameBudget budget;

    Listener(Http2FrameListener listener, FrameBudget budget) {
      super(listener);
      this.budget = budget;
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings)
        throws Http2Exception {
      budget.spend();
      super.onSettingsRead(ctx, settings);
    }

    @Override
    public void onPingRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
      budget.spend();
      super.onPingRead(ctx, data);
    }

    @Override
    public void onPingAckRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
      budget.spend();
      super.onPingAckRead(ctx, data);
    }

    @Override
    public void onPriorityRead(
        ChannelHandlerContext ctx, int stream, int on, short weight, boolean isExclusive)
        throws Http2Exception {
      budget.spend();
      super.onPriorityRead(ctx, stream, on, weight, isExclusive);
    }

    @Override
    public void onUnknownFrame(
        ChannelHandlerContext ctx, byte type, int stream, Http2Flags flags, ByteBuf payload)
        throws Http2Exception {
      budget.spend();
      super.onUnknownFrame(ctx, type, stream, flags, payload);
    }
  }

  private static final class Writing extends DecoratingHttp2ConnectionEncoder {

    private final FrameBudget budget;

    Writing(Http2ConnectionEncoder encoder, FrameBudget budget) {
      super(encoder);
      this.budget = budget;
    }

    @Override
    public ChannelFuture writeData(
        ChannelHandlerContext ctx,
        int stream,
        ByteBuf data,
        int padding,
        boolean isEnd,
        ChannelPromise promise) {
      budget.earn(data.readableBytes());
      return super.writeData(ctx, stream, data, padding, isEnd, promise);
    }
  }
}
