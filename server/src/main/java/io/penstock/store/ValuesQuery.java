package io.penstock.store;

import io.penstock.filter.Field;
import io.penstock.filter.Filter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The most frequent values of a field that begin in a certain way, for somebody who is typing.
 *
 * @param tenant whose events
 * @param fromNanos received at or after, nanoseconds since 1970 UTC
 * @param toNanos received before
 * @param filter what events must meet; null for all
 * @param field the field; one of both ends has the values of both
 * @param prefix what the values begin with as the filter language writes them, whatever the case
 * @param limit how many values
 */
public record ValuesQuery(
    String tenant,
    long fromNanos,
    long toNanos,
    @Nullable Filter filter,
    Field field,
    String prefix,
    int limit) {

  /**
   * The result, most frequent first.
   *
   * @param isComplete whether there are no others
   */
  public record Values(List<Value> values, boolean isComplete) {
    public Values {
      values = List.copyOf(values);
    }
  }

  /** A value and how many events have it. */
  public record Value(String text, long events) {}
}
