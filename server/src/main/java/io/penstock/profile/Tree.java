package io.penstock.profile;

import io.penstock.json.Json;
import io.penstock.profile.Field.Where;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one body may become: counts the values and characters of the tree that a decoder builds, and
 * collects its notes. A decoder asks before each value and stops when there is no more room, so a
 * tree is small whatever was sent. A tree consists of maps, lists, texts, numbers, {@link Json.Raw}
 * for numbers as they were written, booleans and null.
 */
final class Tree {

  /** Of the values of one body; the largest known report has 2,000. */
  static final int VALUES_MAX = 5_000;

  /** More than any known report needs; what recurses, recurses no deeper. */
  static final int DEPTH_MAX = 40;

  /** Of one value as a field. */
  static final int TEXT_MAX = 4_096;

  /** Of one value in the tree; values in base64 are read from it. */
  static final int KEPT_MAX = 1 << 18;

  /** Of all names and values together. */
  private static final int CHARACTERS_MAX = 2 << 20;

  private static final int NAME_MAX = 200;
  private static final int NOTES_MAX = 40;

  private int values;
  private int characters;
  private final Set<String> notes = new LinkedHashSet<>();

  /** Counts a value; false when there is no room for it, which is noted. */
  boolean hasRoom() {
    if (values >= VALUES_MAX) {
      note("stopped at " + VALUES_MAX + " values");
      return false;
    }
    if (characters >= CHARACTERS_MAX) {
      note("stopped at " + CHARACTERS_MAX + " characters");
      return false;
    }
    values++;
    return true;
  }

  /** A value as it is kept: shortened when it is long, which is noted. */
  String text(String text) {
    var kept = text;
    if (text.length() > KEPT_MAX) {
      note("a value of " + text.length() + " characters was shortened");
      kept = text.substring(0, KEPT_MAX);
    }
    characters += kept.length();
    return kept;
  }

  String name(String name) {
    var kept = name.length() > NAME_MAX ? name.substring(0, NAME_MAX) : name;
    characters += kept.length();
    return kept;
  }

  void note(String note) {
    if (notes.size() < NOTES_MAX) {
      notes.add(note);
    }
  }

  List<String> notes() {
    return List.copyOf(notes);
  }

  /** Adds a member; one that comes again is kept beside the first, since both were sent. */
  void put(Map<String, @Nullable Object> members, String name, @Nullable Object value) {
    if (!members.containsKey(name)) {
      members.put(name, value);
      return;
    }
    note("'" + name + "' comes more than once");
    for (int i = 2; i < 10; i++) {
      if (!members.containsKey(name + "#" + i)) {
        members.put(name + "#" + i, value);
        return;
      }
    }
  }

  /** The values of a tree, in their order, with those that are wrapped in base64. */
  List<Field> fields(@Nullable Object root, List<FieldPattern> base64) {
    var fields = new ArrayList<Field>();
    new Walk(fields, base64).of(root, "", "", 0);
    return fields;
  }

  /** Adds a parameter, header or segment of the path, with what is wrapped in it. */
  void addFields(
      List<Field> to, Where where, String name, String value, List<FieldPattern> base64) {
    new Walk(to, base64).leaf(where, name, name, value, FieldType.of(value), 0);
  }

  private final class Walk {

    private final List<Field> fields;
    private final List<FieldPattern> base64;

    /** Of all paths together, which grow with the depth as well as with the number. */
    private int pathCharacters;

    Walk(List<Field> fields, List<FieldPattern> base64) {
      this.fields = fields;
      this.base64 = base64;
    }

    void of(@Nullable Object value, String path, String shape, int depth) {
      of(Where.BODY, value, path, shape, depth);
    }

    private void of(Where where, @Nullable Object value, String path, String shape, int depth) {
      switch (value) {
        case null -> leaf(where, path, shape, "", FieldType.NULL, depth);
        case Map<?, ?> members ->
            members.forEach(
                (name, member) -> {
                  var segment = "/" + escaped(String.valueOf(name));
                  of(where, member, path + segment, shape + segment, depth + 1);
                });
        case List<?> items -> {
          for (int i = 0; i < items.size(); i++) {
            of(where, items.get(i), path + "/" + i, shape + "/*", depth + 1);
          }
        }
        case Boolean truth -> leaf(where, path, shape, truth.toString(), FieldType.TRUTH, depth);
        case Json.Raw number -> leaf(where, path, shape, number.json(), ofNumber(number), depth);
        case Long number -> leaf(where, path, shape, number.toString(), FieldType.INTEGER, depth);
        case Number number -> leaf(where, path, shape, number.toString(), FieldType.DECIMAL, depth);
        default -> leaf(where, path, shape, value.toString(), FieldType.TEXT, depth);
      }
    }

    void leaf(Where where, String path, String shape, String value, FieldType type, int depth) {
      pathCharacters += path.length();
      if (fields.size() >= VALUES_MAX || pathCharacters > CHARACTERS_MAX) {
        note("stopped at " + fields.size() + " fields");
        return;
      }
      boolean isLong = value.length() > TEXT_MAX;
      var field =
          new Field(where, path, shape, isLong ? value.substring(0, TEXT_MAX) : value, type);
      fields.add(field);
      for (var pattern : base64) {
        if (pattern.matches(field)) {
          wrapped(field, value, depth);
          return;
        }
      }
      if (isLong) {
        note(path + ": shown up to " + TEXT_MAX + " of " + value.length() + " characters");
        Base64Text.describe(value).ifPresent(what -> note(path + ": " + what));
      }
    }

    /** Follows what is wrapped, once: a wrapped value is not looked into again. */
    private void wrapped(Field field, String value, int depth) {
      if (depth >= DEPTH_MAX) {
        return;
      }
      var inner = Base64Text.read(value, Tree.this);
      if (inner == null) {
        note(field.path() + ": is not base64");
        return;
      }
      new Walk(fields, List.of())
          .of(
              field.where(),
              inner,
              field.path() + "/(base64)",
              field.shape() + "/(base64)",
              depth + 1);
    }

    private static String escaped(String name) {
      return name.indexOf('~') < 0 && name.indexOf('/') < 0
          ? name
          : name.replace("~", "~0").replace("/", "~1");
    }

    private static FieldType ofNumber(Json.Raw number) {
      return number.json().chars().allMatch(c -> c == '-' || c >= '0' && c <= '9')
          ? FieldType.INTEGER
          : FieldType.DECIMAL;
    }
  }
}
