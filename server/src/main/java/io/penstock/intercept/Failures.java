package io.penstock.intercept;

import io.penstock.exchange.Exchange.Cause;
import io.penstock.exchange.Exchange.Failure;
import io.penstock.upstream.UpstreamException;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** What a client is told when there is no way on. */
final class Failures {

  private Failures() {}

  static Failure of(@Nullable Throwable thrown) {
    var cause = thrown;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof UpstreamException known) {
      return new Failure(known.reason(), known.detail());
    }
    return new Failure(Cause.UPSTREAM_CONNECT, String.valueOf(cause));
  }

  static int status(Cause cause) {
    return switch (cause) {
      case UPSTREAM_FORBIDDEN, SEALED -> 403;
      default -> 502;
    };
  }

  /** Without what others wrote, which may hold anything. */
  static String detail(Cause cause) {
    return switch (cause) {
      case UPSTREAM_NAME -> "the host was not found";
      case UPSTREAM_FORBIDDEN -> "that address may not be connected to";
      case SEALED -> "everything is sealed: nothing is looked up or connected to";
      case UPSTREAM_CONNECT -> "the host does not answer";
      case UPSTREAM_TLS -> "no trusted connection to the host";
      case UPSTREAM_PROTOCOL -> "the host does not speak HTTP";
      default -> "the host broke off";
    };
  }
}
