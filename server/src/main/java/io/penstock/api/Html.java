package io.penstock.api;

import org.jspecify.annotations.Nullable;

/** Text in pages. */
final class Html {

  private Html() {}

  /** A value as text that is no markup, in an element or in a quoted attribute. */
  static String escaped(@Nullable Object value) {
    return String.valueOf(value)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
