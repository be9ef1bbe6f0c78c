package io.penstock.upstream;

import io.netty.handler.codec.DecoderException;
import io.penstock.exchange.Exchange.Cause;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLHandshakeException;

/** Why there is no way on, or why it ended. An outcome like others: it has no stack. */
public final class UpstreamException extends Exception {

  private static final long serialVersionUID = 1;

  private static final int DETAIL_MAX = 300;

  private final Cause reason;

  public UpstreamException(Cause reason, String detail) {
    super(
        detail.length() > DETAIL_MAX ? detail.substring(0, DETAIL_MAX) : detail,
        null,
        false,
        false);
    this.reason = reason;
  }

  /** What became of an attempt, whatever a library threw. */
  static UpstreamException of(Throwable thrown, Cause otherwise) {
    Throwable cause = thrown;
    while (isWrapping(cause) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof UpstreamException known) {
      return known;
    }
    var message = cause.getMessage();
    // In TLS 1.3 a server refuses who we are, or that we are nobody, behind the handshake.
    var reason = cause instanceof SSLHandshakeException ? Cause.UPSTREAM_TLS : otherwise;
    return new UpstreamException(
        reason, message == null ? cause.getClass().getSimpleName() : message);
  }

  private static boolean isWrapping(Throwable thrown) {
    return thrown instanceof CompletionException || thrown instanceof DecoderException;
  }

  public Cause reason() {
    return reason;
  }

  /** What happened, in a line without secrets. */
  public String detail() {
    return String.valueOf(getMessage());
  }
}
