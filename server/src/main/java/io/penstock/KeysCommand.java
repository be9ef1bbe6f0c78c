package io.penstock;

import io.penstock.ControlTables.Need;
import io.penstock.control.ApiKey;
import io.penstock.control.KeyChange;
import io.penstock.control.Keys;
import io.penstock.control.Scopes;
import io.penstock.control.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Keys on the command line, for who owns the machine and so needs no key. */
@Command(
    name = "keys",
    description =
        "Lists, makes and changes the keys that open the API, beside a running server or not.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true)
final class KeysCommand implements Callable<Integer> {

  private static final String ROW = "%-24s %-16s %-9s %-12s %-27s %-27s %s";

  @Mixin private final SettingsOption settings;

  @Spec private CommandSpec spec = CommandSpec.create();

  /**
   * @param variables the environment, which says where the database is
   */
  KeysCommand(Map<String, String> variables) {
    this.settings = new SettingsOption(variables);
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  @Command(name = "list", description = "Prints all keys.", mixinStandardHelpOptions = true)
  int list(@Mixin TenantFilter filter) {
    return ControlTables.run(
        settings,
        spec,
        Need.EXISTING,
        tables -> {
          var uses = tables.keys().lastUses();
          tables
              .out()
              .println(
                  ROW.formatted(
                      "KEY", "TENANT", "STATE", "PREFIX", "EXPIRES", "LAST USED", "SCOPES"));
          tables.keys().list().stream()
              .filter(key -> filter.shows(key.tenant()))
              .forEach(key -> tables.out().println(row(key, uses)));
          return null;
        });
  }

  private static String row(ApiKey key, Map<String, Instant> uses) {
    var note = key.note().isEmpty() ? "" : "  (" + key.note() + ")";
    return ROW.formatted(
        key.keyId(),
        key.tenant(),
        state(key),
        key.prefix().isEmpty() ? "-" : key.prefix(),
        text(key.expiresAt()),
        text(uses.get(key.keyId())),
        String.join(",", key.scopes().stream().sorted().toList()) + note);
  }

  private static String state(ApiKey key) {
    if (key.isDisabled()) {
      return "disabled";
    }
    return key.isActive(Instant.now()) ? "active" : "expired";
  }

  private static String text(@Nullable Instant instant) {
    return instant == null ? "-" : instant.toString();
  }

  @Command(
      name = "add",
      description = "Makes a key and prints its secret, which cannot be shown again.",
      mixinStandardHelpOptions = true)
  int add(
      @Mixin TenantOption owner,
      @Option(
              names = "--scopes",
              paramLabel = "SCOPE,...",
              defaultValue = "ingest",
              description = "what it may do (default: ${DEFAULT-VALUE})")
          String words,
      @Option(
              names = "--note",
              paramLabel = "TEXT",
              defaultValue = "",
              description = "what it is for")
          String note,
      @Option(names = "--expires", paramLabel = "90d", description = "stop to open after so long")
          @Nullable Duration life) {
    var scopes = scopes(words);
    var expiry = life == null ? null : Instant.now().plus(life);
    var tenant = owner.tenant();
    return ControlTables.run(
        settings,
        spec,
        Need.ANY,
        tables -> {
          var secret = Secret.random();
          var added =
              tables
                  .keys()
                  .add(secret, new Keys.Draft(tenant, scopes, note, "command-line", expiry));
          if (added.isEmpty()) {
            return "there is no tenant " + tenant;
          }
          record(tables, "api_key_create", null, added.get());
          print(tables, added.get(), secret);
          return null;
        });
  }

  private Set<String> scopes(String words) {
    var scopes = Scopes.split(words);
    var unknown = Scopes.unknown(scopes);
    if (scopes.isEmpty() || unknown.isPresent()) {
      var known = String.join(", ", Scopes.descriptions().keySet());
      throw new ParameterException(
          spec.commandLine(), "--scopes " + words + ": write one or more of " + known);
    }
    return scopes;
  }

  private static void print(ControlTables tables, ApiKey key, Secret secret) {
    tables.out().println("Key ID: " + key.keyId());
    tables.out().println("API Key: " + secret.text());
  }

  @Command(
      name = "rotate",
      description = "Gives a key another secret and prints it.",
      mixinStandardHelpOptions = true)
  int rotate(
      @Parameters(paramLabel = "KEY") String keyId,
      @Option(
              names = "--overlap",
              paramLabel = "1h",
              defaultValue = "1d",
              description = "how long the old secret opens, too (default: ${DEFAULT-VALUE})")
          Duration overlap) {
    if (overlap.compareTo(Keys.OVERLAP_MAX) > 0) {
      throw new ParameterException(
          spec.commandLine(), "--overlap: at most " + Keys.OVERLAP_MAX.toDays() + "d");
    }
    return ControlTables.run(
        settings,
        spec,
        Need.EXISTING,
        tables -> {
          var secret = Secret.random();
          var change = tables.keys().rotate(keyId, secret, overlap);
          var problem = told(tables, "api_key_rotate", keyId, change);
          if (change instanceof KeyChange.Done(var _, ApiKey after) && after != null) {
            print(tables, after, secret);
          }
          return problem;
        });
  }

  @Command(
      name = "disable",
      description = "Lets a key open nothing, at once.",
      mixinStandardHelpOptions = true)
  int disable(@Parameters(paramLabel = "KEY") String keyId) {
    return change(keyId, key -> key.with(key.scopes(), key.note(), true, key.expiresAt()));
  }

  @Command(
      name = "enable",
      description = "Lets a disabled key open again.",
      mixinStandardHelpOptions = true)
  int enable(@Parameters(paramLabel = "KEY") String keyId) {
    return change(keyId, key -> key.with(key.scopes(), key.note(), false, key.expiresAt()));
  }

  private int change(String keyId, UnaryOperator<ApiKey> edit) {
    return ControlTables.run(
        settings,
        spec,
        Need.EXISTING,
        tables -> told(tables, "api_key_update", keyId, tables.keys().change(keyId, edit)));
  }

  @Command(name = "remove", description = "Removes a key.", mixinStandardHelpOptions = true)
  int remove(@Parameters(paramLabel = "KEY") String keyId) {
    return ControlTables.run(
        settings,
        spec,
        Need.EXISTING,
        tables -> told(tables, "api_key_delete", keyId, tables.keys().remove(keyId)));
  }

  /** Records a change that was made; the line that says why it was not. */
  private static @Nullable String told(
      ControlTables tables, String action, String keyId, KeyChange change) {
    return switch (change) {
      case KeyChange.Done(ApiKey before, ApiKey after) -> {
        record(tables, action, before, after);
        yield null;
      }
      case KeyChange.Refused(var reason) ->
          switch (reason) {
            case UNKNOWN -> "there is no key " + keyId;
            case CONFIGURED -> keyId + " comes from the configuration: change it there";
            case LAST_ADMIN -> "without " + keyId + " nobody could administer the server";
          };
    };
  }

  private static void record(
      ControlTables tables, String action, @Nullable ApiKey before, @Nullable ApiKey after) {
    var key = after == null ? before : after;
    if (key == null) {
      throw new IllegalArgumentException("a change of nothing");
    }
    var now = Instant.now();
    tables.record(
        action,
        key.tenant(),
        key.keyId(),
        before == null ? null : before.facts(now),
        after == null ? null : after.facts(now));
  }
}
