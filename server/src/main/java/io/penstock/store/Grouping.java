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
import io.penstock.store.ValuesQuery.Value;
import io.penstock.store.ValuesQuery.Values;
import java.math.BigDecimal;
import java.math.BigInteger;
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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Sums over events by the values of fields and over time. For one question. */
final class Grouping {

  /** The most frequent values among which those with a prefix are looked for. */
  static final int VALUES_SEEN_MAX = 20_000;

  private static final String AMOUNTS =
      "%s AS bytes_sum, %s AS packets_sum, count(*) AS events_sum"
          .formatted(Metric.BYTES.sql(), Metric.PACKETS.sql());

  private final Session session;
  private final List<Object> parameters = new ArrayList<>();

  Grouping(Session session) {
    this.session = session;
  }

  Top top(TopQuery query) throws SQLException {
    var parts = session.parts(query.tenant(), query.fromNanos(), query.toNanos() - 1);
    if (parts.isEmpty()) {
      return Top.NONE;
    }
    var by = query.by();
    var events = events(parts, query.fromNanos(), query.toNanos(), query.filter(), by, "");
    var rows = new ArrayList<Row>();
    var whole = new double[1];
    var all = new Amounts[] {Amounts.NONE};
    session.query(
        "WITH sums AS MATERIALIZED (SELECT "
            + keys(by, "")
            + ", "
            + query.metric().sql()
            + " AS value, "
            + AMOUNTS
            + " FROM ("
            + events
            + ") GROUP BY ALL) SELECT best.*, whole.* FROM (SELECT * FROM sums ORDER BY value DESC,"
            + " "
            + keys(by, "")
            + " LIMIT "
            + query.limit()
            + ") best, (SELECT "
            + query.metric().combined()
            + "(value) AS whole, sum(bytes_sum) AS all_bytes, sum(packets_sum) AS all_packets,"
            + " sum(events_sum) AS all_events FROM sums) whole ORDER BY value DESC, "
            + keys(by, ""),
        parameters,
        result -> {
          while (result.next()) {
            rows.add(new Row(values(by, result), result.getDouble("value"), amounts(result)));
            whole[0] = result.getDouble("whole");
            all[0] = amounts(result, "all_bytes", "all_packets", "all_events");
          }
        });
    var listed = rows.stream().map(Row::amounts).reduce(Amounts.NONE, Amounts::plus);
    // Every event stands under both of its ends, if only as the event without a value.
    boolean isTwice = isTwice(by);
    return new Top(
        rows,
        isTwice && query.metric() != Metric.RISK ? whole[0] / 2 : whole[0],
        isTwice ? all[0].half() : all[0],
        all[0].minus(listed));
  }

  private static boolean isTwice(List<Field> by) {
    return by.stream().anyMatch(Field::hasTwoEnds);
  }

  private static Amounts amounts(ResultSet row) throws SQLException {
    return amounts(row, "bytes_sum", "packets_sum", "events_sum");
  }

  private static Amounts amounts(ResultSet row, String bytes, String packets, String events)
      throws SQLException {
    return new Amounts(whole(row, bytes), whole(row, packets), whole(row, events));
  }

  /** A sum as it is; an estimate without its fraction. */
  private static BigInteger whole(ResultSet row, String column) throws SQLException {
    return switch (row.getObject(column)) {
      case BigInteger wide -> wide;
      case Double estimate -> new BigDecimal(estimate).toBigInteger();
      case Number number -> BigInteger.valueOf(number.longValue());
      case null, default -> BigInteger.ZERO;
    };
  }

  Series series(SeriesQuery query) throws SQLException {
    var parts = session.parts(query.tenant(), query.fromNanos(), query.toNanos() - 1);
    if (parts.isEmpty()) {
      return new Series(List.of());
    }
    long step = query.step().toNanos();
    var by = query.by();
    var best = best(parts, query);
    var moment = ", epoch_ns(received) // " + step + " * " + step + " AS moment";
    var events = events(parts, query.fromNanos(), query.toNanos(), query.filter(), by, moment);
    var lines = new LinkedHashMap<List<@Nullable String>, Line>();
    session.query(
        "WITH best AS MATERIALIZED ("
            + best
            + ") SELECT "
            + keys(by, "best.")
            + ", best.whole IS NULL AS rest, best.whole, moment, "
            + query.metric().sql()
            + " AS value FROM ("
            + events
            + ") found LEFT JOIN best ON "
            + columns(by)
                .map(column -> "found.%1$s IS NOT DISTINCT FROM best.%1$s".formatted(column))
                .collect(Collectors.joining(" AND "))
            + " GROUP BY ALL ORDER BY best.whole DESC NULLS LAST, "
            + keys(by, "best.")
            + ", moment",
        parameters,
        result -> readPoints(by, result, lines));
    return new Series(List.copyOf(lines.values()));
  }

  /**
   * The groups that get a line. They are found first, and all others counted as one from there on:
   * sums of each of a million values in each step would be too many.
   */
  private String best(List<Part> parts, SeriesQuery query) {
    var by = query.by();
    if (by.isEmpty()) {
      return "SELECT 0 AS key0, 0 AS whole";
    }
    return "SELECT "
        + keys(by, "")
        + ", "
        + query.metric().sql()
        + " AS whole FROM ("
        + events(parts, query.fromNanos(), query.toNanos(), query.filter(), by, "")
        + ") GROUP BY ALL ORDER BY whole DESC, "
        + keys(by, "")
        + " LIMIT "
        + query.lines();
  }

  private static void readPoints(
      List<Field> by, ResultSet result, Map<List<@Nullable String>, Line> lines)
      throws SQLException {
    var points = new LinkedHashMap<List<@Nullable String>, List<Point>>();
    while (result.next()) {
      boolean isRest = result.getBoolean("rest");
      List<@Nullable String> keys =
          isRest ? Collections.nCopies(by.size(), null) : values(by, result);
      var identity = new ArrayList<@Nullable String>(keys);
      identity.add(isRest ? "rest" : null);
      points
          .computeIfAbsent(identity, _ -> new ArrayList<>())
          .add(new Point(result.getLong("moment"), whole(result, "value")));
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
    var by = List.of(query.field());
    var events = events(parts, query.fromNanos(), query.toNanos(), query.filter(), by, "");
    var prefix = query.prefix().toLowerCase(Locale.ROOT);
    var sql =
        new StringBuilder("SELECT ")
            .append(keys(by, ""))
            .append(", count(*) AS events_sum FROM (")
            .append(events)
            .append(") WHERE key0 IS NOT NULL");
    if (query.field().kind().hasParts()) {
      // Of texts there may be many: what can be sorted out there need not be brought here.
      sql.append(" AND starts_with(lower(key0), ?)");
      parameters.add(prefix);
    }
    sql.append(" GROUP BY ALL ORDER BY events_sum DESC, ")
        .append(keys(by, ""))
        .append(" LIMIT ")
        .append(VALUES_SEEN_MAX);
    var found = new ArrayList<Value>();
    var isComplete = new boolean[] {true};
    session.query(
        sql.toString(),
        parameters,
        result -> isComplete[0] = readValues(query, prefix, result, found));
    return new Values(found, isComplete[0]);
  }

  /** Whether these are all. */
  private static boolean readValues(
      ValuesQuery query, String prefix, ResultSet result, List<Value> found) throws SQLException {
    int seen = 0;
    while (result.next()) {
      seen++;
      var text = value(query.field(), 0, result);
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

  /** The events with their group's keys; twice, when a field stands for both ends. */
  private String events(
      List<Part> parts,
      long fromNanos,
      long toNanos,
      @Nullable Filter filter,
      List<Field> by,
      String more) {
    return IntStream.range(0, isTwice(by) ? 2 : 1)
        .mapToObj(
            end ->
                "SELECT *, "
                    + keysOf(by, end)
                    + more
                    + " FROM "
                    + session.table(parts)
                    + where(parts, fromNanos, toNanos, filter))
        .collect(Collectors.joining(" UNION ALL "));
  }

  /** The keys at one end: those of a field that has none are the same at both. */
  private static String keysOf(List<Field> by, int end) {
    if (by.isEmpty()) {
      return "0 AS key0";
    }
    return IntStream.range(0, by.size())
        .mapToObj(i -> keyOf(by.get(i).ends().get(by.get(i).hasTwoEnds() ? end : 0), i))
        .collect(Collectors.joining(", "));
  }

  private static String keyOf(Field end, int index) {
    if (end.kind() == Field.Kind.ADDRESS) {
      return "\"%1$s_high\" AS key%2$d, \"%1$s_low\" AS low%2$d".formatted(end.title(), index);
    }
    var value = FilterSql.value(end);
    return (end.kind() == Field.Kind.TIME ? "epoch_ns(" + value + ")" : value) + " AS key" + index;
  }

  /** The columns of a group's keys: an address has two. */
  private static Stream<String> columns(List<Field> by) {
    if (by.isEmpty()) {
      return Stream.of("key0");
    }
    return IntStream.range(0, by.size())
        .boxed()
        .flatMap(
            i ->
                by.get(i).kind() == Field.Kind.ADDRESS
                    ? Stream.of("key" + i, "low" + i)
                    : Stream.of("key" + i));
  }

  private static String keys(List<Field> by, String table) {
    return columns(by).map(table::concat).collect(Collectors.joining(", "));
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

  private static List<@Nullable String> values(List<Field> by, ResultSet row) throws SQLException {
    var values = new ArrayList<@Nullable String>();
    for (int i = 0; i < by.size(); i++) {
      values.add(value(by.get(i), i, row));
    }
    return values;
  }

  /** A key as the filter language writes it. */
  private static @Nullable String value(Field by, int index, ResultSet row) throws SQLException {
    var key = "key" + index;
    var value = row.getObject(key);
    if (value == null) {
      return null;
    }
    return switch (by.kind()) {
      case ADDRESS -> new Ip(row.getLong(key), row.getLong("low" + index)).toString();
      case CODE, TEXT, ID -> value.toString();
      case NUMBER, PROTOCOL, TIME, MAC, FLAG -> {
        long number = row.getLong(key);
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
