package io.penstock.intercept;

import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;

/** Netty's encoder, which is told what was asked for. */
final class ResponseEncoder extends HttpResponseEncoder {

  private boolean isHead;

  /** Whether the answers from now on are to HEAD, and so have no body whatever their fields say. */
  void answersHead(boolean isHead) {
    this.isHead = isHead;
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpResponse response) {
    return isHead || super.isContentAlwaysEmpty(response);
  }
}
