package io.penstock.intercept;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import org.jspecify.annotations.Nullable;

/** The way back to the client for one request: adds the framing that its connection needs. */
// Netty tells of failures by events.
@SuppressWarnings("FutureReturnValueIgnored")
final class Reply {

  private final ChannelHandlerContext ctx;
  private final Requests requests;
  private final boolean isHttp2;
  private final boolean isHttp10;
  private final boolean isHead;
  private boolean keepsAlive;
  private boolean isBegun;
  private boolean hasBody;
  private @Nullable ChannelFuture end;

  Reply(ChannelHandlerContext ctx, Requests requests, HttpRequest request, boolean isHttp2) {
    this.ctx = ctx;
    this.requests = requests;
    this.isHttp2 = isHttp2;
    this.isHttp10 = !isHttp2 && request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    this.isHead = request.method().equals(HttpMethod.HEAD);
    this.keepsAlive = isHttp2 || HttpUtil.isKeepAlive(request);
  }

  boolean isHttp2() {
    return isHttp2;
  }

  boolean isBegun() {
    return isBegun;
  }

  boolean keepsAlive() {
    return keepsAlive;
  }

  /** The connection is closed behind this answer. */
  void closeAfter() {
    keepsAlive = isHttp2;
  }

  Channel channel() {
    return ctx.channel();
  }

  boolean isWritable() {
    return ctx.channel().isWritable();
  }

  /** Head, body and trailers at once. */
  void whole(HttpResponseStatus status, HttpHeaders headers, byte[] body, HttpHeaders trailers) {
    boolean isEmpty = isEmpty(status);
    hasBody = !isHead && !isEmpty;
    headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
    if (!trailers.isEmpty() && !isHttp10 && hasBody) {
      head(status, headers.remove(HttpHeaderNames.CONTENT_LENGTH));
      last(body, trailers);
      return;
    }
    if (isEmpty) {
      headers.remove(HttpHeaderNames.CONTENT_LENGTH);
    } else {
      headers.set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    }
    connection(headers);
    isBegun = true;
    var content = hasBody ? Unpooled.wrappedBuffer(body) : Unpooled.EMPTY_BUFFER;
    writeLast(
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, status, content, headers, EmptyHttpHeaders.INSTANCE));
  }

  /** Whether there is a body behind the head; when not, pieces are dropped. */
  boolean hasBody() {
    return hasBody;
  }

  /**
   * The head, with its framing: the length as it is said, or else chunks (RFC 9112 §6.3), or else
   * the end of the connection.
   */
  void head(HttpResponseStatus status, HttpHeaders headers) {
    hasBody = !isHead && !isEmpty(status);
    if (isHttp2 || isHttp10) {
      headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
    }
    boolean hasLength =
        headers.contains(HttpHeaderNames.CONTENT_LENGTH)
            && !headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
    if (hasBody && !isHttp2 && !hasLength) {
      if (isHttp10) {
        keepsAlive = false;
      } else if (!headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
        headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
      }
    }
    connection(headers);
    isBegun = true;
    write(new DefaultHttpResponse(HttpVersion.HTTP_1_1, status, headers));
  }

  /** The head of an answer behind which the connection is another protocol's. */
  void switching(HttpResponseStatus status, HttpHeaders headers) {
    isBegun = true;
    write(
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            status,
            Unpooled.EMPTY_BUFFER,
            headers,
            EmptyHttpHeaders.INSTANCE));
  }

  /** An answer before the answer (RFC 9110 §15.2). */
  void interim(HttpResponseStatus status, HttpHeaders headers) {
    if (!isHttp10) {
      write(
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1,
              status,
              Unpooled.EMPTY_BUFFER,
              headers,
              EmptyHttpHeaders.INSTANCE));
      flush();
    }
  }

  /** A piece of the body, which is taken over. */
  void piece(ByteBuf piece) {
    if (hasBody && piece.isReadable()) {
      write(new DefaultHttpContent(piece));
    } else {
      piece.release();
    }
  }

  /** The end, with the last piece of the body, which is taken over. */
  void end(ByteBuf piece, HttpHeaders trailers) {
    if (!hasBody) {
      piece.release();
      writeLast(LastHttpContent.EMPTY_LAST_CONTENT);
      return;
    }
    writeLast(new DefaultLastHttpContent(piece, isHttp10 ? EmptyHttpHeaders.INSTANCE : trailers));
  }

  private void last(byte[] body, HttpHeaders trailers) {
    end(Unpooled.wrappedBuffer(body), trailers);
  }

  private void write(Object message) {
    ctx.write(message, ctx.voidPromise());
    requests.written();
  }

  private void writeLast(Object message) {
    if (!isHttp2) {
      write(message);
      return;
    }
    end = ctx.write(message);
    requests.written();
  }

  /** Runs when the client has been sent all of the answer, as fast as it takes it; or at once. */
  void whenSent(Runnable then) {
    if (end == null) {
      then.run();
    } else {
      end.addListener(_ -> then.run());
    }
  }

  void flush() {
    requests.flush();
  }

  /** RFC 9112 §9.3: a 1.1 client is told when it ends, a 1.0 client when it goes on. */
  private void connection(HttpHeaders headers) {
    if (isHttp2) {
      return;
    }
    if (!keepsAlive) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (isHttp10) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
  }

  private static boolean isEmpty(HttpResponseStatus status) {
    int code = status.code();
    return code < 200 || code == 204 || code == 304;
  }

  /** Breaks off, so that the client cannot take what it got for the whole. */
  void abort() {
    if (isHttp2) {
      ctx.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.INTERNAL_ERROR));
      return;
    }
    reset(ctx.channel());
  }

  /** TCP's RST in place of an orderly end. */
  static void reset(Channel channel) {
    if (channel instanceof SocketChannel socket && socket.isOpen()) {
      socket.config().setSoLinger(0);
    }
    // Past the handlers: TLS would say goodbye first.
    channel.unsafe().close(channel.voidPromise());
  }

  /** Octets as they are, in the place of HTTP. */
  ChannelFuture raw(byte[] octets) {
    var connection = isHttp2 ? ctx.channel().parent() : ctx.channel();
    var codec = connection.pipeline().context(isHttp2 ? Pipelines.HTTP2 : Pipelines.ENCODER);
    return codec.writeAndFlush(Unpooled.wrappedBuffer(octets));
  }
}
