package io.penstock.outputs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.config.Secret;
import io.penstock.control.Database;
import io.penstock.control.DatabaseConfig;
import io.penstock.control.Output;
import io.penstock.control.Outputs;
import io.penstock.control.Tenants;
import io.penstock.control.Vault;
import io.penstock.event.EventBatch;
import io.penstock.event.Events;
import io.penstock.log.LogConfig;
import io.penstock.log.SegmentLog;
import io.penstock.outputs.Shippers.Asked;
import io.penstock.sink.DeadLetters;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Answer;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Delivery.Refusal;
import io.penstock.sink.Delivery.Taken;
import io.penstock.sink.SinkMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShippersTest {

  private static final Output.Key HOOK = new Output.Key("default", "hook");
  private static final Output.Key OTHER = new Output.Key("default", "other");
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String URL = "\"url\":\"http://127.0.0.1:9/\",\"linger_ms\":1";

  @TempDir private Path folder;
  private final InstantSource clock = InstantSource.system();
  private final ReceivingSinks sinks = new ReceivingSinks();
  private final ReceivingSinks.Place place = sinks.place("default", "webhook");
  private final Events events = new Events(7);
  private final AtomicLong freeBytes = new AtomicLong(Long.MAX_VALUE);
  private final ConcurrentLinkedQueue<String> told = new ConcurrentLinkedQueue<>();
  private PrometheusRegistry registry = new PrometheusRegistry();
  private Database database;
  private SegmentLog log;
  private Outputs outputs;
  private DeadLetters letters;
  private Shippers shippers;
  private int appended;

  @BeforeEach
  void open() throws IOException {
    database =
        Database.open(
            new DatabaseConfig.Sqlite(folder.resolve("control")), new PrometheusRegistry());
    var tenants = new Tenants(database, 7, clock);
    assertThat(tenants.find("default")).isPresent();
    outputs = new Outputs(database, Vault.in(folder.resolve("key")), List.of(), clock);
    start();
  }

  private void start() throws IOException {
    registry = new PrometheusRegistry();
    log = SegmentLog.open(LogConfig.in(folder.resolve("log")), registry, clock);
    letters =
        new DeadLetters(
            folder.resolve("dlq"),
            new DeadLetters.Limits(1 << 30, Duration.ofDays(7), _ -> 0),
            registry,
            clock);
    var hold = new LogHold(LogHold.Limits.of(0, 1 << 20), log, freeBytes::get, _ -> 36_500, clock);
    var parts =
        new Shippers.Parts(log, letters, new SinkMetrics(registry), sinks, hold, new Told(), clock);
    shippers = new Shippers(outputs, parts, registry);
    shippers.start();
  }

  /** Writes down what the audit is told. */
  private final class Told implements Shippers.Audit {
    @Override
    public void done(Output.Key sink, long position, Set<String> refused, boolean isGivenUp) {
      told.add(sink.name() + (refused.isEmpty() ? " ok" : " refused"));
    }

    @Override
    public void gone(Output.Key sink) {
      told.add(sink.name() + " gone");
    }
  }

  @AfterEach
  void close() {
    stop();
    database.close();
  }

  private void stop() {
    shippers.close();
    log.close();
  }

  private void put(Output.Key key, boolean isEnabled, String members) {
    outputs.put(
        key, _ -> new Outputs.Draft("webhook", isEnabled, new Secret("{" + URL + members + "}")));
    shippers.settle();
  }

  private void append(int count) {
    appended += count;
    log.append(events.batch("default", count)).join();
  }

  private void awaitArrived(int count) {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(place.arrived).hasSize(count));
  }

  private void awaitState(Output.Key key, String state) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(shippers.report(key).state()).isEqualTo(state));
  }

  private List<String> consumers() {
    return log.cursors().stream().map(cursor -> cursor.consumer()).toList();
  }

  private MetricSnapshots scrape() {
    return registry.scrape();
  }

  private boolean isScraped(String label) {
    return scrape().stream()
        .flatMap(snapshot -> snapshot.getDataPoints().stream())
        .anyMatch(point -> label.equals(point.getLabels().get("dest")));
  }

  @Test
  void whatIsPutShipsWhatTheLogHolds() {
    append(3);

    put(HOOK, true, "");

    awaitArrived(3);
    awaitState(HOOK, "ok");
    append(2);
    awaitArrived(5);
    await().atMost(PATIENCE).until(() -> told.contains("hook ok"));
    assertThat(shippers.report(HOOK).deadLetters()).isZero();
  }

  @Test
  void aChangedOneGoesOnAtTheSamePlaceAndLosesNothing() {
    place.answer(_ -> new Later(Cause.UNREACHABLE, new Answer(null, "away"), null));
    put(HOOK, true, "");
    append(5);
    awaitState(HOOK, "retrying");
    place.answer(_ -> Delivery.all(new Answer(200, "ok")));

    put(HOOK, true, ",\"linger_ms\":2");

    awaitArrived(5);
    assertThat(place.closed).hasSize(1);
    append(2);
    awaitArrived(7);
    await().atMost(PATIENCE).until(() -> shippers.report(HOOK).backlog() == 0);
    assertThat(place.arrived).doesNotHaveDuplicates();
  }

  @Test
  void aDisabledOneKeepsItsPlaceAndGoesOnThere() {
    put(HOOK, true, "");
    append(1);
    awaitArrived(1);

    put(HOOK, false, "");
    awaitState(HOOK, "disabled");
    append(4);

    assertThat(shippers.report(HOOK).status()).isNull();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(shippers.report(HOOK).backlog()).isGreaterThanOrEqualTo(4));
    put(HOOK, true, "");
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(Set.copyOf(place.arrived)).hasSize(5));
  }

  @Test
  void aDeletedOneIsForgotten() {
    append(1);
    put(HOOK, true, "");
    awaitArrived(1);
    assertThat(consumers()).contains("sink.default.hook");
    assertThat(isScraped("hook")).isTrue();

    outputs.remove(HOOK);
    shippers.settle();

    await().atMost(PATIENCE).until(() -> !consumers().contains("sink.default.hook"));
    await().atMost(PATIENCE).until(() -> !isScraped("hook"));
    assertThat(place.closed).hasSize(1);
    assertThat(told).contains("hook gone");
  }

  @Test
  void oneThatCannotBeOpenedHurtsNoOtherAndSaysWhy() {
    var broken = sinks.place("default", "syslog");
    broken.isBroken(true);
    outputs.put(
        OTHER, _ -> new Outputs.Draft("syslog", true, new Secret("{\"host\":\"127.0.0.1\"}")));
    put(HOOK, true, "");
    append(2);

    awaitArrived(2);
    awaitState(OTHER, "failed");

    assertThat(shippers.report(OTHER).problem()).isEqualTo("the place is broken");
    assertThat(consumers()).contains("sink.default.other");
  }

  @Test
  void aTypeThatThisBuildLacksIsSaidSo() {
    outputs.put(OTHER, _ -> new Outputs.Draft("files", true, new Secret("{}")));
    shippers.settle();

    awaitState(OTHER, "unavailable");
    assertThat(shippers.report(OTHER).problem()).contains("files");
  }

  @Test
  void aRestartGoesOnAtTheSamePlace() throws IOException {
    put(HOOK, true, "");
    append(3);
    awaitArrived(3);
    await().atMost(PATIENCE).until(() -> told.contains("hook ok"));
    stop();

    start();

    append(2);
    awaitArrived(5);
    assertThat(place.arrived).doesNotHaveDuplicates();
  }

  @Test
  void aPlaceThatNoOutputHasIsKeptForAWhile() throws IOException {
    put(HOOK, true, "");
    append(1);
    awaitArrived(1);
    stop();
    outputs.remove(HOOK);

    start();

    await().atMost(PATIENCE).until(() -> shippers.report(HOOK).state().equals("disabled"));
    assertThat(consumers()).contains("sink.default.hook");
    assertThat(outputs.all()).isEmpty();
  }

  @Test
  void whatIsRefusedIsKeptAndArrivesWhenItIsSentAgain() throws InterruptedException {
    place.answer(ShippersTest::refuseAll);
    put(HOOK, true, "");
    append(4);
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(shippers.report(HOOK).deadLetters()).isEqualTo(4));
    place.answer(_ -> Delivery.all(new Answer(200, "ok")));
    var files = letters.files("default", "hook").stream().map(DeadLetters.File::id).toList();

    var replayed = shippers.replay(HOOK, files, PATIENCE);

    assertThat(replayed).isEqualTo(new Asked.Done<>(4L));
    assertThat(place.arrived).hasSize(4);
    assertThat(shippers.report(HOOK).deadLetters()).isZero();
  }

  private static Delivery refuseAll(io.penstock.sink.Batch batch) {
    var answer = new Answer(400, "no such field");
    var refusals =
        IntStream.range(0, batch.size()).mapToObj(i -> new Refusal(i, "mapping", answer)).toList();
    return new Taken(answer, 0, 0, new BitSet(), null, refusals, false);
  }

  @Test
  void aTestSendsOneEventThatSaysWhatItIs() throws InterruptedException {
    put(HOOK, false, "");
    var output = outputs.find(HOOK).orElseThrow();

    var asked = shippers.test(output, "request-1");

    assertThat(asked).isInstanceOf(Asked.Done.class);
    var tested = ((Asked.Done<Shippers.Tested>) asked).result();
    assertThat(tested.isOk()).isTrue();
    assertThat(tested.code()).isEqualTo(200);
    assertThat(tested.bytes()).isPositive();
    assertThat(place.arrived)
        .singleElement()
        .asString()
        .contains("\"telemetry\":\"ping\"", "request-1");
  }

  @Test
  void aTestMasksASecretThatTheDestinationRepeats() throws InterruptedException {
    put(HOOK, false, ",\"headers\":{\"Authorization\":\"Bearer quokka\"}");
    place.answer(
        _ -> new Later(Cause.CREDENTIALS, new Answer(401, "bad header Bearer quokka"), null));

    var asked = shippers.test(outputs.find(HOOK).orElseThrow(), "request-1");

    var tested = ((Asked.Done<Shippers.Tested>) asked).result();
    assertThat(tested.isOk()).isFalse();
    assertThat(tested.text()).isEqualTo("bad header ***");
  }

  @Test
  void whenTheDiskIsShortADeadSinkGivesUpTheOldest() throws InterruptedException {
    put(HOOK, false, "");
    awaitState(HOOK, "disabled");
    long start = log.start();
    while (log.end() - start < 4 << 20) {
      append(2_000);
    }

    freeBytes.set(0);

    var cursor =
        log.cursors().stream()
            .filter(one -> one.consumer().equals("sink.default.hook"))
            .findAny()
            .orElseThrow();
    await().atMost(PATIENCE).until(() -> cursor.position() > start + (1 << 19));
    freeBytes.set(Long.MAX_VALUE);
    assertThat(cursor.position()).isLessThan(log.end());
    assertThat(
            scrape().stream()
                .filter(one -> one.getMetadata().getName().equals("telemetry_output_item_outcomes"))
                .flatMap(one -> one.getDataPoints().stream())
                .map(point -> point.getLabels().get("outcome")))
        .contains("expired");
  }

  @Test
  void theEventsOfOthersAreNotShipped() {
    put(HOOK, true, "");
    log.append(new EventBatch("acme", events.batch("acme", 3).events(), null)).join();
    append(1);

    awaitArrived(1);
    assertThat(appended).isEqualTo(1);
  }
}
