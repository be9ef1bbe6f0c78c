package io.penstock.command;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets Ctrl-C end a command in order: the work stops at its next step and the summary is printed
 * before the process goes.
 */
final class Interruption implements AutoCloseable {

  private static final int PATIENCE_SECONDS = 5;

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook = new Thread(this::request, "interruption");
  private volatile boolean isRequested;

  Interruption() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  boolean isRequested() {
    return isRequested;
  }

  /** Asks the work to stop, and waits until it has. */
  void request() {
    isRequested = true;
    try {
      // Whether it came to an end or not, the process goes now.
      var _ = done.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    done.countDown();
    if (!isRequested) {
      Runtime.getRuntime().removeShutdownHook(hook);
    }
  }
}
