package io.penstock.json;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Prints maps, lists, strings, numbers and booleans as JSON (RFC 8259). For answers of a few
 * kilobytes; what is printed per event has its own encoder.
 */
public final class Json {

  private Json() {}

  /** UTF-8 of {@link #text}. */
  public static byte[] bytes(@Nullable Object value) {
    return text(value).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * The JSON text of a value. NaN and the infinities become null, since JSON has no word for them.
   *
   * @throws IllegalArgumentException on any other type: a bug of ours
   */
  public static String text(@Nullable Object value) {
    var out = new StringBuilder(256);
    write(value, out);
    return out.toString();
  }

  /** Text that is JSON already and is printed as it stands. */
  public record Raw(String json) {}

  private static void write(@Nullable Object value, StringBuilder out) {
    switch (value) {
      case null -> out.append("null");
      case CharSequence text -> quote(text, out);
      case Double number -> writeDouble(number, out);
      case Float number -> writeDouble(number.doubleValue(), out);
      case Number number -> out.append(number);
      case Boolean truth -> out.append(truth.booleanValue());
      case Raw raw -> out.append(raw.json);
      case Map<?, ?> map -> writeObject(map, out);
      case Iterable<?> items -> writeArray(items, out);
      case double[] numbers -> {
        out.append('[');
        for (int i = 0; i < numbers.length; i++) {
          if (i > 0) {
            out.append(',');
          }
          writeDouble(numbers[i], out);
        }
        out.append(']');
      }
      case Enum<?> word -> quote(word.name(), out);
      default -> throw new IllegalArgumentException("cannot print as JSON: " + value.getClass());
    }
  }

  private static void writeDouble(double number, StringBuilder out) {
    if (!Double.isFinite(number)) {
      out.append("null");
    } else if (number == Math.rint(number) && Math.abs(number) < 1e15) {
      out.append((long) number).append(".0");
    } else {
      out.append(number);
    }
  }

  private static void writeObject(Map<?, ?> map, StringBuilder out) {
    out.append('{');
    boolean first = true;
    for (var entry : map.entrySet()) {
      if (!first) {
        out.append(',');
      }
      first = false;
      quote(String.valueOf(entry.getKey()), out);
      out.append(':');
      write(entry.getValue(), out);
    }
    out.append('}');
  }

  private static void writeArray(Iterable<?> items, StringBuilder out) {
    out.append('[');
    boolean first = true;
    for (var item : items) {
      if (!first) {
        out.append(',');
      }
      first = false;
      write(item, out);
    }
    out.append(']');
  }

  private static void quote(CharSequence text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20 || c == 0x7f) {
            out.append("\\u00").append(Character.forDigit(c >> 4, 16));
            out.append(Character.forDigit(c & 15, 16));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** A map that keeps the order of its members: name, value, name, value... */
  public static Map<String, @Nullable Object> object(@Nullable Object... namesAndValues) {
    var map = new LinkedHashMap<String, @Nullable Object>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put((String) Objects.requireNonNull(namesAndValues[i]), namesAndValues[i + 1]);
    }
    return map;
  }
}
