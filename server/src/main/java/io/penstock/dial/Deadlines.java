package io.penstock.dial;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends what takes too long, and looks after idle connections now and then: a socket's own timeouts
 * know neither a write that blocks nor a peer that sends an octet a second.
 */
final class Deadlines implements AutoCloseable {

  private final ScheduledThreadPoolExecutor timer;

  Deadlines() {
    timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("dial-deadlines").factory());
    timer.setRemoveOnCancelPolicy(true);
  }

  /** Something under way that is ended unless it is over first. */
  static final class Due implements AutoCloseable {

    private volatile boolean isPast;
    private volatile @Nullable Future<?> waiting;

    /** Whether it was ended. */
    boolean isPast() {
      return isPast;
    }

    @Override
    public void close() {
      var future = waiting;
      if (future != null) {
        future.cancel(false);
      }
    }
  }

  /** Ends something after a while, on a thread of its own: closing may block. */
  Due after(Duration duration, Runnable end) {
    var due = new Due();
    due.waiting =
        timer.schedule(
            () -> {
              due.isPast = true;
              Thread.startVirtualThread(end);
            },
            duration.toMillis(),
            TimeUnit.MILLISECONDS);
    return due;
  }

  /** Does something again and again, until it is cancelled. */
  Future<?> every(Duration duration, Runnable task) {
    return timer.scheduleWithFixedDelay(
        () -> Thread.startVirtualThread(task),
        duration.toMillis(),
        duration.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
