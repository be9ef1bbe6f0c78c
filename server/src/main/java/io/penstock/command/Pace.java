package io.penstock.command;

import java.util.concurrent.locks.LockSupport;

/** Spreads work evenly over time, at a rate. */
final class Pace {

  /** Waits shorter than this are not worth giving up the processor for. */
  private static final long WAIT_NANOS_MIN = 200_000;

  /** How far behind it may fall before it forgets the backlog instead of sending a burst. */
  private static final long BACKLOG_NANOS_MAX = 50_000_000;

  private final long nanosPerStep;
  private long dueNanos = System.nanoTime();

  Pace(Rate rate) {
    this.nanosPerStep = Math.round(1e9 / rate.perSecond());
  }

  /** Waits until the next step is due, or somebody interrupts. */
  void await() {
    if (nanosPerStep == 0) {
      return;
    }
    long ahead = dueNanos - System.nanoTime();
    if (ahead > WAIT_NANOS_MIN) {
      LockSupport.parkNanos(ahead);
    }
    dueNanos = Math.max(dueNanos + nanosPerStep, System.nanoTime() - BACKLOG_NANOS_MAX);
  }
}
