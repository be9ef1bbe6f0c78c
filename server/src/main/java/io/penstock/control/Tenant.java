package io.penstock.control;

import io.penstock.json.Json;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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

  private static final Predicate<String> IS_ID =
      Pattern.compile("[a-z0-9_-]{1,64}").asMatchPredicate();

  public Tenant {
    redactedFields = Set.copyOf(redactedFields);
  }

  /** Whether a text may be a tenant's id. */
  public static boolean isId(String text) {
    return IS_ID.test(text);
  }

  /** All that is known of it, by the names of the API. */
  public Map<String, @Nullable Object> facts() {
    return Json.object(
        "tenant_id",
        id,
        "name",
        name,
        "retention_days",
        retentionDays,
        "quotas",
        Json.object(
            "eps", quotas.eps,
            "batch_max", quotas.batchMax,
            "dlq_max", quotas.deadLettersMax),
        "redaction",
        Json.object("fields", redactedFields.stream().sorted().toList()),
        "created_at",
        createdAt.toString());
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
