package io.penstock;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Remembers the latest errors that were logged, for {@code /v1/system}. */
final class LastErrors extends AppenderBase<ILoggingEvent> {

  private static final int KEPT = 20;

  // Appended to by one thread at a time (AppenderBase), read by any: guarded by itself.
  private final Deque<String> lines = new ArrayDeque<>(KEPT);

  @Override
  protected void append(ILoggingEvent event) {
    if (!event.getLevel().isGreaterOrEqual(Level.ERROR)) {
      return;
    }
    synchronized (lines) {
      if (lines.size() == KEPT) {
        lines.removeLast();
      }
      lines.addFirst(
          event.getInstant() + " " + event.getLoggerName() + ": " + event.getFormattedMessage());
    }
  }

  /** The latest errors, newest first, a line each. */
  List<String> lines() {
    synchronized (lines) {
      return List.copyOf(lines);
    }
  }
}
