package io.penstock.stub;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * When two JSON values are the same. Numbers are compared by value: 1.0 is 1.
 *
 * @param ignoresOrder of the elements of arrays
 * @param ignoresExtra members of objects, and elements of arrays, that the expected value lacks
 */
record JsonEquality(boolean ignoresOrder, boolean ignoresExtra) {

  boolean holds(@Nullable Object expected, @Nullable Object actual, Effort effort) {
    if (!effort.take(1)) {
      return false;
    }
    return switch (expected) {
      case null -> actual == null;
      case Map<?, ?> map -> actual instanceof Map<?, ?> other && objects(map, other, effort);
      case List<?> list -> actual instanceof List<?> other && arrays(list, other, effort);
      case Number number -> actual instanceof Number other && numbers(number, other);
      default -> expected.equals(actual);
    };
  }

  private static boolean numbers(Number expected, Number actual) {
    if (expected instanceof Long a && actual instanceof Long b) {
      return a.equals(b);
    }
    return decimal(expected).compareTo(decimal(actual)) == 0;
  }

  private static BigDecimal decimal(Number number) {
    return number instanceof BigDecimal decimal ? decimal : BigDecimal.valueOf(number.longValue());
  }

  private boolean objects(Map<?, ?> expected, Map<?, ?> actual, Effort effort) {
    if (ignoresExtra ? actual.size() < expected.size() : actual.size() != expected.size()) {
      return false;
    }
    for (var entry : expected.entrySet()) {
      var value = actual.get(entry.getKey());
      if (value == null && !actual.containsKey(entry.getKey())
          || !holds(entry.getValue(), value, effort)) {
        return false;
      }
    }
    return true;
  }

  private boolean arrays(List<?> expected, List<?> actual, Effort effort) {
    if (ignoresExtra ? actual.size() < expected.size() : actual.size() != expected.size()) {
      return false;
    }
    return ignoresOrder ? unordered(expected, actual, effort) : ordered(expected, actual, effort);
  }

  private boolean ordered(List<?> expected, List<?> actual, Effort effort) {
    for (int i = 0; i < expected.size(); i++) {
      if (!holds(expected.get(i), actual.get(i), effort)) {
        return false;
      }
    }
    return true;
  }

  /** Each expected element takes the first one left that is the same. */
  private boolean unordered(List<?> expected, List<?> actual, Effort effort) {
    var left = new ArrayList<@Nullable Object>(actual);
    for (var element : expected) {
      int at = -1;
      for (int i = 0; i < left.size() && at < 0; i++) {
        at = holds(element, left.get(i), effort) ? i : -1;
      }
      if (at < 0) {
        return false;
      }
      left.remove(at);
    }
    return true;
  }
}
