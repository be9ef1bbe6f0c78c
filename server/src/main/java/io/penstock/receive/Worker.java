package io.penstock.receive;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that hands datagrams to its handler, batch after batch, and runs tasks between them.
 *
 * <p>When its queue is full, a socket waits: the kernel's buffer is the larger one and absorbs what
 * a slow disk causes. But the socket has other workers' exporters behind it, so it waits only
 * {@code patience} once; then the worker counts as stuck, and its batches are dropped and counted
 * without waiting until it has room again.
 *
 * <p>Whoever brings a task can wait for as long as it takes, since its exporter is told to wait by
 * TCP. Tasks have a share of the queue only, so that their patience does not take the room that
 * datagrams need at once.
 */
final class Worker {

  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

  /** The part of the queue that tasks may fill. */
  private static final int TASK_SHARE = 4;

  /** What waits for the thread. */
  sealed interface Work permits DatagramBatch, Turn {}

  private record Turn(WorkerTask task) implements Work {}

  private final String name;
  private final DatagramHandler handler;
  private final BatchPool pool;
  private final ReceiveMetrics metrics;
  private final Duration patience;
  private final ArrayBlockingQueue<Work> queue;
  private final Semaphore taskRoom;
  private final DatagramBatch end = new DatagramBatch(0);
  private final SampledWarning stuckWarning;
  private final SampledWarning handlerWarning;
  private final Thread thread;
  private volatile boolean stuck;
  private volatile boolean abandoned;
  private volatile boolean ended;

  Worker(
      String name,
      DatagramHandler handler,
      ReceiveConfig config,
      BatchPool pool,
      ReceiveMetrics metrics,
      InstantSource clock) {
    this.name = name;
    this.handler = handler;
    this.pool = pool;
    this.metrics = metrics;
    this.patience = config.patience();
    this.queue = new ArrayBlockingQueue<>(config.queueBatches());
    this.taskRoom = new Semaphore(Math.max(1, config.queueBatches() / TASK_SHARE), true);
    this.stuckWarning = new SampledWarning(clock);
    this.handlerWarning = new SampledWarning(clock);
    this.thread = Thread.ofPlatform().name(name).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Takes a batch over, or drops it when there is no room for it in time. */
  void offer(DatagramBatch batch) {
    metrics.received(batch);
    if (queue.offer(batch) || !stuck && offerPatiently(batch)) {
      stuck = false;
      return;
    }
    stuck = true;
    drop(Drop.QUEUE_FULL, batch);
    stuckWarning.warn(
        held ->
            LOG.atWarn()
                .addKeyValue("worker", name)
                .addKeyValue("repeated", held)
                .log("datagrams dropped, their worker does not keep up"));
  }

  /**
   * Queues a task, waiting for room.
   *
   * @return false if the worker has stopped; the task will meet neither of its methods then
   */
  boolean put(WorkerTask task) throws InterruptedException {
    if (ended) {
      return false;
    }
    var turn = new Turn(task);
    taskRoom.acquire();
    try {
      queue.put(turn);
    } catch (InterruptedException e) {
      taskRoom.release();
      throw e;
    }
    // Put behind stop()'s last look, it would wait for ever; if it is gone, stop() has seen it.
    if (ended && queue.remove(turn)) {
      taskRoom.release();
      return false;
    }
    return true;
  }

  private boolean offerPatiently(DatagramBatch batch) {
    try {
      return queue.offer(batch, patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void drop(Drop reason, DatagramBatch batch) {
    metrics.dropped(reason, batch);
    for (int i = 0; i < batch.count(); i++) {
      dropped(reason, batch, i);
    }
    pool.giveBack(batch);
  }

  private void dropped(Drop reason, DatagramBatch batch, int index) {
    handler.dropped(
        reason, batch.sender(index), batch.bytes(), batch.offset(index), batch.length(index));
  }

  /**
   * Ends after what is queued, when no socket offers any more; what is not handled by the deadline
   * is dropped.
   */
  void stop(Deadline deadline) {
    try {
      if (!queue.offer(end, deadline.remainingNanos(), TimeUnit.NANOSECONDS)
          || !thread.join(deadline.remaining())) {
        abandon();
      }
    } catch (InterruptedException _) {
      abandon();
      Thread.currentThread().interrupt();
    }
    ended = true;
    for (var work = queue.poll(); work != null; work = queue.poll()) {
      if (work != end) {
        abandon(work);
      }
    }
  }

  private void abandon(Work work) {
    switch (work) {
      case DatagramBatch batch -> drop(Drop.STOPPED, batch);
      case Turn(var task) -> {
        taskRoom.release();
        task.abandoned();
      }
    }
  }

  private void abandon() {
    abandoned = true;
    thread.interrupt();
  }

  private void run() {
    try {
      while (!abandoned) {
        var work = queue.take();
        if (work == end) {
          return;
        }
        work(work);
      }
    } catch (InterruptedException _) {
      // The time to stop is over; stop() accounts for what is left.
    }
  }

  private void work(Work work) {
    if (abandoned) {
      abandon(work);
      return;
    }
    switch (work) {
      case DatagramBatch batch -> {
        handle(batch);
        pool.giveBack(batch);
      }
      case Turn(var task) -> run(task);
    }
  }

  private void run(WorkerTask task) {
    taskRoom.release();
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  private void handle(DatagramBatch batch) {
    int failed = 0;
    handler.receivedOn(batch.localPort());
    for (int i = 0; i < batch.count(); i++) {
      failed += handled(batch, i) ? 0 : 1;
    }
    try {
      handler.flush();
    } catch (RuntimeException | Error e) {
      metrics.flushErrors.inc();
      failed(e);
    }
    metrics.admitted(batch.count() - failed);
  }

  private boolean handled(DatagramBatch batch, int index) {
    try {
      var refusal = handler.refuses(batch.sender(index));
      if (refusal != null) {
        metrics.dropped(refusal, batch.sender(index).getAddress());
        dropped(refusal, batch, index);
        return false;
      }
      handler.handle(
          batch.sender(index),
          batch.receivedNanos(index),
          batch.bytes(),
          batch.offset(index),
          batch.length(index));
      return true;
    } catch (RuntimeException | Error e) {
      // Errors too: a worker that died of one would leave its exporters unheard for good.
      metrics.dropped(Drop.HANDLER_ERROR, batch.sender(index).getAddress());
      dropped(Drop.HANDLER_ERROR, batch, index);
      failed(e);
      return false;
    }
  }

  private void failed(Throwable e) {
    handlerWarning.warn(
        held ->
            LOG.atError()
                .addKeyValue("worker", name)
                .addKeyValue("repeated", held)
                .setCause(e)
                .log("datagram handler failed"));
  }
}
