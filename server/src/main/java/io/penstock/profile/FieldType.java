package io.penstock.profile;

/** What a value looks like on the wire. */
public enum FieldType {
  TEXT,
  INTEGER,
  DECIMAL,
  TRUTH,
  NULL,
  OCTETS;

  private static final int DIGITS_MAX = 40;

  /** Of a value that is written as text, as in a query. */
  static FieldType of(String text) {
    if (text.equals("true") || text.equals("false")) {
      return TRUTH;
    }
    return ofNumber(text);
  }

  private static FieldType ofNumber(String text) {
    int length = text.length();
    int at = length > 0 && text.charAt(0) == '-' ? 1 : 0;
    if (at == length || length > DIGITS_MAX) {
      return TEXT;
    }
    int points = 0;
    for (int i = at; i < length; i++) {
      char c = text.charAt(i);
      if (c == '.' && i > at && i < length - 1) {
        points++;
      } else if (c < '0' || c > '9') {
        return TEXT;
      }
    }
    return switch (points) {
      case 0 -> INTEGER;
      case 1 -> DECIMAL;
      default -> TEXT;
    };
  }
}
