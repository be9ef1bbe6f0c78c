package io.penstock.log;

import io.penstock.event.EventBatch;
import java.time.Duration;
import java.util.List;
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
   * Whatever is chained to the result without an executor runs on the log's own thread and must not
   * block.
   */
  CompletableFuture<Long> append(EventBatch batch);

  /** A position at or before the oldest frame still held, behind every frame removed. */
  long start();

  /** Position behind the last durable frame; where a consumer that has read everything stands. */
  long end();

  /**
   * A reader of durable frames from {@code position} on; a position before {@link #start} reads
   * from there and counts what was missed. Frames that are damaged are counted and skipped. For one
   * thread; close it.
   */
  Reader reader(long position);

  /**
   * A reader of only the frames whose batch has a {@link EventBatch#receipt}; the others are passed
   * over without being decoded.
   */
  Reader receiptReader(long position);

  /**
   * How many events the durable frames hold from one position up to another, both where a frame
   * begins or the log ends. Reads the frames' headers only, and from the disk.
   *
   * @throws LogUnavailableException when the disk cannot be read
   */
  long events(long from, long to);

  /**
   * The durable cursor of a consumer; made at the log's start when it does not exist. Frames behind
   * the slowest cursor are removed.
   *
   * @param consumer 1 to 100 of the characters {@code a-z 0-9 . _ -}
   */
  Cursor cursor(String consumer);

  /** The cursors of all consumers, by name. */
  List<Cursor> cursors();

  /** Forgets a consumer, so that it holds nothing back any more. */
  void deleteCursor(String consumer);

  /**
   * Ends the newest segment if it was begun so long ago and holds frames. A segment's file goes
   * when every consumer is done with all of it, so this bounds how long events stay in the log.
   * Returns before it is done.
   */
  void roll(Duration age);

  @Override
  void close();

  /** Reads frames in order. */
  interface Reader extends AutoCloseable {

    /**
     * The next durable frame, waiting up to {@code timeout} for one; empty when none came.
     *
     * @throws LogUnavailableException when the disk cannot be read; the same call may work later
     */
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

    /**
     * Moves on durably: when this returns, a crash does not move it back. A position behind the
     * present one, or a deleted cursor, changes nothing.
     *
     * @throws LogUnavailableException when the disk does not take it; the position stays
     */
    void commit(long position);
  }
}
