package io.penstock.profile;

/**
 * What a field of a product means, and who says so.
 *
 * @param type as the product writes it, in a word: {@code text}, {@code integer}, {@code decimal},
 *     {@code truth}, {@code time}, {@code map}, {@code list}, {@code octets}
 * @param unit empty when there is none
 * @param identifier whom it tells apart
 * @param said who says what it means
 * @param source where; empty when the profile's own source is meant
 */
public record FieldMeaning(
    FieldPattern field,
    String type,
    String meaning,
    String unit,
    Identifier identifier,
    Said said,
    String source) {

  /** Who says what a field means. */
  public enum Said {
    /** The vendor, in its documentation. */
    DOCUMENTED,
    /** The product's source. */
    CODE,
    /** Others who looked at it. */
    REPORTED,
    /** Derived from a value that was seen. */
    INFERRED,
    /** Nobody: its name suggests it. */
    GUESS
  }
}
