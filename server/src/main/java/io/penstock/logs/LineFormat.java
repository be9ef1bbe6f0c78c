package io.penstock.logs;

import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;

/** How a line looks where it is written. */
abstract sealed class LineFormat extends EncoderBase<LogLine>
    permits JsonLines, TextLines, DevelopmentLines {

  private static final byte[] NOTHING = {};

  /** The line with its line end. */
  abstract String format(LogLine line);

  @Override
  public final byte[] encode(LogLine line) {
    return format(line).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public final byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public final byte[] footerBytes() {
    return NOTHING;
  }

  /**
   * The stack of a failure, set off from the edge: its message may hold a stranger's text with line
   * ends, which must not pass for lines of ours.
   */
  static void stack(String exception, StringBuilder text) {
    exception
        .lines()
        .forEach(
            frame -> {
              text.append("    ");
              escape(frame.strip(), false, text);
              text.append('\n');
            });
  }

  /**
   * Text from strangers (paths, names), so that nothing in it can end the line, the quotes, or
   * speak to a terminal.
   */
  static void escape(String text, boolean isQuoted, StringBuilder line) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isQuoted && (c == '"' || c == '\\')) {
        line.append('\\').append(c);
      } else if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
        line.append(String.format("\\u%04x", (int) c));
      } else {
        line.append(c);
      }
    }
  }
}
