package io.penstock.api;

import io.avaje.json.mapper.JsonMapper;
import io.penstock.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prints a JSON document as block-style YAML 1.2, of which JSON strings are a part. */
final class Yaml {

  private Yaml() {}

  static byte[] of(byte[] json) {
    var document = JsonMapper.builder().build().fromJson(new String(json, StandardCharsets.UTF_8));
    var out = new StringBuilder(json.length * 2);
    write(document, 0, out);
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Writes a value of which the first line's indentation is already there. */
  private static void write(@Nullable Object value, int indent, StringBuilder out) {
    switch (value) {
      case Map<?, ?> map when !map.isEmpty() -> {
        boolean first = true;
        for (var entry : map.entrySet()) {
          if (!first) {
            out.repeat(' ', indent);
          }
          first = false;
          out.append(name(String.valueOf(entry.getKey()))).append(':');
          nested(entry.getValue(), indent + 2, out);
        }
      }
      case List<?> list when !list.isEmpty() -> {
        boolean first = true;
        for (var item : list) {
          if (!first) {
            out.repeat(' ', indent);
          }
          first = false;
          out.append("- ");
          write(item, indent + 2, out);
        }
      }
      case null, default -> out.append(Json.text(value)).append('\n');
    }
  }

  private static void nested(@Nullable Object value, int indent, StringBuilder out) {
    boolean block =
        value instanceof Map<?, ?> map && !map.isEmpty()
            || value instanceof List<?> list && !list.isEmpty();
    if (!block) {
      out.append(' ').append(Json.text(value)).append('\n');
      return;
    }
    out.append('\n').repeat(' ', indent);
    write(value, indent, out);
  }

  /** Plain where nothing can be mistaken, else quoted. */
  private static String name(String name) {
    return name.matches("[A-Za-z/$][A-Za-z0-9_./$-]*")
            && !name.matches("(?i)y|n|yes|no|on|off|true|false|null")
        ? name
        : Json.text(name);
  }
}
