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
