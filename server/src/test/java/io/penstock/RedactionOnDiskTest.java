package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.control.Database;
import io.penstock.control.DatabaseConfig;
import io.penstock.control.Tenant;
import io.penstock.control.Tenants;
import io.penstock.event.EventJson;
import io.penstock.log.LogConfig;
import io.penstock.log.SegmentLog;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a tenant has redacted is nowhere on the disk and in no answer. */
class RedactionOnDiskTest {

  private static final String RECORD =
      """
      {"collector_id":"tester","format":"flows.v1","records":[{"ts":1723351200.456,\
      "src_ip":"198.51.100.77","dst_ip":"8.8.8.8","src_port":54000,"dst_port":445,\
      "protocol":"tcp","bytes":120,"packets":1,"user":"ada-lovelace","note":"kept-note",\
      "nested":{"peer":"198.51.100.77","user":"ada-lovelace"}}]}""";

  private static final String[] GONE = {"198.51.100.77", "ada-lovelace"};

  @TempDir private Path data;

  private void redact(String... fields) {
    var registry = new PrometheusRegistry();
    var file = new DatabaseConfig.Sqlite(data.resolve("penstock.db"));
    try (var database = Database.open(file, registry)) {
      var tenants = new Tenants(database, 7, InstantSource.system());
      tenants.replace(
          new Tenant(
              Tenant.DEFAULT, "Default", 7, Tenant.Quotas.NONE, Set.of(fields), Instant.now()));
    }
  }

  @Test
  void redactedValuesAreInNoFileAndInNoAnswer() throws Exception {
    redact("src_ip", "extra.user");
    try (var server = ServerProcess.start(data, Map.of())) {
      var posted = server.post("/v1/ingest", RECORD, "Idempotency-Key", "once");
      assertThat(posted.statusCode()).as(posted.body()).isEqualTo(202);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> server.get("/v1/events").body().contains("kept-note"));

      for (var path : new String[] {"/v1/events", "/v1/download", "/v1/events/top?by=src_ip"}) {
        assertThat(server.get(path).body()).as(path).doesNotContain(GONE);
      }
      server.stop();
    }

    assertThat(textOfTheLog()).contains("kept-note", "\"nested\":{}").doesNotContain(GONE);
    assertThat(filesWith("kept-note")).isNotEmpty();
    for (var value : GONE) {
      assertThat(filesWith(value)).as(value).isEmpty();
    }
  }

  @Test
  void withoutRedactionTheSameSearchFindsThem() throws Exception {
    try (var server = ServerProcess.start(data, Map.of())) {
      server.post("/v1/ingest", RECORD);
      server.stop();
    }

    assertThat(textOfTheLog()).contains(GONE);
    assertThat(filesWith("ada-lovelace")).isNotEmpty();
  }

  /** Every event of the log, decoded. */
  private String textOfTheLog() throws Exception {
    var text = new StringBuilder();
    try (var log =
            SegmentLog.open(
                LogConfig.in(data.resolve("log")),
                new PrometheusRegistry(),
                InstantSource.system());
        var reader = log.reader(log.start())) {
      for (var entry = reader.next(Duration.ZERO);
          entry.isPresent();
          entry = reader.next(Duration.ZERO)) {
        var batch = entry.get().batch();
        for (var event : batch.events()) {
          text.append(new String(EventJson.write(batch.tenant(), event), StandardCharsets.UTF_8));
        }
      }
    }
    return text.toString();
  }

  private List<Path> filesWith(String word) throws IOException {
    try (var files = Files.walk(data)) {
      var found = new ArrayList<Path>();
      for (var file : files.filter(Files::isRegularFile).toList()) {
        if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(word)) {
          found.add(file);
        }
      }
      return found;
    }
  }
}
