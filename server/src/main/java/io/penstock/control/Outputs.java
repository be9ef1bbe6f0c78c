package io.penstock.control;

import io.penstock.config.Secret;
import io.penstock.control.Vault.SealedException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The table of configured sinks, and those that the environment configures for the default tenant
 * where the table has none of their name. Configurations are sealed in the table and open in
 * memory. Safe for many threads; reading asks no database.
 */
public final class Outputs {

  /** Outputs that a tenant may have. */
  public static final int PER_TENANT_MAX = 16;

  /** Outputs of all tenants together. */
  public static final int ALL_MAX = 256;

  private static final Logger LOG = LoggerFactory.getLogger(Outputs.class);

  private final Vault vault;
  private final Map<Output.Key, Output> environment;
  private final InstantSource clock;
  private final Snapshot<Map<Output.Key, Output>> outputs;

  /**
   * @param environment those that the environment configures
   */
  public Outputs(Database database, Vault vault, List<Output> environment, InstantSource clock) {
    this.vault = vault;
    this.environment =
        environment.stream().collect(Collectors.toUnmodifiableMap(Output::key, output -> output));
    this.clock = clock;
    this.outputs = new Snapshot<>(database, "output_configs", this::load);
  }

  public Snapshot<Map<Output.Key, Output>> snapshot() {
    return outputs;
  }

  /** All of all tenants, by what they are known by. */
  public Map<Output.Key, Output> all() {
    var all = new HashMap<>(environment);
    all.putAll(outputs.current());
    return Map.copyOf(all);
  }

  public Optional<Output> find(Output.Key key) {
    var stored = outputs.current().get(key);
    return Optional.ofNullable(stored == null ? environment.get(key) : stored);
  }

  /**
   * An output that is put.
   *
   * @param config JSON of its members
   */
  public record Draft(String type, boolean isEnabled, Secret config) {}

  /** What became of an output that was put. */
  public sealed interface Put {

    /**
     * It is in the table now.
     *
     * @param before what it was; null when there was none
     */
    record Done(@Nullable Output before, Output after) implements Put {}

    /**
     * There are as many as there may be.
     *
     * @param most how many those are
     * @param isTenants whether the tenant has them all
     */
    record TooMany(int most, boolean isTenants) implements Put {}

    /** There is no such tenant any more. */
    record NoTenant() implements Put {}
  }

  /**
   * Adds or replaces an output, one change at a time.
   *
   * @param draft makes what it is to be of what it is, which is null when there is none; an
   *     exception leaves everything as it is
   */
  public Put put(Output.Key key, Function<@Nullable Output, Draft> draft) {
    return outputs.change(
        handle -> put(handle, key, draft),
        (before, put) -> put instanceof Put.Done done ? with(before, done.after) : before);
  }

  private Put put(Handle handle, Output.Key key, Function<@Nullable Output, Draft> draft) {
    var stored = row(handle, key).orElse(null);
    if (stored == null) {
      var full = full(handle, key.tenant());
      if (full != null) {
        return full;
      }
    }
    var before = stored == null ? environment.get(key) : stored;
    var wanted = draft.apply(before);
    var now = Instant.ofEpochMilli(clock.millis());
    var after = Output.of(key, wanted.type, wanted.isEnabled, wanted.config, now);
    upsert(handle, after);
    return new Put.Done(before, after);
  }

  private static @Nullable Put full(Handle handle, String tenant) {
    if (count(handle, "SELECT COUNT(*) FROM tenants WHERE tenant_id = ?", tenant) == 0) {
      return new Put.NoTenant();
    }
    if (count(handle, "SELECT COUNT(*) FROM output_configs WHERE tenant_id = ?", tenant)
        >= PER_TENANT_MAX) {
      return new Put.TooMany(PER_TENANT_MAX, true);
    }
    return count(handle, "SELECT COUNT(*) FROM output_configs") >= ALL_MAX
        ? new Put.TooMany(ALL_MAX, false)
        : null;
  }

  private static long count(Handle handle, String query, Object... arguments) {
    return handle.select(query, arguments).mapTo(Long.class).one();
  }

  private void upsert(Handle handle, Output output) {
    var config = Objects.requireNonNull(output.config()).value();
    handle.execute(
        """
        INSERT INTO output_configs (tenant_id, name, type, enabled, config, updated_at)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (tenant_id, name) DO UPDATE SET type = excluded.type,
          enabled = excluded.enabled, config = excluded.config, updated_at = excluded.updated_at
        """,
        output.tenant(),
        output.name(),
        output.type(),
        output.isEnabled(),
        vault.seal(config, output.key().place()),
        output.updatedAt().toEpochMilli());
  }

  /** Removes an output from the table; what it was there, or nothing when there was none. */
  public Optional<Output> remove(Output.Key key) {
    return outputs.change(
        handle -> {
          var found = row(handle, key);
          handle.execute(
              "DELETE FROM output_configs WHERE tenant_id = ? AND name = ?",
              key.tenant(),
              key.name());
          return found;
        },
        (before, removed) -> removed.isPresent() ? without(before, key) : before);
  }

  /** What became of sealing anew. */
  public record Rekeyed(int sealed, List<Output.Key> unreadable) {}

  /**
   * Seals with the present key what another one has sealed, all in one change.
   *
   * @param old with the key of before
   */
  public Rekeyed rekey(Vault old) {
    var with = new Opener(old);
    return outputs.change(
        handle -> {
          int sealed = 0;
          var unreadable = new ArrayList<Output.Key>();
          for (var output : rows(handle, with)) {
            if (output.config() != null) {
              upsert(handle, output);
              sealed++;
            } else if (row(handle, output.key()).filter(o -> o.config() != null).isEmpty()) {
              unreadable.add(output.key());
            }
          }
          return new Rekeyed(sealed, List.copyOf(unreadable));
        },
        (before, _) -> before);
  }

  private Optional<Output> row(Handle handle, Output.Key key) {
    return handle
        .select(
            "SELECT * FROM output_configs WHERE tenant_id = ? AND name = ?",
            key.tenant(),
            key.name())
        .map((row, _) -> new Opener(vault).output(row))
        .findOne();
  }

  private static List<Output> rows(Handle handle, Opener opener) {
    return handle
        .createQuery("SELECT * FROM output_configs ORDER BY tenant_id, name")
        .map((row, _) -> opener.output(row))
        .list();
  }

  private Map<Output.Key, Output> load(Handle handle) {
    var loaded =
        rows(handle, new Opener(vault)).stream()
            .collect(Collectors.toUnmodifiableMap(Output::key, output -> output));
    for (var output : loaded.values()) {
      if (output.problem() != null) {
        LOG.atError()
            .addKeyValue("tenant", output.tenant())
            .addKeyValue("output", output.name())
            .addKeyValue("reason", output.problem())
            .log("the configuration of an output cannot be opened, nothing is shipped for it");
      }
    }
    return loaded;
  }

  /** Makes outputs of rows, with one vault. */
  private record Opener(Vault vault) {

    Output output(ResultSet row) throws SQLException {
      var key = new Output.Key(row.getString("tenant_id"), row.getString("name"));
      Secret config = null;
      String problem = null;
      try {
        config = new Secret(vault.open(row.getString("config"), key.place()));
      } catch (SealedException e) {
        problem = String.valueOf(e.getMessage());
      }
      return new Output(
          key,
          row.getString("type"),
          row.getBoolean("enabled"),
          config,
          problem,
          false,
          Instant.ofEpochMilli(row.getLong("updated_at")));
    }
  }

  private static Map<Output.Key, Output> with(Map<Output.Key, Output> before, Output output) {
    var after = new HashMap<>(before);
    after.put(output.key(), output);
    return Map.copyOf(after);
  }

  private static Map<Output.Key, Output> without(
      Map<Output.Key, Output> before, Output.Key removed) {
    var after = new HashMap<>(before);
    after.remove(removed);
    return Map.copyOf(after);
  }
}
