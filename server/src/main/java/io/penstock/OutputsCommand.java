package io.penstock;

import io.penstock.ControlTables.Need;
import io.penstock.control.Output;
import io.penstock.control.Vault;
import io.penstock.outputs.Configured;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Configured sinks on the command line. */
@Command(
    name = "outputs",
    description = "Lists and deletes outputs, and seals them anew, beside a running server or not.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true)
final class OutputsCommand implements Callable<Integer> {

  private static final String ROW = "%-20s %-30s %-9s %-9s %-12s %s";

  @Mixin private final SettingsOption settings;

  @Spec private CommandSpec spec = CommandSpec.create();

  /**
   * @param variables the environment, which says where the database and the key are
   */
  OutputsCommand(Map<String, String> variables) {
    this.settings = new SettingsOption(variables);
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  @Command(name = "list", description = "Prints all outputs.", mixinStandardHelpOptions = true)
  int list(@Mixin TenantFilter filter) {
    return ControlTables.run(
        settings,
        spec,
        Need.EXISTING,
        tables -> {
          tables
              .out()
              .println(ROW.formatted("TENANT", "OUTPUT", "TYPE", "STATUS", "SOURCE", "PROBLEM"));
          tables.outputs().all().values().stream()
              .filter(output -> filter.shows(output.tenant()))
              .sorted(Comparator.comparing(Output::tenant).thenComparing(Output::name))
              .forEach(output -> tables.out().println(row(output)));
          return null;
        });
  }

  private static String row(Output output) {
    var problem = output.problem();
    return ROW.formatted(
            output.tenant(),
            output.name(),
            output.type(),
            output.isEnabled() ? "enabled" : "disabled",
            output.isFromEnvironment() ? "environment" : "database",
            problem == null ? "" : problem)
        .stripTrailing();
  }

  @Command(
      name = "delete",
      description = "Deletes an output; its dead letters stay.",
      mixinStandardHelpOptions = true)
  int delete(@Parameters(paramLabel = "OUTPUT") String name, @Mixin TenantOption owner) {
    var tenant = owner.tenant();
    return ControlTables.run(
        settings,
        spec,
        Need.EXISTING,
        tables -> {
          var key = new Output.Key(tenant, name);
          var removed = tables.outputs().remove(key);
          if (removed.isEmpty()) {
            return tables.outputs().find(key).isPresent()
                ? "the environment configures the output " + name
                : "there is no output " + name + " of the tenant " + tenant;
          }
          tables.record("output_delete", tenant, name, Configured.shown(removed.get()), null);
          return null;
        });
  }

  @Command(
      name = "rekey",
      description = {
        "Seals the configurations with the key of the environment, which another one has sealed.",
        "Run it while no server runs."
      },
      mixinStandardHelpOptions = true)
  int rekey(
      @Option(
              names = "--old-key-file",
              paramLabel = "FILE",
              required = true,
              description = "the key that they were sealed with")
          Path oldKey) {
    if (Files.notExists(oldKey)) {
      throw new ParameterException(spec.commandLine(), "there is no file " + oldKey);
    }
    return ControlTables.run(
        settings,
        spec,
        Need.EXISTING,
        tables -> {
          var rekeyed = tables.outputs().rekey(Vault.in(oldKey));
          tables.out().println("sealed anew: " + rekeyed.sealed());
          return rekeyed.unreadable().isEmpty()
              ? null
              : "neither key opens "
                  + rekeyed.unreadable().stream()
                      .map(key -> key.tenant() + "/" + key.name())
                      .collect(Collectors.joining(", "));
        });
  }
}
