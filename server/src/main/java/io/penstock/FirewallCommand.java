package io.penstock;

import io.penstock.ControlTables.Need;
import io.penstock.admit.Admission;
import io.penstock.admit.KernelAllowList;
import io.penstock.admit.KernelAllowList.Outcome;
import io.penstock.admit.KernelAllowList.Plan;
import io.penstock.admit.Nft;
import io.penstock.control.Tenant;
import io.penstock.json.Json;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The kernel's allow-list on the command line. */
@Command(
    name = "firewall",
    description = "Lets the kernel drop telemetry from elsewhere than the sources (nftables).",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true)
final class FirewallCommand implements Callable<Integer> {

  private static final String DRY_RUN = "only print the script";

  @Mixin private final SettingsOption settings;
  private final @Nullable Nft nft;

  @Spec private CommandSpec spec = CommandSpec.create();

  /**
   * @param variables the environment, which says where the database is and which ports there are
   * @param nft null where it is not installed
   */
  FirewallCommand(Map<String, String> variables, @Nullable Nft nft) {
    this.settings = new SettingsOption(variables);
    this.nft = nft;
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  /** Work with the list; the result is null, or the line that says why it was not done. */
  @FunctionalInterface
  private interface Work {
    @Nullable String with(KernelAllowList list, ControlTables tables);
  }

  private int run(Work work) {
    return ControlTables.run(
        settings, spec, Need.EXISTING, tables -> work.with(list(tables), tables));
  }

  private KernelAllowList list(ControlTables tables) {
    var config = ServerConfig.from(settings.environment(), Main.version());
    var clock = InstantSource.system();
    var admission =
        new Admission(
            tables.sources(),
            tables.flags(),
            config.admit().unknownExporters(),
            new PrometheusRegistry(),
            clock);
    return new KernelAllowList(nft, admission::exporterNetworks, config.telemetryPorts(), clock);
  }

  @Command(
      name = "setup",
      description = "Fills the sets, and drops what comes to the telemetry ports from elsewhere.",
      mixinStandardHelpOptions = true)
  int setUp(@Option(names = "--dry-run", description = DRY_RUN) boolean isDry) {
    return run(
        (list, tables) ->
            isDry ? print(list.setUpPlan(), tables) : done("firewall_setup", list.setUp(), tables));
  }

  @Command(
      name = "sync",
      description = "Fills the sets with the networks of the sources.",
      mixinStandardHelpOptions = true)
  int sync(@Option(names = "--dry-run", description = DRY_RUN) boolean isDry) {
    return run(
        (list, tables) ->
            isDry ? print(list.syncPlan(), tables) : done("firewall_sync", list.sync(), tables));
  }

  private static @Nullable String print(Plan plan, ControlTables tables) {
    tables.out().print(plan.script());
    tables.out().flush();
    return null;
  }

  private static @Nullable String done(String action, Outcome outcome, ControlTables tables) {
    return switch (outcome) {
      case Outcome.Done(var plan, _) -> {
        tables.record(
            action,
            Tenant.DEFAULT,
            "allowlist",
            null,
            Json.object("ipv4", plan.v4().size(), "ipv6", plan.v6().size()));
        tables.out().printf("%d IPv4 and %d IPv6 networks%n", plan.v4().size(), plan.v6().size());
        yield null;
      }
      case Outcome.Unavailable _ -> "nft is not installed";
      case Outcome.Failed(var reason) -> reason;
    };
  }

  @Command(
      name = "status",
      description = "Compares the kernel's sets with the sources; fails when they differ.",
      mixinStandardHelpOptions = true)
  int status() {
    return run(
        (list, tables) -> {
          var status = list.status();
          if (status.problem() != null) {
            return status.problem();
          }
          tables
              .out()
              .printf(
                  "kernel: %d IPv4, %d IPv6; sources: %d IPv4, %d IPv6; %s; %s%n",
                  status.v4(),
                  status.v6(),
                  status.v4Configured(),
                  status.v6Configured(),
                  status.isSynced() ? "in sync" : "not in sync",
                  status.isEnforced() ? "enforced" : "not enforced: run setup");
          return status.isSynced() ? null : "run sync";
        });
  }

  @Command(
      name = "show",
      description = "Prints the kernel's table.",
      mixinStandardHelpOptions = true)
  int show() {
    return run(
        (list, tables) -> {
          tables.out().println(list.listing().strip());
          return null;
        });
  }
}
