package io.penstock.receive;

/**
 * Work for a worker's thread that came by another way than a datagram. A task that was taken meets
 * exactly one of the two methods.
 */
public interface WorkerTask {

  /** On the worker's thread, between two batches of datagrams. */
  void run();

  /** The receiver stopped before its turn came. */
  void abandoned();
}
