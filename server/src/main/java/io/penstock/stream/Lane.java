package io.penstock.stream;

import io.penstock.receive.WorkerTask;

/**
 * The way of an exporter's messages: a worker's thread, and what handles messages there.
 *
 * @param handler to be called by tasks of this lane alone
 * @param worker the thread
 */
public record Lane(StreamHandler handler, Worker worker) {

  /** Runs tasks one after the other, in the order in which they came. */
  public interface Worker {

    /** Queues a task, waiting for room; false if none is taken any more. */
    boolean put(WorkerTask task) throws InterruptedException;
  }
}
