package io.penstock.control;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * What an operator chose while the server ran and that is neither a flag nor a table of its own, by
 * name. Safe for many threads; reading asks no database.
 */
public final class Settings {

  private final Snapshot<Map<String, String>> settings;
  private final InstantSource clock;

  public Settings(Database database, InstantSource clock) {
    this.settings = new Snapshot<>(database, "settings", Settings::load);
    this.clock = clock;
  }

  public Snapshot<Map<String, String>> snapshot() {
    return settings;
  }

  public Optional<String> find(String name) {
    return Optional.ofNullable(settings.current().get(name));
  }

  /** Sets a value; when this returns it is kept. */
  public void put(String name, String value) {
    settings.change(
        handle ->
            handle
                .createUpdate(
                    """
                    INSERT INTO settings (name, value, updated_at) VALUES (:name, :value, :updated)
                    ON CONFLICT (name) DO UPDATE SET value = :value, updated_at = :updated
                    """)
                .bind("name", name)
                .bind("value", value)
                .bind("updated", clock.millis())
                .execute(),
        (before, _) -> {
          var after = new HashMap<>(before);
          after.put(name, value);
          return Map.copyOf(after);
        });
  }

  private static Map<String, String> load(Handle handle) {
    var loaded = new HashMap<String, String>();
    handle
        .createQuery("SELECT name, value FROM settings")
        .map((row, _) -> Map.entry(row.getString("name"), row.getString("value")))
        .forEach(setting -> loaded.put(setting.getKey(), setting.getValue()));
    return Map.copyOf(loaded);
  }
}
