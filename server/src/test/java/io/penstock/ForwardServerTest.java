package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.capture.Capture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Servers that send on what they receive, as operators run them. */
@Timeout(120)
class ForwardServerTest {

  private static final Path CAPTURE =
      Path.of("..", "corpus", "flows", "exporters", "softflowd-1.1.0_nf9_mixed.pcap");
  private static final Duration VISIBLE = Duration.ofSeconds(20);

  @TempDir private Path data;
  @TempDir private Path otherData;

  private static List<byte[]> capture() throws IOException {
    var payloads = new ArrayList<byte[]>();
    try (var capture = Capture.open(CAPTURE)) {
      for (var payload = capture.next(); payload != null; payload = capture.next()) {
        payloads.add(
            Arrays.copyOfRange(
                payload.bytes(), payload.offset(), payload.offset() + payload.length()));
      }
    }
    return payloads;
  }

  private static void send(String from, int port) throws IOException {
    var local = new InetSocketAddress(InetAddress.ofLiteral(from), 0);
    var to = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    try (var channel = DatagramChannel.open().bind(local)) {
      for (var payload : capture()) {
        channel.send(ByteBuffer.wrap(payload), to);
      }
    }
  }

  private static DatagramChannel collector() throws IOException {
    return DatagramChannel.open()
        .bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
  }

  private static int port(DatagramChannel channel) throws IOException {
    return ((InetSocketAddress) channel.getLocalAddress()).getPort();
  }

  private static List<byte[]> receive(DatagramChannel channel, int count) throws IOException {
    var payloads = new ArrayList<byte[]>();
    var buffer = ByteBuffer.allocate(65_535);
    for (int i = 0; i < count; i++) {
      channel.receive(buffer.clear());
      payloads.add(Arrays.copyOf(buffer.array(), buffer.position()));
    }
    return payloads;
  }

  private static double metric(ServerProcess server, String series) throws Exception {
    return server
        .get("/v1/metrics/prometheus")
        .body()
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElse(0);
  }

  @Test
  void anotherServerDecodesTheSameAndASocketGetsTheSameOctets() throws Exception {
    var expected = capture();

    try (var other = ServerProcess.start(otherData, Map.of());
        var socket = collector();
        var server =
            ServerProcess.start(
                data,
                Map.of(
                    "FORWARD_TO",
                    "127.0.0.1:" + other.netflowPort() + ",127.0.0.1:" + port(socket)))) {
      send("127.0.0.1", server.netflowPort());

      assertThat(receive(socket, expected.size())).usingRecursiveComparison().isEqualTo(expected);
      var decoded = "telemetry_journal_appended_events_total";
      await().atMost(VISIBLE).until(() -> metric(server, decoded) > 0);
      await().atMost(VISIBLE).until(() -> metric(other, decoded) == metric(server, decoded));
      var name = "127.0.0.1:" + port(socket);
      assertThat(metric(server, "telemetry_forward_datagrams_total{destination=\"" + name + "\"}"))
          .isEqualTo(expected.size());

      // Where the operator's collectors are is nothing for those without a key.
      var open = server.getWithKey("/v1/metrics/prometheus", "").body();
      assertThat(open)
          .contains("telemetry_forward_datagrams_total " + 2.0 * expected.size())
          .doesNotContain("destination=");
    }
  }

  @Test
  void whatAdmissionRefusesIsNotForwarded() throws Exception {
    var expected = capture();

    try (var socket = collector();
        var server =
            ServerProcess.start(
                data,
                Map.of(
                    "ADMISSION_UDP_ENABLED", "true", "FORWARD_TO", "127.0.0.1:" + port(socket)))) {
      server.post(
          "/v1/sources",
          """
          {"id":"router","tenant_id":"default","type":"udp","allowed_ips":["127.0.0.2"]}""");
      send("127.0.0.3", server.netflowPort());
      await()
          .atMost(VISIBLE)
          .until(
              () ->
                  metric(server, "telemetry_udp_dropped_total{reason=\"ip_not_allowed\"}")
                      == expected.size());

      send("127.0.0.2", server.netflowPort());

      assertThat(receive(socket, expected.size())).usingRecursiveComparison().isEqualTo(expected);
      var sent =
          "telemetry_forward_datagrams_total{destination=\"127.0.0.1:" + port(socket) + "\"}";
      await().atMost(VISIBLE).until(() -> metric(server, sent) == expected.size());
    }
  }
}
