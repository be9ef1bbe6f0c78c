package io.penstock.log;

import io.penstock.event.EventBatch;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The durable, ordered log of event batches. Positions are opaque longs that grow along the log.
 * Safe for use by many threads.
 */
public interface EventLog extends AutoCloseable {

  /**
   * Appends a batch as one frame: after a crash it is there whole or not at all.
   *
   * <p>Encodes on the calling thread, then returns; blocks while more than the configured bytes
   * await the disk. The result completes with the position behind the frame once it is durable, or
   * exceptionally with {@link LogUnavailableException}: then nothing of the batch was taken.
   */
  CompletableFuture<Long> append(EventBatch batch);

  /** Position of the oldest frame still held. */
  long start();

  /** Position behind the last durable frame. */
  long end();

  /**
   * A reader of durable frames from {@code position} on; a position before {@link #start} reads
   * from there and counts what was missed. For one thread; close it.
   */
  Reader reader(long position);

  /**
   * The durable cursor of a consumer; made at the log's start when it does not exist. Frames behind
   * the slowest cursor are removed.
   */
  Cursor cursor(String consumer);

  @Override
  void close();

  /** Reads frames in order. */
  interface Reader extends AutoCloseable {

    /** The next durable frame, waiting up to {@code timeout} for one; empty when none came. */
    Optional<Entry> next(Duration timeout) throws InterruptedException;

    /** Position of the frame that {@link #next} would return. */
    long position();

    @Override
    void close();
  }

  /** A frame read back: the batch, where it starts and where the next one does. */
  record Entry(long position, long next, EventBatch batch) {}

  /** How far a consumer has come, surviving restarts. */
  interface Cursor {

    String consumer();

    long position();

    /** Moves on durably: when this returns, a crash does not move it back. */
    void commit(long position);
  }
}
