package io.penstock.store;

import io.penstock.filter.Field;
import io.penstock.filter.Filter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The groups of events with the highest sums.
 *
 * @param tenant whose events
 * @param fromNanos received at or after, nanoseconds since 1970 UTC
 * @param toNanos received before
 * @param filter what events must meet; null for all
 * @param by the fields whose values make a group. When one stands for both ends, an event counts
 *     once with the values of its source and once with those of its destination
 * @param metric what decides
 * @param limit how many groups
 */
public record TopQuery(
    String tenant,
    long fromNanos,
    long toNanos,
    @Nullable Filter filter,
    List<Field> by,
    Metric metric,
    int limit) {

  /** Fields that may make a group. */
  public static final int FIELDS_MAX = 3;

  public TopQuery {
    by = List.copyOf(by);
  }

  /**
   * The result, highest first.
   *
   * @param value the metric over all events, whatever their group
   * @param total what all events add up to, each once
   * @param other what the groups that are not among the rows add up to
   */
  public record Top(List<Row> rows, double value, Amounts total, Amounts other) {

    static final Top NONE = new Top(List.of(), 0, Amounts.NONE, Amounts.NONE);

    public Top {
      rows = List.copyOf(rows);
    }
  }

  /**
   * One group.
   *
   * @param keys the value of each field as the filter language writes it; null for events without
   * @param value the metric
   */
  public record Row(List<@Nullable String> keys, double value, Amounts amounts) {
    public Row {
      keys = Collections.unmodifiableList(new ArrayList<>(keys));
    }
  }
}
