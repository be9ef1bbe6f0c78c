package io.penstock;

import io.penstock.config.Environment;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * The option of every command that reads settings as a server does. A command with commands below
 * it shares it with them: {@code penstock keys --config FILE list} and {@code penstock keys list
 * --config FILE} are the same.
 */
final class SettingsOption {

  private final Map<String, String> variables;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description =
          "The settings file; without it the one of PENSTOCK_CONFIG, else ./penstock.yaml if there.")
  private @Nullable Path file;

  /** Of this process. */
  SettingsOption() {
    this(System.getenv());
  }

  /**
   * @param variables the environment
   */
  SettingsOption(Map<String, String> variables) {
    this.variables = variables;
  }

  /** The environment, with the settings file under it. */
  Environment environment() {
    return Environment.of(variables, file, Path.of(""));
  }
}
