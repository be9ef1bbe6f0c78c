package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the reference's own scenario tester does, step by step: its five cases, which want a 200,
 * then the audit with its ETag, then the metrics of a window.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScenarioTesterTest {

  private static final String LOW_RISK =
      """
      {"ts":1723351200.456,"src_ip":"10.0.0.10","dst_ip":"8.8.8.8","src_port":54000,\
      "dst_port":53,"protocol":"udp","bytes":120,"packets":1}""";
  private static final String HIGHER_RISK =
      """
      {"ts":1723351201.5,"src_ip":"10.0.0.11","dst_ip":"203.0.113.5","src_port":51000,\
      "dst_port":3389,"protocol":"tcp","bytes":250000,"packets":220}""";
  private static final String NO_DESTINATION =
      """
      {"ts":1723351202.0,"src_ip":"10.0.0.12","src_port":51000,"dst_port":443,\
      "protocol":"tcp","bytes":10,"packets":1}""";

  private ServerProcess server;

  @BeforeAll
  void start(@TempDir Path data) {
    server = ServerProcess.start(data, Map.of("INGEST_SUCCESS_STATUS", "200"));
  }

  @AfterAll
  void stop() {
    server.close();
  }

  private int ingest(String format, String records) throws IOException, InterruptedException {
    var body =
        "{\"collector_id\":\"scenario\",\"format\":\"%s\",\"records\":[%s]}"
            .formatted(format, records);
    return server.post("/v1/ingest", body).statusCode();
  }

  @Test
  void itsFiveCases() throws Exception {
    var bulk =
        IntStream.range(0, 200)
            .mapToObj(i -> LOW_RISK.replace("54000", String.valueOf(50_000 + i)))
            .collect(Collectors.joining(","));
    var statuses = new ArrayList<Integer>();

    statuses.add(ingest("flows.v1", LOW_RISK));
    statuses.add(ingest("flows.v1", HIGHER_RISK));
    statuses.add(ingest("flows.v1", NO_DESTINATION));
    statuses.add(ingest("unknown.v9", ""));
    statuses.add(ingest("flows.v1", bulk));

    assertThat(statuses).containsExactly(200, 200, 400, 400, 200);
  }

  @Test
  void itsLookAtTheAudit() throws Exception {
    boolean isThere = server.get("/openapi.json").body().contains("\"/v1/admin/requests\"");
    assumeThat(isThere).as("/v1/admin/requests is there").isTrue();

    var answer = server.get("/v1/admin/requests?exclude_monitoring=true&limit=5");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("ETag")).isPresent();
    assertThat(answer.body()).contains("\"items\"");
  }

  @ParameterizedTest
  @CsvSource({"300", "900"})
  void itsLookAtTheMetrics(int window) throws Exception {
    ingest("flows.v1", LOW_RISK);

    var answer = server.get("/v1/metrics?window=" + window);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("\"requests_total\"", "\"records_processed\"");
  }
}
