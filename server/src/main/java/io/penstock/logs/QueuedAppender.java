package io.penstock.logs;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Takes lines from any thread without ever holding it up, and writes them on one of its own. What
 * comes while the queue is full is dropped and counted, and told of once a minute.
 */
final class QueuedAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {

  private static final Duration TELL_EVERY = Duration.ofMinutes(1);
  private static final Duration STOP = Duration.ofSeconds(2);

  /** How long the writer waits for a line before it looks whether there is something to tell. */
  private static final Duration IDLE = Duration.ofSeconds(1);

  private final Logs logs;
  private final PrintStream complaints;
  private final BlockingQueue<ILoggingEvent> queue;
  private final Thread writer = Thread.ofPlatform().daemon().name("log").unstarted(this::run);
  private volatile boolean isStopping;
  private long told;
  private long toldNanos = System.nanoTime() - TELL_EVERY.toNanos();

  /**
   * @param complaints where it is told that lines were dropped, for the log cannot tell
   */
  QueuedAppender(Logs logs, int linesMax, PrintStream complaints) {
    this.logs = logs;
    this.complaints = complaints;
    this.queue = new ArrayBlockingQueue<>(linesMax);
  }

  @Override
  public void start() {
    super.start();
    writer.start();
  }

  @Override
  protected void append(ILoggingEvent event) {
    // The arguments are the caller's, and may have changed by the time the line is written.
    var _ = event.getFormattedMessage();
    if (!queue.offer(event)) {
      logs.dropped();
    }
  }

  private void run() {
    try {
      while (!isStopping || !queue.isEmpty()) {
        var event = queue.poll(IDLE.toMillis(), TimeUnit.MILLISECONDS);
        if (event != null) {
          write(event);
        }
        tellOfDrops();
      }
    } catch (InterruptedException stopped) {
      // Asked to stop while it waited: what is queued is still written, below.
    }
    for (var event = queue.poll(); event != null; event = queue.poll()) {
      write(event);
    }
    tellOfDrops();
    logs.stop();
  }

  private void write(ILoggingEvent event) {
    try {
      logs.write(event);
    } catch (RuntimeException e) {
      // A line that cannot be written must not end all others; a log of it would come here again.
      logs.dropped();
      addError("cannot write a line", e);
    }
  }

  private void tellOfDrops() {
    long dropped = logs.droppedTotal();
    if (dropped == told || System.nanoTime() - toldNanos < TELL_EVERY.toNanos()) {
      return;
    }
    complaints.println("penstock: " + (dropped - told) + " log lines dropped");
    told = dropped;
    toldNanos = System.nanoTime();
  }

  /** Writes what is queued, then stops. */
  @Override
  public void stop() {
    if (!isStarted()) {
      return;
    }
    super.stop();
    isStopping = true;
    writer.interrupt();
    try {
      writer.join(STOP.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
