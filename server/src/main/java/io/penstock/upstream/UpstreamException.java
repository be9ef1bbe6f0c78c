package io.penstock.upstream;

import io.penstock.exchange.Exchange;
import java.util.concurrent.CompletionException;

/** Why there is no way on, or why it ended. An outcome like others: it has no stack. */
public final class UpstreamException extends Exception {

  private static final long serialVersionUID = 1;

  private static final int DETAIL_MAX = 300;

  private final Exchange.Cause reason;

  public UpstreamException(Exchange.Cause reason, String detail) {
    super(
        detail.length() > DETAIL_MAX ? detail.substring(0, DETAIL_MAX) : detail,
        null,
        false,
        false);
    this.reason = reason;
  }

  /** What became of an attempt, whatever a library threw. */
  static UpstreamException of(Throwable thrown, Exchange.Cause otherwise) {
    Throwable cause = thrown;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof UpstreamException known) {
      return known;
    }
    var message = cause.getMessage();
    return new UpstreamException(
        otherwise, message == null ? cause.getClass().getSimpleName() : message);
  }

  public Exchange.Cause reason() {
    return reason;
  }

  /** What happened, in a line without secrets. */
  public String detail() {
    return String.valueOf(getMessage());
  }
}
