package io.penstock.upstream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.penstock.exchange.Exchange.Cause;
import java.time.Duration;

/** Through a proxy that speaks HTTP (RFC 9110 §9.3.6). */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class ConnectStep extends Step {

  private static final int LINE_MAX = 4_096;
  private static final int HEAD_MAX = 16_384;
  private static final int CHUNK_MAX = 8_192;

  private final ParentProxy proxy;
  private final Target target;
  private final HttpClientCodec codec = new HttpClientCodec(LINE_MAX, HEAD_MAX, CHUNK_MAX);
  private boolean isThrough;

  ConnectStep(ParentProxy proxy, Target target, Duration timeout) {
    super(Cause.UPSTREAM_CONNECT, timeout);
    this.proxy = proxy;
    this.target = target;
  }

  @Override
  void begin(ChannelHandlerContext context) {
    context.pipeline().addBefore(context.name(), null, codec);
    var authority = target.authority();
    var request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.CONNECT, authority);
    request.headers().set(HttpHeaderNames.HOST, authority);
    var authorization = proxy.authorization();
    if (authorization != null) {
      request.headers().set(HttpHeaderNames.PROXY_AUTHORIZATION, authorization);
    }
    context.writeAndFlush(request);
  }

  @Override
  void end(ChannelHandlerContext context) {
    // What came behind the answer is already the server's, and goes on to who reads next.
    context.pipeline().remove(codec);
  }

  @Override
  void received(ChannelHandlerContext context, Object message) {
    if (!(message instanceof HttpObject part) || part.decoderResult().isFailure()) {
      fail(proxy.address() + " does not answer in HTTP");
      return;
    }
    if (message instanceof HttpResponse response) {
      var kind = response.status().codeClass();
      isThrough = kind == HttpStatusClass.SUCCESS;
      if (!isThrough && kind != HttpStatusClass.INFORMATIONAL) {
        fail(proxy.address() + " answered " + response.status().code());
        return;
      }
    }
    if (message instanceof LastHttpContent && isThrough) {
      succeed();
    }
  }
}
