package io.penstock.api;

import io.penstock.event.Event;
import java.io.IOException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The questions that the API asks the store. */
public interface EventQueries {

  /**
   * Which events.
   *
   * @param tenant whose
   * @param fromNanos earliest start, nanoseconds since 1970 UTC
   * @param toNanos start before which, exclusive
   * @param filter in the filter language, null for all
   */
  record Selection(String tenant, long fromNanos, long toNanos, @Nullable String filter) {}

  /** A page of events, newest first, and where the next one begins; null behind the last. */
  record Page(List<Event> events, @Nullable String next) {}

  /** One group of a ranking. */
  record Group(@Nullable String value, long amount) {}

  /** One series over time: epoch milliseconds and amounts, side by side. */
  record Series(@Nullable String value, long[] atMillis, long[] amounts) {}

  /** Events one by one, in constant memory. For one thread; it may be left unfinished. */
  interface Stream {

    /** The next event; empty behind the last. */
    Optional<Event> next() throws IOException;
  }

  Page page(Selection selection, int limit, @Nullable String cursor) throws RefusedException;

  /** The newest events, newest first. */
  Stream newest(String tenant, int limit) throws RefusedException;

  /** All events that were received on a day (UTC). */
  Stream day(String tenant, LocalDate date) throws RefusedException;

  List<Group> top(Selection selection, String by, String metric, int limit) throws RefusedException;

  List<Series> series(Selection selection, @Nullable String by, String metric, Duration step)
      throws RefusedException;

  /** The question cannot be answered; the message says why, to the person who asked. */
  final class RefusedException extends Exception {

    /** Whose fault it is. */
    public enum Reason {
      /** The filter, the column, the metric or the cursor is wrong. */
      BAD_QUERY,
      /** Too many queries at a time. */
      BUSY,
      /** It took too long. */
      TIMEOUT
    }

    private final Reason reason;
    private final int position;

    /**
     * @param position where in the filter the fault is, from 0; -1 when not in the filter
     */
    public RefusedException(Reason reason, String message, int position) {
      super(message, null, false, false);
      this.reason = reason;
      this.position = position;
    }

    public Reason reason() {
      return reason;
    }

    public int position() {
      return position;
    }

    /** What a person is told. */
    public String explanation() {
      String message = getMessage();
      return message == null ? reason.name() : message;
    }
  }
}
