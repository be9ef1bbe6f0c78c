package io.penstock.control;

import io.penstock.control.ThreatIndicator.Draft;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/**
 * The table of threat indicators that came through the API. It may be long, so what is at hand is
 * only which tenants have any; the rest is read when somebody asks, never per event: for that,
 * tables are built whenever {@link #snapshot} shows another revision.
 *
 * <p>Safe for many threads.
 */
public final class Indicators {

  /** The tenant whose indicators hold for all. */
  public static final String EVERYONE = "*";

  private static final int ROWS_PER_BATCH = 1_000;

  /**
   * How many indicators may be stored.
   *
   * @param total of all tenants together
   * @param perTenant of one; those for everyone have the limit of all
   */
  public record Limits(int total, int perTenant) {}

  /**
   * The indicators of a tenant.
   *
   * @param revision another one whenever they changed
   * @param size how many there are, expired ones included
   */
  public record Held(long revision, int size) {}

  /** What a change came to. */
  public sealed interface Outcome {

    /**
     * Stored.
     *
     * @param added were not there before
     * @param updated were there before
     * @param removed are there no more
     */
    record Done(int added, int updated, int removed) implements Outcome {}

    /** Nothing was changed: there would be more than may be. */
    record Full(int max) implements Outcome {}
  }

  /** What becomes of the other indicators of a feed when some of it are loaded. */
  public enum Mode {
    /** They go. */
    REPLACE,
    /** They stay. */
    MERGE
  }

  /** Which indicators to list; null and empty for any. */
  public record Filter(
      @Nullable String value,
      @Nullable String category,
      @Nullable String feed,
      Optional<Boolean> expired) {

    public static final Filter NONE = new Filter(null, null, null, Optional.empty());
  }

  /** A part of a list. */
  public record Page(List<ThreatIndicator> indicators, long total) {}

  /**
   * A list that came through the API.
   *
   * @param tenant whose it is, or {@link #EVERYONE}
   * @param size indicators on it, expired ones included
   * @param expired of these
   * @param updatedAt when one of them was last stored
   */
  public record Feed(String name, String tenant, long size, long expired, Instant updatedAt) {}

  private record Count(String tenant, Held held, Outcome outcome) {}

  private final Database database;
  private final Limits limits;
  private final InstantSource clock;
  private final Snapshot<Map<String, Held>> held;

  public Indicators(Database database, Limits limits, InstantSource clock) {
    this.database = database;
    this.limits = limits;
    this.clock = clock;
    this.held = new Snapshot<>(database, "indicators", Indicators::load);
  }

  /** The tenants that ever had indicators, and how many. */
  public Snapshot<Map<String, Held>> snapshot() {
    return held;
  }

  public Limits limits() {
    return limits;
  }

  /** Adds an indicator, or changes the one of the same tenant, feed and value. */
  public Outcome put(String tenant, Draft draft) {
    return load(tenant, draft.feed(), List.of(draft), Mode.MERGE, _ -> {});
  }

  /**
   * Stores what a feed has to say, all or nothing.
   *
   * @param drafts all of that feed, each value once
   * @param progress hears how many were stored
   */
  public Outcome load(
      String tenant, String feed, Collection<Draft> drafts, Mode mode, IntConsumer progress) {
    try {
      return held.change(
              handle -> {
                int before = size(handle, tenant);
                long stamp = stamp(handle, tenant, feed);
                upsert(handle, tenant, drafts, stamp, progress);
                int stored = size(handle, tenant);
                int removed = mode == Mode.MERGE ? 0 : removeOlder(handle, tenant, feed, stamp);
                checkLimits(handle, tenant, stored - removed);
                int added = stored - before;
                var done = new Outcome.Done(added, drafts.size() - added, removed);
                return count(handle, tenant, done);
              },
              Indicators::with)
          .outcome();
    } catch (FullException full) {
      return new Outcome.Full(full.max);
    }
  }

  /** Undoes a change that would go too far. */
  private static final class FullException extends RuntimeException {
    private final int max;

    FullException(int max) {
      super("more than " + max + " indicators", null, false, false);
      this.max = max;
    }
  }

  private void checkLimits(Handle handle, String tenant, int size) {
    if (!tenant.equals(EVERYONE) && size > limits.perTenant) {
      throw new FullException(limits.perTenant);
    }
    int others =
        handle
            .select(
                "SELECT COALESCE(SUM(size), 0) FROM indicator_sets WHERE tenant_id <> ?", tenant)
            .mapTo(Integer.class)
            .one();
    if (size + others > limits.total) {
      throw new FullException(limits.total);
    }
  }

  /** The time of a change: later than that of every row before, so that it tells them apart. */
  private long stamp(Handle handle, String tenant, String feed) {
    long latest =
        handle
            .select(
                """
                SELECT COALESCE(MAX(updated_at), 0) FROM indicators
                WHERE tenant_id = ? AND feed = ?
                """,
                tenant,
                feed)
            .mapTo(Long.class)
            .one();
    return Math.max(clock.millis(), latest + 1);
  }

  private static void upsert(
      Handle handle, String tenant, Collection<Draft> drafts, long stamp, IntConsumer progress) {
    int stored = 0;
    try (var batch =
        handle.prepareBatch(
            """
            INSERT INTO indicators (id, tenant_id, value, category, confidence, feed,
              expires_at, created_at, updated_at)
            VALUES (:id, :tenant, :value, :category, :confidence, :feed, :expires, :now, :now)
            ON CONFLICT (tenant_id, feed, value) DO UPDATE SET category = :category,
              confidence = :confidence, expires_at = :expires, updated_at = :now
            """)) {
      for (var draft : drafts) {
        var expires = draft.expiresAt();
        batch
            .bind("id", ThreatIndicator.id(tenant, draft.feed(), draft.value()))
            .bind("tenant", tenant)
            .bind("value", draft.value())
            .bind("category", draft.category())
            .bind("confidence", draft.confidence())
            .bind("feed", draft.feed())
            .bind("expires", expires == null ? null : (Long) expires.toEpochMilli())
            .bind("now", stamp)
            .add();
        if (++stored % ROWS_PER_BATCH == 0) {
          batch.execute();
          progress.accept(stored);
        }
      }
      if (stored % ROWS_PER_BATCH != 0) {
        batch.execute();
      }
    }
    progress.accept(stored);
  }

  private static int removeOlder(Handle handle, String tenant, String feed, long stamp) {
    return handle.execute(
        "DELETE FROM indicators WHERE tenant_id = ? AND feed = ? AND updated_at < ?",
        tenant,
        feed,
        stamp);
  }

  private static int size(Handle handle, String tenant) {
    return handle
        .select("SELECT COUNT(*) FROM indicators WHERE tenant_id = ?", tenant)
        .mapTo(Integer.class)
        .one();
  }

  /** Writes down that a tenant's indicators changed. */
  private static Count count(Handle handle, String tenant, Outcome outcome) {
    int size = size(handle, tenant);
    handle.execute(
        """
        INSERT INTO indicator_sets (tenant_id, revision, size) VALUES (?, 1, ?)
        ON CONFLICT (tenant_id)
        DO UPDATE SET revision = indicator_sets.revision + 1, size = excluded.size
        """,
        tenant,
        size);
    long revision =
        handle
            .select("SELECT revision FROM indicator_sets WHERE tenant_id = ?", tenant)
            .mapTo(Long.class)
            .one();
    return new Count(tenant, new Held(revision, size), outcome);
  }

  private static Map<String, Held> with(Map<String, Held> before, Count count) {
    var after = new HashMap<>(before);
    after.put(count.tenant, count.held);
    return Map.copyOf(after);
  }

  private static Map<String, Held> load(Handle handle) {
    return handle
        .createQuery("SELECT * FROM indicator_sets")
        .map(
            (row, _) ->
                Map.entry(
                    row.getString("tenant_id"),
                    new Held(row.getLong("revision"), row.getInt("size"))))
        .stream()
        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  /** Removes an indicator of a tenant; false when it has none of that id. */
  public boolean remove(String tenant, String id) {
    return removed(
        tenant,
        handle ->
            handle.execute("DELETE FROM indicators WHERE tenant_id = ? AND id = ?", tenant, id));
  }

  /** Removes what expired before a time, of all tenants; how many that were. */
  public int purge(Instant before) {
    int removed = 0;
    for (var tenant : held.current().keySet()) {
      var expired =
          database.read(
              handle ->
                  handle
                      .select(
                          "SELECT COUNT(*) FROM indicators WHERE tenant_id = ? AND expires_at < ?",
                          tenant,
                          before.toEpochMilli())
                      .mapTo(Integer.class)
                      .one());
      if (expired > 0
          && removed(
              tenant,
              handle ->
                  handle.execute(
                      "DELETE FROM indicators WHERE tenant_id = ? AND expires_at < ?",
                      tenant,
                      before.toEpochMilli()))) {
        removed += expired;
      }
    }
    return removed;
  }

  private boolean removed(String tenant, Database.Work<Integer> removal) {
    var count =
        held.change(
            handle -> {
              int rows = removal.with(handle);
              return rows == 0
                  ? new Count(tenant, new Held(0, 0), new Outcome.Done(0, 0, 0))
                  : count(handle, tenant, new Outcome.Done(0, 0, rows));
            },
            (before, after) -> isNothing(after) ? before : with(before, after));
    return !isNothing(count);
  }

  private static boolean isNothing(Count count) {
    return count.outcome instanceof Outcome.Done(int _, int _, int removed) && removed == 0;
  }

  /** An indicator that a tenant can see: its own, or one for everyone. */
  public Optional<ThreatIndicator> find(String tenant, String id) {
    return database.read(
        handle ->
            handle
                .select(
                    "SELECT * FROM indicators WHERE id = ? AND tenant_id IN (?, ?)",
                    id,
                    tenant,
                    EVERYONE)
                .map((row, _) -> indicator(row))
                .findOne());
  }

  /** The indicators that a tenant can see, its own and those for everyone, by feed and value. */
  public Page list(String tenant, Filter filter, int offset, int limit) {
    var condition = condition(filter);
    return database.read(
        handle -> {
          var count = handle.createQuery("SELECT COUNT(*) FROM indicators WHERE " + condition);
          long total = bind(count, tenant, filter).mapTo(Long.class).one();
          var query =
              handle.createQuery(
                  "SELECT * FROM indicators WHERE "
                      + condition
                      + " ORDER BY tenant_id, feed, value LIMIT :limit OFFSET :offset");
          var rows =
              bind(query, tenant, filter)
                  .bind("limit", limit)
                  .bind("offset", offset)
                  .map((row, _) -> indicator(row))
                  .list();
          return new Page(rows, total);
        });
  }

  /** The lists that a tenant can see, by name. */
  public List<Feed> feeds(String tenant, int limit) {
    return database.read(
        handle ->
            handle
                .select(
                    """
                    SELECT feed, tenant_id, COUNT(*) AS size, MAX(updated_at) AS updated,
                      SUM(CASE WHEN expires_at <= ? THEN 1 ELSE 0 END) AS expired
                    FROM indicators WHERE tenant_id IN (?, ?)
                    GROUP BY feed, tenant_id ORDER BY feed, tenant_id LIMIT ?
                    """,
                    clock.millis(),
                    tenant,
                    EVERYONE,
                    limit)
                .map(
                    (row, _) ->
                        new Feed(
                            row.getString("feed"),
                            row.getString("tenant_id"),
                            row.getLong("size"),
                            row.getLong("expired"),
                            Instant.ofEpochMilli(row.getLong("updated"))))
                .list());
  }

  private static String condition(Filter filter) {
    var expiry =
        filter
            .expired
            .map(
                expired ->
                    expired ? "expires_at <= :now" : "(expires_at IS NULL OR expires_at > :now)")
            .orElse(null);
    return Stream.of(
            "tenant_id IN (:tenant, :everyone)",
            filter.value == null ? null : "value = :value",
            filter.category == null ? null : "category = :category",
            filter.feed == null ? null : "feed = :feed",
            expiry)
        .filter(part -> part != null)
        .collect(Collectors.joining(" AND "));
  }

  private <S extends SqlStatement<S>> S bind(S statement, String tenant, Filter filter) {
    statement.bind("tenant", tenant).bind("everyone", EVERYONE);
    if (filter.value != null) {
      statement.bind("value", filter.value);
    }
    if (filter.category != null) {
      statement.bind("category", filter.category);
    }
    if (filter.feed != null) {
      statement.bind("feed", filter.feed);
    }
    if (filter.expired.isPresent()) {
      statement.bind("now", clock.millis());
    }
    return statement;
  }

  /** Passes on every indicator of a tenant that has not expired, without holding them all. */
  public void each(String tenant, Consumer<ThreatIndicator> consumer) {
    database.read(
        handle -> {
          handle
              .select(
                  """
                  SELECT * FROM indicators
                  WHERE tenant_id = ? AND (expires_at IS NULL OR expires_at > ?)
                  """,
                  tenant,
                  clock.millis())
              .setFetchSize(ROWS_PER_BATCH)
              .map((row, _) -> indicator(row))
              .forEach(consumer);
          return true;
        });
  }

  private static ThreatIndicator indicator(ResultSet row) throws SQLException {
    long expires = row.getLong("expires_at");
    var expiresAt = row.wasNull() ? null : Instant.ofEpochMilli(expires);
    return new ThreatIndicator(
        row.getString("id"),
        row.getString("tenant_id"),
        row.getString("value"),
        row.getString("category"),
        row.getInt("confidence"),
        row.getString("feed"),
        expiresAt,
        Instant.ofEpochMilli(row.getLong("created_at")),
        Instant.ofEpochMilli(row.getLong("updated_at")));
  }
}
