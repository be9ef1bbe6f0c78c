package io.penstock.profile;

import java.util.Collection;
import java.util.Optional;

/** Which of a few names an unknown word was probably meant to be. */
final class NearestName {

  /** Who mistypes so many letters means something else. */
  private static final int LENGTH_MAX = 64;

  private NearestName() {}

  /** The name that it begins or that is one slip away, or two from eight letters on. */
  static Optional<String> of(String word, Collection<String> names) {
    if (word.length() < 3 || word.length() > LENGTH_MAX) {
      return Optional.empty();
    }
    int most = word.length() < 8 ? 1 : 2;
    return names.stream()
        .filter(
            name ->
                name.startsWith(word)
                    || Math.abs(name.length() - word.length()) <= most
                        && distance(word, name) <= most)
        .sorted()
        .findFirst();
  }

  /** How many letters are missing, too many, wrong or swapped with the next one. */
  private static int distance(String a, String b) {
    var beforeLast = new int[b.length() + 1];
    var last = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      var row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(Math.min(row[j - 1], last[j]) + 1, last[j - 1] + change);
        boolean isSwapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (isSwapped) {
          row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
        }
      }
      beforeLast = last;
      last = row;
    }
    return last[b.length()];
  }
}
