package io.penstock;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * A log event as one line of text for people, its key-value pairs behind the message. Values come
 * from strangers (paths, names), so that nothing in them can end the line, the quotes, or speak to
 * a terminal.
 */
final class TextLogEncoder extends EncoderBase<ILoggingEvent> {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSX").withZone(ZoneOffset.UTC);
  private static final byte[] NOTHING = {};

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    var line = new StringBuilder(160);
    TIME.formatTo(event.getInstant(), line);
    var logger = event.getLoggerName();
    line.append(String.format(" %-5s ", event.getLevel()))
        .append(logger, logger.lastIndexOf('.') + 1, logger.length())
        .append(": ");
    escape(event.getFormattedMessage(), false, line);
    if (event.getKeyValuePairs() != null) {
      for (var pair : event.getKeyValuePairs()) {
        line.append(' ').append(pair.key).append("=\"");
        escape(String.valueOf(pair.value), true, line);
        line.append('"');
      }
    }
    line.append('\n');
    if (event.getThrowableProxy() != null) {
      line.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    return line.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void escape(String text, boolean isQuoted, StringBuilder line) {
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

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }
}
