package io.penstock.logs;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A line that is remembered.
 *
 * @param number its place in this run's log, from 1
 * @param at when it was said
 * @param level ERROR, WARN, INFO, DEBUG or TRACE
 * @param message what was said
 * @param traceId the request that it is about, null when none
 * @param path that request's path, null when none
 * @param tenant whom it concerns, null when the server as a whole
 * @param json all of it, as one JSON object
 */
public record LogEntry(
    long number,
    Instant at,
    String level,
    String message,
    @Nullable String traceId,
    @Nullable String path,
    @Nullable String tenant,
    String json) {

  private static final int OVERHEAD_BYTES = 200;

  static LogEntry of(long number, LogLine line) {
    return new LogEntry(
        number,
        line.at(),
        line.level(),
        line.message(),
        line.text(LogLine.TRACE_ID),
        line.text(LogLine.PATH),
        line.text(LogLine.TENANT_ID),
        JsonLines.json(line));
  }

  /** What it takes in memory, about. */
  int bytes() {
    return OVERHEAD_BYTES + 2 * json.length();
  }
}
