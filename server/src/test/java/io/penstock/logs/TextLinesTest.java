package io.penstock.logs;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

final class TextLinesTest {

  @Test
  void aValueCannotForgeALineOrAKeyOrSpeakToTheTerminal() {
    var path = "/a\n2026-11-22T04:00:00Z ERROR x: \" status=\"200\u001b[31m\u0085\u2028";

    assertThat(line(path))
        .isEqualTo(
            "2026-11-22T04:00:00.000Z INFO  access: request path=\"/a\\u000a2026-11-22T04:00:00Z"
                + " ERROR x: \\\" status=\\\"200\\u001b[31m\\u0085\\u2028\"\n");
  }

  @Test
  void ordinaryTextStaysAsItIs() {
    assertThat(line("/v1/events ü 日")).endsWith("request path=\"/v1/events ü 日\"\n");
  }

  @Test
  void theMessageOfAnExceptionCannotForgeALine() {
    var logger = new LoggerContext().getLogger("io.penstock.http.Shell");
    var thrown =
        new IllegalStateException(
            "no\n2026-11-22T04:00:00.000Z INFO  Shell: all is well\u001b[31m");
    var event = new LoggingEvent("", logger, Level.ERROR, "request failed", thrown, null);
    event.setInstant(Instant.parse("2026-11-22T04:00:00Z"));
    var line = LogLine.of(event, Redaction.STANDARD);

    for (var format : new LineFormat[] {new TextLines(), new DevelopmentLines()}) {
      var lines = format.format(line).lines().toList();
      assertThat(lines)
          .contains("    2026-11-22T04:00:00.000Z INFO  Shell: all is well\\u001b[31m")
          .anySatisfy(frame -> assertThat(frame).startsWith("    at io.penstock.logs"));
      assertThat(lines.subList(1, lines.size()))
          .allSatisfy(frame -> assertThat(frame).startsWith("    "));
    }
  }

  private static String line(String path) {
    var logger = new LoggerContext().getLogger("io.penstock.http.access");
    var event = new LoggingEvent("", logger, Level.INFO, "request", null, null);
    event.setInstant(Instant.parse("2026-11-22T04:00:00Z"));
    event.setKeyValuePairs(List.of(new KeyValuePair("path", path)));
    return new TextLines().format(LogLine.of(event, Redaction.STANDARD));
  }
}
