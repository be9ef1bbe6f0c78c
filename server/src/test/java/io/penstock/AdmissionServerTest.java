package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.capture.Capture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exporters of two tenants and of none, as operators and tenants meet them. */
class AdmissionServerTest {

  private static final Path CAPTURE =
      Path.of("..", "corpus", "flows", "exporters", "softflowd-1.1.0_nf5_mixed.pcap");
  private static final Duration VISIBLE = Duration.ofSeconds(20);

  @TempDir private Path data;

  @Test
  void anExporterBelongsToItsSourcesTenantAndOneOfNobodyIsRefused() throws Exception {
    try (var server = ServerProcess.start(data, Map.of("ADMISSION_UDP_ENABLED", "true"))) {
      assertThat(post(server, "/v1/admin/tenants", "{\"tenant_id\":\"acme\",\"name\":\"A\"}"))
          .isEqualTo(201);
      assertThat(
              post(
                  server,
                  "/v1/sources",
                  """
                  {"id":"router","tenant_id":"acme","type":"udp","allowed_ips":["127.0.0.2"]}"""))
          .isEqualTo(200);

      send("127.0.0.3", server.netflowPort());
      send("127.0.0.2", server.netflowPort());

      await().atMost(VISIBLE).until(() -> eventsOf(server, "acme").contains("\"router\""));
      assertThat(eventsOf(server, "default")).doesNotContain("netflow");
      assertThat(as(server, "acme", "/v1/exporters")).contains("127.0.0.2");
      assertThat(as(server, "default", "/v1/exporters")).doesNotContain("127.0.0.2", "127.0.0.3");
      assertThat(as(server, "default", "/v1/exporters/127.0.0.2")).contains("unknown_exporter");
      assertThat(as(server, "acme", "/v1/sources/router"))
          .contains("\"health_status\":\"healthy\"");
      assertThat(server.get("/v1/metrics/prometheus").body())
          .contains("telemetry_udp_dropped_total{reason=\"ip_not_allowed\"}")
          .contains(
              "telemetry_blocked_source_total{reason=\"ip_not_allowed\",source=\"__unknown__\"");
    }
  }

  private static int post(ServerProcess server, String path, String body) throws Exception {
    return server.post(path, body).statusCode();
  }

  private static String as(ServerProcess server, String tenant, String path) throws Exception {
    return server.get(path, "X-Tenant-ID", tenant).body();
  }

  private static String eventsOf(ServerProcess server, String tenant) throws Exception {
    return as(server, tenant, "/v1/events?limit=100");
  }

  private static void send(String from, int port) throws Exception {
    try (var capture = Capture.open(CAPTURE);
        var channel =
            DatagramChannel.open().bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0))) {
      for (var payload = capture.next(); payload != null; payload = capture.next()) {
        channel.send(
            ByteBuffer.wrap(payload.bytes(), payload.offset(), payload.length()),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      }
    }
  }
}
