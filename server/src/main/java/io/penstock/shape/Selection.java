package io.penstock.shape;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which events a sink gets and what of them.
 *
 * @param schema of the documents
 * @param filter in the filter language; null for all events
 * @param fields members of the document to keep, dotted where nested; empty for all
 * @param redact members of the document to leave out
 * @param sampling one event of so many is sent, by its id; 1 for all
 */
public record Selection(
    Schema schema, @Nullable String filter, Set<String> fields, Set<String> redact, int sampling) {

  /** Everything, as our own document. */
  public static final Selection ALL = new Selection(Schema.TELEMETRY, null, Set.of(), Set.of(), 1);

  public Selection {
    fields = Set.copyOf(fields);
    redact = Set.copyOf(redact);
    if (sampling < 1) {
      throw new IllegalArgumentException("sampling of 1 in " + sampling);
    }
  }
}
