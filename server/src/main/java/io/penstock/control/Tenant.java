package io.penstock.control;

import java.time.Instant;
import java.util.Set;

/**
 * Whose data it is, and what is done with it.
 *
 * @param id 1 to 64 characters of {@code a-z 0-9 _ -}; names folders and labels
 * @param name for people
 * @param retentionDays how long its events are kept
 * @param quotas how much it may send
 * @param redactedFields fields of events, as the API names them, that are never stored
 */
public record Tenant(
    String id,
    String name,
    int retentionDays,
    Quotas quotas,
    Set<String> redactedFields,
    Instant createdAt) {

  /** The tenant of whoever has no other. */
  public static final String DEFAULT = "default";

  public Tenant {
    redactedFields = Set.copyOf(redactedFields);
  }

  /**
   * How much a tenant may send.
   *
   * @param eps events a second over all its sources; 0 for no limit
   * @param batchMax records in a posted batch
   * @param deadLettersMax events that may wait as dead letters
   */
  public record Quotas(int eps, int batchMax, int deadLettersMax) {

    /** No limit beyond those of the server. */
    public static final Quotas NONE = new Quotas(0, 10_000, 100_000);
  }
}
