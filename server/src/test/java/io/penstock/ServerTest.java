package io.penstock;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.avaje.jsonb.Jsonb;
import io.penstock.capture.Capture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The product as its user meets it: a process, its ports, its output. */
class ServerTest {

  private static final Path CAPTURES = Path.of("..", "corpus", "flows");
  private static final Duration VISIBLE = Duration.ofSeconds(10);

  @TempDir private Path data;

  @Test
  void aPostedFlowIsReadBackEnriched() throws Exception {
    try (var server = ServerProcess.start(data, Map.of())) {
      var posted =
          server.post(
              "/v1/ingest",
              """
              {"collector_id":"tester","format":"flows.v1","records":[{"ts":1723351200.456,
              "src_ip":"10.0.0.10","dst_ip":"8.8.8.8","src_port":54000,"dst_port":445,
              "protocol":"tcp","bytes":120,"packets":1,"note":"kept"}]}\
              """);
      assertThat(posted.statusCode()).as(posted.body()).isEqualTo(202);

      await().atMost(VISIBLE).until(() -> events(server, "").size() == 1);
      var event = events(server, "").getFirst();

      assertThat(event)
          .containsEntry("src_ip", "10.0.0.10")
          .containsEntry("note", "kept")
          .containsEntry("collector_id", "tester")
          .containsEntry("risk_score", 20L)
          .containsEntry("network_direction", "outbound");
      assertThat((Map<?, ?>) event.get("dst_geo")).isEqualTo(Map.of("country", "US"));
      assertThat(server.get("/v1/events/top?by=src_ip&metric=bytes").body())
          .contains(
              "{\"value\":\"10.0.0.10\",\"values\":[\"10.0.0.10\"],\"bytes\":120,\"packets\":1,"
                  + "\"events\":1}");
      assertThat(server.get("/v1/events/series?by=protocol&step=60s").body())
          .contains("\"step_seconds\":60")
          .contains(",120]]");
    }
  }

  @Test
  void anIndicatorCountsFromTheAnswerOnAndZeekNamesAreEnriched() throws Exception {
    var zeek =
        """
        [{"ts":1642176000.0,"uid":"C123","id.orig_h":"192.168.1.100","id.orig_p":54321,
        "id.resp_h":"203.0.113.7","id.resp_p":53,"proto":"udp","service":"dns",
        "query":"www.evil.example"}]\
        """;
    String id;
    try (var server = ServerProcess.start(data, Map.of())) {
      var put =
          server.send(
              "PUT",
              "/v1/indicators",
              "{\"ip_or_cidr\":\"203.0.113.0/24\",\"category\":\"c2\",\"confidence\":85}");
      assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
      server.post("/v1/indicators/import?feed=names", "domain:evil.example\n");
      assertThat(server.get("/v1/lookup?ip=203.0.113.7").body())
          .contains("\"match\":\"203.0.113.0/24\"", "\"confidence\":85", "\"risk_score\":70");
      assertThat(server.post("/v1/ingest/zeek", zeek).statusCode()).isEqualTo(200);
      await().atMost(VISIBLE).until(() -> events(server, "").size() == 1);
      var matched = events(server, "").getFirst();
      assertThat(matched).containsEntry("risk_score", 70L);
      assertThat(String.valueOf(matched.get("threat")))
          .contains("203.0.113.0/24", "c2", "85", "evil.example", "names");
      var body = put.body();
      id = body.substring(body.indexOf("\"id\":\"") + 6, body.indexOf("\"id\":\"") + 22);
    }
    try (var server = ServerProcess.start(data, Map.of())) {
      assertThat(server.get("/v1/lookup?ip=203.0.113.7").body()).contains("\"c2\"");

      assertThat(server.send("DELETE", "/v1/indicators/" + id, "").statusCode()).isEqualTo(200);

      assertThat(server.get("/v1/lookup?ip=203.0.113.7").body()).contains("\"matches\":[]");
      assertThat(metric(server, "telemetry_threatintel_dynamic_entries")).isEqualTo(1);
    }
  }

  @Test
  void aRequestIsFollowedFromItsReceiptIntoTheStore() throws Exception {
    var logsAll = Map.of("HTTP_LOG_SAMPLE_RATE", "1", "LOG_LEVEL", "INFO");
    try (var server = ServerProcess.start(data, logsAll)) {
      var posted =
          server.post(
              "/v1/ingest",
              """
              [{"ts":1723351200.456,"src_ip":"10.0.0.10","dst_ip":"8.8.8.8","src_port":54000,
              "dst_port":53,"protocol":"udp"}]\
              """);
      var id = posted.headers().firstValue("X-Request-ID").orElseThrow();

      await()
          .atMost(VISIBLE)
          .until(() -> server.get("/v1/admin/requests/" + id).body().contains("\"indexed\""));
      assertThat(server.get("/v1/admin/requests/" + id).body())
          .contains("\"geo\":1", "\"durable_ms\":", "\"fitness\":1.0")
          .doesNotContain("exported");
      assertThat(events(server, "")).allMatch(event -> id.equals(event.get("trace_id")));
      await()
          .atMost(VISIBLE)
          .until(() -> server.get("/v1/logs?trace_id=" + id).body().contains("\"count\":1"));
      server.stop();
    }
  }

  @Test
  @Tag("rfc7011-10.1-other-ports")
  void aCaptureSentOverUdpIsReadBackFlowByFlow() throws Exception {
    try (var server = ServerProcess.start(data, Map.of())) {
      send(CAPTURES.resolve("exporters/softflowd-1.1.0_nf5_mixed.pcap"), server.netflowPort());
      send(
          CAPTURES.resolve("exporters/softflowd-1.1.0_ipfix_abs-milli_mixed.pcap"),
          server.ipfixPort());
      send(
          CAPTURES.resolve("exporters/pmacctd-1.7.7_sfprobe_sflow5_mixed.pcap"),
          server.sflowPort());

      await().atMost(VISIBLE).until(() -> events(server, "type = netflow_v5").size() == 30);
      await().atMost(VISIBLE).until(() -> events(server, "type = sflow_5").size() == 74);
      await().atMost(VISIBLE).until(() -> !events(server, "type = ipfix").isEmpty());
      assertThat(metric(server, "telemetry_queue_enqueues_total"))
          .isEqualTo(metric(server, "telemetry_records_parsed_total"))
          .isEqualTo(metric(server, "telemetry_journal_appended_events_total"));
      assertThat(events(server, "type = netflow_v5"))
          .allSatisfy(event -> assertThat(event).containsKeys("src_ip", "dst_ip", "bytes"));
    }
  }

  @Test
  @Tag("case-14")
  void aStreamSentOverTcpGivesTheEventsOfItsFile() throws Exception {
    var name = "exporters/softflowd-1.1.0_ipfix_mixed.tcp-stream.ipfix";
    var stream = CAPTURES.resolve(name);
    long count;
    try (var golden = Files.lines(Path.of("..", "corpus", "golden", name + ".jsonl"))) {
      count =
          golden.filter(line -> line.contains("\"kind\":")).count(); // the last line is counters
    }
    try (var server = ServerProcess.start(data, Map.of());
        var exporter = new Socket(InetAddress.getLoopbackAddress(), server.ipfixTcpPort())) {
      exporter.getOutputStream().write(Files.readAllBytes(stream));

      await().atMost(VISIBLE).until(() -> events(server, "type = ipfix").size() == count);

      assertThat(metric(server, "telemetry_stream_connections")).isEqualTo(1);
      assertThat(metric(server, "telemetry_decode_rejected_total")).isZero();
      server.stop();
      assertThat(exporter.getInputStream().read()).isEqualTo(-1);
    }
    try (var server = ServerProcess.start(data, Map.of())) {
      await().atMost(VISIBLE).until(() -> events(server, "type = ipfix").size() == count);
    }
  }

  @Test
  void eachExporterHasAPageAndItsLastDatagrams() throws Exception {
    try (var server = ServerProcess.start(data, Map.of("DUPLICATE_DATAGRAMS", "drop"))) {
      var capture = CAPTURES.resolve("exporters/softflowd-1.1.0_nf5_mixed.pcap");
      var datagrams = payloads(capture);
      try (var exporter = exporter()) {
        for (var datagram : datagrams) {
          exporter.send(datagram.duplicate(), loopback(server.netflowPort()));
          exporter.send(datagram.duplicate(), loopback(server.netflowPort()));
        }
      }
      // The socket counts a datagram before the page of its exporter does.
      await()
          .atMost(VISIBLE)
          .untilAsserted(
              () ->
                  assertThat(server.get("/v1/exporters/127.0.0.1").body())
                      .contains("\"events\":30")
                      .contains("\"duplicates\":" + datagrams.size())
                      .contains("\"dropped_datagrams\":{\"duplicate\":" + datagrams.size() + "}")
                      .contains("\"missing\":{}"));
      var last = server.get("/v1/exporters/127.0.0.1/datagrams.pcap");
      assertThat(last.statusCode()).isEqualTo(200);
      assertThat(metric(server, "telemetry_duplicate_datagrams_dropped_total"))
          .isEqualTo(datagrams.size());
    }
  }

  @Test
  void templatesSurviveARestart() throws Exception {
    var datagrams = payloads(CAPTURES.resolve("vendors/Netflow_9_Cisco_ASA.pcap"));
    try (var exporter = exporter()) {
      try (var server = ServerProcess.start(data, Map.of())) {
        exporter.send(datagrams.getFirst().duplicate(), loopback(server.netflowPort()));
        await().atMost(VISIBLE).until(() -> metric(server, "telemetry_decode_datagrams_total") > 0);
        assertThat(server.stop()).isIn(0, 143);
      }
      try (var server = ServerProcess.start(data, Map.of())) {
        exporter.send(datagrams.getLast(), loopback(server.netflowPort()));

        await().atMost(VISIBLE).until(() -> !events(server, "type = netflow_v9").isEmpty());
      }
    }
  }

  @Test
  void aStopWithinTenSecondsKeepsWhatWasTaken() throws Exception {
    try (var server = ServerProcess.start(data, Map.of())) {
      send(CAPTURES.resolve("exporters/softflowd-1.1.0_nf5_mixed.pcap"), server.netflowPort());
      await().atMost(VISIBLE).until(() -> metric(server, "telemetry_records_parsed_total") == 30);
      long began = System.nanoTime();

      server.stop();

      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
    }
    try (var server = ServerProcess.start(data, Map.of())) {
      await().atMost(VISIBLE).until(() -> events(server, "type = netflow_v5").size() == 30);
    }
  }

  @Test
  void aStopUnderTrafficWithAHalfSentRequestTakesLessThanTenSeconds() throws Exception {
    var payload = payloads(CAPTURES.resolve("exporters/softflowd-1.1.0_nf5_mixed.pcap")).getFirst();
    try (var server = ServerProcess.start(data, Map.of());
        var client = new Socket(InetAddress.getLoopbackAddress(), server.httpPort());
        var exporter = exporter()) {
      client
          .getOutputStream()
          .write("POST /v1/ingest HTTP/1.1\r\nHost: half\r\nContent-Le".getBytes(US_ASCII));
      var isStopped = new AtomicBoolean();
      var sender = Thread.ofVirtual().start(() -> flood(exporter, payload, server, isStopped));
      await().atMost(VISIBLE).until(() -> metric(server, "telemetry_records_parsed_total") > 1000);
      long began = System.nanoTime();

      server.stop();

      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
      isStopped.set(true);
      sender.join();
    }
  }

  @Test
  void aGeneratedKeyIsPrintedOnceAndStillOpensAfterARestart() throws Exception {
    var noKey = Map.of("API_KEY", "");
    String key;
    try (var server = ServerProcess.start(data, noKey)) {
      var line = server.output().stream().filter(text -> text.startsWith("API Key: ")).findFirst();
      key = line.orElseThrow().substring("API Key: ".length());
      assertThat(server.get("/v1/events").statusCode()).isEqualTo(401);
    }
    try (var server = ServerProcess.start(data, noKey)) {
      assertThat(server.output()).noneMatch(text -> text.startsWith("API Key: "));
      assertThat(server.getWithKey("/v1/events", key).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aPortThatIsTakenIsOneLineAndNoServer() throws Exception {
    try (var taken = DatagramChannel.open()) {
      taken.bind(new InetSocketAddress(0));
      int port = ((InetSocketAddress) taken.getLocalAddress()).getPort();

      assertThatThrownBy(
              () -> ServerProcess.start(data, Map.of("NETFLOW_PORT", Integer.toString(port))))
          .hasMessageContaining("did not start");
    }
  }

  @Test
  void twoServersCannotShareADataFolder() {
    try (var _ = ServerProcess.start(data, Map.of())) {
      assertThatThrownBy(() -> ServerProcess.start(data, Map.of()))
          .hasMessageContaining("did not start");
    }
  }

  private static void flood(
      DatagramChannel exporter, ByteBuffer payload, ServerProcess server, AtomicBoolean isStopped) {
    while (!isStopped.get()) {
      try {
        exporter.send(payload.duplicate(), loopback(server.netflowPort()));
      } catch (IOException e) {
        // Nobody listens any more: that is the stop.
        return;
      }
      LockSupport.parkNanos(50_000);
    }
  }

  private static double metric(ServerProcess server, String name)
      throws IOException, InterruptedException {
    return server
        .get("/v1/metrics/prometheus")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> events(ServerProcess server, String filter)
      throws IOException, InterruptedException {
    var query = filter.isEmpty() ? "" : "&filter=" + ServerProcess.encoded(filter);
    var response = server.get("/v1/events?limit=1000" + query);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    var page = (Map<String, Object>) Jsonb.instance().type(Object.class).fromJson(response.body());
    return (List<Map<String, Object>>) page.getOrDefault("events", List.of());
  }

  private static void send(Path capture, int port) throws IOException {
    try (var exporter = exporter()) {
      for (var payload : payloads(capture)) {
        exporter.send(payload, loopback(port));
      }
    }
  }

  private static DatagramChannel exporter() throws IOException {
    return DatagramChannel.open().bind(loopback(0));
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static List<ByteBuffer> payloads(Path capture) throws IOException {
    var payloads = new ArrayList<ByteBuffer>();
    try (var file = Capture.open(capture)) {
      for (var next = file.next(); next != null; next = file.next()) {
        payloads.add(ByteBuffer.wrap(next.bytes(), next.offset(), next.length()).slice());
      }
    }
    return payloads;
  }
}
