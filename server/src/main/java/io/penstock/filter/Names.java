package io.penstock.filter;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds what somebody meant who mistyped the name of a field. */
final class Names {

  private static final int DISTANCE_MAX = 4;
  private static final int LENGTH_MAX = 40;

  private Names() {}

  /** A hint with the nearest name, or null when none is near. */
  static @Nullable String nearest(String word) {
    if (word.length() > LENGTH_MAX) {
      return null;
    }
    var wanted = word.toLowerCase(Locale.ROOT);
    String best = null;
    int least = Math.min(DISTANCE_MAX, Math.max(1, word.length() / 2)) + 1;
    for (var field : Field.values()) {
      int distance = distance(wanted, field.title());
      if (distance < least) {
        least = distance;
        best = field.title();
      }
    }
    return best == null ? null : "did you mean " + best + "?";
  }

  /** Levenshtein distance. */
  private static int distance(String a, String b) {
    var previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      var current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replaced, 1 + Math.min(previous[j], current[j - 1]));
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
