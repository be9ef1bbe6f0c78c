package io.penstock.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an operator has set, read by the names of environment variables with older names as aliases:
 * the environment itself first, then the settings file. A bad value is remembered as a problem and
 * replaced by its default, so that one run reports every mistake.
 *
 * <p>For one thread, at start.
 */
public final class Environment {

  /** More than any key or list of keys. */
  private static final int SECRET_FILE_BYTES_MAX = 64 << 10;

  private final Map<String, String> variables;
  private final SettingsFile file;
  private final SequencedMap<String, Reading> readings = new LinkedHashMap<>();
  private final SequencedSet<String> asked = new LinkedHashSet<>();

  // What is read twice is wrong once.
  private final SequencedSet<String> problems = new LinkedHashSet<>();
  private final SequencedSet<String> warnings = new LinkedHashSet<>();

  /** A value that was set, and where. */
  private record Given(String text, Origin origin) {}

  /** Variables alone, without a settings file. */
  public Environment(Map<String, String> variables) {
    this(variables, SettingsFile.NONE);
  }

  Environment(Map<String, String> variables, SettingsFile file) {
    this.variables = Map.copyOf(variables);
    this.file = file;
  }

  /**
   * What a process runs with: its variables and its settings file. Variables that do nothing, and
   * those that look like a slip, are warned of.
   *
   * @param named the settings file that the command line names; null for none
   * @param folder where the process runs
   */
  public static Environment of(Map<String, String> variables, @Nullable Path named, Path folder) {
    var file = SettingsFile.find(named, variables, folder);
    var environment = new Environment(variables, file);
    environment.problems.addAll(file.problems());
    environment.warnings.addAll(file.warnings());
    environment.warnings.addAll(Settings.warnings(variables.keySet()));
    return environment;
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

  /** Remembers what is wrong with a variable's value, with the place where it was set. */
  public void problem(String name, String what) {
    var given = given(name).map(Given::origin);
    problems.add(given.map(Origin::prefix).orElse(name + ": ") + what);
  }

  /** Remembers a warning. */
  public void warning(String line) {
    warnings.add(line);
  }

  /** Every name that was asked for, in that order. */
  public List<String> asked() {
    return List.copyOf(asked);
  }

  /** Every setting that was read, in that order. */
  public List<Reading> readings() {
    return List.copyOf(readings.values());
  }

  /** The first of the names that is set to something other than blanks. */
  public Optional<String> text(String... names) {
    var given = given(names);
    note(Reading.TEXT, "", given, names);
    return given.map(Given::text);
  }

  /** The values of a comma-separated list; empty when not set. */
  public List<String> list(String... names) {
    var given = given(names);
    note("a comma-separated list", "", given, names);
    return given.stream()
        .flatMap(value -> Stream.of(value.text.split(",")))
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
        String.valueOf(standard),
        "a whole number " + range(least, most),
        text -> number(text, least, most),
        names);
  }

  private static String range(long least, long most) {
    return most == Integer.MAX_VALUE ? "of at least " + least : "from " + least + " to " + most;
  }

  private static long number(String text, long least, long most) {
    long number = Long.parseLong(text);
    if (number < least || number > most) {
      throw new IllegalArgumentException("out of range");
    }
    return number;
  }

  /** A fraction between two bounds, both allowed. */
  public double fraction(double standard, double least, double most, String... names) {
    return value(
        standard,
        String.valueOf(standard),
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
        String.valueOf(standard),
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
        Stream.of(constants).map(Environment::lowerCase).collect(Collectors.joining(" or "));
    return value(
        standard,
        lowerCase(standard),
        known,
        text -> Enum.valueOf(standard.getDeclaringClass(), text.toUpperCase(Locale.ROOT)),
        names);
  }

  private static String lowerCase(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  public Path path(Path standard, String... names) {
    return path(Optional.of(standard), names).orElse(standard);
  }

  /** The path under the first of the names that is set. */
  public Optional<Path> path(String... names) {
    return path(Optional.empty(), names);
  }

  private Optional<Path> path(Optional<Path> standard, String... names) {
    var shown = standard.map(Path::toString).orElse("");
    return value(standard, shown, "a path", text -> Optional.of(Path.of(text)), names);
  }

  /** A size: digits with an optional {@code k}, {@code m} or {@code g} for powers of 1024. */
  public long bytes(long standard, long least, long most, String... names) {
    return value(
        standard,
        bytes(standard),
        "a size from " + bytes(least) + " to " + bytes(most) + " bytes, such as 512k, 64m or 2g",
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

  /** A size as {@link #bytes(long, long, long, String...)} reads it, as short as it can be. */
  private static String bytes(long size) {
    if (size == 0 || size % (1 << 10) != 0) {
      return String.valueOf(size);
    }
    if (size % (1 << 20) != 0) {
      return (size >> 10) + "k";
    }
    return size % (1 << 30) == 0 ? (size >> 30) + "g" : (size >> 20) + "m";
  }

  /** A duration given in whole units: {@code unit} says of what. */
  public Duration duration(Duration standard, Duration unit, String... names) {
    long units = standard.dividedBy(unit);
    long most = Long.MAX_VALUE / unit.toMillis() / 2;
    return value(
        unit.multipliedBy(units),
        String.valueOf(units),
        "a whole number of " + unitName(unit),
        text -> unit.multipliedBy(number(text, 0, most)),
        names);
  }

  private static String unitName(Duration unit) {
    if (unit.equals(Duration.ofDays(1))) {
      return "days";
    }
    if (unit.equals(Duration.ofHours(1))) {
      return "hours";
    }
    if (unit.equals(Duration.ofMinutes(1))) {
      return "minutes";
    }
    return unit.equals(Duration.ofSeconds(1)) ? "seconds" : "times " + unit;
  }

  private <T> T value(
      T standard, String shown, String expected, Function<String, T> parse, String... names) {
    var given = given(names);
    note(expected, shown, given, names);
    if (given.isEmpty()) {
      return standard;
    }
    var text = given.get().text;
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException | ArithmeticException e) {
      problems.add(given.get().origin.prefix() + "expected " + expected + ", not '" + text + "'");
      return standard;
    }
  }

  /** Remembers what was read; the reader that expects the most says what a value must be. */
  private void note(String expected, String standard, Optional<Given> given, String... names) {
    asked.addAll(List.of(names));
    var before = readings.get(names[0]);
    if (before != null && expected.equals(Reading.TEXT)) {
      return;
    }
    var value = given.map(Given::text).orElse(standard);
    var origin = given.map(Given::origin).orElseGet(Origin.Standard::new);
    readings.put(names[0], new Reading(List.of(names), expected, standard, value, origin));
  }

  /** What is set under the first of the names: in the environment, else in the file. */
  private Optional<Given> given(String... names) {
    for (var name : names) {
      var value = variable(name);
      if (value.isPresent()) {
        return value;
      }
    }
    for (var name : names) {
      var value = line(name);
      if (value.isPresent()) {
        return value;
      }
    }
    return Optional.empty();
  }

  private Optional<Given> variable(String name) {
    var value = nonBlank(name);
    var secretFile =
        isSecret(name) ? nonBlank(name + Settings.FILE_SUFFIX) : Optional.<String>empty();
    if (value.isPresent() && secretFile.isPresent()) {
      problems.add(name + ": is set, and so is " + name + Settings.FILE_SUFFIX + ": use one");
    }
    if (value.isPresent() || secretFile.isEmpty()) {
      return value.map(text -> new Given(text, new Origin.Variable(name)));
    }
    return secret(secretFile.get(), new Origin.Variable(name + Settings.FILE_SUFFIX));
  }

  private Optional<String> nonBlank(String name) {
    return Optional.ofNullable(variables.get(name))
        .map(String::strip)
        .filter(value -> !value.isEmpty());
  }

  private Optional<Given> line(String name) {
    var value = file.value(name);
    if (value.isPresent() || !isSecret(name)) {
      return value.map(line -> new Given(line.text(), line.origin()));
    }
    return file.value(name + Settings.FILE_SUFFIX)
        .flatMap(line -> secret(line.text(), line.origin()));
  }

  private static boolean isSecret(String name) {
    return Settings.of(name).filter(Setting::isSecret).isPresent();
  }

  /** The content of a file that holds nothing but a secret. */
  private Optional<Given> secret(String path, Origin origin) {
    try {
      var file = Path.of(path);
      if (Files.size(file) > SECRET_FILE_BYTES_MAX) {
        problems.add(origin.prefix() + path + " is too large for a secret");
        return Optional.empty();
      }
      var text = Files.readString(file).strip();
      if (text.isEmpty()) {
        problems.add(origin.prefix() + path + " is empty");
        return Optional.empty();
      }
      return Optional.of(new Given(text, origin));
    } catch (IOException | InvalidPathException e) {
      problems.add(
          origin.prefix() + "cannot read " + path + " (" + e.getClass().getSimpleName() + ")");
      return Optional.empty();
    }
  }
}
