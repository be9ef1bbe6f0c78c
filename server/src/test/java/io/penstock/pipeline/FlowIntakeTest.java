package io.penstock.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.admit.Admission;
import io.penstock.admit.Plane;
import io.penstock.admit.UnknownExporters;
import io.penstock.control.Flag;
import io.penstock.control.Source;
import io.penstock.decode.DatagramDecoder;
import io.penstock.decode.DecodeConfig;
import io.penstock.decode.DecodeMetrics;
import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.log.LogConfig;
import io.penstock.log.SegmentLog;
import io.penstock.metrics.Meter;
import io.penstock.receive.Drop;
import io.penstock.receive.ReceiveConfig;
import io.penstock.receive.UdpReceiver;
import io.penstock.registry.Registry;
import io.penstock.wire.Exporter;
import io.penstock.wire.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlowIntakeTest {

  private static final String PARSED = "telemetry_records_parsed_total";
  private static final String REFUSED = "telemetry_admission_refused_events_total";

  private final InstantSource clock = InstantSource.system();
  private final List<EventBatch> durable = new CopyOnWriteArrayList<>();
  @TempDir private Path folder;
  private Plane plane;
  private Admission admission;
  private SegmentLog log;
  private Pipeline pipeline;
  private FlowIntake intake;

  @BeforeEach
  void open() throws IOException {
    plane = new Plane(folder, clock);
    admission = plane.admission(UnknownExporters.DROP);
    log = SegmentLog.open(LogConfig.in(folder.resolve("log")), plane.registry, clock);
    pipeline =
        new Pipeline(
            (_, event) -> event,
            log,
            new Meter(clock, plane.registry),
            batch -> {
              admission.durable(batch);
              durable.add(batch);
            },
            clock,
            plane.registry);
    var metrics = new DecodeMetrics(plane.registry, 10);
    intake =
        new FlowIntake(
            pipeline,
            admission.gate(),
            sink -> new DatagramDecoder(DecodeConfig.live(), Registry.load(), sink, metrics));
  }

  @AfterEach
  void close() {
    log.close();
    plane.close();
  }

  private static InetSocketAddress exporter(String address) {
    try {
      return new InetSocketAddress(InetAddress.getByName(address), 4000);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** A NetFlow v5 datagram. */
  private static byte[] datagram(int records) {
    var out = ByteBuffer.allocate(24 + 48 * records);
    out.putShort((short) 5).putShort((short) records).putInt(1_000_000);
    out.putInt((int) InstantSource.system().instant().getEpochSecond()).putInt(0).putInt(1);
    for (int i = 0; i < records; i++) {
      int start = 24 + 48 * i;
      out.putInt(start, 0x0a000001 + i).putInt(start + 4, 0x0a000002);
      out.putInt(start + 16, 10).putInt(start + 20, 1_000);
      out.put(start + 38, (byte) 6);
    }
    return out.array();
  }

  /** As a worker does it. */
  private void receive(String from, int records) {
    var sender = exporter(from);
    var bytes = datagram(records);
    var refusal = intake.refuses(sender);
    if (refusal == null) {
      intake.handle(sender, clock.millis() * 1_000_000, bytes, 0, bytes.length);
    } else {
      intake.dropped(refusal, sender, bytes, 0, bytes.length);
    }
  }

  private List<Event> events(String tenant) {
    return durable.stream()
        .filter(batch -> batch.tenant().equals(tenant))
        .flatMap(batch -> batch.events().stream())
        .toList();
  }

  private void settle() {
    intake.flush();
    await().until(() -> pipeline.books().inFlight() == 0);
  }

  @Test
  void theEventsOfAnExporterBelongToItsSourcesTenant() {
    plane.put("acme", "router", Source.Type.UDP, 0, "192.0.2.0/24");

    receive("192.0.2.1", 3);
    receive("198.51.100.1", 2);
    receive("192.0.2.2", 4);
    settle();

    assertThat(events("acme"))
        .hasSize(7)
        .allSatisfy(event -> assertThat(event.origin().sourceId()).isEqualTo("router"));
    assertThat(events("default"))
        .hasSize(2)
        .allSatisfy(event -> assertThat(event.origin().sourceId()).isNull());
    assertThat(durable).hasSize(2);
  }

  @Test
  void whatASourceSentIsInItsFigures() {
    var source = plane.put("acme", "router", Source.Type.UDP, 0, "192.0.2.0/24");

    receive("192.0.2.1", 30);
    settle();

    var activity = admission.activity(source.key()).orElseThrow();
    await().until(() -> activity.lastMinute(clock.instant()).records() == 30);
    assertThat(activity.seen().orElseThrow().origin()).isEqualTo(Source.Type.UDP);
  }

  @Test
  void framesOfManyTenantsAreBoundedTogether() {
    plane.put("acme", "router", Source.Type.UDP, 0, "192.0.2.0/24");

    for (int i = 0; i < 200; i++) {
      receive("192.0.2.1", 30);
      receive("198.51.100.1", 30);
    }

    // Nobody flushed: what is durable was full. Less than a frame of each waits.
    await().until(() -> events("acme").size() == 2 * 2048 && events("default").size() == 2 * 2048);
    settle();
    assertThat(events("acme")).hasSize(6_000);
    assertThat(events("default")).hasSize(6_000);
  }

  @Test
  void aRefusedDatagramIsNotDecodedAndStandsOnThePageOfItsExporter() {
    receive("192.0.2.1", 1);
    plane.turnOn(Flag.ADMISSION_UDP_ENABLED);

    assertThat(intake.refuses(exporter("192.0.2.1"))).isEqualTo(Drop.IP_NOT_ALLOWED);
    receive("192.0.2.1", 5);
    receive("203.0.113.1", 5);
    plane.putDisabled("default", "off", Source.Type.UDP, "192.0.2.1");
    assertThat(intake.refuses(exporter("192.0.2.1"))).isEqualTo(Drop.DISABLED);
    settle();

    assertThat(plane.counter(PARSED)).isEqualTo(1);
    assertThat(events("default")).hasSize(1);
    var book = intake.decoder().book();
    assertThat(book.exporters()).hasSize(1);
    var report = book.report(book.exporters().getFirst()).orElseThrow();
    assertThat(report.toString()).contains("REFUSED=1");
  }

  @Test
  void beyondItsRateAnExportersEventsAreRefusedAndTheBooksBalance() {
    plane.turnOn(Flag.ADMISSION_UDP_ENABLED);
    plane.put("acme", "router", Source.Type.UDP, 10, "192.0.2.1");
    plane.put("default", "other", Source.Type.UDP, 0, "192.0.2.2");

    for (int i = 0; i < 10; i++) {
      receive("192.0.2.1", 30);
      receive("192.0.2.2", 30);
    }
    settle();

    assertThat(events("acme")).hasSizeBetween(20, 60);
    assertThat(events("default")).hasSize(300);
    assertThat(plane.counter(PARSED)).isEqualTo(600);
    assertThat(plane.counter(REFUSED, "acme")).isEqualTo(300.0 - events("acme").size());
    assertThat(plane.counter("telemetry_queue_enqueues_total"))
        .isEqualTo(plane.counter(PARSED) - plane.counter(REFUSED));
  }

  @Test
  void aConnectionIsMeasuredLikeADatagram() {
    plane.put("acme", "router", Source.Type.UDP, 0, "192.0.2.1");
    plane.turnOn(Flag.ADMISSION_UDP_ENABLED);
    var bytes = datagram(2);

    for (var address : List.of("192.0.2.1", "203.0.113.1")) {
      var connection = new Exporter(exporter(address), Transport.STREAM);
      intake.message(connection, clock.millis() * 1_000_000, bytes, 0, bytes.length);
    }
    settle();

    assertThat(events("acme")).hasSize(2);
    assertThat(durable).hasSize(1);
    assertThat(plane.counter("telemetry_stream_refused_messages_total", "ip_not_allowed"))
        .isEqualTo(1);
  }

  @Test
  void whatASocketReceivedWasHandedOnOrDroppedForAReason() throws IOException {
    plane.turnOn(Flag.ADMISSION_UDP_ENABLED);
    plane.put("acme", "router", Source.Type.UDP, 0, "127.0.0.2");
    var listener = ReceiveConfig.Listener.everywhere("netflow", 0);
    var config = ReceiveConfig.of(List.of(listener)).withWorkers(1);
    var receiver = new UdpReceiver(config, _ -> intake, plane.registry, clock);
    receiver.start();
    try {
      for (var from : List.of("127.0.0.1", "127.0.0.2", "127.0.0.3")) {
        try (var channel = DatagramChannel.open().bind(new InetSocketAddress(from, 0))) {
          channel.send(
              ByteBuffer.wrap(datagram(4)),
              new InetSocketAddress(InetAddress.getLoopbackAddress(), receiver.port("netflow")));
        }
      }
      await().until(() -> plane.counter("telemetry_udp_packets_received_total") == 3);
      await().until(() -> events("acme").size() == 4);
      await().until(() -> plane.counter("telemetry_udp_dropped_total", "ip_not_allowed") == 2);

      assertThat(plane.counter("telemetry_udp_admitted_total")).isEqualTo(1);
    } finally {
      receiver.stop(Duration.ofSeconds(2));
    }
    assertThat(events("default")).isEmpty();
  }
}
