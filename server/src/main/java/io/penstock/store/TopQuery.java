package io.penstock.store;

import io.penstock.filter.Field;
import io.penstock.filter.Filter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The values of a field with the highest sums.
 *
 * @param tenant whose events
 * @param fromNanos received at or after, nanoseconds since 1970 UTC
 * @param toNanos received before
 * @param filter what events must meet; null for all
 * @param by the field; one of both ends counts an event under each of its two values
 * @param metric what is summed
 * @param limit how many values
 */
public record TopQuery(
    String tenant,
    long fromNanos,
    long toNanos,
    @Nullable Filter filter,
    Field by,
    Metric metric,
    int limit) {

  /**
   * The result, highest first.
   *
   * @param total the metric over all events, whatever their value
   */
  public record Top(List<Row> rows, double total) {
    public Top {
      rows = List.copyOf(rows);
    }
  }

  /**
   * One value.
   *
   * @param key the value as the filter language writes it; null for events without one
   * @param value the sum
   */
  public record Row(@Nullable String key, double value) {}
}
