package io.penstock.profile;

import io.penstock.profile.Field.Where;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a profile, ready to be asked: an entry without a star wins, then the first with
 * stars that matches, in the order of the file.
 */
final class Meanings {

  private final Map<Where, Map<String, FieldMeaning>> exact = new EnumMap<>(Where.class);
  private final Map<Where, List<FieldMeaning>> patterns = new EnumMap<>(Where.class);

  Meanings(List<FieldMeaning> fields) {
    for (var where : Where.values()) {
      exact.put(where, new HashMap<>());
      patterns.put(where, new ArrayList<>());
    }
    for (var meaning : fields) {
      var field = meaning.field();
      if (field.text().indexOf('*') < 0) {
        of(exact, field.where()).putIfAbsent(field.path(), meaning);
      } else {
        of(patterns, field.where()).add(meaning);
      }
    }
  }

  private static <T> T of(Map<Where, T> map, Where where) {
    var value = map.get(where);
    if (value == null) {
      throw new IllegalStateException("every part has an entry");
    }
    return value;
  }

  @Nullable FieldMeaning of(Field field) {
    var known = of(exact, field.where()).get(field.path());
    if (known != null) {
      return known;
    }
    for (var meaning : of(patterns, field.where())) {
      if (meaning.field().matches(field)) {
        return meaning;
      }
    }
    return null;
  }
}
