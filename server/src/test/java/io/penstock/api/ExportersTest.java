package io.penstock.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.avaje.json.mapper.JsonMapper;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The pages of exporters, over one that was heard. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ExportersTest {

  private final ApiServer server = new ApiServer();
  private final JsonMapper json = JsonMapper.builder().build();

  @AfterAll
  void stop() {
    server.close();
  }

  private Map<String, Object> object(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return json.fromJsonObject(response.body());
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> objects(@Nullable Object list) {
    return (List<Map<String, Object>>) List.copyOf((List<?>) Objects.requireNonNull(list));
  }

  private Map<String, Object> first() {
    return objects(object(server.get("/v1/exporters")).get("exporters")).getFirst();
  }

  @Test
  void theListTellsWhatCameAndWhatDidNot() {
    var list = object(server.get("/v1/exporters"));
    var exporter = objects(list.get("exporters")).getFirst();

    assertThat(list).containsEntry("count", 1L).containsEntry("total", 1L);
    assertThat(exporter.get("id")).isEqualTo(exporter.get("address"));
    assertThat(exporter)
        .containsKeys("ports", "first_seen", "last_seen", "sampling", "clock_skew", "quirks")
        .containsEntry("missing", Map.of())
        .containsEntry("restarts", 0L);
    assertThat(String.valueOf(exporter.get("protocols"))).startsWith("{netflow_v9=");
    assertThat((Long) exporter.get("events")).isPositive();
  }

  @Test
  void thePageTellsTemplatesSequencesAndTheLedger() {
    var page = object(server.get("/v1/exporters/" + first().get("id")));

    var templates = objects(page.get("template_definitions"));
    assertThat(templates).isNotEmpty();
    assertThat(objects(templates.getFirst().get("fields")))
        .anySatisfy(field -> assertThat(field).containsEntry("name", "sourceIPv4Address"));
    assertThat(objects(page.get("sequence")))
        .hasSize(1)
        .allSatisfy(stream -> assertThat(stream).containsEntry("counts", "datagrams"));
    assertThat(String.valueOf(page.get("ledger"))).contains("received", "decoded", "waiting");
  }

  @Test
  void theLastDatagramsAreACapture() {
    var response = server.get("/v1/exporters/" + first().get("id") + "/datagrams.pcap");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type"))
        .contains("application/vnd.tcpdump.pcap");
    assertThat(response.headers().firstValue("Content-Disposition").orElseThrow())
        .endsWith(".pcap");
    assertThat(response.body().length()).isGreaterThan(100);
  }

  @Test
  void nobodyKnowsAnExporterThatWasNotHeard() {
    for (var id : List.of("192.0.2.99", "nonsense", "192.0.2.1~x", "%00")) {
      assertThat(server.get("/v1/exporters/" + id).statusCode()).as(id).isEqualTo(404);
      assertThat(server.get("/v1/exporters/" + id + "/datagrams.pcap").statusCode())
          .as(id)
          .isEqualTo(404);
    }
  }

  @Test
  void theListIsReadPageByPage() {
    var id = String.valueOf(first().get("id"));

    var behind = object(server.get("/v1/exporters?limit=1&cursor=" + id));

    assertThat(objects(behind.get("exporters"))).isEmpty();
    assertThat(server.get("/v1/exporters?limit=0").statusCode()).isEqualTo(422);
  }
}
