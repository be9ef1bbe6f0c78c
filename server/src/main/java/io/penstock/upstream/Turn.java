package io.penstock.upstream;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.penstock.exchange.Exchange.Cause;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is on a connection of HTTP/1.1: the last of its own handlers, behind which an
 * exchange has those of its own. It knows whether request and response have come to their ends, so
 * that another request can follow, and lets nothing through that nobody asked for.
 */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class Turn extends ChannelDuplexHandler {

  private static final int LINE_MAX = 16_384;
  private static final int HEAD_MAX = 65_536;
  private static final int CHUNK_MAX = 65_536;

  /** Interim responses to one request: some servers send a few, none needs many. */
  static final int INTERIM_MAX = 32;

  private final HttpClientCodec codec =
      new HttpClientCodec(
          new HttpDecoderConfig()
              .setMaxInitialLineLength(LINE_MAX)
              .setMaxHeaderSize(HEAD_MAX)
              .setMaxChunkSize(CHUNK_MAX),
          false,
          true);
  private final Quiet quiet = new Quiet();
  private final Target target;
  private final @Nullable ParentProxy asked;
  private boolean isStarted;
  private boolean isAsked;
  private boolean isAnswered;
  private boolean isKept;
  private boolean isInformed;
  private int interim;
  private boolean isBroken;

  /**
   * @param asked the proxy that is asked for what is meant; null when the server itself is
   */
  Turn(Target target, @Nullable ParentProxy asked) {
    this.target = target;
    this.asked = asked;
  }

  /** In front of the codec, for what is not even a message yet. */
  private final class Quiet extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (isStarted) {
        context.fireChannelRead(message);
        return;
      }
      ReferenceCountUtil.release(message);
      context.close();
    }
  }

  void install(Channel channel) {
    channel.pipeline().addLast(quiet, codec, this);
  }

  /** Whether another request may follow, or none was begun. */
  boolean isOver() {
    return !isStarted && !isBroken || isAsked && isAnswered && isKept;
  }

  /** Takes away what an exchange had behind it, and waits for the next. */
  void rest(Channel channel) {
    var pipeline = channel.pipeline();
    while (pipeline.last() != this) {
      pipeline.removeLast();
    }
    isStarted = false;
    isAsked = false;
    isAnswered = false;
    isKept = false;
    interim = 0;
    // Whether the server closes it is only heard by who listens.
    channel.read();
  }

  /** Leaves the channel without HTTP; what was read already goes to the handlers behind. */
  void leave(Channel channel) {
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    var pipeline = channel.pipeline();
    pipeline.remove(this);
    pipeline.remove(quiet);
    pipeline.remove(codec);
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (message instanceof HttpRequest request) {
      isStarted = true;
      isKept = HttpUtil.isKeepAlive(request);
      if (asked != null) {
        address(request, asked);
      }
    }
    if (message instanceof LastHttpContent) {
      isAsked = true;
    }
    context.write(message, promise);
  }

  private void address(HttpRequest request, ParentProxy proxy) {
    var uri = request.uri();
    if (uri.startsWith("/")) {
      request.setUri(target.absolute() + uri);
    } else if (uri.equals("*")) {
      // RFC 9112 §3.2.4: the last proxy makes the asterisk of it.
      request.setUri(target.absolute());
    }
    var authorization = proxy.authorization();
    if (authorization != null) {
      request.headers().set(HttpHeaderNames.PROXY_AUTHORIZATION, authorization);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (isBroken || !isStarted) {
      ReferenceCountUtil.release(message);
      context.close();
      return;
    }
    if (message instanceof HttpObject part && part.decoderResult().isFailure()) {
      var why = part.decoderResult().cause().getMessage();
      ReferenceCountUtil.release(message);
      fail(context, new UpstreamException(Cause.UPSTREAM_PROTOCOL, "not HTTP: " + why));
      return;
    }
    if (message instanceof HttpResponse response && !isTaken(context, response)) {
      return;
    }
    if (message instanceof LastHttpContent) {
      if (isInformed) {
        isInformed = false;
        ReferenceCountUtil.release(message);
        return;
      }
      isAnswered = true;
    }
    context.fireChannelRead(message);
  }

  /** Looks at the head of a response; false when that was all there is to do about it. */
  private boolean isTaken(ChannelHandlerContext context, HttpResponse response) {
    if (isInformational(response)) {
      if (++interim > INTERIM_MAX) {
        fail(context, tooManyInterim());
        return false;
      }
      isInformed = true;
      context.fireChannelRead(informational(response));
      return false;
    }
    if (asked != null
        && response.status().equals(HttpResponseStatus.PROXY_AUTHENTICATION_REQUIRED)) {
      // It is us whom it does not know, and not the client.
      fail(
          context,
          new UpstreamException(Cause.UPSTREAM_CONNECT, asked.address() + " answered 407"));
      return false;
    }
    isKept &= HttpUtil.isKeepAlive(response);
    isKept &= !response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS);
    return true;
  }

  /** Whether another response follows (RFC 9110 §15.2). */
  static boolean isInformational(HttpResponse response) {
    return response.status().codeClass() == HttpStatusClass.INFORMATIONAL
        && !response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS);
  }

  static UpstreamException tooManyInterim() {
    return new UpstreamException(
        Cause.UPSTREAM_PROTOCOL, "more than " + INTERIM_MAX + " interim responses");
  }

  /** In one piece, which has no end of its own. */
  static HttpResponse informational(HttpResponse response) {
    return new DefaultFullHttpResponse(
        response.protocolVersion(),
        response.status(),
        Unpooled.EMPTY_BUFFER,
        response.headers(),
        EmptyHttpHeaders.INSTANCE);
  }

  private void fail(ChannelHandlerContext context, UpstreamException failure) {
    isBroken = true;
    context.fireExceptionCaught(failure);
    context.close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable thrown) {
    if (isStarted && !isBroken) {
      fail(context, UpstreamException.of(thrown, Cause.UPSTREAM_GONE));
      return;
    }
    context.close();
  }
}
