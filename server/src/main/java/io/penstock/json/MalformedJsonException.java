package io.penstock.json;

/** A text that is not JSON, or nested deeper than anybody needs. */
public final class MalformedJsonException extends Exception {

  MalformedJsonException(String message, Throwable cause) {
    super(message, cause);
  }
}
