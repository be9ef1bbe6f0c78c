package io.penstock.shape;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.event.ByteOutput;
import io.penstock.event.Event;
import io.penstock.json.JsonTree;
import io.penstock.json.MalformedJsonException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Documents as tests look at them. */
final class Documents {

  private Documents() {}

  static byte[] write(Selection selection, Event event) {
    var out = new ByteOutput(16);
    Shapes.of(selection).write("acme", event, out);
    return out.toBytes();
  }

  static byte[] write(Schema schema, Event event) {
    return write(new Selection(schema, null, Set.of(), Set.of(), 1), event);
  }

  static Map<String, Object> read(byte[] document) {
    return map(parse(document));
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(@Nullable Object value) {
    return (Map<String, Object>) Objects.requireNonNull(value);
  }

  static @Nullable Object parse(byte[] document) {
    try {
      return JsonTree.parse(document);
    } catch (MalformedJsonException e) {
      throw new AssertionError(new String(document, UTF_8), e);
    }
  }

  /** Every value that is no object or array, by its dotted path; elements share their array's. */
  static Map<String, Object> leaves(Schema schema, Event event) {
    var leaves = new LinkedHashMap<String, Object>();
    collect("", read(write(schema, event)), leaves);
    return leaves;
  }

  private static void collect(String path, @Nullable Object value, Map<String, Object> leaves) {
    switch (value) {
      case Map<?, ?> object ->
          object.forEach(
              (name, member) ->
                  collect(path.isEmpty() ? "" + name : path + "." + name, member, leaves));
      case List<?> array -> array.forEach(element -> collect(path, element, leaves));
      case null -> leaves.put(path, "null");
      default -> leaves.put(path, value);
    }
  }
}
