package io.penstock.store;

import io.penstock.filter.Filter;
import org.jspecify.annotations.Nullable;

/**
 * Which events to show, newest first by the time they were received.
 *
 * @param tenant whose events
 * @param fromNanos received at or after, nanoseconds since 1970 UTC
 * @param toNanos received before
 * @param filter what they must meet; null for all
 * @param limit how many at most
 * @param cursor {@link Page#next} of the page before; null for the first
 */
public record EventQuery(
    String tenant,
    long fromNanos,
    long toNanos,
    @Nullable Filter filter,
    int limit,
    @Nullable String cursor) {

  /** The newest events of all times. */
  public static EventQuery newest(String tenant, int limit) {
    return new EventQuery(tenant, 0, Long.MAX_VALUE, null, limit, null);
  }

  EventQuery page(int newLimit, @Nullable String newCursor) {
    return new EventQuery(tenant, fromNanos, toNanos, filter, newLimit, newCursor);
  }
}
