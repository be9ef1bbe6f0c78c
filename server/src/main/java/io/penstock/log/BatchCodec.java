package io.penstock.log;

import io.penstock.event.EventBatch;

/** How a batch becomes the bytes of a frame and back. Safe for use by many threads. */
public interface BatchCodec {

  byte[] encode(EventBatch batch);

  /**
   * Reads what {@link #encode} made.
   *
   * @throws IllegalArgumentException when the bytes are something else
   */
  EventBatch decode(byte[] bytes);
}
