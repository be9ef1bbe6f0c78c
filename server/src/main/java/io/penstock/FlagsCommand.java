package io.penstock;

import io.penstock.ControlTables.Need;
import io.penstock.control.Flag;
import io.penstock.control.Flags;
import io.penstock.control.Tenant;
import io.penstock.json.Json;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Flags on the command line. */
@Command(
    name = "flags",
    description = "Lists and sets flags, beside a running server or not.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true)
final class FlagsCommand implements Callable<Integer> {

  private static final Flags.Setting STANDARD = new Flags.Setting(false, Flags.Origin.STANDARD);
  private static final String ROW = "%-36s %-6s %s";

  @Mixin private final SettingsOption settings;

  @Spec private CommandSpec spec = CommandSpec.create();

  /**
   * @param variables the environment, which says where the database is
   */
  FlagsCommand(Map<String, String> variables) {
    this.settings = new SettingsOption(variables);
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  @Command(
      name = "list",
      description = "Prints all flags and where their values come from.",
      mixinStandardHelpOptions = true)
  int list() {
    return ControlTables.run(
        settings,
        spec,
        Need.EXISTING,
        tables -> {
          tables.out().println(ROW.formatted("FLAG", "VALUE", "FROM"));
          tables
              .flags()
              .all()
              .forEach(
                  (flag, setting) ->
                      tables
                          .out()
                          .println(
                              ROW.formatted(
                                  flag.name(),
                                  setting.value(),
                                  setting.origin().name().toLowerCase(Locale.ROOT))));
          return null;
        });
  }

  @Command(
      name = "set",
      description = "Sets flags; they stay so, whatever the environment says.",
      mixinStandardHelpOptions = true)
  int set(@Parameters(paramLabel = "FLAG=true|false", arity = "1..*") List<String> pairs) {
    var wanted = new EnumMap<Flag, Boolean>(Flag.class);
    pairs.forEach(pair -> read(pair, wanted));
    return ControlTables.run(
        settings,
        spec,
        Need.ANY,
        tables -> {
          var before = tables.flags().set(wanted, ControlTables.ACTOR);
          wanted.forEach(
              (flag, value) ->
                  tables.record(
                      "feature_flag_update",
                      Tenant.DEFAULT,
                      flag.name(),
                      Json.object("value", before.getOrDefault(flag, STANDARD).value()),
                      Json.object("value", value)));
          return null;
        });
  }

  private void read(String pair, Map<Flag, Boolean> wanted) {
    int equals = pair.indexOf('=');
    var name = equals < 0 ? pair : pair.substring(0, equals);
    var value = equals < 0 ? "" : pair.substring(equals + 1);
    var flag =
        Flags.named(name)
            .orElseThrow(
                () -> new ParameterException(spec.commandLine(), "there is no flag " + name));
    if (!value.equals("true") && !value.equals("false")) {
      throw new ParameterException(
          spec.commandLine(), "write " + name + "=true or " + name + "=false");
    }
    wanted.put(flag, value.equals("true"));
  }
}
