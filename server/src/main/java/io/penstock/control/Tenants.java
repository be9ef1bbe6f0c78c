package io.penstock.control;

import io.penstock.json.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;

/** The table of tenants. Safe for many threads; reading asks no database. */
public final class Tenants {

  /** How long events are kept when nobody said. */
  public static final int RETENTION_DAYS = 7;

  /** How long an id is given to nobody after its tenant was removed, while servers clear up. */
  private static final Duration RESERVED = Duration.ofMinutes(3);

  /** How long a removal is remembered, for servers that were off when it happened. */
  private static final Duration REMOVALS_KEPT = Duration.ofDays(400);

  private final Snapshot<Map<String, Tenant>> tenants;
  private final InstantSource clock;

  /**
   * @param retentionDays of the default tenant, when it is made now
   */
  public Tenants(Database database, int retentionDays, InstantSource clock) {
    this.tenants = new Snapshot<>(database, "tenants", Tenants::load);
    this.clock = clock;
    if (find(Tenant.DEFAULT).isEmpty()) {
      add(
          new Tenant(
              Tenant.DEFAULT,
              "Default",
              retentionDays,
              Tenant.Quotas.NONE,
              Set.of(),
              clock.instant()));
    }
  }

  public Snapshot<Map<String, Tenant>> snapshot() {
    return tenants;
  }

  public Optional<Tenant> find(String id) {
    return Optional.ofNullable(tenants.current().get(id));
  }

  /** How long events are kept; those of a tenant that is gone as long as the default's. */
  public int retentionDays(String id) {
    var all = tenants.current();
    var tenant = all.getOrDefault(id, all.get(Tenant.DEFAULT));
    return tenant == null ? RETENTION_DAYS : tenant.retentionDays();
  }

  /** Adds a tenant; false when there is one of that id, or was until a moment ago. */
  public boolean add(Tenant tenant) {
    return tenants.change(
        handle -> !isReserved(handle, tenant.id()) && insert(handle, tenant) == 1,
        (before, isNew) -> isNew ? with(before, tenant) : before);
  }

  private boolean isReserved(Handle handle, String id) {
    return handle
            .select(
                "SELECT COUNT(*) FROM tenant_removals WHERE tenant_id = ? AND removed_at > ?",
                id,
                clock.millis() - RESERVED.toMillis())
            .mapTo(Long.class)
            .one()
        > 0;
  }

  /** Replaces a tenant; false when there is none of that id. */
  public boolean replace(Tenant tenant) {
    return tenants.change(
        handle -> update(handle, tenant) == 1,
        (before, isThere) -> isThere ? with(before, tenant) : before);
  }

  /** What a tenant was, and what it is now. */
  public record Change(Tenant before, Tenant after) {}

  /** What became of a tenant that was to be removed. */
  public enum Removal {
    REMOVED,
    /** There is none of that id. */
    UNKNOWN,
    /** It is the default tenant, or keys or sources of it exist. */
    IN_USE
  }

  /**
   * Changes a tenant as it is in the table now; empty when there is none of that id.
   *
   * @param edit gives the tenant as it shall be, under the same id
   */
  public Optional<Change> change(String id, UnaryOperator<Tenant> edit) {
    return tenants.change(
        handle -> {
          var change = row(handle, id).map(before -> new Change(before, edit.apply(before)));
          change.ifPresent(made -> update(handle, made.after));
          return change;
        },
        (before, change) -> change.map(made -> with(before, made.after)).orElse(before));
  }

  /**
   * Removes a tenant that has neither keys nor sources, with its indicators and jobs, and writes
   * down that it was removed: see {@link Removals}.
   */
  public Removal remove(String id) {
    if (id.equals(Tenant.DEFAULT)) {
      return Removal.IN_USE;
    }
    return tenants.change(
        handle -> remove(handle, id),
        (before, removal) -> removal == Removal.REMOVED ? without(before, id) : before);
  }

  private Removal remove(Handle handle, String id) {
    if (row(handle, id).isEmpty()) {
      return Removal.UNKNOWN;
    }
    if (count(handle, "SELECT COUNT(*) FROM api_keys WHERE tenant_id = ?", id) > 0
        || count(handle, "SELECT COUNT(*) FROM sources WHERE tenant_id = ?", id) > 0) {
      return Removal.IN_USE;
    }
    if (handle.execute("DELETE FROM indicators WHERE tenant_id = ?", id) > 0) {
      handle.execute(
          "UPDATE indicator_sets SET revision = revision + 1, size = 0 WHERE tenant_id = ?", id);
      handle.execute("UPDATE revisions SET number = number + 1 WHERE name = 'indicators'");
    }
    handle.execute("DELETE FROM jobs WHERE tenant_id = ?", id);
    handle.execute("DELETE FROM tenants WHERE tenant_id = ?", id);
    long now = clock.millis();
    handle.execute(
        "DELETE FROM tenant_removals WHERE removed_at < ?", now - REMOVALS_KEPT.toMillis());
    handle.execute("INSERT INTO tenant_removals (tenant_id, removed_at) VALUES (?, ?)", id, now);
    return Removal.REMOVED;
  }

  private static long count(Handle handle, String query, String id) {
    return handle.select(query, id).mapTo(Long.class).one();
  }

  private static Optional<Tenant> row(Handle handle, String id) {
    return handle
        .select("SELECT * FROM tenants WHERE tenant_id = ?", id)
        .map((row, _) -> tenant(row))
        .findOne();
  }

  private static Map<String, Tenant> without(Map<String, Tenant> before, String id) {
    var after = new HashMap<>(before);
    after.remove(id);
    return Map.copyOf(after);
  }

  private static Map<String, Tenant> with(Map<String, Tenant> before, Tenant tenant) {
    var after = new HashMap<>(before);
    after.put(tenant.id(), tenant);
    return Map.copyOf(after);
  }

  private int insert(Handle handle, Tenant tenant) {
    return handle
        .createUpdate(
            """
            INSERT INTO tenants
              (tenant_id, name, retention_days, quotas, redaction, created_at, updated_at)
            VALUES (:id, :name, :days, :quotas, :redaction, :created, :updated)
            ON CONFLICT (tenant_id) DO NOTHING
            """)
        .bindMap(columns(tenant))
        .execute();
  }

  private int update(Handle handle, Tenant tenant) {
    return handle
        .createUpdate(
            """
            UPDATE tenants SET name = :name, retention_days = :days, quotas = :quotas,
              redaction = :redaction, updated_at = :updated
            WHERE tenant_id = :id
            """)
        .bindMap(columns(tenant))
        .execute();
  }

  private Map<String, Object> columns(Tenant tenant) {
    var columns = new LinkedHashMap<String, Object>();
    columns.put("id", tenant.id());
    columns.put("name", tenant.name());
    columns.put("days", tenant.retentionDays());
    columns.put("quotas", quotas(tenant.quotas()));
    columns.put(
        "redaction",
        Json.text(Json.object("fields", tenant.redactedFields().stream().sorted().toList())));
    columns.put("created", tenant.createdAt().toEpochMilli());
    columns.put("updated", clock.millis());
    return columns;
  }

  private static String quotas(Tenant.Quotas quotas) {
    return Json.text(
        Json.object(
            "eps",
            quotas.eps(),
            "batch_max",
            quotas.batchMax(),
            "dlq_max",
            quotas.deadLettersMax()));
  }

  private static Map<String, Tenant> load(Handle handle) {
    var loaded = new HashMap<String, Tenant>();
    handle
        .createQuery("SELECT * FROM tenants")
        .map((row, _) -> tenant(row))
        .forEach(tenant -> loaded.put(tenant.id(), tenant));
    return Map.copyOf(loaded);
  }

  private static Tenant tenant(ResultSet row) throws SQLException {
    var quotas = JsonColumn.object(row.getString("quotas"));
    var standard = Tenant.Quotas.NONE;
    return new Tenant(
        row.getString("tenant_id"),
        row.getString("name"),
        row.getInt("retention_days"),
        new Tenant.Quotas(
            JsonColumn.number(quotas, "eps", standard.eps()),
            JsonColumn.number(quotas, "batch_max", standard.batchMax()),
            JsonColumn.number(quotas, "dlq_max", standard.deadLettersMax())),
        Set.copyOf(JsonColumn.texts(JsonColumn.object(row.getString("redaction")).get("fields"))),
        Instant.ofEpochMilli(row.getLong("created_at")));
  }
}
