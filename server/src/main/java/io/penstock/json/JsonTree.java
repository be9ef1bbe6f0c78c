package io.penstock.json;

import io.avaje.json.JsonReader;
import io.avaje.json.stream.JsonStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a small JSON text whole: objects as {@link Map} in their order, arrays as {@link List},
 * whole numbers that fit as {@link Long}, other numbers as {@link BigDecimal}, and {@link String},
 * {@link Boolean} and null.
 */
public final class JsonTree {

  private static final int DEPTH_MAX = 16;
  private static final JsonStream JSON = JsonStream.builder().build();

  private JsonTree() {}

  public static @Nullable Object parse(String text) throws MalformedJsonException {
    try (var reader = JSON.reader(text)) {
      return value(reader, DEPTH_MAX);
    } catch (RuntimeException e) {
      throw malformed(e);
    }
  }

  /** Reads UTF-8. */
  public static @Nullable Object parse(byte[] text) throws MalformedJsonException {
    return parse(text, DEPTH_MAX);
  }

  /**
   * Reads UTF-8.
   *
   * @param depthMax how deep arrays and objects may be nested; the reader's own stack grows with it
   */
  public static @Nullable Object parse(byte[] text, int depthMax) throws MalformedJsonException {
    try (var reader = JSON.reader(text)) {
      return value(reader, depthMax);
    } catch (RuntimeException e) {
      throw malformed(e);
    }
  }

  private static MalformedJsonException malformed(RuntimeException e) {
    return new MalformedJsonException(
        String.valueOf(e.getMessage()).lines().findFirst().orElse("not JSON"), e);
  }

  /**
   * @param depth how much deeper it may go
   */
  private static @Nullable Object value(JsonReader reader, int depth) {
    if (depth < 0) {
      throw new IllegalStateException("nested too deep");
    }
    return switch (reader.currentToken()) {
      case BEGIN_ARRAY -> array(reader, depth);
      case BEGIN_OBJECT -> object(reader, depth);
      case STRING -> reader.readString();
      case NUMBER -> number(reader.readDecimal());
      case BOOLEAN -> reader.readBoolean();
      case NULL -> {
        reader.isNullValue();
        yield null;
      }
    };
  }

  private static Object number(BigDecimal number) {
    // Scale first: 1e999999999 has no digits to speak of until it is written out.
    if (number.scale() == 0 && number.precision() <= 18) {
      return number.longValue();
    }
    return number;
  }

  private static List<@Nullable Object> array(JsonReader reader, int depth) {
    var elements = new ArrayList<@Nullable Object>();
    reader.beginArray();
    while (reader.hasNextElement()) {
      elements.add(value(reader, depth - 1));
    }
    reader.endArray();
    return elements;
  }

  private static Map<String, @Nullable Object> object(JsonReader reader, int depth) {
    var members = new LinkedHashMap<String, @Nullable Object>();
    reader.beginObject();
    while (reader.hasNextField()) {
      var name = reader.nextField();
      members.put(name, value(reader, depth - 1));
    }
    reader.endObject();
    return members;
  }
}
