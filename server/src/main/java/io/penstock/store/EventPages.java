package io.penstock.store;

import io.penstock.event.Event;
import io.penstock.filter.Filter;
import io.penstock.store.Queries.Session;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a page of events, newest first, without sorting more than it must: it cuts the time before
 * the page's start into slices that hold a few rows more than are wanted, asks slice after slice,
 * and takes each slice four times as large as the one before. A page of the newest events so costs
 * a glance at the newest file, and a rare match in ten million events some dozen queries.
 */
final class EventPages {

  private static final int SLICE_ROWS_MIN = 1024;
  private static final int SLICE_GROWTH = 4;

  /**
   * Bytes of what has no column of its own at which a page ends before it has the rows that were
   * asked for.
   */
  private static final long EXTRA_BYTES_MAX = 4 << 20;

  /** Rows that are asked for when more do not fit into the memory of the engine. */
  private static final int LARGE_ROWS = 8;

  private final Session session;
  private final EventQuery query;
  private final @Nullable Keyset after;
  private long extraBytes;
  private boolean isShort;

  EventPages(Session session, EventQuery query, @Nullable Keyset after) {
    this.session = session;
    this.query = query;
    this.after = after;
  }

  Page read() throws SQLException {
    long from = query.fromNanos();
    long to =
        after == null ? query.toNanos() - 1 : Math.min(query.toNanos() - 1, after.receivedNanos());
    var parts = new ArrayList<>(session.parts(query.tenant(), from, to));
    parts.sort(Comparator.comparingLong(Part::newestNanos).reversed());
    var events = new ArrayList<Event>(Math.min(query.limit(), SLICE_ROWS_MIN));
    long sliceRows = Math.max(SLICE_ROWS_MIN, 2L * query.limit());
    long upper = parts.isEmpty() ? to : Math.min(to, parts.getFirst().newestNanos());
    while (!parts.isEmpty() && !isFull(events)) {
      long lower = Math.max(from, Slices.lower(parts, upper, sliceRows));
      read(parts, lower, upper, events);
      if (lower == from) {
        break;
      }
      upper = lower - 1;
      parts.removeIf(part -> part.oldestNanos() >= lower);
      sliceRows *= SLICE_GROWTH;
    }
    boolean mayHaveMore = isFull(events) && !events.isEmpty();
    return new Page(events, mayHaveMore ? Keyset.after(events.getLast()).encode() : null);
  }

  private boolean isFull(List<Event> events) {
    return events.size() >= query.limit() || extraBytes >= EXTRA_BYTES_MAX || isShort;
  }

  private void read(List<Part> parts, long lower, long upper, List<Event> events)
      throws SQLException {
    var slice = parts.stream().filter(part -> part.overlaps(lower, upper)).toList();
    if (slice.isEmpty()) {
      return;
    }
    var parameters = new ArrayList<Object>();
    var sql =
        new StringBuilder("SELECT ")
            .append(EventRow.SELECT)
            .append(" FROM ")
            .append(session.table(slice))
            .append(" WHERE received >= ")
            .append(FilterSql.time(lower))
            .append(" AND received <= ")
            .append(FilterSql.time(upper));
    if (after != null && after.receivedNanos() <= upper) {
      sql.append(" AND (received < ")
          .append(FilterSql.time(after.receivedNanos()))
          .append(" OR id < CAST(? AS UUID))");
      parameters.add(after.id().toString());
    }
    where(query.filter(), sql, parameters);
    sql.append(" ORDER BY received DESC, id DESC LIMIT ");
    int wanted = query.limit() - events.size();
    long extraBefore = extraBytes;
    try {
      events.addAll(rows(sql.toString() + wanted, parameters, wanted));
    } catch (SQLException e) {
      if (wanted <= LARGE_ROWS || !Queries.isOutOfMemory(e)) {
        throw e;
      }
      // The engine keeps as many rows as are wanted while it sorts, and these are large.
      extraBytes = extraBefore;
      var few = rows(sql.toString() + LARGE_ROWS, parameters, LARGE_ROWS);
      isShort = few.size() == LARGE_ROWS;
      events.addAll(few);
    }
  }

  private List<Event> rows(String sql, List<Object> parameters, int most) throws SQLException {
    var events = new ArrayList<Event>(Math.min(most, SLICE_ROWS_MIN));
    session.query(
        sql,
        parameters,
        rows -> {
          var row = new EventRow(rows);
          while (extraBytes < EXTRA_BYTES_MAX && rows.next()) {
            var event = row.event();
            extraBytes += event.extra().length;
            events.add(event);
          }
        });
    return events;
  }

  /** Adds a filter to a WHERE clause that has a condition already. */
  static void where(@Nullable Filter filter, StringBuilder sql, List<Object> parameters) {
    if (filter != null) {
      var condition = new FilterSql(filter);
      sql.append(" AND ").append(condition.condition());
      parameters.addAll(condition.parameters());
    }
  }
}
