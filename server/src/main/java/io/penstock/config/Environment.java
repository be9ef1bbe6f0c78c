package io.penstock.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The environment variables, read by name with older names as aliases. A bad value is remembered as
 * a problem and replaced by its default, so that one run reports every mistake.
 *
 * <p>For one thread, at start.
 */
public final class Environment {

  private final Map<String, String> variables;
  private final SequencedSet<String> asked = new LinkedHashSet<>();
  private final List<String> problems = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  public Environment(Map<String, String> variables) {
    this.variables = Map.copyOf(variables);
  }

  /** What is wrong with the values read so far, a line each; empty when all is well. */
  public List<String> problems() {
    return List.copyOf(problems);
  }

  /** What an operator should know although it works. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** Remembers a problem that a reader of several values found. */
  public void problem(String line) {
    problems.add(line);
  }

  /** Remembers a warning. */
  public void warning(String line) {
    warnings.add(line);
  }

  /** Every name that was asked for, in that order: what the reference page must list. */
  public List<String> asked() {
    return List.copyOf(asked);
  }

  /** The first of the names that is set to something other than blanks. */
  public Optional<String> text(String... names) {
    asked.addAll(List.of(names));
    return Stream.of(names)
        .map(variables::get)
        .filter(value -> value != null && !value.isBlank())
        .map(String::strip)
        .findFirst();
  }

  /** The values of a comma-separated list; empty when not set. */
  public List<String> list(String... names) {
    return text(names).stream()
        .flatMap(value -> Stream.of(value.split(",")))
        .map(String::strip)
        .filter(value -> !value.isEmpty())
        .toList();
  }

  /** A UDP or TCP port, 0 to 65535; 0 lets the system choose. */
  public int port(int standard, String... names) {
    return (int) number(standard, 0, 65535, names);
  }

  /** A whole number between two bounds, both allowed. */
  public long number(long standard, long least, long most, String... names) {
    return value(
        standard,
        "a whole number from " + least + " to " + most,
        text -> {
          long number = Long.parseLong(text);
          if (number < least || number > most) {
            throw new IllegalArgumentException("out of range");
          }
          return number;
        },
        names);
  }

  /** A fraction between two bounds, both allowed. */
  public double fraction(double standard, double least, double most, String... names) {
    return value(
        standard,
        "a number from " + least + " to " + most,
        text -> {
          double number = Double.parseDouble(text);
          if (!(number >= least && number <= most)) {
            throw new IllegalArgumentException("out of range");
          }
          return number;
        },
        names);
  }

  /** {@code true} or {@code false}, also {@code 1/0}, {@code yes/no}, {@code on/off}. */
  public boolean flag(boolean standard, String... names) {
    return value(
        standard,
        "true or false",
        text ->
            switch (text.toLowerCase(Locale.ROOT)) {
              case "true", "1", "yes", "on" -> true;
              case "false", "0", "no", "off" -> false;
              default -> throw new IllegalArgumentException("neither");
            },
        names);
  }

  /** One of the constants of an enum, by name in any case. */
  public <E extends Enum<E>> E choice(E standard, String... names) {
    var constants = standard.getDeclaringClass().getEnumConstants();
    var known =
        Stream.of(constants)
            .map(constant -> constant.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(" or "));
    return value(
        standard,
        known,
        text -> Enum.valueOf(standard.getDeclaringClass(), text.toUpperCase(Locale.ROOT)),
        names);
  }

  public Path path(Path standard, String... names) {
    return path(names).orElse(standard);
  }

  /** The path under the first of the names that is set. */
  public Optional<Path> path(String... names) {
    return value(Optional.<Path>empty(), "a path", text -> Optional.of(Path.of(text)), names);
  }

  /** A size: digits with an optional {@code k}, {@code m} or {@code g} for powers of 1024. */
  public long bytes(long standard, long least, long most, String... names) {
    return value(
        standard,
        "a size from " + least + " to " + most + " bytes, such as 512k, 64m or 2g",
        text -> {
          long size = parseBytes(text);
          if (size < least || size > most) {
            throw new IllegalArgumentException("out of range");
          }
          return size;
        },
        names);
  }

  private static long parseBytes(String text) {
    int shift =
        switch (text.toLowerCase(Locale.ROOT).charAt(text.length() - 1)) {
          case 'k' -> 10;
          case 'm' -> 20;
          case 'g' -> 30;
          default -> 0;
        };
    long number = Long.parseLong(shift == 0 ? text : text.substring(0, text.length() - 1));
    return Math.multiplyExact(number, 1L << shift);
  }

  /** A duration given in whole units: {@code unit} says of what. */
  public Duration duration(Duration standard, Duration unit, String... names) {
    long units = standard.dividedBy(unit);
    return unit.multipliedBy(number(units, 0, Long.MAX_VALUE / unit.toMillis() / 2, names));
  }

  private <T> T value(T standard, String expected, Function<String, T> parse, String... names) {
    var text = text(names);
    if (text.isEmpty()) {
      return standard;
    }
    try {
      return parse.apply(text.get());
    } catch (IllegalArgumentException | ArithmeticException e) {
      problems.add(name(names) + ": expected " + expected + ", not '" + text.get() + "'");
      return standard;
    }
  }

  /** The name under which a value was given. */
  private String name(String... names) {
    return Stream.of(names)
        .filter(name -> variables.containsKey(name) && !variables.get(name).isBlank())
        .findFirst()
        .orElse(names[0]);
  }
}
