package io.penstock;

import io.penstock.command.Commands;
import io.penstock.config.EffectiveSettings;
import io.penstock.config.Environment;
import io.penstock.elements.ElementsFile;
import io.penstock.logs.Logging;
import io.penstock.registry.Registry;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Validates the configuration without starting anything. */
@Command(
    name = "check",
    description =
        "Validates the configuration and exits: 0 when a server would start with it and use all of it.",
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private SettingsOption settings = new SettingsOption();

  @Option(
      names = "--effective",
      description = "Prints every setting with its value and who set it; secrets are starred.")
  private boolean effective;

  @Override
  public Integer call() {
    var environment = settings.environment();
    readAll(environment);
    checkFiles(environment);
    if (complain(environment, spec.commandLine().getErr())) {
      return Commands.FAILED;
    }
    var out = spec.commandLine().getOut();
    if (effective) {
      EffectiveSettings.lines(environment).forEach(out::println);
    } else {
      out.println("the configuration is valid");
    }
    return Commands.OK;
  }

  /** The environment after everything that a server reads was read from it. */
  static Environment read(Map<String, String> variables) {
    var environment = new Environment(variables);
    readAll(environment);
    return environment;
  }

  private static void readAll(Environment environment) {
    Logging.from(environment);
    ServerConfig.from(environment, Main.version());
  }

  /**
   * Reads the files whose mistakes a running server only warns of, because it must not stop
   * receiving for them.
   */
  static void checkFiles(Environment environment) {
    environment
        .path("ELEMENTS_FILE")
        .ifPresent(
            file ->
                ElementsFile.read(file, Registry.load())
                    .problems()
                    .forEach(found -> environment.problem(found.in(file.toString()))));
  }

  /** Prints what is wrong, a line each; whether the server must not start. */
  static boolean complain(Environment environment, PrintWriter err) {
    environment.warnings().forEach(line -> err.println("penstock: " + line));
    environment.problems().forEach(line -> err.println("penstock: " + line));
    return !environment.problems().isEmpty();
  }
}
