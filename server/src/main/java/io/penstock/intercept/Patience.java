package io.penstock.intercept;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long something may still take. Extending it costs an assignment: the timer that is set
 * already finds out when it rings that it is too early, and is set anew. On one event loop.
 */
final class Patience {

  private static final long FOREVER = Long.MAX_VALUE;

  private final EventLoop loop;
  private final Runnable lost;
  private final long origin = System.nanoTime();
  private long due = FOREVER;
  private long rings = FOREVER;
  private @Nullable ScheduledFuture<?> timer;

  /**
   * @param lost what happens when it took too long
   */
  Patience(EventLoop loop, Runnable lost) {
    this.loop = loop;
    this.lost = lost;
  }

  /** From now on. */
  void allow(Duration time) {
    due = now() + time.toNanos();
    if (due < rings) {
      set();
    }
  }

  /** For as long as it takes. */
  void allowAll() {
    due = FOREVER;
  }

  /** Nothing will happen any more. */
  void end() {
    due = FOREVER;
    rings = FOREVER;
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  private void set() {
    if (timer != null) {
      timer.cancel(false);
    }
    rings = due;
    timer = loop.schedule(this::ring, due - now(), TimeUnit.NANOSECONDS);
  }

  private void ring() {
    timer = null;
    rings = FOREVER;
    if (due == FOREVER) {
      return;
    }
    if (now() < due) {
      set();
      return;
    }
    due = FOREVER;
    lost.run();
  }

  private long now() {
    return System.nanoTime() - origin;
  }
}
