package io.penstock.logs;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One line as it may be shown: bounded, and without secrets.
 *
 * @param at when it was said
 * @param level ERROR, WARN, INFO, DEBUG or TRACE
 * @param logger name of the logger
 * @param message what was said
 * @param members its data, in the order of the log's schema and then as said
 * @param exception stack of the failure, null when there was none
 */
record LogLine(
    Instant at,
    String level,
    String logger,
    String message,
    Map<String, @Nullable Object> members,
    @Nullable String exception) {

  static final String TRACE_ID = "trace_id";
  static final String METHOD = "method";
  static final String PATH = "path";
  static final String STATUS = "status";
  static final String LATENCY_MS = "latency_ms";
  static final String CLIENT_IP = "client_ip";
  static final String TENANT_ID = "tenant_id";
  static final String COMPONENT = "component";

  /** Members that every line has, null where they do not apply. */
  private static final String[] SCHEMA = {
    TRACE_ID, METHOD, PATH, STATUS, LATENCY_MS, CLIENT_IP, TENANT_ID, COMPONENT
  };

  /** Members with a place of their own, which data must not take. */
  private static final Set<String> TAKEN =
      Set.of("timestamp", "level", "logger", "msg", "exception");

  private static final int TEXT_LENGTH_MAX = 4 * 1024;
  private static final int EXCEPTION_LENGTH_MAX = 16 * 1024;
  private static final int MEMBERS_MAX = 32;
  private static final String OURS = "io.penstock.";

  static LogLine of(ILoggingEvent event, Redaction redaction) {
    var members = new LinkedHashMap<String, @Nullable Object>();
    for (var name : SCHEMA) {
      members.put(name, null);
    }
    members.put(COMPONENT, component(event.getLoggerName()));
    if (event.getKeyValuePairs() != null) {
      for (var pair : event.getKeyValuePairs()) {
        if (!TAKEN.contains(pair.key) && members.size() < MEMBERS_MAX) {
          members.put(pair.key, value(pair.key, pair.value, redaction));
        }
      }
    }
    var thrown = event.getThrowableProxy();
    return new LogLine(
        event.getInstant(),
        event.getLevel().toString(),
        event.getLoggerName(),
        text(event.getFormattedMessage(), TEXT_LENGTH_MAX, redaction),
        members,
        thrown == null
            ? null
            : text(ThrowableProxyUtil.asString(thrown), EXCEPTION_LENGTH_MAX, redaction));
  }

  private static @Nullable Object value(String name, @Nullable Object value, Redaction redaction) {
    if (value == null) {
      return null;
    }
    if (redaction.isSecret(name)) {
      return Redaction.REDACTED;
    }
    return switch (value) {
      case Long _, Integer _, Short _, Byte _, Double _, Float _, Boolean _ -> value;
      case Object other -> text(other.toString(), TEXT_LENGTH_MAX, redaction);
    };
  }

  /** Cut after the secrets are gone: a cut could hide the name before one. */
  private static String text(@Nullable String text, int lengthMax, Redaction redaction) {
    if (text == null) {
      return "";
    }
    var shown = redaction.text(text);
    return shown.length() <= lengthMax ? shown : shown.substring(0, lengthMax) + "…";
  }

  /** The package of ours that speaks, or the product. */
  private static String component(String logger) {
    if (logger.startsWith(OURS)) {
      int end = logger.indexOf('.', OURS.length());
      return end < 0 ? "server" : logger.substring(OURS.length(), end);
    }
    int end = logger.indexOf('.', logger.indexOf('.') + 1);
    return end < 0 ? logger : logger.substring(0, end);
  }

  /** The text of a member, null when the line has none. */
  @Nullable String text(String member) {
    var value = members.get(member);
    return value == null ? null : value.toString();
  }
}
