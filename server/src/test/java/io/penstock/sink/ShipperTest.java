package io.penstock.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.penstock.event.Endpoint;
import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.event.Ip;
import io.penstock.event.Origin;
import io.penstock.event.Protocol;
import io.penstock.event.Traffic;
import io.penstock.log.LogConfig;
import io.penstock.log.SegmentLog;
import io.penstock.sink.Delivery.Answer;
import io.penstock.sink.Delivery.Cause;
import io.penstock.sink.Delivery.Later;
import io.penstock.sink.Delivery.Refusal;
import io.penstock.sink.Delivery.Split;
import io.penstock.sink.Delivery.Taken;
import io.penstock.sink.Shipper.Plan;
import io.penstock.sink.SinkStatus.State;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShipperTest {

  private static final Origin ORIGIN =
      new Origin(Protocol.NETFLOW_V5, Ip.v4(0x7f000001), 2055, 0, 0, 0, 0, null, null, null);
  private static final Answer BUSY = new Answer(429, "too many requests");

  @TempDir Path folder;
  private final InstantSource clock = InstantSource.system();
  private SegmentLog log;
  private DeadLetters letters;
  private ScriptedSink sink = new ScriptedSink(new Sink.Limits(10, 1 << 20, 4));
  private Hold hold = Hold.FOREVER;
  private Predicate<Event> takes = _ -> true;

  @SuppressWarnings("NullAway.Init") // Set by the first thing that each test does.
  private Shipper shipper;

  private long last;

  @BeforeEach
  void open() throws IOException {
    log = SegmentLog.open(LogConfig.in(folder.resolve("log")), new PrometheusRegistry(), clock);
    letters = letters();
  }

  private DeadLetters letters() {
    var limits = new DeadLetters.Limits(1 << 30, Duration.ofDays(7), _ -> 0);
    return new DeadLetters(folder.resolve("dlq"), limits, new PrometheusRegistry(), clock);
  }

  @AfterEach
  void close() {
    shipper.close();
    log.close();
  }

  private Shipper shipper() {
    var plan = new Plan("acme", "test", takes, Duration.ofMillis(5), hold);
    var made = HastyShipper.of(plan, sink, log, letters, clock);
    shipper = made;
    made.start();
    return made;
  }

  /** Starts again as after a crash, with what is on the disk. */
  private void restart() {
    shipper.close();
    sink = new ScriptedSink(sink.limits());
    letters = letters();
    shipper();
  }

  /** Appends numbered events to the log; returns their numbers. */
  private List<Long> append(String tenant, int count) {
    var numbers = LongStream.rangeClosed(last + 1, last + count).boxed().toList();
    last += count;
    log.append(new EventBatch(tenant, numbers.stream().map(ShipperTest::event).toList(), null))
        .join();
    return numbers;
  }

  private static Event event(long number) {
    return new Event(
        number,
        1,
        Event.Kind.FLOW,
        ORIGIN,
        0,
        0,
        Endpoint.NONE,
        Endpoint.NONE,
        Traffic.NONE,
        0,
        Event.NO_EXTRA,
        null);
  }

  private static Delivery later(Cause cause) {
    return new Later(cause, BUSY, null);
  }

  /** Some are to come later, some are refused, the rest arrived. */
  private static Delivery mixed(List<Integer> later, List<Integer> refused) {
    var indexes = new BitSet();
    later.forEach(indexes::set);
    return new Taken(
        new Answer(200, "mixed"),
        0,
        0,
        indexes,
        later.isEmpty() ? null : new Later(Cause.BUSY, BUSY, null),
        refused.stream().map(i -> new Refusal(i, "mapping", new Answer(400, "no"))).toList(),
        false);
  }

  private void awaitArrived(List<Long> numbers) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(sink.arrived).containsExactlyInAnyOrderElementsOf(numbers));
  }

  private void awaitDone() {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> log.cursor(Plan.consumer("acme", "test")).position() >= log.end());
  }

  @Test
  void everyEventArrivesOnceAndTheCursorFollows() {
    var numbers = append("acme", 95);
    shipper();

    awaitArrived(numbers);
    awaitDone();
    assertThat(shipper.status().delivered()).isEqualTo(95);
    assertThat(shipper.status().backlogEvents()).isZero();
    assertThat(sink.sent).allMatch(size -> size <= 10);
  }

  @Test
  void eventsOfOtherTenantsAndThoseFilteredAreNotSent() {
    takes = event -> event.idHigh() % 2 == 0;
    append("other", 5);
    var numbers = append("acme", 20);
    shipper();

    awaitArrived(numbers.stream().filter(n -> n % 2 == 0).toList());
    awaitDone();
    assertThat(shipper.status().filtered()).isEqualTo(10);
    assertThat(shipper.status().imbalance()).isZero();
  }

  @Test
  void anOutageAsksForLaterAndLosesNothing() {
    var isDown = new AtomicBoolean(true);
    sink.otherwise(
        batch ->
            isDown.get()
                ? later(Cause.UNREACHABLE)
                : Delivery.all(new Answer(200, "ok " + batch.size())));
    var numbers = append("acme", 50);
    shipper();
    await().until(() -> shipper.status().state() == State.RETRYING);
    assertThat(shipper.status().backlogEvents()).isEqualTo(50);

    isDown.set(false);

    awaitArrived(numbers);
    awaitDone();
    assertThat(shipper.status().state()).isEqualTo(State.OK);
    assertThat(shipper.status().lastError()).isNull();
  }

  @Test
  void whileADestinationIsDownOnlyOneBatchTriesAtATime() throws Exception {
    var together = new AtomicInteger();
    var most = new AtomicInteger();
    var tries = new CountDownLatch(20);
    sink.otherwise(
        _ -> {
          if (tries.getCount() < 18) {
            most.accumulateAndGet(together.incrementAndGet(), Math::max);
          }
          LockSupport.parkNanos(1_000_000);
          if (tries.getCount() < 18) {
            together.decrementAndGet();
          }
          tries.countDown();
          return later(Cause.UNREACHABLE);
        });
    append("acme", 200);
    shipper();

    tries.await();

    assertThat(most.get()).isLessThanOrEqualTo(1);
  }

  @Test
  void onlyTheEventsToSendAgainAreSentAgainInTheirOrder() {
    var numbers = append("acme", 10);
    sink.next(_ -> mixed(List.of(2, 5, 7), List.of()), _ -> mixed(List.of(1), List.of()));
    shipper();

    awaitArrived(numbers);
    awaitDone();
    assertThat(sink.sent).containsExactly(10, 3, 1);
    assertThat(sink.arrived.subList(7, 10))
        .containsExactly(numbers.get(2), numbers.get(7), numbers.get(5));
  }

  @Test
  void refusedEventsLieInTheDeadLettersWithTheReasonAndTheOthersArrive() {
    var numbers = append("acme", 10);
    sink.next(_ -> mixed(List.of(1), List.of(3)));
    shipper();

    awaitDone();

    assertThat(sink.arrived).hasSize(9).doesNotContain(numbers.get(3));
    assertThat(letters.depth("acme", "test")).isEqualTo(1);
    var line = letters.lines("acme", letters.files("acme", "test").getFirst().id()).getFirst();
    assertThat(line.get("reason")).isEqualTo("mapping");
    assertThat(line.get("last_status")).isEqualTo(400L);
    assertThat(line.get("error")).isEqualTo("no");
    assertThat(line.get("events_count")).isEqualTo(1L);
    assertThat(shipper.status().refused()).isEqualTo(1);
    assertThat(shipper.status().imbalance()).isZero();
  }

  @Test
  void aBatchThatIsNotTakenTogetherIsHalvedUntilTheOneIsFound() {
    var numbers = append("acme", 10);
    var poison = numbers.get(6);
    sink.otherwise(
        batch ->
            IntStream.range(0, batch.size()).anyMatch(i -> batch.event(i).idHigh() == poison)
                ? new Split("malformed", new Answer(400, "malformed"))
                : Delivery.all(new Answer(200, "ok")));
    shipper();

    awaitDone();

    assertThat(sink.arrived)
        .containsExactlyInAnyOrderElementsOf(
            numbers.stream().filter(n -> !n.equals(poison)).toList());
    assertThat(letters.depth("acme", "test")).isEqualTo(1);
  }

  @Test
  void whatIsTooLargeTogetherMakesLaterBatchesSmaller() {
    sink.otherwise(
        batch ->
            batch.size() > 2
                ? new Split(Split.TOO_LARGE, new Answer(413, "too large"))
                : Delivery.all(new Answer(200, "ok")));
    var first = append("acme", 10);
    shipper();
    awaitArrived(first);
    sink.sent.clear();

    append("acme", 40);
    awaitDone();

    assertThat(sink.sent).allMatch(size -> size <= 3);
    assertThat(letters.depth("acme", "test")).isZero();
  }

  @Test
  void aFailureOfTheSinkItselfHoldsUpNothingElse() {
    var numbers = append("acme", 4);
    var poison = numbers.get(1);
    sink.otherwise(
        batch -> {
          for (int i = 0; i < batch.size(); i++) {
            if (batch.event(i).idHigh() == poison) {
              throw new IllegalStateException("a bug");
            }
          }
          return Delivery.all(new Answer(200, "ok"));
        });
    shipper();

    awaitDone();

    assertThat(sink.arrived).hasSize(3);
    assertThat(letters.depth("acme", "test")).isEqualTo(1);
  }

  @Test
  void aRestartLosesNothingAndRepeatsOnlyWhatWasUnderWay() {
    var hang = new CountDownLatch(1);
    sink.next(
        _ -> Delivery.all(new Answer(200, "ok")),
        _ -> {
          hang.await();
          return later(Cause.UNREACHABLE);
        });
    sink.otherwise(
        _ -> {
          hang.await();
          return later(Cause.UNREACHABLE);
        });
    var first = append("acme", 10);
    shipper();
    awaitArrived(first);
    awaitDone();
    var second = append("acme", 30);
    await().until(() -> sink.sent.size() > 1);

    restart();

    awaitArrived(second);
    awaitDone();
  }

  @Test
  void aPlannedStopLetsWhatIsUnderWayArrive() throws Exception {
    var isUnderWay = new CountDownLatch(1);
    var mayEnd = new CountDownLatch(1);
    sink.next(
        _ -> {
          isUnderWay.countDown();
          mayEnd.await();
          return Delivery.all(new Answer(200, "ok"));
        });
    var numbers = append("acme", 10);
    shipper();
    isUnderWay.await();

    var stop = Thread.ofVirtual().start(shipper::close);
    mayEnd.countDown();
    stop.join();

    assertThat(sink.arrived).containsExactlyElementsOf(numbers);
    assertThat(log.cursor(Plan.consumer("acme", "test")).position()).isEqualTo(log.end());
  }

  @Test
  void deadLettersWrittenBeforeACrashThatTheCursorDidNotSurviveAreNotThereTwice() throws Exception {
    append("acme", 5);
    long start = log.start();
    long end = log.end();
    var refused = List.of(new Flight.Refused(event(1), "mapping", new Answer(400, "no"), 1));
    letters.box("acme", "test").add(refused, start, end);
    sink.next(_ -> mixed(List.of(), List.of(0)));
    shipper();

    awaitDone();

    assertThat(letters.depth("acme", "test")).isEqualTo(1);
  }

  @Test
  void theDeadLettersOfATenantThatIsGoneGoWithIt() throws Exception {
    var refused = List.of(new Flight.Refused(event(1), "mapping", new Answer(400, "no"), 1));
    letters.box("acme", "test").add(refused, 0, 0);
    letters.box("other", "test").add(refused, 0, 0);
    shipper();

    letters.forget("acme");

    assertThat(letters.depth("acme", null)).isZero();
    assertThat(letters.depth("other", null)).isEqualTo(1);
    assertThat(letters().depth("acme", null)).isZero();
  }

  @Test
  void deadLettersAreReplayedAndThoseRefusedAgainStay() throws Exception {
    sink.next(_ -> mixed(List.of(), List.of(0, 1, 2)));
    var numbers = append("acme", 3);
    shipper();
    awaitDone();
    assertThat(letters.depth("acme", "test")).isEqualTo(3);
    sink.next(_ -> mixed(List.of(), List.of(1)));

    long arrived = shipper.replay(ids());

    assertThat(arrived).isEqualTo(2);
    assertThat(sink.arrived).containsExactly(numbers.get(0), numbers.get(2));
    assertThat(letters.depth("acme", "test")).isEqualTo(1);

    assertThat(shipper.replay(ids())).isEqualTo(1);
    assertThat(letters.depth("acme", "test")).isZero();
  }

  private List<String> ids() {
    return letters.files("acme", "test").stream().map(DeadLetters.File::id).toList();
  }

  @Test
  void eventsThatTheLogCanKeepNoLongerAreGivenUpAndCounted() {
    sink.otherwise(_ -> later(Cause.UNREACHABLE));
    var isOver = new AtomicBoolean();
    hold = (_, _) -> isOver.get();
    append("acme", 30);
    shipper();
    await().until(() -> shipper.status().state() == State.RETRYING);

    isOver.set(true);

    awaitDone();
    assertThat(shipper.status().expired()).isEqualTo(30);
    assertThat(shipper.status().imbalance()).isZero();
    assertThat(sink.arrived).isEmpty();
  }

  @Test
  void shippingNowEndsThePauseAndTellsWhatBecameOfIt() throws Exception {
    var numbers = append("acme", 7);
    shipper();
    awaitDone();
    append("acme", 5);

    var shipped = shipper.ship(Duration.ofSeconds(10));

    assertThat(shipped.isDone()).isTrue();
    assertThat(shipped.failed()).isZero();
    assertThat(sink.arrived).hasSize(numbers.size() + 5);
  }

  @Test
  void shippingNowToADestinationThatIsDownSaysSo() throws Exception {
    sink.otherwise(_ -> later(Cause.UNREACHABLE));
    append("acme", 5);
    shipper();

    var shipped = shipper.ship(Duration.ofSeconds(20));

    assertThat(shipped.isDone()).isFalse();
    assertThat(shipped.error()).isNotNull();
  }

  @Test
  void whateverTheDestinationDoesTheBooksBalance() {
    sink.otherwise(
        batch -> {
          int dice = ThreadLocalRandom.current().nextInt(10);
          if (dice < 2) {
            return later(dice == 0 ? Cause.UNREACHABLE : Cause.BUSY);
          }
          if (dice == 2) {
            return new Split("malformed", new Answer(400, "malformed"));
          }
          var later = new ArrayList<Integer>();
          var refused = new ArrayList<Integer>();
          for (int i = 0; i < batch.size(); i++) {
            switch (ThreadLocalRandom.current().nextInt(12)) {
              case 0 -> later.add(i);
              case 1 -> refused.add(i);
              default -> {}
            }
          }
          return mixed(later, refused);
        });
    shipper();
    for (int i = 0; i < 40; i++) {
      append("acme", 25);
    }

    awaitDone();

    var status = shipper.status();
    assertThat(status.imbalance()).isZero();
    assertThat(status.delivered() + status.refused()).isEqualTo(1000);
    assertThat(letters.depth("acme", "test")).isEqualTo(status.refused());
    assertThat(sink.arrived).hasSize((int) status.delivered()).doesNotHaveDuplicates();
  }
}
