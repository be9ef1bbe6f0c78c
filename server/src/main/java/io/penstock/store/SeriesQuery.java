package io.penstock.store;

import io.penstock.filter.Field;
import io.penstock.filter.Filter;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A metric over time, by the time events were received.
 *
 * @param tenant whose events
 * @param fromNanos received at or after, nanoseconds since 1970 UTC
 * @param toNanos received before
 * @param filter what events must meet; null for all
 * @param by the fields to split by, as in {@link TopQuery}; none for one line
 * @param lines how many groups get a line; the rest is summed up as one
 * @param metric what is summed
 * @param step length of one point; points start at multiples of it since 1970
 */
public record SeriesQuery(
    String tenant,
    long fromNanos,
    long toNanos,
    @Nullable Filter filter,
    List<Field> by,
    int lines,
    Metric metric,
    Duration step) {

  /** Points one line may have. */
  public static final int POINTS_MAX = 5000;

  public SeriesQuery {
    by = List.copyOf(by);
  }

  /** The lines, highest sum first, the rest last. */
  public record Series(List<Line> lines) {
    public Series {
      lines = List.copyOf(lines);
    }
  }

  /**
   * One line.
   *
   * @param keys the value of each field; null for events without one, and of the rest
   * @param isRest whether this sums up what has no line of its own
   * @param points in order of time; steps without events have none
   */
  public record Line(List<@Nullable String> keys, boolean isRest, List<Point> points) {
    public Line {
      keys = Collections.unmodifiableList(new ArrayList<>(keys));
      points = List.copyOf(points);
    }
  }

  /** The metric from {@code atNanos} until one step later. */
  public record Point(long atNanos, BigInteger value) {}
}
