package io.penstock.profile;

import java.util.Locale;

/**
 * One value that a request carries.
 *
 * @param path in a body a JSON pointer (RFC 6901), else the name; behind {@code (base64)} stands
 *     what was wrapped in the value before it
 * @param shape the path with a star for each index, so that all elements of a list have one
 * @param value as text, shortened when it is longer than {@link Tree#TEXT_MAX}
 */
public record Field(Where where, String path, String shape, String value, FieldType type) {

  /** Which part of a request. */
  public enum Where {
    QUERY,
    HEADER,
    /** A segment of the path; its name is its number, counted from 1. */
    PATH,
    BODY;

    private final String prefix = name().toLowerCase(Locale.ROOT) + " ";
  }

  /** Part and shape in one, such as {@code query v} or {@code body /events/*}{@code /name}. */
  public String key() {
    return where.prefix.concat(shape);
  }
}
