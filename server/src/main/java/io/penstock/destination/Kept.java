package io.penstock.destination;

import io.penstock.shape.Schema;
import io.penstock.shape.Selection;

/**
 * Which members of an event a destination may learn where they stand outside of its document, such
 * as in a header. What a selection says of other schemas' documents cannot be told for these
 * members, so that nothing may be learnt then.
 */
record Kept(Selection selection) {

  /** All members that have no name here: they are kept where everything is. */
  static final String REST = "...";

  /**
   * @param member of the telemetry document, dotted where nested
   */
  boolean keeps(String member) {
    if (selection.fields().isEmpty() && selection.redact().isEmpty()) {
      return true;
    }
    if (selection.schema() != Schema.TELEMETRY || member.equals(REST)) {
      return false;
    }
    if (member.equals("exporter") && selection.redact().contains("client_ip")) {
      // The same address, of an event that was posted.
      return false;
    }
    boolean isAsked = selection.fields().isEmpty();
    for (int end = member.length(); end > 0; end = member.lastIndexOf('.', end - 1)) {
      var part = member.substring(0, end);
      if (selection.redact().contains(part)) {
        return false;
      }
      isAsked |= selection.fields().contains(part);
    }
    return isAsked;
  }
}
