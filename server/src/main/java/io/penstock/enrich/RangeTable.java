package io.penstock.enrich;

import io.penstock.event.Ip;
import io.penstock.prefix.AddressRanges;
import io.penstock.prefix.RangeBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An immutable table from addresses to values, each distinct value held once. Looking up allocates
 * nothing.
 */
final class RangeTable<T> {

  private final AddressRanges ranges;
  private final List<T> values;

  private RangeTable(AddressRanges ranges, List<T> values) {
    this.ranges = ranges;
    this.values = values;
  }

  /** The value of an address, null when there is none. */
  @Nullable T find(long high, long low) {
    int number = ranges.find(high, low);
    return number == 0 ? null : values.get(number - 1);
  }

  @Nullable T find(Ip ip) {
    return find(ip.high(), ip.low());
  }

  /** Number of ranges with a value. */
  int size() {
    return ranges.size();
  }

  /** Who is told of ranges in the order of their addresses. */
  interface Visitor<T> {

    void range(Ip first, Ip last, T value);
  }

  /** Tells the ranges that have a value. */
  void forEach(Visitor<T> visitor) {
    ranges.forEach(
        (high, low, lastHigh, lastLow, number) ->
            visitor.range(new Ip(high, low), new Ip(lastHigh, lastLow), values.get(number - 1)));
  }

  /** Collects spans and numbers their values. */
  static final class Builder<T> {

    private final RangeBuilder spans = new RangeBuilder();
    private final Map<T, Integer> numbers = new HashMap<>();
    private final List<T> values = new ArrayList<>();

    /** The number that stands for a value in {@link #spans}. */
    int numberOf(T value) {
      return numbers.computeIfAbsent(
          value,
          added -> {
            values.add(added);
            return values.size();
          });
    }

    RangeBuilder spans() {
      return spans;
    }

    RangeTable<T> build() {
      return new RangeTable<>(spans.build(), List.copyOf(values));
    }
  }
}
