package io.penstock.intercept;

import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.penstock.intercept.InterceptConfig.Limits;

/** Netty's decoder, without the leniency that lets requests be smuggled. */
final class RequestDecoder extends HttpRequestDecoder {

  private static final int CHUNK_BYTES_MAX = 64 << 10;

  RequestDecoder(Limits limits) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(limits.requestLineBytes())
            .setMaxHeaderSize(limits.headBytes())
            .setMaxChunkSize(CHUNK_BYTES_MAX)
            .setStrictLineParsing(true)
            .setAllowDuplicateContentLengths(false)
            .setValidateHeaders(true));
  }

  /** RFC 9112 §6.1 lets a server refuse it, where Netty would drop the length and go on. */
  @Override
  protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
    throw new IllegalArgumentException("both Transfer-Encoding and Content-Length");
  }
}
