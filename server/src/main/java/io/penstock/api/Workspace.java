package io.penstock.api;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The memory in which bodies become events, and events frames. A batch takes several times its size
 * on that way, so as many large batches at a time as have come would fill any heap. Who finds no
 * room waits for it, in order; safe for use by many threads.
 */
final class Workspace {

  /** Bytes of events, frames and copies that a byte of a batch may cost, small records included. */
  private static final int EXPANSION = 8;

  private static final int PAGE = 1024;
  private static final int PATIENCE_SECONDS = 10;

  private final int pages;
  private final Semaphore free;

  Workspace(long bytesMax) {
    this.pages = Math.clamp(bytesMax / PAGE, 1, Integer.MAX_VALUE);
    this.free = new Semaphore(pages, true);
  }

  /**
   * Takes room for a batch. The largest has the room to itself.
   *
   * @return what is to be given back; 0 when there was no room in time
   */
  int take(int bodyBytes) {
    int wanted = Math.clamp((long) bodyBytes * EXPANSION / PAGE, 1, pages);
    try {
      return free.tryAcquire(wanted, PATIENCE_SECONDS, TimeUnit.SECONDS) ? wanted : 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  void giveBack(int taken) {
    free.release(taken);
  }
}
