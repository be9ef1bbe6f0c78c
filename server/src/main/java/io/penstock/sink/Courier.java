package io.penstock.sink;

import io.penstock.sink.Delivery.Answer;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Delivery.Refusal;
import io.penstock.sink.Delivery.Split;
import io.penstock.sink.Delivery.Taken;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a flight to its end: sends its batch, sends again what is to be sent again, halves what is
 * not taken together, and knows what the destination said last. Safe for many threads, one per
 * flight.
 */
final class Courier {

  private static final Logger LOG = LoggerFactory.getLogger(Courier.class);

  /** A batch on which the sink itself fails this often is halved, to find the event it is about. */
  private static final int OWN_FAILURES_MAX = 3;

  private final Sink sink;
  private final Pace pace;
  private final Counts counts;
  private final SinkMetrics.Of metrics;
  private final InstantSource clock;
  private final AtomicInteger bytesMax;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition hurried = lock.newCondition();
  private volatile @Nullable Instant lastSuccess;
  private volatile @Nullable Answer lastAnswer;
  private volatile @Nullable Later lastTrouble;

  Courier(Sink sink, Pace pace, Counts counts, SinkMetrics.Of metrics, InstantSource clock) {
    this.sink = sink;
    this.pace = pace;
    this.counts = counts;
    this.metrics = metrics;
    this.clock = clock;
    this.bytesMax = new AtomicInteger(sink.limits().batchBytes());
  }

  /**
   * Bytes that a batch should have: what the destination was seen not to take is not tried again.
   */
  int bytesMax() {
    return bytesMax.get();
  }

  @Nullable Instant lastSuccess() {
    return lastSuccess;
  }

  @Nullable Answer lastAnswer() {
    return lastAnswer;
  }

  /** Why something was last not taken; null once something is. */
  @Nullable Later lastTrouble() {
    return lastTrouble;
  }

  /**
   * Returns when nothing of the flight waits any more.
   *
   * @param isOver whether what still waits is to be given up
   * @return events given up
   */
  int deliver(Flight flight, BooleanSupplier isOver) throws InterruptedException {
    var rest = new ArrayDeque<Batch>();
    if (flight.batch.size() > 0) {
      rest.add(flight.batch);
    }
    while (!rest.isEmpty()) {
      var batch = rest.remove();
      if (!pace.enter(isOver)) {
        int given = batch.size() + rest.stream().mapToInt(Batch::size).sum();
        flight.gone(given);
        return given;
      }
      switch (send(batch)) {
        case Taken taken -> taken(flight, batch, taken, rest, isOver);
        case Later later -> {
          retried(later, batch.size());
          rest.addFirst(batch.again());
        }
        case Split split -> split(flight, batch, split, rest);
      }
    }
    return 0;
  }

  /** Sends once and tells the pace. */
  private Delivery send(Batch batch) throws InterruptedException {
    long began = System.nanoTime();
    var delivery = attempt(batch);
    metrics.answered(Duration.ofNanos(System.nanoTime() - began));
    lastAnswer = delivery.answer();
    switch (delivery) {
      case Later later -> pace.failed(later, began);
      case Taken taken when taken.isNearlyFull() || isBusy(taken) -> pace.arrivedBarely();
      case Taken _, Split _ -> pace.arrived();
    }
    return delivery;
  }

  private static boolean isBusy(Taken taken) {
    return taken.pause() != null && taken.pause().cause() == Cause.BUSY;
  }

  private Delivery attempt(Batch batch) throws InterruptedException {
    boolean isSent = false;
    try {
      var delivery = sink.send(batch);
      isSent = true;
      return delivery;
    } catch (RuntimeException e) {
      isSent = true;
      LOG.atError()
          .addKeyValue("events", batch.size())
          .addKeyValue("attempt", batch.attempt())
          .setCause(e)
          .log("a sink failed on a batch");
      var answer = new Answer(null, e.toString());
      return batch.attempt() < OWN_FAILURES_MAX
          ? new Later(Cause.FAILING, answer, null)
          : new Split("sink_failure", answer);
    } finally {
      if (!isSent) {
        pace.leave();
      }
    }
  }

  private void taken(
      Flight flight, Batch batch, Taken taken, ArrayDeque<Batch> rest, BooleanSupplier isOver)
      throws InterruptedException {
    for (var refusal : taken.refused()) {
      refuse(flight, batch, refusal);
    }
    int arrived = batch.size() - taken.later().cardinality() - taken.refused().size();
    flight.gone(batch.size() - taken.later().cardinality());
    counts.delivered.add(arrived);
    counts.duplicates.add(taken.duplicates());
    counts.redirected.add(taken.redirected());
    metrics.delivered(arrived, taken.duplicates(), taken.redirected());
    if (arrived > 0) {
      lastSuccess = clock.instant();
    }
    var pause = taken.pause();
    if (pause == null) {
      lastTrouble = null;
      return;
    }
    retried(pause, taken.later().cardinality());
    rest.addFirst(batch.again(taken.later()));
    pause(pace.pause(batch.attempt() + 1, pause.pause()), isOver);
  }

  private void refuse(Flight flight, Batch batch, Refusal refusal) {
    flight.refuse(
        batch.event(refusal.index()), refusal.reason(), refusal.answer(), batch.attempt() + 1);
    counts.refused.increment();
    metrics.refused(refusal.reason(), 1);
  }

  private void split(Flight flight, Batch batch, Split split, ArrayDeque<Batch> rest) {
    if (batch.size() == 1) {
      refuse(flight, batch, new Refusal(0, split.reason(), split.answer()));
      flight.gone(1);
      return;
    }
    if (split.reason().equals(Split.TOO_LARGE)) {
      bytesMax.accumulateAndGet(batch.byteCount() / 2, Math::min);
    }
    int middle = batch.size() / 2;
    rest.addFirst(batch.part(middle, batch.size()));
    rest.addFirst(batch.part(0, middle));
    counts.retries.increment();
    metrics.retried("split");
  }

  private void retried(Later later, int events) {
    if (lastTrouble == null) {
      LOG.atWarn()
          .addKeyValue("cause", later.cause())
          .addKeyValue("answer", later.answer().text())
          .addKeyValue("status", later.answer().code())
          .addKeyValue("events", events)
          .log("a destination does not take events, they are sent again");
    }
    lastTrouble = later;
    counts.retries.increment();
    metrics.retried(later.cause().name().toLowerCase(Locale.ROOT));
  }

  private void pause(Duration pause, BooleanSupplier isOver) throws InterruptedException {
    long left = pause.toNanos();
    lock.lockInterruptibly();
    try {
      while (left > 0 && !isOver.getAsBoolean()) {
        long look = Math.min(left, TimeUnit.MILLISECONDS.toNanos(500));
        long unused = hurried.awaitNanos(look);
        if (unused > 0) {
          return;
        }
        left -= look;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ends all pauses: somebody wants to know now. */
  void hurry() {
    pace.hurry();
    lock.lock();
    try {
      hurried.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
