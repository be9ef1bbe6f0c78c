package io.penstock.policy;

import java.util.ArrayDeque;
import java.util.Optional;

/**
 * Paths that a rule is about: one path, or with {@code /*} at the end every path below it. In the
 * middle {@code *} stands for one segment. Dot segments are resolved before anything is compared
 * (RFC 3986 §5.2.4), also where they are escaped, so that nothing walks out of a path or into it.
 */
public record PathPattern(String text) {

  /** Every path. */
  public static final PathPattern ANY = new PathPattern("/*");

  /** Reads a pattern, which begins with a slash; empty when it does not. */
  public static Optional<PathPattern> parse(String text) {
    return text.startsWith("/") && text.indexOf('?') < 0
        ? Optional.of(new PathPattern(text))
        : Optional.empty();
  }

  /** Whether it is about a path as a client sent it. */
  public boolean matches(String path) {
    if (text.equals("/*")) {
      return true;
    }
    var plain = normal(path);
    int star = text.indexOf('*');
    if (star < 0) {
      return plain.equals(text);
    }
    boolean isBelow = star == text.length() - 1 && text.endsWith("/*");
    return isBelow
        ? plain.regionMatches(0, text, 0, star)
        : matches(text.split("/", -1), plain.split("/", -1));
  }

  private static boolean matches(String[] pattern, String[] path) {
    boolean isOpen = pattern[pattern.length - 1].equals("*");
    int fixed = isOpen ? pattern.length - 1 : pattern.length;
    if (isOpen ? path.length < pattern.length : path.length != pattern.length) {
      return false;
    }
    for (int i = 0; i < fixed; i++) {
      if (!pattern[i].equals("*") && !pattern[i].equals(path[i])) {
        return false;
      }
    }
    return true;
  }

  /** The path without dot segments; escapes that hide a dot are read. */
  static String normal(String path) {
    var plain = path.replace("%2e", ".").replace("%2E", ".");
    if (!plain.contains("/.")) {
      return plain;
    }
    var kept = new ArrayDeque<String>();
    var segments = plain.split("/", -1);
    for (int i = 1; i < segments.length; i++) {
      boolean isLast = i == segments.length - 1;
      switch (segments[i]) {
        case "." -> addIf(isLast, kept);
        case ".." -> {
          kept.pollLast();
          addIf(isLast, kept);
        }
        default -> kept.add(segments[i]);
      }
    }
    return "/" + String.join("/", kept);
  }

  private static void addIf(boolean isLast, ArrayDeque<String> kept) {
    if (isLast) {
      kept.add("");
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
