package io.penstock.control;

import io.penstock.json.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The table of sources. Safe for many threads; reading asks no database, but for what is {@link
 * #seen}, which changes all the time and is of no use to whoever handles events.
 */
public final class Sources {

  private final Database database;
  private final Snapshot<SourceBook> sources;
  private final InstantSource clock;

  /**
   * @param database has the default tenant; a table that was never changed is given two sources, so
   *     that there is something to look at
   */
  public Sources(Database database, InstantSource clock) {
    this.database = database;
    this.sources = new Snapshot<>(database, "sources", Sources::load);
    this.clock = clock;
    if (changes(database) == 0) {
      seed();
    }
  }

  /** What a source was and what it is now. */
  public record Changed(Source before, Source after) {}

  /**
   * When a source last sent.
   *
   * @param origin how it really sent
   */
  public record Seen(Instant at, Source.Type origin) {}

  public Snapshot<SourceBook> snapshot() {
    return sources;
  }

  public Optional<Source> find(Source.Key key) {
    return sources.current().find(key);
  }

  /** Adds a source; false when its tenant has one of that id. */
  public boolean add(Source source) {
    return sources.change(
        handle -> insert(handle, source) == 1,
        (before, isNew) -> isNew ? before.with(source) : before);
  }

  /** Adds sources, those that are not there yet, as one change; how many those were. */
  public int addAll(Collection<Source> added) {
    return sources.change(
        handle -> added.stream().mapToInt(source -> insert(handle, source)).sum(),
        (before, count) -> {
          var all = new ArrayList<>(added);
          // Those that were there before come last and stay.
          all.addAll(before.all());
          return count == 0 ? before : SourceBook.of(all);
        });
  }

  /**
   * Changes a source, one change at a time; what it was and is, or nothing when there is none.
   *
   * @param change makes the source what it is to be; an exception leaves it as it is
   */
  public Optional<Changed> change(Source.Key key, UnaryOperator<Source> change) {
    return sources.change(
        handle -> {
          var found = find(handle, key);
          return found.map(
              before -> {
                var after = change.apply(before);
                update(handle, after);
                return new Changed(before, after);
              });
        },
        (before, changed) -> changed.map(to -> before.with(to.after)).orElse(before));
  }

  /** Removes a source; what it was, or nothing when there was none. */
  public Optional<Source> remove(Source.Key key) {
    return sources.change(
        handle -> {
          var found = find(handle, key);
          handle.execute(
              "DELETE FROM sources WHERE tenant_id = ? AND id = ?", key.tenant(), key.id());
          return found;
        },
        (before, removed) -> removed.isPresent() ? before.without(key) : before);
  }

  /** Notes when sources last sent; a later time that is noted already stays. */
  public void saw(Map<Source.Key, Seen> seen) {
    if (seen.isEmpty()) {
      return;
    }
    database.write(
        handle -> {
          var batch =
              handle.prepareBatch(
                  """
                  UPDATE sources SET last_seen_at = :at, origin = :origin
                  WHERE tenant_id = :tenant AND id = :id
                    AND (last_seen_at IS NULL OR last_seen_at < :at)
                  """);
          seen.forEach(
              (key, last) ->
                  batch
                      .bind("at", last.at.toEpochMilli())
                      .bind("origin", word(last.origin))
                      .bind("tenant", key.tenant())
                      .bind("id", key.id())
                      .add());
          return batch.execute();
        });
  }

  /** When the sources of a tenant last sent, whichever server they sent to; by id. */
  public Map<String, Seen> seen(String tenant) {
    return database.read(
        handle -> {
          var seen = new HashMap<String, Seen>();
          handle
              .select(
                  """
                  SELECT id, origin, last_seen_at FROM sources
                  WHERE tenant_id = ? AND last_seen_at IS NOT NULL
                  """,
                  tenant)
              .map((row, _) -> Map.entry(row.getString("id"), seen(row)))
              .forEach(entry -> seen.put(entry.getKey(), entry.getValue()));
          return seen;
        });
  }

  /** When a source last sent, whichever server it sent to. */
  public Optional<Seen> seen(Source.Key key) {
    return database.read(
        handle ->
            handle
                .select(
                    """
                    SELECT origin, last_seen_at FROM sources
                    WHERE tenant_id = ? AND id = ? AND last_seen_at IS NOT NULL
                    """,
                    key.tenant(),
                    key.id())
                .map((row, _) -> seen(row))
                .findOne());
  }

  private static Seen seen(ResultSet row) throws SQLException {
    return new Seen(
        Instant.ofEpochMilli(row.getLong("last_seen_at")), type(row.getString("origin")));
  }

  private static long changes(Database database) {
    return database.read(Sources::changes);
  }

  private static long changes(Handle handle) {
    return handle
        .createQuery("SELECT number FROM revisions WHERE name = 'sources'")
        .mapTo(Long.class)
        .one();
  }

  /** Once in the life of a database: who removes them does not want them back. */
  private void seed() {
    var seeds =
        List.of(
            seed("default-http", Source.Type.HTTP, "Default HTTP", "api"),
            seed("default-udp", Source.Type.UDP, "Default UDP", "udp_head"));
    sources.change(
        handle -> {
          // Its own change is counted already: any more, and another server was quicker.
          if (changes(handle) == 1) {
            seeds.forEach(source -> insert(handle, source));
          }
          return changes(handle) == 1;
        },
        (before, isFirst) -> isFirst ? SourceBook.of(seeds) : before);
  }

  private Source seed(String id, Source.Type type, String name, String collector) {
    var now = now();
    return new Source(
        new Source.Key(Tenant.DEFAULT, id),
        type,
        name,
        collector,
        "HQ",
        List.of(),
        null,
        true,
        List.of(),
        0,
        true,
        now,
        now);
  }

  /** As the table can hold it. */
  private Instant now() {
    return Instant.ofEpochMilli(clock.millis());
  }

  private static int insert(Handle handle, Source source) {
    return handle
        .createUpdate(
            """
            INSERT INTO sources (tenant_id, id, type, display_name, collector, site, tags, notes,
              status, allowed_ips, max_eps, block_on_exceed, created_at, updated_at)
            VALUES (:tenant, :id, :type, :name, :collector, :site, :tags, :notes,
              :status, :ips, :eps, :block, :created, :updated)
            ON CONFLICT (tenant_id, id) DO NOTHING
            """)
        .bindMap(columns(source))
        .execute();
  }

  private static void update(Handle handle, Source source) {
    handle
        .createUpdate(
            """
            UPDATE sources SET type = :type, display_name = :name, collector = :collector,
              site = :site, tags = :tags, notes = :notes, status = :status, allowed_ips = :ips,
              max_eps = :eps, block_on_exceed = :block, updated_at = :updated
            WHERE tenant_id = :tenant AND id = :id
            """)
        .bindMap(columns(source))
        .execute();
  }

  private static Map<String, @Nullable Object> columns(Source source) {
    return Json.object(
        "tenant", source.tenant(),
        "id", source.id(),
        "type", word(source.type()),
        "name", source.displayName(),
        "collector", source.collector(),
        "site", source.site(),
        "tags", Json.text(source.tags()),
        "notes", source.notes(),
        "status", source.isEnabled() ? "enabled" : "disabled",
        "ips", Json.text(source.allowedIps()),
        "eps", source.maxEps(),
        "block", source.blockOnExceed(),
        "created", source.createdAt().toEpochMilli(),
        "updated", source.updatedAt().toEpochMilli());
  }

  private static String word(Source.Type type) {
    return type.name().toLowerCase(Locale.ROOT);
  }

  private static Source.Type type(@Nullable String word) {
    return "http".equals(word) ? Source.Type.HTTP : Source.Type.UDP;
  }

  private static SourceBook load(Handle handle) {
    return SourceBook.of(
        handle.createQuery("SELECT * FROM sources").map((row, _) -> source(row)).list());
  }

  private static Optional<Source> find(Handle handle, Source.Key key) {
    return handle
        .select("SELECT * FROM sources WHERE tenant_id = ? AND id = ?", key.tenant(), key.id())
        .map((row, _) -> source(row))
        .findOne();
  }

  private static Source source(ResultSet row) throws SQLException {
    return new Source(
        new Source.Key(row.getString("tenant_id"), row.getString("id")),
        type(row.getString("type")),
        row.getString("display_name"),
        row.getString("collector"),
        row.getString("site"),
        JsonColumn.texts(JsonColumn.parse(row.getString("tags"))),
        row.getString("notes"),
        "enabled".equals(row.getString("status")),
        JsonColumn.texts(JsonColumn.parse(row.getString("allowed_ips"))),
        row.getInt("max_eps"),
        row.getBoolean("block_on_exceed"),
        Instant.ofEpochMilli(row.getLong("created_at")),
        Instant.ofEpochMilli(row.getLong("updated_at")));
  }
}
