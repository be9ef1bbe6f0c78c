package io.penstock.api;

import io.penstock.event.Event;
import java.io.IOException;
import java.math.BigInteger;
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

  /** What events add up to, exactly. */
  record Amounts(BigInteger bytes, BigInteger packets, BigInteger events) {}

  /**
   * One group of a ranking.
   *
   * @param values a value for each field; null where events have none
   * @param amount the metric that was asked for
   */
  record Group(List<@Nullable String> values, BigInteger amount, Amounts amounts) {

    /** The first field's value. */
    @Nullable String value() {
      return values.getFirst();
    }
  }

  /**
   * A ranking, highest first.
   *
   * @param fields by their own names
   * @param total over all events, each once
   * @param other the groups that are not listed, together
   */
  record Ranking(List<String> fields, List<Group> groups, Amounts total, Amounts other) {}

  /** Groups over time, highest first, the rest last. */
  record Lines(List<String> fields, List<Series> series) {}

  /**
   * One group over time.
   *
   * @param values a value for each field; null where events have none, and of the rest
   * @param isOther whether this is the rest
   */
  record Series(List<@Nullable String> values, boolean isOther, List<Point> points) {}

  /** An amount from a moment until one step later. */
  record Point(long atMillis, BigInteger amount) {}

  /**
   * Values of a field, most frequent first.
   *
   * @param field by its own name
   * @param isComplete whether there are no others
   */
  record Values(String field, List<Value> values, boolean isComplete) {}

  /** A value as the filter language writes it, and how many events have it. */
  record Value(String text, long events) {}

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

  /** The events of a selection, newest first. */
  Stream stream(Selection selection, int limit) throws RefusedException;

  /**
   * The largest groups.
   *
   * @param by fields, with commas between
   */
  Ranking top(Selection selection, String by, String metric, int limit) throws RefusedException;

  /**
   * The largest groups over time, and the rest.
   *
   * @param by fields, with commas between; null for one series of everything
   */
  Lines series(Selection selection, @Nullable String by, String metric, Duration step, int limit)
      throws RefusedException;

  /** Values of a field that begin with {@code prefix}, whatever the case. */
  Values values(Selection selection, String field, String prefix, int limit)
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
