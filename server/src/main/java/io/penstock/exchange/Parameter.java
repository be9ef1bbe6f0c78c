package io.penstock.exchange;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * One parameter of a query or of a form.
 *
 * @param name decoded
 * @param value decoded; empty for {@code a=} and for {@code a}
 */
public record Parameter(String name, String value) {

  /** More than any client known sends; what comes behind is left in the raw query alone. */
  private static final int PARAMETERS_MAX = 2_000;

  /** As many as a list has room for at first. */
  private static final int PARAMETERS_USUAL = 48;

  /**
   * Reads {@code a=b&c=d} as application/x-www-form-urlencoded is read (WHATWG URL §5.1): what is
   * wrongly escaped stays as it is, bytes that are not UTF-8 become U+FFFD.
   */
  public static List<Parameter> parse(String query) {
    var parameters = new ArrayList<Parameter>(PARAMETERS_USUAL);
    boolean isEscaped = query.indexOf('%') >= 0 || query.indexOf('+') >= 0;
    int start = 0;
    while (start < query.length() && parameters.size() < PARAMETERS_MAX) {
      int end = query.indexOf('&', start);
      end = end < 0 ? query.length() : end;
      if (end > start) {
        int equals = query.indexOf('=', start);
        boolean hasValue = equals >= 0 && equals < end;
        parameters.add(
            new Parameter(
                decoded(query, start, hasValue ? equals : end, isEscaped),
                hasValue ? decoded(query, equals + 1, end, isEscaped) : ""));
      }
      start = end + 1;
    }
    return Collections.unmodifiableList(parameters);
  }

  /**
   * @param isEscaped whether there is anything to undo anywhere in the text
   */
  private static String decoded(String text, int from, int to, boolean isEscaped) {
    if (!isEscaped) {
      return text.substring(from, to);
    }
    int i = from;
    while (i < to && text.charAt(i) != '%' && text.charAt(i) != '+') {
      i++;
    }
    return i == to ? text.substring(from, to) : unescaped(text, from, to);
  }

  private static String unescaped(String text, int from, int to) {
    var bytes = new ByteArrayOutputStream(to - from);
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      int octet = c == '%' && i + 2 < to ? octet(text, i + 1) : -1;
      if (octet >= 0) {
        bytes.write(octet);
        i += 2;
      } else if (c == '+') {
        bytes.write(' ');
      } else if (c < 0x80) {
        bytes.write(c);
      } else {
        bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static int octet(String text, int at) {
    int high = Character.digit(text.charAt(at), 16);
    int low = Character.digit(text.charAt(at + 1), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }
}
