package io.penstock.enrich;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A file that was there and could be read, but is not a usable table. */
public final class BadTableException extends IOException {

  public BadTableException(String message) {
    super(message);
  }

  public BadTableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
