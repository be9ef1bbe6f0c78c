package io.penstock.http;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members of a JSON object that a client posted, by type. What is not as it should be is a 422
 * that names the member. A member that is null counts as not sent.
 */
public final class Fields {

  static final String NO_TEXT = "Input should have no NUL and no unpaired surrogates";

  private final Map<String, @Nullable Object> members;

  Fields(Map<String, @Nullable Object> members) {
    this.members = members;
  }

  /**
   * The members as they came, none of which may hold what is no text to databases and terminals:
   * NUL, which PostgreSQL cannot keep, and unpaired surrogates, which no UTF-8 can say.
   *
   * @throws Refusal with a 422 for the first that does
   */
  static Fields of(Map<String, @Nullable Object> members) {
    var fields = new Fields(members);
    members.forEach(
        (name, value) -> {
          if (!isText(name) || !isText(value)) {
            throw fields.invalid(name, NO_TEXT);
          }
        });
    return fields;
  }

  /** Whether all texts within are such. The depth is that which {@code JsonTree} allows. */
  static boolean isText(@Nullable Object value) {
    return switch (value) {
      case String text -> isText(text);
      case List<?> items -> items.stream().allMatch(Fields::isText);
      case Map<?, ?> map ->
          map.entrySet().stream()
              .allMatch(entry -> isText(entry.getKey()) && isText(entry.getValue()));
      case null, default -> true;
    };
  }

  private static boolean isText(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        return false;
      }
      if (Character.isSurrogate(c)) {
        if (i + 1 == text.length() || !Character.isSurrogatePair(c, text.charAt(i + 1))) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  /** The members that were sent, null or not. */
  public Set<String> names() {
    return members.keySet();
  }

  /** The member as {@link io.penstock.json.JsonTree} reads it. */
  public @Nullable Object raw(String name) {
    return members.get(name);
  }

  public Optional<String> text(String name) {
    return switch (members.get(name)) {
      case null -> Optional.empty();
      case String text -> Optional.of(text);
      case Object _ -> throw invalid(name, "Input should be a valid string");
    };
  }

  /** A text of at least one character and at most so many. */
  public Optional<String> text(String name, int lengthMax) {
    var text = text(name).map(String::strip);
    if (text.isPresent() && (text.get().isEmpty() || text.get().length() > lengthMax)) {
      throw invalid(name, "String should have from 1 to " + lengthMax + " characters");
    }
    return text;
  }

  /** The same, and it must be there. */
  public String requiredText(String name, int lengthMax) {
    return text(name, lengthMax).orElseThrow(() -> invalid(name, "Field required"));
  }

  /** A whole number between two bounds, both allowed. */
  public OptionalLong number(String name, long min, long max) {
    return switch (members.get(name)) {
      case null -> OptionalLong.empty();
      case Long number when number >= min && number <= max -> OptionalLong.of(number);
      case Object _ ->
          throw invalid(name, "Input should be a whole number from " + min + " to " + max);
    };
  }

  public Optional<Boolean> flag(String name) {
    return switch (members.get(name)) {
      case null -> Optional.empty();
      case Boolean flag -> Optional.of(flag);
      case Object _ -> throw invalid(name, "Input should be a valid boolean");
    };
  }

  public Optional<List<String>> texts(String name) {
    return switch (members.get(name)) {
      case null -> Optional.empty();
      case List<?> items -> Optional.of(items.stream().map(item -> text(name, item)).toList());
      case Object _ -> throw invalid(name, "Input should be a valid list of strings");
    };
  }

  private String text(String name, @Nullable Object item) {
    if (item instanceof String text) {
      return text;
    }
    throw invalid(name, "Input should be a valid list of strings");
  }

  /** A nested object; empty fields when it was not sent. */
  public Optional<Fields> object(String name) {
    return switch (members.get(name)) {
      case null -> Optional.empty();
      case Map<?, ?> map -> Optional.of(new Fields(named(map)));
      case Object _ -> throw invalid(name, "Input should be a valid object");
    };
  }

  @SuppressWarnings("unchecked") // JsonTree makes objects with texts as names only.
  static Map<String, @Nullable Object> named(Map<?, ?> map) {
    return (Map<String, @Nullable Object>) map;
  }

  /** The 422 for a member. */
  public Refusal invalid(String name, String message) {
    return Refusal.invalidField(name, message, members.get(name));
  }
}
