package io.penstock.intercept;

import io.netty.channel.EventLoop;
import io.penstock.exchange.Asked;
import io.penstock.stub.Answer;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where answers are made: on the event loop while they are as quick as almost all of them, since
 * going elsewhere costs more than most answers do. Workers make those to large bodies, and all of
 * them for a while after one was slow: which template or pattern is will not be seen before, and
 * every other connection of the loop waits for it. For any number of threads.
 */
final class Answering implements AutoCloseable {

  /** Reading a body of so much as JSON takes half a millisecond. */
  static final int LOOP_BODY_BYTES_MAX = 32 << 10;

  /** Requests that wait for a worker at a time. */
  static final int WAITING_MAX = 1_000;

  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long WARY_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final int WORKERS_MIN = 2;

  private final Answers answers;
  private final InterceptMetrics metrics;
  private final ExecutorService workers;
  private final AtomicLong waryUntil = new AtomicLong(System.nanoTime());

  Answering(Answers answers, InterceptMetrics metrics) {
    this.answers = answers;
    this.metrics = metrics;
    int count = Math.max(WORKERS_MIN, Runtime.getRuntime().availableProcessors());
    this.workers =
        new ThreadPoolExecutor(
            count,
            count,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(WAITING_MAX),
            Thread.ofPlatform().daemon().name("intercept-answers-", 0).factory());
  }

  /** What came of it. */
  sealed interface Outcome {}

  /**
   * @param answer null when nobody has one
   */
  record Made(@Nullable Answer answer) implements Outcome {}

  record Failed(RuntimeException why) implements Outcome {}

  /** Too many wait already. */
  record Busy() implements Outcome {}

  /**
   * Makes the answer to a request.
   *
   * @param taker gets the outcome on the loop: at once, or later
   */
  void answer(Asked asked, @Nullable String product, EventLoop loop, Consumer<Outcome> taker) {
    if (isQuick(asked)) {
      taker.accept(made(asked, product));
      return;
    }
    try {
      workers.execute(
          () -> {
            var outcome = made(asked, product);
            loop.execute(() -> taker.accept(outcome));
          });
    } catch (RejectedExecutionException _) {
      taker.accept(new Busy());
    }
  }

  private boolean isQuick(Asked asked) {
    return asked.body().length() <= LOOP_BODY_BYTES_MAX && System.nanoTime() - waryUntil.get() >= 0;
  }

  private Outcome made(Asked asked, @Nullable String product) {
    long start = System.nanoTime();
    try {
      return new Made(answers.answer(asked, product));
    } catch (RuntimeException e) {
      return new Failed(e);
    } finally {
      took(System.nanoTime() - start);
    }
  }

  private void took(long nanos) {
    if (nanos > SLOW_NANOS) {
      metrics.slowAnswers.inc();
      waryUntil.set(System.nanoTime() + WARY_NANOS);
    }
  }

  /** What is being made is given up: nobody waits for it any more. */
  @Override
  public void close() {
    workers.shutdownNow();
  }
}
