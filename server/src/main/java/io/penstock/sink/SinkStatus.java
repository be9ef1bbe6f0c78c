package io.penstock.sink;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a sink is doing.
 *
 * @param lastSuccess when something last arrived; null when nothing did since the start
 * @param lastAnswer what the destination said last; null before the first answer
 * @param lastError what it said when it last did not take something; null when it took everything
 * @param backlogEvents events of the log that it has not come to, with those that wait in it
 * @param lagSeconds age of the oldest event that waits in it; 0 when none does
 * @param waitingEvents events that were read and have not arrived
 * @param underWay batches under way
 * @param concurrency batches that may be
 */
public record SinkStatus(
    State state,
    @Nullable Instant lastSuccess,
    Delivery.@Nullable Answer lastAnswer,
    Delivery.@Nullable Answer lastError,
    long backlogEvents,
    double lagSeconds,
    long waitingEvents,
    int underWay,
    int concurrency,
    long read,
    long filtered,
    long expired,
    long delivered,
    long duplicates,
    long redirected,
    long refused,
    long retries,
    long replayed) {

  /** What it does. */
  public enum State {
    /** Nothing was sent yet. */
    STARTING,
    OK,
    /** The destination does not take what is sent; tried again and again. */
    RETRYING,
    /** The same, and it will stay so until a person changes something. */
    BLOCKED,
    STOPPED
  }

  /** Read and neither filtered, expired, delivered, refused nor waiting: must be 0 at rest. */
  public long imbalance() {
    return read - filtered - expired - delivered - refused - waitingEvents;
  }
}
