package io.penstock;

import io.penstock.command.Commands;
import io.penstock.control.AdminAudit;
import io.penstock.control.Database;
import io.penstock.control.DatabaseConfig;
import io.penstock.control.Flags;
import io.penstock.control.Keys;
import io.penstock.control.Sources;
import io.penstock.control.Tenants;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The control plane's tables for a command, beside a running server or without one. A server that
 * uses the same database follows within a second.
 *
 * @param out where the command prints results
 */
record ControlTables(
    Keys keys, Tenants tenants, Sources sources, Flags flags, AdminAudit audit, PrintWriter out) {

  static final String ACTOR = "command-line";

  /** Work with the tables; the result is null, or the line that says why it was not done. */
  @FunctionalInterface
  interface Work {
    @Nullable String with(ControlTables tables);
  }

  /** Which databases a command is content with. */
  enum Need {
    /** One that is there: a misspelt folder must not look like an empty server. */
    EXISTING,
    /** Any; it is made when it is missing. */
    ANY
  }

  /** Opens the database that a server with these settings would use; the exit code. */
  static int run(SettingsOption settings, CommandSpec spec, Need need, Work work) {
    var line = spec.commandLine();
    var environment = settings.environment();
    var config = ServerConfig.from(environment, Main.version());
    if (!environment.problems().isEmpty()) {
      environment.problems().forEach(problem -> line.getErr().println("penstock: " + problem));
      return Commands.USAGE;
    }
    var failure = problem(config.database(), need);
    if (failure == null) {
      failure = open(config, line.getOut(), work);
    }
    if (failure == null) {
      return Commands.OK;
    }
    line.getErr().println(spec.qualifiedName() + ": " + failure);
    return Commands.FAILED;
  }

  private static @Nullable String problem(DatabaseConfig database, Need need) {
    return need == Need.EXISTING
            && database instanceof DatabaseConfig.Sqlite(var file)
            && Files.notExists(file)
        ? "there is no database "
            + file
            + ": set PENSTOCK_DATA, DATABASE_URL or --config as the server has it"
        : null;
  }

  private static @Nullable String open(ServerConfig config, PrintWriter out, Work work) {
    var clock = InstantSource.system();
    var registry = new PrometheusRegistry();
    try (var database = Database.open(config.database(), registry)) {
      var tenants = new Tenants(database, (int) config.retention().toDays(), clock);
      try (var keys = new Keys(database, config.keys(), clock, registry)) {
        return work.with(
            new ControlTables(
                keys,
                tenants,
                new Sources(database, clock),
                new Flags(database, config.admit().flags(), clock),
                new AdminAudit(database, clock),
                out));
      }
    } catch (IllegalStateException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** Records what the command did. */
  void record(
      String action,
      String tenant,
      String target,
      @Nullable Map<String, @Nullable Object> before,
      @Nullable Map<String, @Nullable Object> after) {
    var actor =
        new AdminAudit.Actor(ACTOR, tenant, "", String.valueOf(System.getProperty("user.name")));
    audit.record(new AdminAudit.Act(actor, action, target, before, after));
  }
}
