package io.penstock.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The settings of {@code penstock.yaml}. A setting is written under its structured name, nested or
 * with dots ({@code http.port}), or flat, as its environment variable is called.
 */
public final class SettingsFile {

  /** The file that is read when none is named. */
  public static final String STANDARD_NAME = "penstock.yaml";

  /** The variable that names one. */
  public static final String VARIABLE = "PENSTOCK_CONFIG";

  /** No file. */
  public static final SettingsFile NONE = new SettingsFile(Map.of(), List.of(), List.of());

  /** Many times the size of a file with every setting. */
  private static final int BYTES_MAX = 1 << 20;

  /**
   * A value of the file.
   *
   * @param text the value; the items of a list are joined by commas
   * @param origin where it stands
   */
  record Value(String text, Origin.Line origin) {}

  private final Map<String, Value> values;
  private final List<String> problems;
  private final List<String> warnings;

  /**
   * @param values by the name of an environment variable
   */
  SettingsFile(Map<String, Value> values, List<String> problems, List<String> warnings) {
    this.values = new LinkedHashMap<>(values);
    this.problems = List.copyOf(problems);
    this.warnings = List.copyOf(warnings);
  }

  /**
   * The file that the command line names, else the one of {@code PENSTOCK_CONFIG}, else {@code
   * penstock.yaml} in the folder, when it is there.
   *
   * @param named by the command line; null for none
   * @param folder where the process runs
   */
  public static SettingsFile find(
      @Nullable Path named, Map<String, String> variables, Path folder) {
    var variable = variables.getOrDefault(VARIABLE, "").strip();
    if (named != null) {
      return read(named);
    }
    if (!variable.isEmpty()) {
      return read(Path.of(variable));
    }
    var standard = folder.resolve(STANDARD_NAME);
    return Files.exists(standard) ? read(standard) : NONE;
  }

  private static SettingsFile read(Path file) {
    var name = String.valueOf(file.getFileName());
    try {
      if (Files.size(file) > BYTES_MAX) {
        return unreadable(file + ": larger than " + BYTES_MAX + " bytes");
      }
      return SettingsReader.read(name, Files.readString(file));
    } catch (NoSuchFileException _) {
      return unreadable(file + ": there is no such file");
    } catch (CharacterCodingException _) {
      return unreadable(file + ": not UTF-8");
    } catch (IOException e) {
      return unreadable(file + ": cannot be read: " + e.getMessage());
    }
  }

  private static SettingsFile unreadable(String problem) {
    return new SettingsFile(Map.of(), List.of(problem), List.of());
  }

  /** The value of a setting that the file gives under this variable's name. */
  Optional<Value> value(String name) {
    return Optional.ofNullable(values.get(name));
  }

  List<String> problems() {
    return problems;
  }

  List<String> warnings() {
    return warnings;
  }
}
