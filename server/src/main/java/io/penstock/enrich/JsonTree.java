package io.penstock.enrich;

import io.avaje.json.JsonReader;
import io.avaje.json.stream.JsonStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Threat lists in JSON as lists, maps and texts; numbers and booleans come as text. No deeper than
 * a list needs to be.
 */
final class JsonTree {

  private static final int DEPTH_MAX = 16;
  private static final JsonStream JSON = JsonStream.builder().build();

  private JsonTree() {}

  static @Nullable Object parse(String text) throws BadTableException {
    try (var reader = JSON.reader(text)) {
      return value(reader, 0);
    } catch (RuntimeException e) {
      throw new BadTableException("not JSON: " + e.getMessage(), e);
    }
  }

  static @Nullable Object parse(InputStream in) throws IOException {
    try (var reader = JSON.reader(in)) {
      return value(reader, 0);
    } catch (RuntimeException e) {
      throw new BadTableException("not JSON: " + e.getMessage(), e);
    }
  }

  private static @Nullable Object value(JsonReader reader, int depth) {
    if (depth > DEPTH_MAX) {
      throw new IllegalStateException("nested deeper than " + DEPTH_MAX);
    }
    return switch (reader.currentToken()) {
      case BEGIN_ARRAY -> array(reader, depth);
      case BEGIN_OBJECT -> object(reader, depth);
      case STRING -> reader.readString();
      case NUMBER -> reader.readDecimal().toPlainString();
      case BOOLEAN -> Boolean.toString(reader.readBoolean());
      case NULL -> {
        reader.isNullValue();
        yield null;
      }
    };
  }

  private static List<@Nullable Object> array(JsonReader reader, int depth) {
    var elements = new ArrayList<@Nullable Object>();
    reader.beginArray();
    while (reader.hasNextElement()) {
      elements.add(value(reader, depth + 1));
    }
    reader.endArray();
    return elements;
  }

  private static Map<String, @Nullable Object> object(JsonReader reader, int depth) {
    var members = new LinkedHashMap<String, @Nullable Object>();
    reader.beginObject();
    while (reader.hasNextField()) {
      var name = reader.nextField();
      members.put(name, value(reader, depth + 1));
    }
    reader.endObject();
    return members;
  }
}
