package io.penstock.api;

/** Cells of comma-separated values (RFC 4180 §2). */
final class Csv {

  private Csv() {}

  /**
   * A cell. What came from outside as a text and begins so that a spreadsheet would take it for a
   * formula gets an apostrophe before it, and is a text there, too.
   */
  static String cell(Object value) {
    var text = value.toString();
    var safe = value instanceof String && isFormula(text) ? "'" + text : text;
    return needsQuotes(safe) ? '"' + safe.replace("\"", "\"\"") + '"' : safe;
  }

  private static boolean isFormula(String text) {
    return !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0;
  }

  private static boolean needsQuotes(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (",\"\r\n".indexOf(text.charAt(i)) >= 0) {
        return true;
      }
    }
    return false;
  }
}
