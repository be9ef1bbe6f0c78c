package io.penstock.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.api.DemoConfig.Variant;
import io.penstock.control.Tenant.Quotas;
import io.penstock.json.JsonTree;
import io.penstock.pipeline.TenantQuotas;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class DemoTest {

  @Test
  void madeUpRecordsAreTakenUntilItIsStopped() throws Exception {
    try (var server = new ApiServer()) {
      assertThat(server.post("/v1/demo/stop", "").body()).contains("\"status\":\"not_running\"");

      var started = server.post("/v1/demo/start", "");
      assertThat(started.statusCode()).isEqualTo(200);
      assertThat(started.body()).contains("\"status\":\"started\"", "\"running\":true");
      assertThat(server.post("/v1/demo/start", "").statusCode()).isEqualTo(409);
      await().until(() -> server.store.events().size() > 200);
      assertThat(server.get("/v1/demo/status").body())
          .contains("\"status\":\"ok\"", "\"running\":true", "\"variants\":[\"netflow\",\"zeek\"]");

      assertThat(server.post("/v1/demo/stop", "").body()).contains("\"status\":\"stopped\"");
      assertThat(server.get("/v1/demo/status").body()).contains("\"running\":false");
      assertThat(server.store.events())
          .extracting(event -> event.origin().protocol().name())
          .contains("ZEEK", "FLOW_JSON");
    }
  }

  @Test
  void withoutDemoModeItDoesNotStart() {
    var resource =
        new DemoResource(
            DemoConfig.OFF,
            (_, _) -> CompletableFuture.completedFuture(0L),
            new TenantQuotas(_ -> Quotas.NONE, new PrometheusRegistry()),
            InstantSource.system());

    assertThat(resource.start("default", "trace").status()).isEqualTo(400);
  }

  @Test
  void recordsHaveTheFieldsAndRangesOfTheContract() throws Exception {
    var made = new DemoRecords(new Random(1));

    for (var flow : records(made.batch(Variant.NETFLOW, 1000, 1_700_000_000_123L))) {
      assertThat(flow)
          .containsOnlyKeys(
              "ts",
              "src_ip",
              "dst_ip",
              "src_port",
              "dst_port",
              "protocol",
              "bytes",
              "packets",
              "demo");
      assertThat((Long) flow.get("src_port")).isBetween(1024L, 65535L);
      assertThat((Long) flow.get("bytes")).isBetween(64L, 50_000L);
      assertThat((Long) flow.get("packets")).isBetween(1L, 100L);
      assertThat(flow.get("protocol")).isIn("tcp", "udp");
      assertThat(String.valueOf(flow.get("src_ip"))).startsWith("10.");
    }
    assertThat(records(made.batch(Variant.ZEEK, 10, 0)))
        .allSatisfy(
            record ->
                assertThat(record)
                    .containsKeys("ts", "uid", "id_orig_h", "id_resp_p", "conn_state", "history"));
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> records(byte[] batch) throws Exception {
    return (List<Map<String, Object>>) Objects.requireNonNull(JsonTree.parse(batch));
  }
}
