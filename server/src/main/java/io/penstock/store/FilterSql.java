package io.penstock.store;

import io.penstock.event.Ip;
import io.penstock.filter.Field;
import io.penstock.filter.Filter;
import io.penstock.filter.Filter.Operator;
import io.penstock.filter.Operand;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A filter as an SQL condition. Text goes into parameters; only what was parsed into numbers
 * (addresses and times too) is written into the statement. {@code not} becomes {@code IS NOT TRUE},
 * so that a missing value is false and its negation true, as in {@link Filter#matches}.
 */
final class FilterSql {

  private final List<Object> parameters = new ArrayList<>();
  private final String condition;

  FilterSql(Filter filter) {
    condition = sql(filter);
  }

  String condition() {
    return condition;
  }

  /** Values of the condition's question marks, in order. */
  List<Object> parameters() {
    return parameters;
  }

  private String sql(Filter filter) {
    return switch (filter) {
      case Filter.And(var all) -> joined(all, this::sql, " AND ");
      case Filter.Or(var any) -> joined(any, this::sql, " OR ");
      case Filter.Not(var inner) -> "(" + sql(inner) + " IS NOT TRUE)";
      case Filter.Compare(var field, var operator, var operand) -> {
        if (operator == Operator.NOT_EQUAL) {
          yield "(" + anyEnd(field, Operator.EQUAL, operand) + " IS NOT TRUE)";
        }
        yield anyEnd(field, operator, operand);
      }
      case Filter.In(var field, var operands) ->
          joined(operands, o -> anyEnd(field, Operator.EQUAL, o), " OR ");
      case Filter.Contains(var field, var text) ->
          joined(field.ends(), end -> contains(end, text), " OR ");
      case Filter.Exists(var field) ->
          joined(field.ends(), end -> value(end) + " IS NOT NULL", " OR ");
    };
  }

  private static <T> String joined(List<T> parts, Function<T, String> sql, String with) {
    return parts.stream().map(sql).collect(Collectors.joining(with, "(", ")"));
  }

  private String contains(Field end, String text) {
    parameters.add(text.toLowerCase(Locale.ROOT));
    return "contains(lower(" + value(end) + "), ?)";
  }

  private String anyEnd(Field field, Operator operator, Operand operand) {
    return joined(field.ends(), end -> compare(end, operator, operand), " OR ");
  }

  private String compare(Field end, Operator operator, Operand operand) {
    return switch (operand) {
      case Operand.Word(var word) -> {
        parameters.add(word);
        yield value(end) + (end == Field.ID ? " = CAST(? AS UUID)" : " = ?");
      }
      case Operand.Numbers(var low, var high) -> numbers(end, operator, low, high);
      case Operand.Addresses(var low, var high) -> addresses(end, operator, low, high);
    };
  }

  private static String numbers(Field end, Operator operator, long low, long high) {
    var value = value(end);
    var first = literal(end, low);
    var last = literal(end, high);
    return switch (operator) {
      case EQUAL ->
          low == high
              ? value + " = " + first
              : "(" + value + " BETWEEN " + first + " AND " + last + ")";
      case LESS -> value + " < " + first;
      case LESS_OR_EQUAL -> value + " <= " + last;
      case GREATER -> value + " > " + last;
      case GREATER_OR_EQUAL -> value + " >= " + first;
      case NOT_EQUAL -> throw new IllegalStateException("negated by the caller");
    };
  }

  private static String literal(Field end, long value) {
    return end.kind() == Field.Kind.TIME ? time(value) : number(value);
  }

  /** A literal of a time column. */
  static String time(long nanos) {
    // The outermost numbers stand for infinity, which the function does not take.
    long finite = Math.clamp(nanos, Long.MIN_VALUE + 2, Long.MAX_VALUE - 1);
    return "make_timestamp_ns(" + finite + ")";
  }

  private static String number(long value) {
    // The digits of the smallest number do not parse without their sign.
    return value == Long.MIN_VALUE ? "(-9223372036854775807 - 1)" : Long.toString(value);
  }

  private static String addresses(Field end, Operator operator, Ip low, Ip high) {
    var max = new Ip(-1, -1);
    return switch (operator) {
      case EQUAL -> range(end, low, high);
      case LESS -> low.equals(Ip.NONE) ? "false" : range(end, Ip.NONE, before(low));
      case LESS_OR_EQUAL -> range(end, Ip.NONE, high);
      case GREATER -> high.equals(max) ? "false" : range(end, after(high), max);
      case GREATER_OR_EQUAL -> range(end, low, max);
      case NOT_EQUAL -> throw new IllegalStateException("negated by the caller");
    };
  }

  private static Ip before(Ip ip) {
    return new Ip(ip.low() == 0 ? ip.high() - 1 : ip.high(), ip.low() - 1);
  }

  private static Ip after(Ip ip) {
    return new Ip(ip.low() == -1 ? ip.high() + 1 : ip.high(), ip.low() + 1);
  }

  /** Addresses are kept as two signed halves of an unsigned number. */
  private static String range(Field end, Ip low, Ip high) {
    var upper = '"' + end.title() + "_high\"";
    var lower = '"' + end.title() + "_low\"";
    if (low.high() == high.high()) {
      return "("
          + upper
          + " = "
          + number(low.high())
          + " AND "
          + unsigned(lower, low.low(), high.low())
          + ")";
    }
    if (low.low() == 0 && high.low() == -1) {
      return unsigned(upper, low.high(), high.high());
    }
    var parts = new ArrayList<String>();
    parts.add(range(end, low, new Ip(low.high(), -1)));
    if (low.high() + 1 != high.high()) {
      parts.add(unsigned(upper, low.high() + 1, high.high() - 1));
    }
    parts.add(range(end, new Ip(high.high(), 0), high));
    return "(" + String.join(" OR ", parts) + ")";
  }

  private static String unsigned(String column, long low, long high) {
    if (low == high) {
      return column + " = " + number(low);
    }
    if (low == 0 && high == -1) {
      return column + " IS NOT NULL";
    }
    if (low < 0 == high < 0) {
      return "(" + column + " BETWEEN " + number(low) + " AND " + number(high) + ")";
    }
    return "(" + column + " >= " + number(low) + " OR " + column + " <= " + number(high) + ")";
  }

  /** The expression of a field that is no address, as it is compared. */
  static String value(Field end) {
    return switch (end) {
      case ICMP_TYPE -> "(icmp >> 8)";
      case ICMP_CODE -> "(icmp & 255)";
      case THREAT -> "CAST(threat_count > 0 AS INTEGER)";
      case SAMPLING_RATE -> "nullif(sampling_rate, 0)";
      default ->
          end.kind() == Field.Kind.ADDRESS
              ? '"' + end.title() + "_high\""
              : '"' + end.title() + '"';
    };
  }
}
