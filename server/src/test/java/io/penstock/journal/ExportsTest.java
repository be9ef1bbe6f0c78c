package io.penstock.journal;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.exchange.Content;
import io.penstock.exchange.Exchange;
import io.penstock.exchange.Headers;
import io.penstock.json.JsonTree;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ExportsTest {

  private static final Exchange EXCHANGE =
      Exchanges.mocked(
          "/telemetry/index.html?v=4.16.1&fc.giv=10&blank=&v=2",
          Headers.of("Host", "cdn.cribl.io", "User-Agent", "curl/7.88.1"),
          Content.NONE);

  @Test
  void theFileHasTheKeysThatScriptsReadInTheirOrder() throws Exception {
    var members = map(JsonTree.parse(TelemetryFile.text(EXCHANGE)));

    assertThat(TelemetryFile.name(EXCHANGE)).isEqualTo("telemetry_20261122_120000_000000.json");
    assertThat(List.copyOf(members.keySet()).toString())
        .isEqualTo("[timestamp, type, method, path, headers, query_params, body, response]");
    assertThat(members)
        .containsEntry("timestamp", "2026-11-22T12:00:00")
        .containsEntry("type", "request")
        .containsEntry("path", "/telemetry/index.html")
        .containsEntry("headers", Map.of("host", "cdn.cribl.io", "user-agent", "curl/7.88.1"))
        .containsEntry("query_params", Map.of("v", "2", "fc.giv", "10", "blank", ""))
        .containsEntry("body", null);
    assertThat(map(members.get("response")))
        .containsEntry("status_code", 200L)
        .containsEntry("body", "cribl /// living the stream!\n");
    assertThat(map(members.get("response")).get("latency_ms")).hasToString("1.5");
  }

  @Test
  void theConsoleShowsTheRequestBetweenTwoLines() {
    var lines = TelemetryFile.console(EXCHANGE).lines().toList();

    assertThat(lines.getFirst()).isEqualTo("=".repeat(60)).isEqualTo(lines.getLast());
    assertThat(lines.get(1)).isEqualTo("[TELEMETRY] 2026-11-22T12:00:00");
    assertThat(lines.get(2))
        .isEqualTo(
            "[TELEMETRY] GET"
                + " https://cdn.cribl.io/telemetry/index.html?v=4.16.1&fc.giv=10&blank=&v=2");
    assertThat(lines.get(3)).startsWith("[TELEMETRY] Query params: {");
  }

  @Test
  void theArchiveHasWhatHarRequires() throws Exception {
    var text = Har.head("1.0") + Har.entry(EXCHANGE) + "," + Har.entry(EXCHANGE) + Har.foot();

    var log = map(map(JsonTree.parse(text)).get("log"));
    var entries = (List<?>) requireNonNull(log.get("entries"));
    var entry = map(entries.getFirst());

    assertThat(log).containsEntry("version", "1.2").containsKey("creator");
    assertThat(entries).hasSize(2);
    assertThat(entry)
        .containsKeys("startedDateTime", "time", "request", "response", "cache", "timings");
    assertThat(map(entry.get("request")))
        .containsKeys(required("method url httpVersion cookies headers queryString headersSize"))
        .containsEntry("url", EXCHANGE.request().url());
    assertThat((List<?>) map(entry.get("request")).get("queryString")).hasSize(4);
    assertThat(map(entry.get("response")))
        .containsKeys(
            required("status statusText httpVersion cookies headers content redirectURL"));
    assertThat(map(entry.get("timings"))).containsKeys("send", "wait", "receive");
  }

  private static String[] required(String names) {
    return Arrays.stream(names.split(" ")).toArray(String[]::new);
  }

  @SuppressWarnings("unchecked") // what JsonTree makes of an object
  private static Map<String, Object> map(@Nullable Object value) {
    return (Map<String, Object>) requireNonNull(value);
  }
}
