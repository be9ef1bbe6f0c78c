package io.penstock.store;

import io.penstock.filter.Field;
import io.penstock.filter.Filter;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A metric over time, by the time events were received.
 *
 * @param tenant whose events
 * @param fromNanos received at or after, nanoseconds since 1970 UTC
 * @param toNanos received before
 * @param filter what events must meet; null for all
 * @param by the field to split by; null for one line
 * @param lines how many values of the field get a line; the rest is summed up as one
 * @param metric what is summed
 * @param step length of one point; points start at multiples of it since 1970
 */
public record SeriesQuery(
    String tenant,
    long fromNanos,
    long toNanos,
    @Nullable Filter filter,
    @Nullable Field by,
    int lines,
    Metric metric,
    Duration step) {

  /** Points one line may have. */
  public static final int POINTS_MAX = 5000;

  /** The lines, highest sum first, the rest last. */
  public record Series(List<Line> lines) {
    public Series {
      lines = List.copyOf(lines);
    }
  }

  /**
   * One line.
   *
   * @param key the value of the field; null for events without one, and when nothing was split
   * @param isRest whether this sums up what has no line of its own
   * @param points in order of time; steps without events have none
   */
  public record Line(@Nullable String key, boolean isRest, List<Point> points) {
    public Line {
      points = List.copyOf(points);
    }
  }

  /** The metric from {@code atNanos} until one step later. */
  public record Point(long atNanos, double value) {}
}
