package io.penstock.sink;

import io.penstock.sink.Flight.Refused;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * The flights of a sink in the order of the log, and how far everything before them is done.
 * Bounded in bytes: whoever reads the log waits here for room, and the log keeps the rest. Safe for
 * many threads.
 */
final class Window {

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final LongSupplier bytesMax;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Flight> flights = new ArrayDeque<>();
  private final List<Refused> refused = new ArrayList<>();
  private long bytes;
  private long read;
  private long open = Long.MAX_VALUE;
  private long taken;

  /**
   * @param bytesMax memory that flights may take, now; one may always go
   * @param position where reading the log begins
   */
  Window(LongSupplier bytesMax, long position) {
    this.bytesMax = bytesMax;
    this.read = position;
    this.taken = position;
  }

  /** What can be made durable: refused events first, then the position. */
  record Ripe(long position, List<Refused> refused) {}

  /**
   * Tells how far the log was read.
   *
   * @param open position of the frame of the first event that is in no flight yet; {@link
   *     Long#MAX_VALUE} when there is none
   */
  void read(long position, long open) {
    lock.lock();
    try {
      this.read = position;
      this.open = open;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for room and adds a flight.
   *
   * @param isOver whether it is not to be added any more; looked at twice a second
   */
  boolean add(Flight flight, BooleanSupplier isOver) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long size = flight.batch.memory();
      while (bytes > 0 && bytes + size > bytesMax.getAsLong()) {
        if (isOver.getAsBoolean()) {
          return false;
        }
        var _ = changed.awaitNanos(LOOK_NANOS);
      }
      bytes += size;
      flights.add(flight);
      return true;
    } finally {
      lock.unlock();
    }
  }

  void done(Flight flight) {
    lock.lock();
    try {
      flight.done();
      bytes -= flight.batch.memory();
      while (!flights.isEmpty() && flights.peek().isDone()) {
        refused.addAll(flights.remove().refused());
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Position before which everything is done; a crash makes the sink begin there. */
  private long position() {
    var oldest = flights.peek();
    return Math.min(oldest == null ? read : oldest.from, open);
  }

  /** Waits until there is more to make durable than was taken before. */
  Ripe awaitRipe() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (position() <= taken && refused.isEmpty()) {
        changed.await();
      }
      return ripe();
    } finally {
      lock.unlock();
    }
  }

  /** What there is to make durable now. */
  Ripe ripe() {
    lock.lock();
    try {
      var ripe = new Ripe(position(), List.copyOf(refused));
      refused.clear();
      taken = ripe.position;
      return ripe;
    } finally {
      lock.unlock();
    }
  }

  /** Whether everything before a position is done. */
  boolean isDone(long position) {
    lock.lock();
    try {
      return position() >= position;
    } finally {
      lock.unlock();
    }
  }

  /** Events that were put into flights and have not arrived. */
  int waiting() {
    lock.lock();
    try {
      return flights.stream().mapToInt(Flight::waiting).sum();
    } finally {
      lock.unlock();
    }
  }

  /** When the oldest of them was received, nanoseconds since 1970 UTC; 0 when none waits. */
  long oldestNanos() {
    lock.lock();
    try {
      var oldest = flights.peek();
      return oldest == null ? 0 : oldest.receivedNanos();
    } finally {
      lock.unlock();
    }
  }
}
