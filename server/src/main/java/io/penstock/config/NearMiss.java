package io.penstock.config;

import java.util.Collection;
import java.util.Optional;

/** Which known name an unknown one was probably meant to be. */
public final class NearMiss {

  /** What is shorter is too near to everything. */
  private static final int LENGTH_MIN = 6;

  /** Who mistypes so many letters means something else. */
  private static final int LENGTH_MAX = 64;

  private NearMiss() {}

  /** The nearest of the names, when it is one slip away, or two in a long name. */
  public static Optional<String> of(String word, Collection<String> names) {
    if (word.length() < LENGTH_MIN || word.length() > LENGTH_MAX) {
      return Optional.empty();
    }
    int least = word.length() < 2 * LENGTH_MIN ? 2 : 3;
    String nearest = null;
    for (var name : names) {
      int distance = Math.abs(name.length() - word.length()) < least ? distance(word, name) : least;
      if (distance < least) {
        least = distance;
        nearest = name;
      }
    }
    return Optional.ofNullable(nearest);
  }

  /** Letters to insert, remove, replace or swap with their neighbour (optimal string alignment). */
  private static int distance(String a, String b) {
    var rows = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      rows[i][0] = i;
    }
    for (int j = 0; j <= b.length(); j++) {
      rows[0][j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      for (int j = 1; j <= b.length(); j++) {
        int other = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int cost = Math.min(rows[i - 1][j - 1] + other, rows[i - 1][j] + 1);
        cost = Math.min(cost, rows[i][j - 1] + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          cost = Math.min(cost, rows[i - 2][j - 2] + 1);
        }
        rows[i][j] = cost;
      }
    }
    return rows[a.length()][b.length()];
  }
}
