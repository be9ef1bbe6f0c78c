package io.penstock.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.event.EventBatch.Receipt;
import io.penstock.event.Nanos;
import io.penstock.log.Receipts.Fresh;
import io.penstock.log.Receipts.InFlight;
import io.penstock.log.Receipts.Limits;
import io.penstock.log.Receipts.Mismatch;
import io.penstock.log.Receipts.Replay;
import io.penstock.log.Receipts.Ticket;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReceiptsTest {

  private static final String ENDPOINT = "/v1/ingest";
  private static final byte[] PRINT = {1, 2, 3};

  /** Pages are written when a test says so. */
  private static final Limits LIMITS =
      new Limits(Duration.ofHours(24), 1_000, 1 << 20, Duration.ofDays(1));

  @TempDir Path folder;

  private Instant now = Instant.parse("2026-11-01T00:00:00Z");
  private Limits limits = LIMITS;
  private PrometheusRegistry registry = new PrometheusRegistry();
  private SegmentLog log;
  private Receipts receipts;

  @BeforeEach
  void open() throws Exception {
    registry = new PrometheusRegistry();
    var config = LogConfig.in(folder.resolve("log")).withSegmentBytes(4096).withReserveBytes(0);
    log = SegmentLog.open(config, registry, () -> now);
    receipts = new Receipts(log, folder.resolve("receipts"), limits, registry, () -> now);
  }

  @AfterEach
  void close() {
    receipts.close();
    log.close();
  }

  /** As after a kill: nothing is written on the way out. */
  private void crash() throws Exception {
    log.close();
    open();
  }

  @Test
  void aRequestIsAnsweredAgainFromItsReceipt() {
    take("a", PRINT);

    assertThat(begin("a")).isEqualTo(new Replay(200, "{\"key\":\"a\"}"));
    assertThat(begin("b")).isInstanceOf(Fresh.class);
  }

  @Test
  void theSameKeyWithAnotherBodyIsAMismatch() {
    take("a", PRINT);
    var _ = begin("b");

    assertThat(receipts.begin("acme", ENDPOINT, "a", new byte[] {9})).isEqualTo(new Mismatch());
    assertThat(receipts.begin("acme", ENDPOINT, "b", new byte[] {9})).isEqualTo(new Mismatch());
  }

  @Test
  void tenantAndEndpointAreDifferentWorlds() {
    take("a", PRINT);

    assertThat(receipts.begin("other", ENDPOINT, "a", PRINT)).isInstanceOf(Fresh.class);
    assertThat(receipts.begin("acme", "/v1/ingest/zeek", "a", PRINT)).isInstanceOf(Fresh.class);
  }

  @Test
  void aRequestUnderWayIsNotBegunTwice() {
    var ticket = fresh("a");

    assertThat(begin("a")).isEqualTo(new InFlight());
    ticket.abandon();
    assertThat(begin("a")).isInstanceOf(Fresh.class);
  }

  @Test
  void ofManyAtOnceOneIsFresh() {
    var fresh = new AtomicInteger();
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 200; i++) {
        executor.execute(
            () -> {
              if (begin("a") instanceof Fresh) {
                fresh.incrementAndGet();
              }
            });
      }
    }

    assertThat(fresh).hasValue(1);
  }

  @Test
  void closingATicketAbandonsItUnlessAnAppendSettlesIt() {
    var durable = new CompletableFuture<Long>();
    try (var ticket = fresh("a")) {
      var _ = ticket.settleBy(durable, receipt("a", PRINT));
    }
    try (var ticket = fresh("b")) {
      assertThat(ticket).isNotNull();
    }

    assertThat(begin("a")).isEqualTo(new InFlight());
    assertThat(begin("b")).isInstanceOf(Fresh.class);
    durable.complete(1L);
    assertThat(begin("a")).isInstanceOf(Replay.class);
  }

  @Test
  void whoWaitsForTheSettlingFindsTheReceipt() {
    var durable = new CompletableFuture<Long>();
    var answered = fresh("a").settleBy(durable, receipt("a", PRINT)).thenApply(_ -> begin("a"));

    durable.complete(1L);

    assertThat(answered.join()).isInstanceOf(Replay.class);
  }

  @Test
  void aFailedAppendFreesTheKey() {
    var failed = CompletableFuture.<Long>failedFuture(new IllegalStateException());

    var settled = fresh("a").settleBy(failed, receipt("a", PRINT));

    assertThat(settled).isCompletedExceptionally();
    assertThat(begin("a")).isInstanceOf(Fresh.class);
  }

  @Test
  void aTicketIsSettledOnce() {
    var ticket = fresh("a");
    ticket.abandon();
    var second = fresh("a");

    ticket.complete(receipt("a", PRINT));

    assertThat(begin("a")).isEqualTo(new InFlight());
    second.complete(receipt("a", PRINT));
    assertThat(begin("a")).isInstanceOf(Replay.class);
  }

  @Test
  void receiptsSurviveACrashInTheLog() throws Exception {
    take("a", PRINT);
    take("b", PRINT);

    crash();

    assertThat(begin("a")).isInstanceOf(Replay.class);
    assertThat(begin("b")).isInstanceOf(Replay.class);
    assertThat(begin("c")).isInstanceOf(Fresh.class);
  }

  @Test
  void receiptsSurviveTheRemovalOfTheirSegments() throws Exception {
    for (int i = 0; i < 100; i++) {
      take("key-" + i, PRINT);
    }
    long before = log.start();

    receipts.page();

    assertThat(log.start()).isGreaterThan(before);
    take("late", PRINT);
    crash();
    for (int i = 0; i < 100; i++) {
      assertThat(begin("key-" + i)).isEqualTo(new Replay(200, "{\"key\":\"key-%d\"}".formatted(i)));
    }
    assertThat(begin("late")).isInstanceOf(Replay.class);
  }

  @Test
  void theLogKeepsAFrameWhoseTicketIsStillOpen() throws Exception {
    var open = fresh("open");
    log.append(Batches.withReceipt(0, receipt("open", PRINT))).join();
    for (int i = 0; i < 50; i++) {
      take("key-" + i, PRINT);
      receipts.page();
    }

    crash();

    assertThat(begin("open")).isInstanceOf(Replay.class);
    assertThat(begin("key-49")).isInstanceOf(Replay.class);
    assertThat(open).isNotNull();
  }

  @Test
  void theCursorMovesOnWhileRequestsAreAlwaysUnderWay() {
    var previous = fresh("first");
    for (int i = 0; i < 50; i++) {
      var next = fresh("next-" + i);
      var receipt = receipt("x", PRINT);
      log.append(Batches.withReceipt(i, receipt)).join();
      previous.complete(receipt);
      receipts.page();
      previous = next;
    }

    assertThat(log.cursor("receipts").position()).isGreaterThan(log.end() / 2);
  }

  @Test
  void closingLeavesNothingToBeReadFromTheLog() throws Exception {
    take("a", PRINT);

    close();
    open();

    assertThat(log.cursor("receipts").position()).isEqualTo(log.end());
    assertThat(begin("a")).isInstanceOf(Replay.class);
  }

  @Test
  void aKeyIsForgottenAfterItsTimeAndSoIsItsPage() throws Exception {
    take("old", PRINT);
    receipts.page();
    now = now.plus(Duration.ofHours(13));
    take("young", PRINT);
    receipts.page();
    assertThat(pages()).isEqualTo(2);

    now = now.plus(Duration.ofHours(12));
    receipts.page();

    assertThat(pages()).isEqualTo(1);
    assertThat(begin("old")).isInstanceOf(Fresh.class);
    assertThat(begin("young")).isInstanceOf(Replay.class);
    close();
    open();
    assertThat(begin("old")).isInstanceOf(Fresh.class);
    assertThat(begin("young")).isInstanceOf(Replay.class);
  }

  @Test
  void beyondTheLimitTheOldestAreForgottenAndCounted() throws Exception {
    close();
    limits = new Limits(LIMITS.timeToLive(), 10, LIMITS.bytesMax(), LIMITS.pageInterval());
    open();

    for (int i = 0; i < 25; i++) {
      take("key-" + i, PRINT);
    }

    assertThat(receipts.count()).isEqualTo(10);
    assertThat(counter("telemetry_receipts_forgotten")).isEqualTo(15);
    assertThat(begin("key-14")).isInstanceOf(Fresh.class);
    assertThat(begin("key-15")).isInstanceOf(Replay.class);
  }

  @Test
  void aTenantThatMakesManyLosesItsOwnAndNobodyElses() throws Exception {
    close();
    limits = new Limits(LIMITS.timeToLive(), 10, LIMITS.bytesMax(), LIMITS.pageInterval());
    open();
    for (int i = 0; i < 3; i++) {
      take("zeta", "of-zeta-" + i);
    }

    for (int i = 0; i < 40; i++) {
      take("acme", "key-" + i);
    }

    assertThat(receipts.count()).isEqualTo(10);
    for (int i = 0; i < 3; i++) {
      assertThat(receipts.begin("zeta", ENDPOINT, "of-zeta-" + i, PRINT))
          .isInstanceOf(Replay.class);
    }
    assertThat(begin("key-32")).isInstanceOf(Fresh.class);
    assertThat(begin("key-33")).isInstanceOf(Replay.class);
    assertThat(forgotten("tenant")).isEqualTo(33);
    assertThat(forgotten("all")).isZero();
  }

  @Test
  void whileNobodyHasMoreThanHalfTheOldestOfAllGo() throws Exception {
    close();
    limits = new Limits(LIMITS.timeToLive(), 10, LIMITS.bytesMax(), LIMITS.pageInterval());
    open();

    for (int i = 0; i < 4; i++) {
      for (var tenant : List.of("acme", "zeta", "late")) {
        take(tenant, "key-" + i);
      }
    }

    assertThat(receipts.count()).isEqualTo(10);
    assertThat(forgotten("all")).isEqualTo(2);
    assertThat(receipts.begin("acme", ENDPOINT, "key-0", PRINT)).isInstanceOf(Fresh.class);
    assertThat(receipts.begin("zeta", ENDPOINT, "key-0", PRINT)).isInstanceOf(Fresh.class);
    assertThat(receipts.begin("late", ENDPOINT, "key-0", PRINT)).isInstanceOf(Replay.class);
  }

  @Test
  void aLongBodyCountsAgainstItsTenantsHalf() throws Exception {
    close();
    limits = new Limits(LIMITS.timeToLive(), 1_000, 10_000, LIMITS.pageInterval());
    open();
    take("zeta", "small");

    for (int i = 0; i < 5; i++) {
      var body = "x".repeat(4_000);
      settle("acme", new Receipt(ENDPOINT, "key-" + i, PRINT, Nanos.of(now), 200, body));
    }

    assertThat(receipts.begin("zeta", ENDPOINT, "small", PRINT)).isInstanceOf(Replay.class);
    assertThat(begin("key-2")).isInstanceOf(Fresh.class);
    assertThat(begin("key-4")).isInstanceOf(Replay.class);
  }

  private void take(String tenant, String key) {
    settle(tenant, receipt(key, PRINT));
  }

  private void settle(String tenant, Receipt receipt) {
    var outcome = receipts.begin(tenant, ENDPOINT, receipt.key(), receipt.fingerprint());
    ((Fresh) outcome).ticket().complete(receipt);
  }

  private double forgotten(String of) {
    return registry.scrape("telemetry_receipts_forgotten"::equals).stream()
        .flatMap(snapshot -> ((CounterSnapshot) snapshot).getDataPoints().stream())
        .filter(point -> of.equals(point.getLabels().get("of")))
        .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
        .sum();
  }

  @Test
  void aDamagedPageIsReplacedByWhatTheLogStillHas() throws Exception {
    take("a", PRINT);
    close();
    try (var files = Files.list(folder.resolve("receipts"))) {
      Files.write(files.findFirst().orElseThrow(), new byte[10]);
    }

    open();

    assertThat(begin("a")).isInstanceOf(Replay.class);
  }

  private Object begin(String key) {
    return receipts.begin("acme", ENDPOINT, key, PRINT);
  }

  private Ticket fresh(String key) {
    return ((Fresh) begin(key)).ticket();
  }

  /** A whole keyed request. */
  private void take(String key, byte[] print) {
    var ticket = fresh(key);
    var receipt = receipt(key, print);
    log.append(Batches.withReceipt(1, receipt)).join();
    ticket.complete(receipt);
  }

  private Receipt receipt(String key, byte[] print) {
    long nanos = TimeUnit.SECONDS.toNanos(now.getEpochSecond());
    return new Receipt(ENDPOINT, key, print, nanos, 200, "{\"key\":\"%s\"}".formatted(key));
  }

  private long pages() throws IOException {
    try (var files = Files.list(folder.resolve("receipts"))) {
      return files.filter(f -> f.toString().endsWith(".receipts")).count();
    }
  }

  private double counter(String name) {
    return registry.scrape().stream()
        .filter(s -> s.getMetadata().getName().equals(name))
        .map(CounterSnapshot.class::cast)
        .flatMap(s -> s.getDataPoints().stream())
        .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
        .sum();
  }
}
