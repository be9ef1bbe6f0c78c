package io.penstock.enrich;

import java.net.IDN;
import java.util.Locale;
import java.util.Optional;

/** Domain names in the one form in which they are compared: lower case, ASCII, no final dot. */
final class DomainName {

  private static final int LENGTH_MAX = 253;
  private static final int LABEL_MAX = 63;

  private DomainName() {}

  /** A name of two labels or more; empty when the text is none. */
  static Optional<String> of(String text) {
    var name = text.startsWith("*.") ? text.substring(2) : text;
    if (name.endsWith(".")) {
      name = name.substring(0, name.length() - 1);
    }
    if (!isAscii(name)) {
      try {
        name = IDN.toASCII(name, IDN.ALLOW_UNASSIGNED);
      } catch (IllegalArgumentException e) {
        return Optional.empty();
      }
    }
    name = name.toLowerCase(Locale.ROOT);
    return isName(name) ? Optional.of(name) : Optional.empty();
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 128);
  }

  private static boolean isName(String name) {
    if (name.length() > LENGTH_MAX) {
      return false;
    }
    int label = 0;
    int labels = 1;
    boolean letters = false;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '.') {
        if (label == 0) {
          return false;
        }
        labels++;
        label = 0;
        letters = false;
        continue;
      }
      boolean letter = c >= 'a' && c <= 'z';
      // Underscores are not host names, yet real lists have them (RFC 2181 §11 allows any label).
      if (!letter && (c < '0' || c > '9') && c != '-' && c != '_' || ++label > LABEL_MAX) {
        return false;
      }
      letters |= letter;
    }
    // No top-level domain is all digits (RFC 3696 §2): 1.2.3 is a broken address, not a name.
    return labels > 1 && label > 0 && letters;
  }
}
