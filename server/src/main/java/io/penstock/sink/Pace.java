package io.penstock.sink;

import io.penstock.sink.Delivery.Later;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How many batches may be under way to a destination, and when: one more after each full round that
 * it took (additive increase), half as many once it asks for less (multiplicative decrease). When
 * it does not answer, nothing is sent for a time that doubles with each failure; then a single
 * batch tries, and the others follow if it arrives. Safe for many threads.
 */
final class Pace {

  /** How long to leave a destination alone. */
  record Backoff(Duration first, Duration longest) {

    static final Backoff DEFAULT = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(30));

    /**
     * A random time between half and the whole of what is due after so many failures, so that many
     * senders do not come back at the same moment.
     *
     * @param failures in a row, from 1
     */
    Duration after(int failures) {
      int doublings = Math.min(failures - 1, 30);
      long due = Math.min(longest.toNanos(), first.toNanos() << Math.min(doublings, 20));
      return Duration.ofNanos(ThreadLocalRandom.current().nextLong(due / 2, due + 1));
    }
  }

  /** How often somebody who waits looks whether it should still wait. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final int most;
  private final Backoff backoff;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private double limit = 1;
  private int underWay;
  private int failures;
  private boolean isProbing;
  private long closedUntil;
  private long lastFailure = System.nanoTime();

  Pace(int most, Backoff backoff) {
    this.most = most;
    this.backoff = backoff;
  }

  /**
   * Waits until a batch may be sent.
   *
   * @param isOver whether whoever waits has nothing to send any more; looked at twice a second
   * @return whether it may; then one of the answers below must follow
   */
  boolean enter(BooleanSupplier isOver) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!isOver.getAsBoolean()) {
        long wait = waitNanos();
        if (wait <= 0) {
          isProbing = failures > 0;
          underWay++;
          return true;
        }
        var _ = changed.awaitNanos(Math.min(wait, LOOK_NANOS));
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  private long waitNanos() {
    if (failures > 0) {
      return isProbing ? Long.MAX_VALUE : closedUntil - System.nanoTime();
    }
    return underWay < (int) limit ? 0 : Long.MAX_VALUE;
  }

  /** Leaves without having sent anything. */
  void leave() {
    answered(() -> {});
  }

  /** The batch arrived. */
  void arrived() {
    answered(
        () -> {
          failures = 0;
          limit = Math.min(most, limit + 1 / limit);
        });
  }

  /** The destination answered, and asks for less. */
  void arrivedBarely() {
    answered(
        () -> {
          failures = 0;
          limit = Math.max(1, limit / 2);
        });
  }

  /**
   * Nothing arrived.
   *
   * @param began when it was sent, {@link System#nanoTime}: what was under way together fails
   *     together, and counts as one failure
   */
  void failed(Later later, long began) {
    answered(
        () -> {
          long now = System.nanoTime();
          limit = Math.max(1, limit / 2);
          if (failures == 0 || began - lastFailure >= 0) {
            failures++;
            lastFailure = now;
            var own = backoff.after(later.cause().needsPerson() ? failures + 3 : failures);
            closedUntil = now + longer(own, later.pause()).toNanos();
          }
        });
  }

  private static Duration longer(Duration own, @Nullable Duration asked) {
    return asked == null || own.compareTo(asked) > 0 ? own : asked;
  }

  private void answered(Runnable change) {
    lock.lock();
    try {
      underWay--;
      isProbing = false;
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the present pause: somebody wants to know now. */
  void hurry() {
    lock.lock();
    try {
      closedUntil = System.nanoTime();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** How long to wait before the events that were sent back so often go again. */
  Duration pause(int attempts, @Nullable Duration asked) {
    return longer(backoff.after(attempts), asked);
  }

  /** Batches that may be under way at present. */
  int limit() {
    lock.lock();
    try {
      return failures > 0 ? 1 : (int) limit;
    } finally {
      lock.unlock();
    }
  }

  /** Failures in a row. */
  int failures() {
    lock.lock();
    try {
      return failures;
    } finally {
      lock.unlock();
    }
  }

  int underWay() {
    lock.lock();
    try {
      return underWay;
    } finally {
      lock.unlock();
    }
  }
}
