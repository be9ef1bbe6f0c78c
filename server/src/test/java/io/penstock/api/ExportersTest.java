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

  /** The firewall: neither of those whose addresses the server's decoder was given. */
  private Map<String, Object> firewall() {
    return objects(object(server.get("/v1/exporters")).get("exporters")).stream()
        .filter(exporter -> !ApiServer.ANNOUNCER.equals(exporter.get("id")))
        .filter(exporter -> !ApiServer.AGENT.equals(exporter.get("address")))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theListTellsWhatCameAndWhatDidNot() {
    var list = object(server.get("/v1/exporters"));
    var exporter = firewall();

    assertThat(list).containsEntry("count", 5L).containsEntry("total", 5L);
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
    var page = object(server.get("/v1/exporters/" + firewall().get("id")));

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
  void thePageShowsWhatTheExporterAnnounced() {
    var page = object(server.get("/v1/exporters/" + ApiServer.ANNOUNCER));

    var table = objects(page.get("options_tables")).getFirst();
    assertThat(table)
        .containsEntry("name", "interfaces")
        .containsEntry("domain", 2177L)
        .containsEntry("scope", List.of("scopeSystem"))
        .containsEntry("omitted", 0L);
    assertThat(objects(table.get("rows")))
        .extracting(row -> row.get("values"))
        .contains(
            Map.of(
                "scopeSystem", "c1c4be43",
                "ingressInterface", 74L,
                "interfaceDescription", "TenGigE0_0_1_0"));
    assertThat(page).containsEntry("options_tables_omitted", 0L).containsEntry("sflow", null);
  }

  @Test
  void thePageOfAnSflowAgentNamesItAndItsSubAgentsAndItsRate() {
    var page = object(server.get("/v1/exporters/" + ApiServer.AGENT));

    assertThat(page).containsEntry("options_tables", List.of());
    assertThat(page.get("sflow")).isEqualTo(Map.of("agent", "1.2.3.4", "sub_agents", List.of(0L)));
    assertThat(objects(page.get("sampling")))
        .isNotEmpty()
        .allSatisfy(rate -> assertThat(rate).containsEntry("source", "record"));
  }

  @Test
  void theLastDatagramsAreACapture() {
    var response = server.get("/v1/exporters/" + firewall().get("id") + "/datagrams.pcap");

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
    var all = objects(object(server.get("/v1/exporters")).get("exporters"));
    var firstPage = object(server.get("/v1/exporters?limit=2"));

    var rest = object(server.get("/v1/exporters?cursor=" + firstPage.get("next_cursor")));

    assertThat(objects(firstPage.get("exporters"))).isEqualTo(all.subList(0, 2));
    assertThat(objects(rest.get("exporters"))).isEqualTo(all.subList(2, 5));
    assertThat(server.get("/v1/exporters?limit=0").statusCode()).isEqualTo(422);
  }
}
