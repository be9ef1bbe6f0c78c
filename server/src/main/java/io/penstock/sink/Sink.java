package io.penstock.sink;

import io.penstock.shape.Shape;

/**
 * Sends batches to one destination, once each, and says what became of them. It never retries,
 * queues or drops: the {@link Shipper} does, by what is answered here.
 *
 * <p>{@link #send} is called by several virtual threads at a time, up to {@link Limits#requests}.
 */
public interface Sink extends AutoCloseable {

  /**
   * A new writer of items: everything that goes over the wire for one event except what stands
   * between two of them, such as a bulk action line and its document. One writer per thread.
   */
  Shape items();

  /**
   * Sends a batch and waits for the answer, as long as the destination's own timeouts say. Throws
   * nothing else: a destination that cannot be reached is {@link Delivery.Later}.
   *
   * @throws InterruptedException when the sink is to stop; what was sent may have arrived
   */
  Delivery send(Batch batch) throws InterruptedException;

  /** What one batch may hold, and how many may be under way. */
  Limits limits();

  /** Lets go of connections. Called once nothing is sent any more. */
  @Override
  void close();

  /**
   * Limits of a destination.
   *
   * @param batchEvents most events of a batch
   * @param batchBytes most bytes of a batch's items, unless a single item has more
   * @param requests most batches under way at a time
   */
  record Limits(int batchEvents, int batchBytes, int requests) {

    public Limits {
      if (batchEvents < 1 || batchBytes < 1 || requests < 1) {
        throw new IllegalArgumentException(
            "limits of a sink out of range: %d events, %d bytes, %d requests"
                .formatted(batchEvents, batchBytes, requests));
      }
    }
  }
}
