package io.penstock.control;

import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * The flags as they stand: what an operator chose at run time, else what the environment says, else
 * the standard. Safe for many threads; reading asks no database.
 */
public final class Flags {

  private final Snapshot<Map<Flag, Boolean>> chosen;
  private final Map<Flag, Boolean> environment;
  private final InstantSource clock;

  /**
   * @param environment the flags that it sets
   */
  public Flags(Database database, Map<Flag, Boolean> environment, InstantSource clock) {
    this.chosen = new Snapshot<>(database, "feature_flags", Flags::load);
    this.environment = copy(environment);
    this.clock = clock;
  }

  /** Where a flag's value comes from. */
  public enum Origin {
    STANDARD,
    ENVIRONMENT,
    RUNTIME
  }

  /** A flag's value and where it comes from. */
  public record Setting(boolean value, Origin origin) {}

  public Snapshot<Map<Flag, Boolean>> snapshot() {
    return chosen;
  }

  public boolean isOn(Flag flag) {
    var runtime = chosen.current().get(flag);
    return runtime != null ? runtime : environment.getOrDefault(flag, flag.standard());
  }

  /** All flags, in their order. */
  public Map<Flag, Setting> all() {
    return settings(chosen.current());
  }

  private Map<Flag, Setting> settings(Map<Flag, Boolean> runtime) {
    var all = new EnumMap<Flag, Setting>(Flag.class);
    for (var flag : Flag.values()) {
      if (runtime.containsKey(flag)) {
        all.put(flag, new Setting(runtime.get(flag), Origin.RUNTIME));
      } else if (environment.containsKey(flag)) {
        all.put(flag, new Setting(environment.get(flag), Origin.ENVIRONMENT));
      } else {
        all.put(flag, new Setting(flag.standard(), Origin.STANDARD));
      }
    }
    return all;
  }

  /**
   * Sets flags; they stay as they are over restarts, whatever the environment says.
   *
   * @param by who wants it so
   * @return all flags as they were at that moment
   */
  public Map<Flag, Setting> set(Map<Flag, Boolean> wanted, String by) {
    return chosen.change(
        handle -> {
          var before = settings(load(handle));
          wanted.forEach((flag, value) -> upsert(handle, flag, value, by));
          return before;
        },
        (before, _) -> {
          var after = copy(before);
          after.putAll(wanted);
          return after;
        });
  }

  private void upsert(Handle handle, Flag flag, boolean value, String by) {
    handle.execute(
        """
        INSERT INTO feature_flags (name, value, updated_at, updated_by) VALUES (?, ?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value,
          updated_at = excluded.updated_at, updated_by = excluded.updated_by
        """,
        flag.name(),
        value,
        clock.millis(),
        by);
  }

  /** What a later release stored and this one does not know is left alone. */
  private static Map<Flag, Boolean> load(Handle handle) {
    return copy(
        handle
            .createQuery("SELECT name, value FROM feature_flags")
            .map((row, _) -> Map.entry(row.getString("name"), row.getBoolean("value")))
            .stream()
            .filter(entry -> named(entry.getKey()).isPresent())
            .collect(Collectors.toMap(entry -> Flag.valueOf(entry.getKey()), Map.Entry::getValue)));
  }

  /** The flag of this name. */
  public static Optional<Flag> named(String name) {
    return Arrays.stream(Flag.values()).filter(flag -> flag.name().equals(name)).findFirst();
  }

  private static Map<Flag, Boolean> copy(Map<Flag, Boolean> values) {
    var copy = new EnumMap<Flag, Boolean>(Flag.class);
    copy.putAll(values);
    return copy;
  }
}
