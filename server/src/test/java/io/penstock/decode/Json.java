package io.penstock.decode;

import io.avaje.jsonb.Jsonb;
import java.util.List;
import java.util.Map;

/** Reads the oracles' JSON without a class for every shape. */
final class Json {

  private static final Jsonb JSON = Jsonb.builder().build();

  private Json() {}

  static Object parse(String text) {
    return JSON.type(Object.class).fromJson(text);
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> object(Object json) {
    return (Map<String, Object>) json;
  }

  static List<Map<String, Object>> objects(Object json) {
    return ((List<?>) json).stream().map(Json::object).toList();
  }

  /** A member that must be there. */
  static Object member(Map<String, Object> object, String name) {
    var value = object.get(name);
    if (value == null) {
      throw new AssertionError("no member " + name + " in " + object);
    }
    return value;
  }

  static List<Integer> numbers(Object json) {
    return ((List<?>) json).stream().map(Json::number).toList();
  }

  static int number(Object json) {
    return ((Number) json).intValue();
  }
}
