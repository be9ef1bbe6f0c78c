package io.penstock.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.config.Secret;
import io.penstock.destination.HecChannel.Patience;
import io.penstock.destination.HecConfig.Acknowledgement;
import io.penstock.destination.HecConfig.OnAmbiguous;
import io.penstock.dial.DialPolicy;
import io.penstock.dial.Dialer;
import io.penstock.dial.HttpLimits;
import io.penstock.dial.Tls;
import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.event.EventJson;
import io.penstock.log.LogConfig;
import io.penstock.log.SegmentLog;
import io.penstock.shape.Shape;
import io.penstock.sink.DeadLetters;
import io.penstock.sink.Flows;
import io.penstock.sink.HastyShipper;
import io.penstock.sink.Hold;
import io.penstock.sink.Shipper;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a shipper makes of an event collector that fails in every way: every event arrives. */
class HecOutageTest {

  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path folder;
  private final InstantSource clock = InstantSource.system();
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Dialer dialer =
      new Dialer(DialPolicy.DEFAULT, InetAddress::getAllByName, _ -> false, "penstock/1.2.3");
  private HecReceiver receiver;
  private SegmentLog log;
  private DeadLetters letters;
  private HecSink sink;
  private Shipper shipper;

  @BeforeEach
  void open() throws IOException, GeneralSecurityException {
    receiver = new HecReceiver();
    log = SegmentLog.open(LogConfig.in(folder.resolve("log")), registry, clock);
    var limits = new DeadLetters.Limits(1 << 30, Duration.ofDays(7), _ -> 0);
    letters = new DeadLetters(folder.resolve("dlq"), limits, registry, clock);
    sink = sink((tenant, event, out) -> out.put(EventJson.write(tenant, event)));
    shipper = shipper();
  }

  private HecSink sink(Shape document) throws GeneralSecurityException {
    var config =
        new HecConfig(
            List.of(receiver.uri()),
            new Secret(HecReceiver.TOKEN),
            "telemetry",
            "telemetry:event",
            "penstock",
            null,
            Map.of(),
            Acknowledgement.AUTO,
            Duration.ofSeconds(1),
            OnAmbiguous.RESEND,
            Tls.DEFAULT,
            false);
    var patience =
        new Patience(Duration.ofMillis(5), Duration.ofMillis(100), Duration.ofMillis(500));
    return new HecSink(config, dialer, () -> document, HttpLimits.DEFAULT, patience);
  }

  private Shipper shipper() {
    var plan =
        new Shipper.Plan(Flows.TENANT, "splunk", _ -> true, Duration.ofMillis(20), Hold.FOREVER);
    return HastyShipper.of(plan, sink, log, letters, clock);
  }

  @AfterEach
  void close() throws IOException {
    shipper.close();
    sink.close();
    log.close();
    receiver.close();
    dialer.close();
  }

  private void append(List<Event> flows) {
    for (int i = 0; i < flows.size(); i += 100) {
      var part = flows.subList(i, Math.min(i + 100, flows.size()));
      log.append(new EventBatch(Flows.TENANT, List.copyOf(part), null)).join();
    }
  }

  private void awaitAll(List<Event> flows) {
    var ids = flows.stream().map(Flows::id).toList();
    await()
        .atMost(LONG)
        .untilAsserted(() -> assertThat(new HashSet<>(receiver.ids())).containsAll(ids));
  }

  @Test
  void everyEventArrivesThroughOutagesResetsRestartsAndLostAcknowledgements() throws Exception {
    var flows = Flows.of(3_000);
    receiver.acknowledgingAfter(1);
    shipper.start();

    append(flows.subList(0, 500));
    awaitAll(flows.subList(0, 500));
    receiver.down();
    append(flows.subList(500, 1_000));
    await().atMost(LONG).until(() -> shipper.status().retries() > 1);
    receiver.up();
    awaitAll(flows.subList(0, 1_000));

    receiver.resetting(1, true).resetting(1, false).losingAnswers(1);
    receiver.next(503, "{\"text\":\"Server is busy\",\"code\":9}", 1);
    receiver.next(429, "{\"text\":\"ACK channel is at capacity\",\"code\":27}", 1);
    append(flows.subList(1_000, 1_500));
    awaitAll(flows.subList(0, 1_500));

    receiver.lying(true);
    append(flows.subList(1_500, 2_000));
    int asked = receiver.asked("/event").size();
    await().atMost(LONG).until(() -> receiver.asked("/event").size() > asked + 1);
    receiver.lying(false);
    awaitAll(flows.subList(0, 2_000));

    receiver.acknowledgingAfter(1_000_000);
    append(flows.subList(2_000, 2_500));
    awaitAll(flows.subList(0, 2_500));
    receiver.restart();
    receiver.acknowledgingAfter(0);
    append(flows.subList(2_500, 3_000));
    awaitAll(flows);

    assertThat(letters.depth(Flows.TENANT, "splunk")).isZero();
    assertThat(shipper.status().refused()).isZero();
    await().atMost(LONG).until(() -> shipper.status().delivered() == 3_000);
  }

  @Test
  void oneEventThatIsNotTakenGoesToTheDeadLettersAndHoldsNobodyUp() throws Exception {
    var flows = Flows.of(200);
    receiver.acknowledging(true).takingEventsOf(20_000).numberingFrom(1);
    var bad = flows.get(77);
    var whole = "\"" + "x".repeat(30_000) + "\"";
    sink.close();
    sink =
        sink(
            (tenant, event, out) -> {
              if (event.equals(bad)) {
                out.put(whole);
              } else {
                out.put(EventJson.write(tenant, event));
              }
            });
    shipper = shipper();
    shipper.start();

    append(flows);

    awaitAll(flows.stream().filter(flow -> !flow.equals(bad)).toList());
    await().atMost(LONG).until(() -> letters.depth(Flows.TENANT, "splunk") == 1);
    assertThat(receiver.ids()).doesNotContain(Flows.id(bad));
  }

  @Test
  void aBodyThatIsTooLongIsMadeShorterAlsoWhereItIsResetInsteadOfAnswered() throws Exception {
    var flows = Flows.of(1_500);
    receiver.takingBodiesOf(300_000).resettingLargeBodies(true);
    shipper.start();

    append(flows);

    awaitAll(flows);
    assertThat(letters.depth(Flows.TENANT, "splunk")).isZero();
  }
}
