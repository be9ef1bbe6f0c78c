package io.penstock.intercept;

import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.penstock.exchange.Exchange.Cause;
import org.jspecify.annotations.Nullable;

/**
 * A request that is refused. A small body is read first, so that the connection stays usable; a
 * large one, and one that waits to be asked for, is not.
 */
final class Refused implements Turn {

  private static final int BODY_BYTES_MAX = 64 << 10;

  private final Requests requests;
  private final Entry entry;
  private final @Nullable HttpRequest request;
  private final Reply reply;
  private final int status;
  private final String why;
  private boolean isAnswered;

  Refused(
      Requests requests,
      Entry entry,
      @Nullable HttpRequest request,
      Reply reply,
      int status,
      String why) {
    this.requests = requests;
    this.entry = entry;
    this.request = request;
    this.reply = reply;
    this.status = status;
    this.why = why;
  }

  void begin() {
    if (request != null && HttpUtil.is100ContinueExpected(request)) {
      atOnce();
    }
  }

  /** Without waiting for the rest of the request. */
  void atOnce() {
    reply.closeAfter();
    answer();
  }

  @Override
  public boolean takes() {
    return !isAnswered;
  }

  @Override
  public void content(HttpContent piece) {
    entry.sent.see(piece.content());
    boolean isLast = piece instanceof LastHttpContent;
    piece.release();
    if (isLast) {
      answer();
    } else if (entry.sent.length() > BODY_BYTES_MAX) {
      atOnce();
    }
  }

  private void answer() {
    if (isAnswered) {
      return;
    }
    isAnswered = true;
    var headers = Details.headers();
    switch (status) {
      case 407 -> headers.set(HttpHeaderNames.PROXY_AUTHENTICATE, "Basic realm=\"Penstock\"");
      case 429 -> headers.set(HttpHeaderNames.RETRY_AFTER, "1");
      case 405 -> headers.set(HttpHeaderNames.ALLOW, "GET, HEAD, POST, PUT, DELETE, OPTIONS");
      default -> {}
    }
    var body = Details.body(why);
    reply.whole(HttpResponseStatus.valueOf(status), headers, body, EmptyHttpHeaders.INSTANCE);
    entry.answered(status, Heads.headers(headers));
    if (reply.hasBody()) {
      entry.got.see(body, 0, body.length);
    }
    entry.end();
    requests.done();
  }

  @Override
  public void writable() {}

  @Override
  public void late() {
    entry.failed(Cause.CLIENT_GONE, "no body in time");
    atOnce();
  }

  @Override
  public void gone() {
    entry.failed(Cause.CLIENT_GONE, "gone before the answer");
    entry.end();
  }
}
