package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.command.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The events of a tenant go with it, whoever deletes it and whatever happens then. */
class TenantDeletionTest {

  private static final Duration SOON = Duration.ofSeconds(30);

  private static final String RECORD =
      """
      [{"ts":1723351200.456,"src_ip":"198.51.100.77","dst_ip":"8.8.8.8","src_port":54000,\
      "dst_port":445,"protocol":"tcp","bytes":120,"packets":1}]""";

  @TempDir private Path data;

  private static void foundAndFurnish(ServerProcess server) throws Exception {
    for (var tenant : List.of("acme", "zeta")) {
      var made = server.post("/v1/admin/tenants", "{\"tenant_id\":\"" + tenant + "\"}");
      assertThat(made.statusCode()).isEqualTo(201);
      var posted = server.post("/v1/ingest", RECORD, "X-Tenant-ID", tenant);
      assertThat(posted.statusCode()).as(posted.body()).isEqualTo(202);
    }
  }

  /** The files of the store that hold a tenant's events. */
  private List<Path> parts(String tenant) {
    try (var files = Files.walk(data.resolve("store"))) {
      return files
          .filter(file -> file.toString().endsWith(".parquet"))
          .filter(file -> file.toString().contains("tenant=" + tenant + "/"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitStored(String tenant) {
    await().atMost(SOON).ignoreExceptions().until(() -> !parts(tenant).isEmpty());
  }

  private void awaitGone(String tenant) {
    await().atMost(SOON).ignoreExceptions().until(() -> parts(tenant).isEmpty());
  }

  @Test
  void theEventsOfADeletedTenantAreDeletedAndNoOthers() throws Exception {
    try (var server = ServerProcess.start(data, Map.of())) {
      foundAndFurnish(server);
      awaitStored("acme");
      awaitStored("zeta");

      var deleted = server.send("DELETE", "/v1/admin/tenants/acme", "");

      assertThat(deleted.statusCode()).as(deleted.body()).isEqualTo(200);
      awaitGone("acme");
      assertThat(parts("zeta")).isNotEmpty();
      assertThat(server.get("/v1/metrics/prometheus").body())
          .contains("telemetry_tenant_purges_waiting 1.0");
      // What is still on its way may come yet: until it cannot, nobody gets the id.
      assertThat(server.post("/v1/admin/tenants", "{\"tenant_id\":\"acme\"}").statusCode())
          .isEqualTo(409);
    }
  }

  @Test
  void aRunningServerDeletesTheEventsOfATenantThatACommandRemoved() throws Exception {
    try (var server = ServerProcess.start(data, Map.of())) {
      foundAndFurnish(server);
      awaitStored("acme");
      awaitStored("zeta");

      remove("acme");

      awaitGone("acme");
      assertThat(parts("zeta")).isNotEmpty();
    }
  }

  @Test
  void aRemovalWhileTheServerWasDeadIsMadeGoodAtTheNextStart() throws Exception {
    try (var server = ServerProcess.start(data, Map.of())) {
      foundAndFurnish(server);
      awaitStored("acme");
      awaitStored("zeta");
      server.kill();
    }

    remove("acme");

    assertThat(parts("acme")).isNotEmpty();
    try (var _ = ServerProcess.start(data, Map.of())) {
      awaitGone("acme");
      assertThat(parts("zeta")).isNotEmpty();
    }
  }

  private void remove(String tenant) {
    var command = new TenantsCommand(Map.of("PENSTOCK_DATA", data.toString()));
    assertThat(new CommandLine(command).execute("remove", tenant)).isEqualTo(Commands.OK);
  }
}
