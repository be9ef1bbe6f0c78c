package io.penstock.store;

import io.penstock.event.Nanos;
import io.penstock.filter.Field;
import io.penstock.filter.Filter;
import io.penstock.store.KeyedEvents.Wanted;
import io.penstock.store.Queries.Session;
import io.penstock.store.SeriesQuery.Line;
import io.penstock.store.SeriesQuery.Point;
import io.penstock.store.SeriesQuery.Series;
import io.penstock.store.TopQuery.Row;
import io.penstock.store.TopQuery.Top;
import io.penstock.store.ValuesQuery.Value;
import io.penstock.store.ValuesQuery.Values;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Sums over events by the values of fields and over time. For one question. */
final class Grouping {

  /** The most frequent values among which those with a prefix are looked for. */
  static final int VALUES_SEEN_MAX = 20_000;

  private final Session session;

  Grouping(Session session) {
    this.session = session;
  }

  Top top(TopQuery query) throws SQLException {
    var parts = session.parts(query.tenant(), query.fromNanos(), query.toNanos() - 1);
    if (parts.isEmpty()) {
      return Top.NONE;
    }
    var best = new TopGroups(session, parts, query).find();
    var listed = best.rows().stream().map(Row::amounts).reduce(Amounts.NONE, Amounts::plus);
    // Every event stands under both of its ends, if only as the event without a value.
    boolean isTwice = query.by().stream().anyMatch(Field::hasTwoEnds);
    return new Top(
        best.rows(),
        isTwice && query.metric() != Metric.RISK ? best.value() / 2 : best.value(),
        isTwice ? best.all().half() : best.all(),
        best.all().minus(listed));
  }

  Series series(SeriesQuery query) throws SQLException {
    var parts = session.parts(query.tenant(), query.fromNanos(), query.toNanos() - 1);
    if (parts.isEmpty()) {
      return new Series(List.of());
    }
    long step = query.step().toNanos();
    var moment = ", epoch_ns(received) // " + step + " * " + step + " AS moment";
    var wanted = new Wanted(query.fromNanos(), query.toNanos(), query.filter());
    var events = KeyedEvents.of(session, parts, wanted, query.by(), moment);
    var parameters = new ArrayList<@Nullable Object>();
    var best = best(parts, query, events, parameters);
    parameters.addAll(events.parameters());
    var lines = new LinkedHashMap<List<@Nullable String>, Line>();
    session.query(
        "WITH best AS MATERIALIZED ("
            + best
            + ") SELECT "
            + events.keys("best.")
            + ", best.place IS NULL AS rest, best.place, moment, "
            + query.metric().sql()
            + " AS value FROM ("
            + events.sql()
            + ") found LEFT JOIN best ON "
            + events.columns().stream()
                .map(column -> "found.%1$s IS NOT DISTINCT FROM best.%1$s".formatted(column))
                .collect(Collectors.joining(" AND "))
            + " GROUP BY ALL ORDER BY best.place NULLS LAST, moment",
        parameters,
        result -> readPoints(events, result, lines));
    return new Series(List.copyOf(lines.values()));
  }

  /**
   * The groups that get a line, as a subquery with their places. They are found first, and all
   * others counted as one from there on: sums of each of a million values in each step would be too
   * many.
   */
  private String best(
      List<Part> parts,
      SeriesQuery query,
      KeyedEvents events,
      List<@Nullable Object> parameters)
      throws SQLException {
    if (query.by().isEmpty()) {
      return "SELECT 0 AS key0, 0 AS place";
    }
    var top =
        new TopQuery(
            query.tenant(),
            query.fromNanos(),
            query.toNanos(),
            query.filter(),
            query.by(),
            query.metric(),
            query.lines());
    var keys = new TopGroups(session, parts, top).find().keys();
    keys.forEach(parameters::addAll);
    var row = "?, ".repeat(events.columns().size());
    return IntStream.range(0, keys.size())
        .mapToObj(place -> "(" + row + place + ")")
        .collect(
            Collectors.joining(
                ", ", "FROM (VALUES ", ") best(" + events.keys("") + ", place)"));
  }

  private static void readPoints(
      KeyedEvents events, ResultSet result, Map<List<@Nullable String>, Line> lines)
      throws SQLException {
    var points = new LinkedHashMap<List<@Nullable String>, List<Point>>();
    while (result.next()) {
      boolean isRest = result.getBoolean("rest");
      List<@Nullable String> keys =
          isRest ? Collections.nCopies(events.by().size(), null) : events.values(result);
      var identity = new ArrayList<@Nullable String>(keys);
      identity.add(isRest ? "rest" : null);
      points
          .computeIfAbsent(identity, _ -> new ArrayList<>())
          .add(new Point(result.getLong("moment"), Amounts.whole(result, "value")));
      lines.putIfAbsent(identity, new Line(keys, isRest, List.of()));
    }
    lines.replaceAll(
        (identity, line) ->
            new Line(line.keys(), line.isRest(), points.getOrDefault(identity, List.of())));
  }

  Values values(ValuesQuery query) throws SQLException {
    var parts = session.parts(query.tenant(), query.fromNanos(), query.toNanos() - 1);
    if (parts.isEmpty()) {
      return new Values(List.of(), true);
    }
    var wanted = new Wanted(query.fromNanos(), query.toNanos(), query.filter());
    var events = KeyedEvents.of(session, parts, wanted, List.of(query.field()), "");
    var parameters = new ArrayList<>(events.parameters());
    var prefix = query.prefix().toLowerCase(Locale.ROOT);
    var sql =
        new StringBuilder("SELECT ")
            .append(events.keys(""))
            .append(", count(*) AS events_sum FROM (")
            .append(events.sql())
            .append(") WHERE key0 IS NOT NULL");
    if (query.field().kind().hasParts()) {
      // Of texts there may be many: what can be sorted out there need not be brought here.
      sql.append(" AND starts_with(lower(key0), ?)");
      parameters.add(prefix);
    }
    sql.append(" GROUP BY ALL ORDER BY events_sum DESC, ")
        .append(events.keys(""))
        .append(" LIMIT ")
        .append(VALUES_SEEN_MAX);
    var found = new ArrayList<Value>();
    var isComplete = new boolean[] {true};
    session.query(
        sql.toString(),
        parameters,
        result -> isComplete[0] = readValues(query, prefix, events, result, found));
    return new Values(found, isComplete[0]);
  }

  /** Whether these are all. */
  private static boolean readValues(
      ValuesQuery query, String prefix, KeyedEvents events, ResultSet result, List<Value> found)
      throws SQLException {
    int seen = 0;
    while (result.next()) {
      seen++;
      var text = events.value(0, result);
      if (text != null && text.toLowerCase(Locale.ROOT).startsWith(prefix)) {
        if (found.size() == query.limit()) {
          return false;
        }
        found.add(new Value(text, result.getLong("events_sum")));
      }
    }
    return seen < VALUES_SEEN_MAX;
  }

  long count(String tenant, long fromNanos, long toNanos, @Nullable Filter filter)
      throws SQLException {
    var parts = session.parts(tenant, fromNanos, toNanos - 1);
    if (parts.isEmpty()) {
      return 0;
    }
    var count = new long[1];
    var parameters = new ArrayList<Object>();
    var where = KeyedEvents.where(parts, new Wanted(fromNanos, toNanos, filter), parameters);
    session.query(
        "SELECT count(*) FROM " + session.table(parts) + where,
        parameters,
        result -> {
          if (result.next()) {
            count[0] = result.getLong(1);
          }
        });
    return count[0];
  }

  /** Points a line may have between two times. */
  static long points(SeriesQuery query) {
    return (query.toNanos() - query.fromNanos()) / Math.max(1, query.step().toNanos()) + 1;
  }

  static boolean isStepUsable(SeriesQuery query) {
    return query.step().toNanos() >= Nanos.SECOND / 1000;
  }
}
