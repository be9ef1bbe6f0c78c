package io.penstock;

import io.penstock.config.Environment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option of every command that reads settings as a server does. */
final class SettingsOption {

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "The settings file; without it the one of PENSTOCK_CONFIG, else ./penstock.yaml if there.")
  private @Nullable Path file;

  /** The environment of the process, with the settings file under it. */
  Environment environment() {
    return Environment.of(System.getenv(), file, Path.of(""));
  }
}
