package io.penstock.logs;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.Duration;
import ch.qos.logback.core.util.FileSize;
import io.penstock.config.Environment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs go to standard error and, when wanted, to a file, one line an event.
 *
 * @param format how a line looks
 * @param level the least level that is written
 * @param file a second place for the lines
 * @param redaction what a line must not tell
 */
public record Logging(Format format, Level level, Optional<Path> file, Redaction redaction) {

  private static final List<String> LIBRARIES =
      List.of(
          "io.helidon",
          "com.zaxxer.hikari",
          "org.apache.hc",
          "org.flywaydb",
          // Each handshake and each certificate that the JDK looks at, whoever it is from.
          "jdk.event.security");

  /** What a broker does to it says the sink, once; this one repeats it with every attempt. */
  private static final String KAFKA = "org.apache.kafka";

  private static final long FILE_BYTES = 10 << 20;
  private static final int OLD_FILES = 5;

  /** How a line looks. */
  public enum Format {
    TEXT,
    JSON,
    /** Text with signs, for a terminal. */
    DEVELOPMENT
  }

  /** What commands other than the server say: warnings, as text. */
  public static Logging ofCommands() {
    return new Logging(Format.TEXT, Level.WARN, Optional.empty(), Redaction.STANDARD);
  }

  public static Logging from(Environment env) {
    return new Logging(format(env), level(env), env.path("LOG_FILE"), Redaction.from(env));
  }

  private static Format format(Environment env) {
    boolean isDevelopment =
        env.text("ENVIRONMENT").filter("development"::equalsIgnoreCase).isPresent();
    var name = env.text("LOG_FORMAT").orElse("text");
    if (name.equalsIgnoreCase("json")) {
      return Format.JSON;
    }
    if (!name.equalsIgnoreCase("text")) {
      env.problem("LOG_FORMAT", "expected text or json, not '" + name + "'");
    }
    return isDevelopment ? Format.DEVELOPMENT : Format.TEXT;
  }

  private static Level level(Environment env) {
    // The words of other logging systems for the same thing.
    var name =
        switch (env.text("LOG_LEVEL").orElse("INFO").toUpperCase(Locale.ROOT)) {
          case "WARNING" -> "WARN";
          case "CRITICAL" -> "ERROR";
          case String other -> other;
        };
    var level = Level.toLevel(name, null);
    if (level == null) {
      env.problem("LOG_LEVEL", "expected error, warn, info or debug, not '" + name + "'");
      return Level.INFO;
    }
    return level;
  }

  /**
   * Replaces whatever is configured.
   *
   * @throws IllegalStateException when the file cannot be written
   */
  public Logs install() {
    var context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    var outputs = new ArrayList<Appender<LogLine>>();
    outputs.add(console(context));
    file.ifPresent(path -> outputs.add(file(path, context)));
    var logs = new Logs(redaction, outputs);
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(level);
    // Ends with the logger's context, see flush().
    var _ = logs.follow(root);
    quieten(context);
    return logs;
  }

  /**
   * They report their own start in several lines that say nothing to an operator, and Helidon
   * prints whole requests at its lower levels.
   */
  static void quieten(LoggerContext context) {
    for (var library : LIBRARIES) {
      context.getLogger(library).setLevel(Level.WARN);
    }
    context.getLogger(KAFKA).setLevel(Level.OFF);
  }

  /** Writes what is queued. */
  public static void flush() {
    ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
  }

  private Appender<LogLine> console(LoggerContext context) {
    var console = new ConsoleAppender<LogLine>();
    console.setContext(context);
    console.setTarget("System.err");
    console.setEncoder(encoder(context));
    console.start();
    return console;
  }

  /** A file that gives way to the next at 10 MiB. */
  Appender<LogLine> file(Path path, LoggerContext context) {
    var appender = new RollingFileAppender<LogLine>();
    appender.setContext(context);
    appender.setFile(path.toString());
    var policy = new FixedWindowRollingPolicy();
    policy.setContext(context);
    policy.setParent(appender);
    policy.setFileNamePattern(path + ".%i");
    policy.setMaxIndex(OLD_FILES);
    policy.start();
    var trigger = new SizeBasedTriggeringPolicy<LogLine>();
    trigger.setContext(context);
    trigger.setMaxFileSize(new FileSize(FILE_BYTES));
    // With each line: its standard is once a minute, in which a file may become any size.
    trigger.setCheckIncrement(Duration.buildByMilliseconds(0));
    trigger.start();
    appender.setRollingPolicy(policy);
    appender.setTriggeringPolicy(trigger);
    appender.setEncoder(encoder(context));
    appender.start();
    if (!appender.isStarted()) {
      throw new IllegalStateException("cannot write LOG_FILE " + path);
    }
    return appender;
  }

  private LineFormat encoder(LoggerContext context) {
    var lines =
        switch (format) {
          case TEXT -> new TextLines();
          case JSON -> new JsonLines();
          case DEVELOPMENT -> new DevelopmentLines();
        };
    lines.setContext(context);
    lines.start();
    return lines;
  }
}
