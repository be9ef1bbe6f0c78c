package io.penstock.inventory;

import io.penstock.json.Json;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that an operator may want to know at once.
 *
 * @param product empty for a host that no profile knows
 * @param subject the host or the field that it is about; empty for a product as a whole
 * @param detail a sentence, without values that were sent
 */
public record Alert(
    Kind kind,
    Instant at,
    String tenant,
    String product,
    String version,
    String subject,
    String detail) {

  /** What happened. */
  public enum Kind {
    /** A host that nobody of the tenant asked for before. */
    NEW_HOST,
    /** A field that the product did not send before. */
    NEW_FIELD,
    /** A field that tells somebody apart, for the first time. */
    IDENTIFIER_SEEN,
    /** Many more requests than usual within an hour. */
    VOLUME_SPIKE,
    /** A product that used to send does not any more. */
    SILENCE
  }

  /** As it is delivered. */
  public Map<String, @Nullable Object> json() {
    return Json.object(
        "kind", kind.name(),
        "at", at.toString(),
        "tenant", tenant,
        "product", product,
        "version", version,
        "subject", subject,
        "detail", detail);
  }
}
