package io.penstock.intercept;

import io.netty.handler.codec.http.HttpContent;

/** What becomes of one request, from its head to the end of its answer. On one event loop. */
sealed interface Turn permits Connect, Forward, Mock, Refused {

  /** Whether the next piece of the request's body can be taken. */
  boolean takes();

  /** Takes a piece of the request's body over; the last one is a {@code LastHttpContent}. */
  void content(HttpContent piece);

  /** No more pieces for now. */
  default void pause() {}

  /** The client's connection can be written to again. */
  void writable();

  /** It took longer than was allowed. */
  void late();

  /** The client went away. */
  void gone();
}
