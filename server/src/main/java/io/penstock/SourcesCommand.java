package io.penstock;

import io.penstock.ControlTables.Need;
import io.penstock.admit.SourceForm;
import io.penstock.control.Flag;
import io.penstock.control.Source;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

/** Sources on the command line. */
@Command(
    name = "sources",
    description = "Lists, makes and changes sources, beside a running server or not.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true)
final class SourcesCommand implements Callable<Integer> {

  private static final String ROW = "%-20s %-24s %-5s %-9s %9s  %-24s %s";

  @Mixin private final SettingsOption settings;

  @Spec private CommandSpec spec = CommandSpec.create();

  /**
   * @param variables the environment, which says where the database is
   */
  SourcesCommand(Map<String, String> variables) {
    this.settings = new SettingsOption(variables);
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  /** What may be chosen of a source; null for what is left as it is. */
  static final class Choices {

    @Option(names = "--type", paramLabel = "udp|http", description = "how it sends")
    private @Nullable String type;

    @Option(names = "--name", paramLabel = "TEXT", description = "for people")
    private @Nullable String name;

    @Option(names = "--collector", paramLabel = "TEXT", description = "what takes it in")
    private @Nullable String collector;

    @Option(names = "--site", paramLabel = "TEXT", description = "where it stands")
    private @Nullable String site;

    @Option(names = "--tags", paramLabel = "TAG,...", description = "for people; empty for none")
    private @Nullable String tags;

    @Option(names = "--notes", paramLabel = "TEXT", description = "for people")
    private @Nullable String notes;

    @Option(
        names = "--allow",
        paramLabel = "CIDR,...",
        description = "the networks that it may send from; empty for none")
    private @Nullable String networks;

    @Option(names = "--max-eps", paramLabel = "N", description = "records a second; 0 for no limit")
    private @Nullable Long maxEps;

    @Option(
        names = "--block",
        paramLabel = "true|false",
        arity = "1",
        description = "whether what is beyond that is refused")
    private @Nullable Boolean blocks;

    @Option(
        names = "--enabled",
        paramLabel = "true|false",
        arity = "1",
        description = "whether it may send")
    private @Nullable Boolean isEnabled;

    /** As the API has them. */
    Map<String, @Nullable Object> members() {
      var members = new HashMap<String, @Nullable Object>();
      put(members, "type", type);
      put(members, "display_name", name);
      put(members, "collector", collector);
      put(members, "site", site);
      put(members, "tags", words(tags));
      put(members, "notes", notes);
      put(members, "allowed_ips", words(networks));
      put(members, "max_eps", maxEps);
      put(members, "block_on_exceed", blocks);
      put(members, "enabled", isEnabled);
      return members;
    }

    private static void put(
        Map<String, @Nullable Object> members, String name, @Nullable Object value) {
      if (value != null) {
        members.put(name, value);
      }
    }

    private static @Nullable List<String> words(@Nullable String list) {
      return list == null
          ? null
          : Stream.of(list.split(",")).map(String::strip).filter(word -> !word.isEmpty()).toList();
    }
  }

  @Command(name = "list", description = "Prints all sources.", mixinStandardHelpOptions = true)
  int list(@Mixin TenantFilter filter) {
    return ControlTables.run(
        settings,
        spec,
        Need.EXISTING,
        tables -> {
          tables
              .out()
              .println(
                  ROW.formatted(
                      "TENANT", "SOURCE", "TYPE", "STATUS", "MAX EPS", "NAME", "ALLOWED"));
          tables.sources().snapshot().current().all().stream()
              .filter(source -> filter.shows(source.tenant()))
              .sorted(SourcesCommand::inOrder)
              .forEach(source -> tables.out().println(row(source)));
          return null;
        });
  }

  private static int inOrder(Source one, Source other) {
    int byTenant = one.tenant().compareTo(other.tenant());
    return byTenant != 0 ? byTenant : one.id().compareTo(other.id());
  }

  private static String row(Source source) {
    return ROW.formatted(
        source.tenant(),
        source.id(),
        source.type().name().toLowerCase(Locale.ROOT),
        source.isEnabled() ? "enabled" : "disabled",
        source.maxEps() == 0 ? "-" : source.maxEps(),
        source.displayName(),
        String.join(",", source.allowedIps()));
  }

  @Command(name = "add", description = "Makes a source.", mixinStandardHelpOptions = true)
  int add(
      @Parameters(paramLabel = "SOURCE") String id,
      @Mixin TenantOption owner,
      @Mixin Choices choices) {
    if (!SourceForm.isId(id)) {
      throw new ParameterException(
          spec.commandLine(), id + ": write 1 to 64 letters, digits, '.', '_' and '-'");
    }
    return ControlTables.run(
        settings,
        spec,
        Need.ANY,
        tables -> {
          var key = new Source.Key(owner.tenant(), id);
          if (tables.tenants().find(key.tenant()).isEmpty()) {
            return "there is no tenant " + key.tenant();
          }
          boolean blocks = tables.flags().isOn(Flag.ADMISSION_BLOCK_ON_EXCEED_DEFAULT);
          var now = now();
          var form = new SourceForm(choices.members());
          var source = form.applyTo(Source.named(key, Source.Type.HTTP, blocks, now), now);
          form.measure(source, tables.sources().snapshot().current().of(key.tenant()));
          if (!form.faults().isEmpty()) {
            return said(form);
          }
          if (!tables.sources().add(source)) {
            return "there is a source " + id + " already";
          }
          tables.record("source_create", key.tenant(), id, null, source.facts());
          return null;
        });
  }

  @Command(
      name = "set",
      description = "Changes what is chosen of a source.",
      mixinStandardHelpOptions = true)
  int set(
      @Parameters(paramLabel = "SOURCE") String id,
      @Mixin TenantOption owner,
      @Mixin Choices choices) {
    return ControlTables.run(
        settings,
        spec,
        Need.EXISTING,
        tables -> {
          var key = new Source.Key(owner.tenant(), id);
          var form = new SourceForm(choices.members());
          // Twice: a change that is at fault must not be made.
          var known = tables.sources().find(key);
          if (known.isEmpty()) {
            return unknown(key);
          }
          var wanted = form.applyTo(known.get(), now());
          form.measure(wanted, tables.sources().snapshot().current().of(key.tenant()));
          if (!form.faults().isEmpty()) {
            return said(form);
          }
          var changed = tables.sources().change(key, source -> form.applyTo(source, now()));
          if (changed.isEmpty()) {
            return unknown(key);
          }
          var made = changed.get();
          tables.record(
              "source_update", key.tenant(), id, made.before().facts(), made.after().facts());
          return null;
        });
  }

  @Command(
      name = "remove",
      description = "Removes a source; its events stay.",
      mixinStandardHelpOptions = true)
  int remove(@Parameters(paramLabel = "SOURCE") String id, @Mixin TenantOption owner) {
    return ControlTables.run(
        settings,
        spec,
        Need.EXISTING,
        tables -> {
          var key = new Source.Key(owner.tenant(), id);
          var removed = tables.sources().remove(key);
          if (removed.isEmpty()) {
            return unknown(key);
          }
          tables.record("source_delete", key.tenant(), id, removed.get().facts(), null);
          return null;
        });
  }

  private static String said(SourceForm form) {
    return form.faults().stream().map(SourceForm.Fault::message).collect(Collectors.joining("; "));
  }

  private static String unknown(Source.Key key) {
    return "there is no source " + key.id() + " of the tenant " + key.tenant();
  }

  private static Instant now() {
    return Instant.ofEpochMilli(System.currentTimeMillis());
  }
}
