package io.penstock.journal;

import io.penstock.exchange.Headers;
import org.jspecify.annotations.Nullable;

/** Undoes the content codings of a body. */
@FunctionalInterface
public interface PlainBody {

  /**
   * The body without its codings, as far as a limit allows; null when it cannot be read.
   *
   * @param headers of the message, which tell the codings
   */
  byte @Nullable [] of(Headers headers, byte[] body);
}
