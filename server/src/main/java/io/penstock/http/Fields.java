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

  private final Map<String, @Nullable Object> members;

  Fields(Map<String, @Nullable Object> members) {
    this.members = members;
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
