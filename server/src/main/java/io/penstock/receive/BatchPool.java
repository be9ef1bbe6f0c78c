package io.penstock.receive;

import java.util.ArrayDeque;

/**
 * Empty batches. Needs no limit of its own: batches are only ever being filled (one per socket and
 * worker), queued (the queues are bounded) or handled (one per worker), and it makes a new one only
 * when all others are. The last returned is taken first, while its memory is still in a cache.
 */
final class BatchPool {

  private final int batchBytes;
  private final ArrayDeque<DatagramBatch> free = new ArrayDeque<>();

  BatchPool(int batchBytes) {
    this.batchBytes = batchBytes;
  }

  synchronized DatagramBatch take() {
    var batch = free.pollFirst();
    return batch != null ? batch : new DatagramBatch(batchBytes);
  }

  synchronized void giveBack(DatagramBatch batch) {
    batch.clear();
    free.addFirst(batch);
  }
}
