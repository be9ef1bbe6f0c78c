package io.penstock.stub;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A value of a document together with its place.
 *
 * @param value a map of forms, a list of forms, text, {@link Long}, {@link BigDecimal}, {@link
 *     Boolean} or null
 * @param text how a scalar was written: {@code 1.10} is also a version
 * @param place such as {@code stubs[2].request}
 * @param line 0 when it is not known
 */
record Form(@Nullable Object value, String text, String place, int line) {

  /**
   * From a tree of maps, lists and plain values.
   *
   * @throws IllegalArgumentException when it is nested too deep
   */
  static Form of(@Nullable Object tree, String place) {
    return of(tree, place, StubLimits.DEPTH_MAX);
  }

  private static Form of(@Nullable Object tree, String place, int depth) {
    if (depth < 0) {
      throw new IllegalArgumentException("nested too deep");
    }
    return switch (tree) {
      case Map<?, ?> map -> {
        var members = new LinkedHashMap<String, Form>();
        for (var entry : map.entrySet()) {
          var name = String.valueOf(entry.getKey());
          members.put(name, of(entry.getValue(), below(place, name), depth - 1));
        }
        yield new Form(members, "", place, 0);
      }
      case Iterable<?> items -> {
        var elements = new ArrayList<Form>();
        for (var item : items) {
          elements.add(of(item, place + "[" + elements.size() + "]", depth - 1));
        }
        yield new Form(elements, "", place, 0);
      }
      case Integer number -> new Form(number.longValue(), number.toString(), place, 0);
      case Double number -> new Form(BigDecimal.valueOf(number), number.toString(), place, 0);
      case null -> new Form(null, "", place, 0);
      default -> new Form(tree, tree.toString(), place, 0);
    };
  }

  static String below(String place, String name) {
    return place.isEmpty() ? name : place + "." + name;
  }

  /** The members of a mapping; null when it is none. */
  @SuppressWarnings("unchecked") // The constructors put nothing else there.
  @Nullable Map<String, Form> members() {
    return value instanceof Map<?, ?> ? (Map<String, Form>) value : null;
  }

  /** The elements of a list; null when it is none. */
  @SuppressWarnings("unchecked") // The constructors put nothing else there.
  @Nullable List<Form> elements() {
    return value instanceof List<?> ? (List<Form>) value : null;
  }

  boolean isScalar() {
    return value != null && !(value instanceof Map<?, ?>) && !(value instanceof List<?>);
  }

  /** The value without the places: maps, lists and plain values. */
  @Nullable Object tree() {
    var members = members();
    if (members != null) {
      var map = new LinkedHashMap<String, @Nullable Object>();
      members.forEach((name, form) -> map.put(name, form.tree()));
      return map;
    }
    var elements = elements();
    if (elements != null) {
      var list = new ArrayList<@Nullable Object>();
      elements.forEach(form -> list.add(form.tree()));
      return list;
    }
    return value;
  }

  Problem problem(String what) {
    return new Problem("", line, place, what);
  }

  /** What it is, for people. */
  String kind() {
    return switch (value) {
      case null -> "nothing";
      case Map<?, ?> _ -> "a mapping";
      case List<?> _ -> "a list";
      default -> "'" + Problem.excerpt(text) + "'";
    };
  }
}
