package io.penstock.logs;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * The way of every line: through the queue, without its secrets, to the outputs, and into what is
 * remembered. Safe for many threads.
 */
public final class Logs {

  private static final int QUEUE_LINES = 10_000;

  private final Redaction redaction;
  private final List<Appender<LogLine>> outputs;
  private final LogRing ring = new LogRing();
  private final LastErrors errors = new LastErrors();
  private final LongAdder dropped = new LongAdder();

  Logs(Redaction redaction, List<Appender<LogLine>> outputs) {
    this.redaction = redaction;
    this.outputs = List.copyOf(outputs);
  }

  /** Logs that nothing is written to: for a server that is started without its logging. */
  public static Logs none() {
    return new Logs(Redaction.STANDARD, List.of());
  }

  /** Shows in the metrics what was lost. */
  public void register(PrometheusRegistry registry) {
    CounterWithCallback.builder()
        .name("telemetry_log_dropped_total")
        .help("Log lines that were dropped because the queue to the console was full.")
        .callback(counter -> counter.call((double) dropped.sum()))
        .register(registry);
  }

  /** Takes the lines of a logger until it is closed. */
  public AutoCloseable follow(Logger logger) {
    var queue = new QueuedAppender(this, QUEUE_LINES, System.err);
    queue.setContext(logger.getLoggerContext());
    queue.start();
    logger.addAppender(queue);
    return () -> {
      logger.detachAppender(queue);
      queue.stop();
    };
  }

  void write(ILoggingEvent event) {
    var line = LogLine.of(event, redaction);
    ring.add(line);
    errors.add(line);
    for (var output : outputs) {
      output.doAppend(line);
    }
  }

  void dropped() {
    dropped.increment();
  }

  long droppedTotal() {
    return dropped.sum();
  }

  void stop() {
    outputs.forEach(Appender::stop);
  }

  /** The latest lines. */
  public LogRing ring() {
    return ring;
  }

  /** The latest errors, newest first, a line each. */
  public List<String> errors() {
    return errors.lines();
  }
}
