package io.penstock.inventory;

import io.penstock.profile.FieldType;
import io.penstock.profile.Identifier;
import java.time.Instant;
import java.util.Set;

/**
 * What is known of one field of a product's version.
 *
 * @param key part of the request and shape of the path, such as {@code query v}
 * @param isKnown whether the profile explains it
 * @param example the first value that was seen, redacted
 * @param values about how many different ones; 1,001 stands for more than 1,000
 * @param sketch from which that number comes
 */
public record SeenField(
    String key,
    Set<FieldType> types,
    Identifier identifier,
    boolean isKnown,
    String example,
    int values,
    String sketch,
    long count,
    Instant first,
    Instant last,
    Days days) {

  public SeenField {
    types = Set.copyOf(types);
  }
}
