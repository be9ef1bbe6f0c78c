package io.penstock.store;

import io.penstock.event.Ip;
import io.penstock.filter.Field;
import io.penstock.filter.Filter;
import io.penstock.filter.Operand;
import io.penstock.store.Queries.Session;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A subquery: the events of a question with the keys of their groups; twice, when one of the fields
 * stands for both ends.
 *
 * @param by the fields that make a group
 * @param sql the subquery
 * @param parameters values of its question marks, in order
 */
record KeyedEvents(List<Field> by, String sql, List<Object> parameters) {

  /**
   * What is asked of the events of a tenant.
   *
   * @param fromNanos received at or after
   * @param toNanos received before
   */
  record Wanted(long fromNanos, long toNanos, @Nullable Filter filter) {}

  /**
   * The events of some parts.
   *
   * @param more another column, behind a comma; empty for none
   */
  static KeyedEvents of(
      Session session, List<Part> parts, Wanted wanted, List<Field> by, String more) {
    var parameters = new ArrayList<Object>();
    var sql =
        IntStream.range(0, isTwice(by) ? 2 : 1)
            .mapToObj(
                end ->
                    "SELECT *, "
                        + keysOf(by, end)
                        + more
                        + " FROM "
                        + session.table(parts)
                        + where(parts, wanted, parameters))
            .collect(Collectors.joining(" UNION ALL "));
    return new KeyedEvents(by, sql, parameters);
  }

  /** Whether every event stands under both of its ends, if only as the event without a value. */
  boolean isTwice() {
    return isTwice(by);
  }

  private static boolean isTwice(List<Field> by) {
    return by.stream().anyMatch(Field::hasTwoEnds);
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
  List<String> columns() {
    if (by.isEmpty()) {
      return List.of("key0");
    }
    return IntStream.range(0, by.size())
        .boxed()
        .flatMap(
            i ->
                by.get(i).kind() == Field.Kind.ADDRESS
                    ? Stream.of("key" + i, "low" + i)
                    : Stream.of("key" + i))
        .toList();
  }

  /** The columns of the keys with commas between; {@code table} goes before each. */
  String keys(String table) {
    return columns().stream().map(table::concat).collect(Collectors.joining(", "));
  }

  /** The time is only asked about when a part reaches beyond it: that saves reading a column. */
  static String where(List<Part> parts, Wanted wanted, List<Object> parameters) {
    boolean isInside =
        parts.stream()
            .allMatch(
                part ->
                    part.oldestNanos() >= wanted.fromNanos()
                        && part.newestNanos() < wanted.toNanos());
    var sql = new StringBuilder(" WHERE true");
    if (!isInside) {
      sql.append(" AND received >= ")
          .append(FilterSql.time(wanted.fromNanos()))
          .append(" AND received < ")
          .append(FilterSql.time(wanted.toNanos()));
    }
    EventPages.where(wanted.filter(), sql, parameters);
    return sql.toString();
  }

  /** The keys of a result's row as the filter language writes them. */
  List<@Nullable String> values(ResultSet row) throws SQLException {
    var values = new ArrayList<@Nullable String>();
    for (int i = 0; i < by.size(); i++) {
      values.add(value(i, row));
    }
    return values;
  }

  /** One of them. */
  @Nullable String value(int index, ResultSet row) throws SQLException {
    var key = "key" + index;
    var value = row.getObject(key);
    if (value == null) {
      return null;
    }
    var field = by.get(index);
    return switch (field.kind()) {
      case ADDRESS -> new Ip(row.getLong(key), row.getLong("low" + index)).toString();
      case CODE, TEXT, ID -> value.toString();
      case NUMBER, PROTOCOL, TIME, MAC, FLAG -> {
        long number = row.getLong(key);
        yield new Operand.Numbers(number, number).print(field);
      }
    };
  }
}
