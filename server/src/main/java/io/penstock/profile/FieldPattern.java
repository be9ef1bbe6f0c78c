package io.penstock.profile;

import io.penstock.profile.Field.Where;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Fields that an entry of a profile is about. In a body a JSON pointer whose segments may be or
 * contain one star, which stands for any text within the segment; {@code **} as the last segment
 * stands for one or more. Elsewhere a name that may contain one star. Header names have no case.
 */
public record FieldPattern(Where where, String text, List<String> segments) {

  private static final String REST = "**";

  public FieldPattern {
    segments = List.copyOf(segments);
  }

  /** Reads a pattern; empty when a body's does not begin with a slash. */
  static Optional<FieldPattern> parse(Where where, String text) {
    if (where != Where.BODY) {
      var name = where == Where.HEADER ? text.toLowerCase(Locale.ROOT) : text;
      return text.isEmpty()
          ? Optional.empty()
          : Optional.of(new FieldPattern(where, text, List.of(name)));
    }
    return text.startsWith("/")
        ? Optional.of(new FieldPattern(where, text, List.of(text.substring(1).split("/", -1))))
        : Optional.empty();
  }

  /** The path of the only field that a pattern without a star is about. */
  String path() {
    return where == Where.BODY ? text : segments.getFirst();
  }

  boolean matches(Field field) {
    if (field.where() != where) {
      return false;
    }
    return where == Where.BODY
        ? isPointer(field.path())
        : isLike(segments.getFirst(), field.path());
  }

  private boolean isPointer(String pointer) {
    int at = 1;
    for (int i = 0; i < segments.size(); i++) {
      if (at > pointer.length()) {
        return false;
      }
      if (segments.get(i).equals(REST) && i == segments.size() - 1) {
        return true;
      }
      int slash = pointer.indexOf('/', at);
      int end = slash < 0 ? pointer.length() : slash;
      if (!isLike(segments.get(i), pointer.substring(at, end))) {
        return false;
      }
      at = end + 1;
    }
    return at == pointer.length() + 1;
  }

  private static boolean isLike(String pattern, String text) {
    int star = pattern.indexOf('*');
    if (star < 0) {
      return pattern.equals(text);
    }
    int behind = pattern.length() - star - 1;
    return text.length() >= star + behind
        && text.regionMatches(0, pattern, 0, star)
        && text.regionMatches(text.length() - behind, pattern, star + 1, behind);
  }

  @Override
  public String toString() {
    return where.name().toLowerCase(Locale.ROOT) + " " + text;
  }
}
