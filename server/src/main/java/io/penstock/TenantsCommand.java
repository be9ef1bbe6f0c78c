package io.penstock;

import io.penstock.ControlTables.Need;
import io.penstock.control.Tenant;
import io.penstock.control.Tenants;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tenants on the command line. */
@Command(
    name = "tenants",
    description = "Lists, makes and changes tenants, beside a running server or not.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true)
final class TenantsCommand implements Callable<Integer> {

  private static final String ROW = "%-24s %9s %10s %10s %10s  %-28s %s";
  private static final int NAME_LENGTH_MAX = 128;

  @Mixin private final SettingsOption settings;

  @Spec private CommandSpec spec = CommandSpec.create();

  /**
   * @param variables the environment, which says where the database is
   */
  TenantsCommand(Map<String, String> variables) {
    this.settings = new SettingsOption(variables);
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  /** What may be chosen of a tenant; null for what is left as it is. */
  static final class Choices {

    @Option(names = "--name", paramLabel = "TEXT", description = "for people")
    @Nullable String name;

    @Option(
        names = "--retention-days",
        paramLabel = "N",
        description = "how long its events are kept")
    @Nullable Integer retentionDays;

    @Option(
        names = "--eps",
        paramLabel = "N",
        description = "events a second that it may send; 0 for no limit")
    @Nullable Integer eps;

    @Option(names = "--batch-max", paramLabel = "N", description = "records in a posted batch")
    @Nullable Integer batchMax;

    @Option(
        names = "--dlq-max",
        paramLabel = "N",
        description = "events that may wait as dead letters")
    @Nullable Integer deadLettersMax;

    @Option(
        names = "--redact",
        paramLabel = "FIELD,...",
        description = "fields of events that are never stored; empty for none")
    @Nullable String redactedFields;

    Tenant applied(Tenant tenant) {
      var quotas = tenant.quotas();
      return new Tenant(
          tenant.id(),
          or(name, tenant.name()),
          or(retentionDays, tenant.retentionDays()),
          new Tenant.Quotas(
              or(eps, quotas.eps()),
              or(batchMax, quotas.batchMax()),
              or(deadLettersMax, quotas.deadLettersMax())),
          redactedFields == null ? tenant.redactedFields() : words(redactedFields),
          tenant.createdAt());
    }

    /** The first choice that is none; null when all are sane. */
    @Nullable String problem() {
      if (name != null && (name.isBlank() || name.length() > NAME_LENGTH_MAX)) {
        return "--name: write 1 to " + NAME_LENGTH_MAX + " characters";
      }
      if (retentionDays != null && (retentionDays < 1 || retentionDays > 36_500)) {
        return "--retention-days: write a number from 1 to 36500";
      }
      if (batchMax != null && (batchMax < 1 || batchMax > Tenant.Quotas.NONE.batchMax())) {
        return "--batch-max: write a number from 1 to " + Tenant.Quotas.NONE.batchMax();
      }
      boolean isNegative = eps != null && eps < 0 || deadLettersMax != null && deadLettersMax < 0;
      return isNegative ? "--eps, --dlq-max: write a number from 0" : null;
    }

    private static Set<String> words(String list) {
      return Stream.of(list.split(","))
          .map(String::strip)
          .filter(word -> !word.isEmpty())
          .collect(Collectors.toSet());
    }

    private static <T> T or(@Nullable T wanted, T present) {
      return wanted == null ? present : wanted;
    }
  }

  @Command(name = "list", description = "Prints all tenants.", mixinStandardHelpOptions = true)
  int list() {
    return ControlTables.run(
        settings,
        spec,
        Need.EXISTING,
        tables -> {
          tables
              .out()
              .println(
                  ROW.formatted("TENANT", "RETENTION", "EPS", "BATCH", "DLQ", "NAME", "REDACTED"));
          tables.tenants().snapshot().current().values().stream()
              .sorted(Comparator.comparing(Tenant::id))
              .forEach(tenant -> tables.out().println(row(tenant)));
          return null;
        });
  }

  private static String row(Tenant tenant) {
    var quotas = tenant.quotas();
    return ROW.formatted(
        tenant.id(),
        tenant.retentionDays() + "d",
        quotas.eps() == 0 ? "-" : quotas.eps(),
        quotas.batchMax(),
        quotas.deadLettersMax(),
        tenant.name(),
        String.join(",", tenant.redactedFields().stream().sorted().toList()));
  }

  @Command(name = "add", description = "Makes a tenant.", mixinStandardHelpOptions = true)
  int add(@Parameters(paramLabel = "TENANT") String id, @Mixin Choices choices) {
    check(choices);
    if (!Tenant.isId(id)) {
      throw new ParameterException(
          spec.commandLine(), id + ": write 1 to 64 characters of a-z, 0-9, _ and -");
    }
    return ControlTables.run(
        settings,
        spec,
        Need.ANY,
        tables -> {
          var blank =
              new Tenant(
                  id,
                  id,
                  Tenants.RETENTION_DAYS,
                  Tenant.Quotas.NONE,
                  Set.of(),
                  Instant.ofEpochMilli(System.currentTimeMillis()));
          var tenant = choices.applied(blank);
          if (!tables.tenants().add(tenant)) {
            return tables.tenants().find(id).isPresent()
                ? "there is a tenant " + id + " already"
                : "the tenant that had this id is being deleted: try again in three minutes";
          }
          tables.record("tenant_create", id, id, null, tenant.facts());
          return null;
        });
  }

  @Command(
      name = "set",
      description = "Changes what is chosen of a tenant.",
      mixinStandardHelpOptions = true)
  int set(@Parameters(paramLabel = "TENANT") String id, @Mixin Choices choices) {
    check(choices);
    return ControlTables.run(
        settings,
        spec,
        Need.EXISTING,
        tables -> {
          var change = tables.tenants().change(id, choices::applied);
          if (change.isEmpty()) {
            return "there is no tenant " + id;
          }
          var made = change.get();
          tables.record("tenant_update", id, id, made.before().facts(), made.after().facts());
          return null;
        });
  }

  private void check(Choices choices) {
    var problem = choices.problem();
    if (problem != null) {
      throw new ParameterException(spec.commandLine(), problem);
    }
  }

  @Command(
      name = "remove",
      description = "Removes a tenant that has neither keys nor sources.",
      mixinStandardHelpOptions = true)
  int remove(@Parameters(paramLabel = "TENANT") String id) {
    return ControlTables.run(
        settings,
        spec,
        Need.EXISTING,
        tables -> {
          var before = tables.tenants().find(id);
          return switch (tables.tenants().remove(id)) {
            case REMOVED -> {
              tables.record("tenant_delete", id, id, before.map(Tenant::facts).orElse(null), null);
              yield null;
            }
            case UNKNOWN -> "there is no tenant " + id;
            case IN_USE ->
                id.equals(Tenant.DEFAULT)
                    ? "the default tenant cannot be removed"
                    : "remove the keys and sources of " + id + " first";
          };
        });
  }
}
