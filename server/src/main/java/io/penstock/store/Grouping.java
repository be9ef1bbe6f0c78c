package io.penstock.store;

import io.penstock.event.Ip;
import io.penstock.event.Nanos;
import io.penstock.filter.Field;
import io.penstock.filter.Filter;
import io.penstock.filter.Operand;
import io.penstock.store.Queries.Session;
import io.penstock.store.SeriesQuery.Line;
import io.penstock.store.SeriesQuery.Point;
import io.penstock.store.SeriesQuery.Series;
import io.penstock.store.TopQuery.Row;
import io.penstock.store.TopQuery.Top;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Sums over events by the values of a field and over time. For one question. */
final class Grouping {

  private final Session session;
  private final List<Object> parameters = new ArrayList<>();

  Grouping(Session session) {
    this.session = session;
  }

  Top top(TopQuery query) throws SQLException {
    var parts = session.parts(query.tenant(), query.fromNanos(), query.toNanos() - 1);
    if (parts.isEmpty()) {
      return new Top(List.of(), 0);
    }
    var events = events(parts, query.fromNanos(), query.toNanos(), query.filter(), query.by(), "");
    var rows = new ArrayList<Row>();
    var whole = new double[1];
    session.query(
        "SELECT key, key2, value, "
            + query.metric().combined()
            + "(value) OVER () AS whole FROM (SELECT key, key2, "
            + query.metric().sql()
            + " AS value FROM ("
            + events
            + ") GROUP BY ALL) ORDER BY value DESC, key, key2 LIMIT "
            + query.limit(),
        parameters,
        result -> {
          while (result.next()) {
            rows.add(new Row(key(query.by(), result), result.getDouble("value")));
            whole[0] = result.getDouble("whole");
          }
        });
    // Every event stands under both of its ends, if only as the event without a value.
    boolean isTwice = query.by().ends().size() == 2 && query.metric() != Metric.RISK;
    return new Top(rows, isTwice ? whole[0] / 2 : whole[0]);
  }

  Series series(SeriesQuery query) throws SQLException {
    var parts = session.parts(query.tenant(), query.fromNanos(), query.toNanos() - 1);
    if (parts.isEmpty()) {
      return new Series(List.of());
    }
    long step = query.step().toNanos();
    var moment = ", epoch_ns(received) // " + step + " * " + step + " AS moment";
    var events =
        events(parts, query.fromNanos(), query.toNanos(), query.filter(), query.by(), moment);
    var sums =
        "WITH sums AS MATERIALIZED (SELECT key, key2, moment, "
            + query.metric().sql()
            + " AS value FROM ("
            + events
            + ") GROUP BY ALL), best AS (SELECT key, key2, "
            + query.metric().combined()
            + "(value) AS whole FROM sums GROUP BY"
            + " ALL ORDER BY whole DESC, key, key2 LIMIT "
            + query.lines()
            + ") ";
    var lines = new LinkedHashMap<List<Object>, Line>();
    session.query(
        sums
            + "SELECT best.key, best.key2, best.whole IS NULL AS rest, best.whole, moment, "
            + query.metric().combined()
            + "(value) AS value FROM sums LEFT JOIN best ON sums.key IS NOT DISTINCT FROM best.key"
            + " AND sums.key2 IS NOT DISTINCT FROM best.key2 GROUP BY ALL"
            + " ORDER BY best.whole DESC NULLS LAST, best.key, best.key2, moment",
        parameters,
        result -> readPoints(query.by(), result, lines));
    return new Series(List.copyOf(lines.values()));
  }

  private static void readPoints(
      @Nullable Field by, ResultSet result, Map<List<Object>, Line> lines) throws SQLException {
    var points = new LinkedHashMap<List<Object>, List<Point>>();
    while (result.next()) {
      boolean isRest = result.getBoolean("rest");
      var key = isRest || by == null ? null : key(by, result);
      var identity = List.<Object>of(isRest, key == null ? "" : key, key == null);
      points
          .computeIfAbsent(identity, _ -> new ArrayList<>())
          .add(new Point(result.getLong("moment"), result.getDouble("value")));
      lines.putIfAbsent(identity, new Line(key, isRest, List.of()));
    }
    lines.replaceAll(
        (identity, line) ->
            new Line(line.key(), line.isRest(), points.getOrDefault(identity, List.of())));
  }

  long count(String tenant, long fromNanos, long toNanos, @Nullable Filter filter)
      throws SQLException {
    var parts = session.parts(tenant, fromNanos, toNanos - 1);
    if (parts.isEmpty()) {
      return 0;
    }
    var count = new long[1];
    session.query(
        "SELECT count(*) FROM " + session.table(parts) + where(parts, fromNanos, toNanos, filter),
        parameters,
        result -> {
          if (result.next()) {
            count[0] = result.getLong(1);
          }
        });
    return count[0];
  }

  /** The events with their group's key; twice, when the field stands for both ends. */
  private String events(
      List<Part> parts,
      long fromNanos,
      long toNanos,
      @Nullable Filter filter,
      @Nullable Field by,
      String more) {
    if (by == null) {
      return "SELECT *, NULL AS key, NULL AS key2"
          + more
          + " FROM "
          + session.table(parts)
          + where(parts, fromNanos, toNanos, filter);
    }
    return by.ends().stream()
        .map(
            end ->
                "SELECT *, "
                    + keys(end)
                    + more
                    + " FROM "
                    + session.table(parts)
                    + where(parts, fromNanos, toNanos, filter))
        .collect(Collectors.joining(" UNION ALL "));
  }

  private static String keys(Field end) {
    if (end.kind() == Field.Kind.ADDRESS) {
      return '"' + end.title() + "_high\" AS key, \"" + end.title() + "_low\" AS key2";
    }
    var value = FilterSql.value(end);
    return (end.kind() == Field.Kind.TIME ? "epoch_ns(" + value + ")" : value)
        + " AS key, NULL AS key2";
  }

  /** The time is only asked about when a part reaches beyond it: that saves reading a column. */
  private String where(List<Part> parts, long fromNanos, long toNanos, @Nullable Filter filter) {
    boolean isInside =
        parts.stream().allMatch(p -> p.oldestNanos() >= fromNanos && p.newestNanos() < toNanos);
    var sql = new StringBuilder(" WHERE true");
    if (!isInside) {
      sql.append(" AND received >= ")
          .append(FilterSql.time(fromNanos))
          .append(" AND received < ")
          .append(FilterSql.time(toNanos));
    }
    EventPages.where(filter, sql, parameters);
    return sql.toString();
  }

  /** The group's value as the filter language writes it. */
  private static @Nullable String key(Field by, ResultSet row) throws SQLException {
    var value = row.getObject("key");
    if (value == null) {
      return null;
    }
    return switch (by.kind()) {
      case ADDRESS -> new Ip(row.getLong("key"), row.getLong("key2")).toString();
      case CODE, TEXT, ID -> value.toString();
      case NUMBER, PROTOCOL, TIME, MAC, FLAG -> {
        long number = row.getLong("key");
        yield new Operand.Numbers(number, number).print(by);
      }
    };
  }

  /** Points a line may have between two times. */
  static long points(SeriesQuery query) {
    return (query.toNanos() - query.fromNanos()) / Math.max(1, query.step().toNanos()) + 1;
  }

  static boolean isStepUsable(SeriesQuery query) {
    return query.step().toNanos() >= Nanos.SECOND / 1000;
  }
}
