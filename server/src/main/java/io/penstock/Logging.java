package io.penstock;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import io.penstock.config.Environment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs go to standard error, one line an event, as text or JSON, through a bounded queue that drops
 * the least important lines rather than hold up the work.
 *
 * @param format how a line looks
 * @param level the least level that is written
 */
record Logging(Format format, Level level) {

  private static final int QUEUE_EVENTS = 10_000;

  /** How a line looks. */
  enum Format {
    TEXT,
    JSON
  }

  static Logging from(Environment env) {
    var format = env.choice(Format.TEXT, "LOG_FORMAT");
    var level = env.text("LOG_LEVEL").orElse("INFO");
    if (Level.toLevel(level, null) == null) {
      env.problem("LOG_LEVEL", "expected error, warn, info or debug, not '" + level + "'");
    }
    return new Logging(format, Level.toLevel(level, Level.INFO));
  }

  /** Replaces whatever is configured; gives what remembers the latest errors. */
  LastErrors install() {
    var context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    var console = new ConsoleAppender<ILoggingEvent>();
    console.setContext(context);
    console.setTarget("System.err");
    console.setEncoder(encoder(context));
    console.start();
    var queue = new AsyncAppender();
    queue.setContext(context);
    queue.setQueueSize(QUEUE_EVENTS);
    queue.setNeverBlock(true);
    queue.addAppender(console);
    queue.start();
    var errors = new LastErrors();
    errors.setContext(context);
    errors.start();
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(level);
    root.addAppender(queue);
    root.addAppender(errors);
    // Helidon reports its own start in several lines that say nothing to an operator.
    context.getLogger("io.helidon").setLevel(Level.WARN);
    return errors;
  }

  /** Writes what is queued. */
  static void flush() {
    ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
  }

  private Encoder<ILoggingEvent> encoder(LoggerContext context) {
    if (format == Format.JSON) {
      var json = new JsonLogEncoder();
      json.setContext(context);
      json.start();
      return json;
    }
    var text = new TextLogEncoder();
    text.setContext(context);
    text.start();
    return text;
  }
}
