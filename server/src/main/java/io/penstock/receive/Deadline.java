package io.penstock.receive;

import java.time.Duration;

/** The moment by which several waits in a row must be over. */
record Deadline(long nanoTime) {

  static Deadline after(Duration duration) {
    return new Deadline(System.nanoTime() + duration.toNanos());
  }

  /** Never negative. */
  long remainingNanos() {
    return Math.max(0, nanoTime - System.nanoTime());
  }

  /** Never zero, which some waits take for "forever". */
  Duration remaining() {
    return Duration.ofNanos(Math.max(1, remainingNanos()));
  }

  boolean isOver() {
    return remainingNanos() == 0;
  }
}
