package io.penstock.control;

import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON in a column of the database. What another program wrote there and is not of the form that we
 * write counts as empty.
 */
final class JsonColumn {

  private JsonColumn() {}

  static Map<String, @Nullable Object> object(@Nullable String text) {
    var members = new HashMap<String, @Nullable Object>();
    if (parse(text) instanceof Map<?, ?> map) {
      map.forEach((name, value) -> members.put(String.valueOf(name), value));
    }
    return members;
  }

  static List<String> texts(@Nullable Object value) {
    return value instanceof List<?> items
        ? items.stream().filter(String.class::isInstance).map(String.class::cast).toList()
        : List.of();
  }

  static int number(Map<String, @Nullable Object> members, String name, int byDefault) {
    return members.get(name) instanceof Long number ? Math.toIntExact(number) : byDefault;
  }

  static @Nullable Object parse(@Nullable String text) {
    if (text == null) {
      return null;
    }
    try {
      return JsonTree.parse(text);
    } catch (MalformedJsonException _) {
      return null;
    }
  }
}
