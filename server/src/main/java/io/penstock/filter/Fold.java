package io.penstock.filter;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Whether a text contains another one, whatever the case, as if both were put into lower case
 * first. Texts of ASCII, nearly all there are, are compared where they stand; only others are
 * copied.
 */
final class Fold {

  private Fold() {}

  static boolean contains(String value, String wanted) {
    if (!isAscii(value) || !isAscii(wanted)) {
      return value.toLowerCase(Locale.ROOT).contains(wanted.toLowerCase(Locale.ROOT));
    }
    for (int start = 0; start <= value.length() - wanted.length(); start++) {
      if (value.regionMatches(true, start, wanted, 0, wanted.length())) {
        return true;
      }
    }
    return false;
  }

  /** The same of a text in UTF-8. */
  static boolean contains(byte[] value, String wanted) {
    if (!isAscii(value) || !isAscii(wanted)) {
      return new String(value, StandardCharsets.UTF_8)
          .toLowerCase(Locale.ROOT)
          .contains(wanted.toLowerCase(Locale.ROOT));
    }
    for (int start = 0; start <= value.length - wanted.length(); start++) {
      if (startsWith(value, start, wanted)) {
        return true;
      }
    }
    return false;
  }

  private static boolean startsWith(byte[] value, int start, String wanted) {
    for (int i = 0; i < wanted.length(); i++) {
      if (lower(value[start + i]) != lower(wanted.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static int lower(int c) {
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }

  private static boolean isAscii(byte[] text) {
    for (byte b : text) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }
}
