package io.penstock.log;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/**
 * A frame on its way to the disk. Made by an appender, then owned by the writer.
 *
 * @param bytes the whole frame but for its place
 * @param events events in the batch
 * @param durable completes with the position behind the frame
 */
record PendingFrame(ByteBuffer bytes, int events, CompletableFuture<Long> durable) {

  int size() {
    return bytes.capacity();
  }
}
