package io.penstock.control;

import io.penstock.json.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Who changed what: the acts of operators, kept with the tables that they changed. */
public final class AdminAudit {

  private static final int TARGET_LENGTH_MAX = 255;
  private static final int USER_AGENT_LENGTH_MAX = 500;

  /** Rows that one statement deletes: others want to write, too. */
  private static final int ROWS_PER_DELETE = 1_000;

  private final Database database;
  private final InstantSource clock;

  public AdminAudit(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /** Who acts, and from where. */
  public record Actor(String keyId, String tenant, String clientIp, String userAgent) {}

  /**
   * What was done.
   *
   * @param action in the form {@code feature_flag_update}
   * @param target what was acted on
   * @param before what it was, as {@link Json} prints it, without secrets; null when it was not
   *     there
   * @param after what it is now; null when it is gone
   */
  public record Act(
      Actor actor,
      String action,
      String target,
      @Nullable Map<String, @Nullable Object> before,
      @Nullable Map<String, @Nullable Object> after) {}

  /**
   * An act as it was recorded.
   *
   * @param before JSON text
   * @param after JSON text
   */
  public record Entry(
      long id,
      Instant at,
      Actor actor,
      String action,
      String target,
      @Nullable String before,
      @Nullable String after) {}

  /** Records an act; when this returns it is kept. */
  public void record(Act act) {
    var actor = act.actor;
    database.write(
        handle ->
            handle.execute(
                """
                INSERT INTO admin_audit_logs (at, tenant_id, actor_key_id, action, target,
                  before_value, after_value, client_ip, user_agent)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                clock.millis(),
                actor.tenant,
                actor.keyId,
                act.action,
                cut(act.target, TARGET_LENGTH_MAX),
                act.before == null ? null : Json.text(act.before),
                act.after == null ? null : Json.text(act.after),
                actor.clientIp,
                cut(actor.userAgent, USER_AGENT_LENGTH_MAX)));
  }

  /** The latest acts concerning a tenant, the newest first. */
  public List<Entry> latest(String tenant, int limit) {
    return database.read(
        handle ->
            handle
                .select(
                    """
                    SELECT * FROM admin_audit_logs WHERE tenant_id = ?
                    ORDER BY at DESC, id DESC LIMIT ?
                    """,
                    tenant,
                    limit)
                .map((row, _) -> entry(row))
                .list());
  }

  /** Deletes the acts before a time, a thousand in a transaction; how many there were. */
  public int expire(Instant before) {
    int expired = 0;
    int deleted;
    do {
      deleted = database.write(handle -> deleteOldest(handle, before));
      expired += deleted;
    } while (deleted == ROWS_PER_DELETE && !Thread.currentThread().isInterrupted());
    return expired;
  }

  private static int deleteOldest(Handle handle, Instant before) {
    return handle.execute(
        """
        DELETE FROM admin_audit_logs WHERE id IN
          (SELECT id FROM admin_audit_logs WHERE at < ? ORDER BY at, id LIMIT ?)
        """,
        before.toEpochMilli(),
        ROWS_PER_DELETE);
  }

  private static Entry entry(ResultSet row) throws SQLException {
    return new Entry(
        row.getLong("id"),
        Instant.ofEpochMilli(row.getLong("at")),
        new Actor(
            row.getString("actor_key_id"),
            row.getString("tenant_id"),
            row.getString("client_ip"),
            row.getString("user_agent")),
        row.getString("action"),
        row.getString("target"),
        row.getString("before_value"),
        row.getString("after_value"));
  }

  private static String cut(String text, int lengthMax) {
    return text.length() <= lengthMax ? text : text.substring(0, lengthMax);
  }
}
