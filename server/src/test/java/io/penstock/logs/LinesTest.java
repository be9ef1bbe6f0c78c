package io.penstock.logs;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.time.Instant;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

/** The formats of the contract, as they look. */
final class LinesTest {

  private static LogLine line(Level level, @Nullable Throwable thrown, Object... pairs) {
    var logger = new LoggerContext().getLogger("io.penstock.http.access");
    var event = new LoggingEvent("", logger, level, "request", thrown, null);
    event.setInstant(Instant.parse("2026-11-22T04:00:00.125Z"));
    var list = new ArrayList<KeyValuePair>();
    for (int i = 0; i < pairs.length; i += 2) {
      list.add(new KeyValuePair((String) pairs[i], pairs[i + 1]));
    }
    event.setKeyValuePairs(list);
    return LogLine.of(event, Redaction.STANDARD);
  }

  private static final Object[] REQUEST = {
    "trace_id",
    "t-1",
    "method",
    "POST",
    "path",
    "/v1/ingest",
    "status",
    200,
    "latency_ms",
    12.4,
    "client_ip",
    "192.0.2.7",
    "tenant_id",
    "acme",
    "records",
    3
  };

  @Test
  void jsonHasTheMembersOfTheSchemaAndTheOthersBehind() {
    assertThat(new JsonLines().format(line(Level.INFO, null, REQUEST)))
        .isEqualTo(
            "{\"timestamp\":\"2026-11-22T04:00:00.125Z\",\"level\":\"INFO\",\"logger\":"
                + "\"io.penstock.http.access\",\"msg\":\"request\",\"trace_id\":\"t-1\","
                + "\"method\":\"POST\",\"path\":\"/v1/ingest\",\"status\":200,\"latency_ms\":12.4,"
                + "\"client_ip\":\"192.0.2.7\",\"tenant_id\":\"acme\",\"component\":\"http\","
                + "\"records\":3}\n");
  }

  @Test
  void dataCannotTakeThePlaceOfTheSchema() {
    assertThat(new JsonLines().format(line(Level.INFO, null, "level", "FORGED", "msg", "x")))
        .contains("\"level\":\"INFO\"", "\"msg\":\"request\"")
        .doesNotContain("FORGED");
  }

  @Test
  void aSecretIsInNoFormat() {
    var line =
        line(
            Level.ERROR,
            new IllegalStateException("refused: token=abcdef"),
            "hec_token",
            "abcdef",
            "url",
            "https://x/?password=abcdef");

    for (var format : new LineFormat[] {new JsonLines(), new TextLines(), new DevelopmentLines()}) {
      assertThat(format.format(line)).doesNotContain("abcdef").contains("token=[REDACTED]");
    }
  }

  @Test
  void developmentHasSigns() {
    assertThat(new DevelopmentLines().format(line(Level.INFO, null, REQUEST)))
        .isEqualTo(
            "2026-11-22T04:00:00.125Z | ℹ️ INFO     | request | 🔍 Trace: t-1 | 📍 Client: 192.0.2.7"
                + " | 🌐 POST /v1/ingest | ✅ Status: 200 | 🟢 Latency: 12ms\n");
    assertThat(new DevelopmentLines().format(line(Level.WARN, null, "latency_ms", 499.0)))
        .contains("🟡 Latency: 499ms");
    assertThat(new DevelopmentLines().format(line(Level.WARN, null, "latency_ms", 500.0)))
        .contains("🔴 Latency: 500ms");
  }

  @Test
  void aLongTextIsCut() {
    var line = line(Level.INFO, null, "path", "/" + "x".repeat(100_000));

    assertThat(new JsonLines().format(line)).hasSizeLessThan(5_000);
  }
}
