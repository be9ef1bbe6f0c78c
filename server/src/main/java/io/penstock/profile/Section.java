package io.penstock.profile;

import io.penstock.config.NearMiss;
import io.penstock.profile.Yaml.Items;
import io.penstock.profile.Yaml.Members;
import io.penstock.profile.Yaml.Scalar;
import io.penstock.profile.Yaml.Value;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A mapping of a profile file while it is read: hands out its members by name, notes a problem for
 * what is missing or is not what it should be, and at the end for what nobody asked for.
 */
final class Section {

  private final String file;
  private final Members mapping;
  private final Consumer<Problem> problems;
  private final Set<String> asked = new TreeSet<>();

  private Section(String file, Members mapping, Consumer<Problem> problems) {
    this.file = file;
    this.mapping = mapping;
    this.problems = problems;
  }

  /** The value as a section; null, with a problem noted, when it is no mapping. */
  static @Nullable Section of(String file, Value value, Consumer<Problem> problems) {
    if (value instanceof Members members) {
      return new Section(file, members, problems);
    }
    problems.accept(new Problem(file, value.line(), value.column(), "expected a mapping"));
    return null;
  }

  void problem(@Nullable Value at, String what) {
    var place = at == null ? mapping : at;
    problems.accept(new Problem(file, place.line(), place.column(), what));
  }

  private @Nullable Value member(String key) {
    asked.add(key);
    return mapping.members().get(key);
  }

  @Nullable Scalar scalar(String key) {
    var value = member(key);
    if (value == null || value instanceof Scalar) {
      return (Scalar) value;
    }
    problem(value, "expected a text for '" + key + "'");
    return null;
  }

  /** The text; empty, with a problem noted, when it is missing or empty. */
  String required(String key) {
    var scalar = scalar(key);
    if (scalar == null || scalar.text().isBlank()) {
      problem(scalar, "expected a text for '" + key + "', which is not there");
      return "";
    }
    return scalar.text().strip();
  }

  String text(String key, String otherwise) {
    var scalar = scalar(key);
    return scalar == null ? otherwise : scalar.text().strip();
  }

  @Nullable String optional(String key) {
    var scalar = scalar(key);
    return scalar == null ? null : scalar.text().strip();
  }

  <E extends Enum<E>> E word(String key, Class<E> type, E otherwise) {
    var scalar = scalar(key);
    if (scalar == null) {
      return otherwise;
    }
    var text = scalar.text();
    for (var constant : type.getEnumConstants()) {
      if (written(constant).equals(text)) {
        return constant;
      }
    }
    var words =
        Arrays.stream(type.getEnumConstants())
            .map(Section::written)
            .collect(Collectors.joining(", "));
    problem(scalar, "expected one of " + words + ", not '" + text + "'");
    return otherwise;
  }

  static String written(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  int number(String key, int otherwise, int least, int most) {
    var scalar = scalar(key);
    return scalar == null ? otherwise : number(scalar, otherwise, least, most);
  }

  private int number(Scalar scalar, int otherwise, int least, int most) {
    try {
      int number = Integer.parseInt(scalar.text());
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below, with the range.
    }
    problem(
        scalar,
        "expected a number from " + least + " to " + most + ", not '" + scalar.text() + "'");
    return otherwise;
  }

  Set<Integer> numbers(String key, int least, int most) {
    return scalars(key).stream()
        .map(scalar -> number(scalar, least, least, most))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The elements; a text alone stands for a list of one. */
  private List<Value> values(String key) {
    return switch (member(key)) {
      case null -> List.of();
      case Items items -> items.items();
      case Value one -> List.of(one);
    };
  }

  private List<Scalar> scalars(String key) {
    return values(key).stream()
        .map(
            value -> {
              if (value instanceof Scalar scalar) {
                return scalar;
              }
              problem(value, "expected texts for '" + key + "'");
              return null;
            })
        .filter(Objects::nonNull)
        .toList();
  }

  List<String> texts(String key) {
    return scalars(key).stream().map(Scalar::text).toList();
  }

  /** The elements as {@code read} understands them; a problem for each that it does not. */
  <T> List<T> list(String key, String expected, Function<String, Optional<T>> read) {
    return scalars(key).stream()
        .map(
            scalar -> {
              var value = read.apply(scalar.text());
              if (value.isEmpty()) {
                problem(scalar, "expected " + expected + ", not '" + scalar.text() + "'");
              }
              return value;
            })
        .flatMap(Optional::stream)
        .toList();
  }

  /** The members of a mapping of texts, in their order. */
  Map<String, String> map(String key) {
    var map = new LinkedHashMap<String, String>();
    var value = member(key);
    if (value == null) {
      return map;
    }
    var section = of(file, value, problems);
    if (section != null) {
      for (var name : section.mapping.members().keySet()) {
        map.put(name, section.text(name, ""));
      }
    }
    return map;
  }

  List<Section> sections(String key) {
    return values(key).stream()
        .map(value -> of(file, value, problems))
        .filter(Objects::nonNull)
        .toList();
  }

  @Nullable Section section(String key) {
    var value = member(key);
    return value == null ? null : of(file, value, problems);
  }

  boolean has(String key) {
    return mapping.members().containsKey(key);
  }

  /** Notes a problem for each member that nobody asked for. */
  void end() {
    mapping
        .members()
        .forEach(
            (name, value) -> {
              if (!asked.contains(name)) {
                problem(
                    value,
                    "unknown key '"
                        + name
                        + "'"
                        + NearMiss.of(name, asked)
                            .map(known -> ": did you mean '" + known + "'?")
                            .orElse(""));
              }
            });
  }
}
