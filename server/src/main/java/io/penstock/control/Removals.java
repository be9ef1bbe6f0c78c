package io.penstock.control;

import java.util.List;

/**
 * The table of tenants that were removed: what a server goes by to delete what it has of them. Each
 * server with this database has events of its own, so a removal is never ticked off here; a server
 * remembers how far it has come. Asked only when the table of tenants changed.
 */
public final class Removals {

  private final Database database;

  public Removals(Database database) {
    this.database = database;
  }

  /**
   * A tenant that was removed.
   *
   * @param number later removals have larger ones
   */
  public record Removal(long number, String tenant) {}

  /** What tells this database from every other. */
  public String installation() {
    return database.read(
        handle -> handle.createQuery("SELECT id FROM installation").mapTo(String.class).one());
  }

  /** Number of the latest removal; 0 before the first. */
  public long latest() {
    return database.read(
        handle ->
            handle
                .createQuery("SELECT COALESCE(MAX(number), 0) FROM tenant_removals")
                .mapTo(Long.class)
                .one());
  }

  /** The removals behind the one with this number, in their order. */
  public List<Removal> after(long number) {
    return database.read(
        handle ->
            handle
                .select(
                    "SELECT number, tenant_id FROM tenant_removals WHERE number > ? ORDER BY number",
                    number)
                .map((row, _) -> new Removal(row.getLong("number"), row.getString("tenant_id")))
                .list());
  }

  /** How often the table of tenants has changed. */
  public long revision() {
    return database.read(
        handle ->
            handle
                .createQuery("SELECT number FROM revisions WHERE name = 'tenants'")
                .mapTo(Long.class)
                .one());
  }
}
