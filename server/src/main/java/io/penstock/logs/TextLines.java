package io.penstock.logs;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** A line of text for people, its data behind the message. */
final class TextLines extends LineFormat {

  static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSX").withZone(ZoneOffset.UTC);

  @Override
  String format(LogLine line) {
    var text = new StringBuilder(160);
    TIME.formatTo(line.at(), text);
    var logger = line.logger();
    text.append(String.format(" %-5s ", line.level()))
        .append(logger, logger.lastIndexOf('.') + 1, logger.length())
        .append(": ");
    escape(line.message(), false, text);
    line.members()
        .forEach(
            (name, value) -> {
              // The logger says it already.
              if (value != null && !name.equals(LogLine.COMPONENT)) {
                text.append(' ').append(name).append("=\"");
                escape(value.toString(), true, text);
                text.append('"');
              }
            });
    text.append('\n');
    if (line.exception() != null) {
      stack(line.exception(), text);
    }
    return text.toString();
  }
}
