package io.penstock.event;

import java.io.IOException;

/**
 * A batch as Protocol Buffers ({@code event.proto} beside this class): the payload of a log frame.
 * Stateless; safe for use by many threads.
 */
public final class EventCodec {

  private EventCodec() {}

  /** The batch as one protobuf message. */
  public static byte[] encode(EventBatch batch) {
    return new EventWriter().write(batch);
  }

  /**
   * Reads a batch back; unknown fields are skipped.
   *
   * @throws MalformedBatchException when the bytes are no batch
   */
  public static EventBatch decode(byte[] bytes, int offset, int length) {
    try {
      return new EventReader().read(bytes, offset, length);
    } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new MalformedBatchException(e);
    }
  }

  /** Bytes that are no batch, although their frame was intact. */
  public static final class MalformedBatchException extends RuntimeException {
    MalformedBatchException(Throwable cause) {
      super("not an event batch: " + cause.getMessage(), cause);
    }
  }
}
