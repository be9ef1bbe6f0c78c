package io.penstock.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.penstock.event.EventBatch.Receipt;
import io.penstock.event.Events;
import io.penstock.log.LogUnavailableException.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every log promises, whatever it is made of. */
abstract class EventLogContract {

  private static final Duration LONG = Duration.ofSeconds(20);

  protected EventLog log;

  /** Opens the same log, which the caller has closed before. */
  abstract EventLog open() throws Exception;

  @BeforeEach
  void openLog() throws Exception {
    log = open();
  }

  @AfterEach
  void closeLog() {
    log.close();
  }

  final void reopen() throws Exception {
    log.close();
    log = open();
  }

  final void append(long from, long to) {
    var futures =
        LongStream.range(from, to).mapToObj(n -> log.append(Batches.numbered(n))).toList();
    futures.forEach(CompletableFuture::join);
  }

  static List<Long> range(long from, long to) {
    return LongStream.range(from, to).boxed().toList();
  }

  @Test
  void anEmptyLogHasNothingToRead() throws Exception {
    assertThat(log.end()).isEqualTo(log.start());
    assertThat(Batches.numbers(log, log.start())).isEmpty();
  }

  @Test
  void whatIsAppendedIsReadBackWholeAndInOrder() throws Exception {
    var batches = new Events(1);
    var first = batches.batch("acme", 300);
    var second = batches.batch("other", 1);

    log.append(first).join();
    log.append(second).join();

    try (var reader = log.reader(log.start())) {
      assertThat(reader.next(LONG).orElseThrow().batch())
          .usingRecursiveComparison()
          .withEqualsForType((x, y) -> Double.compare(x, y) == 0, Double.class)
          .isEqualTo(first);
      assertThat(reader.next(LONG).orElseThrow().batch().tenant()).isEqualTo("other");
      assertThat(reader.next(Duration.ZERO)).isEmpty();
    }
  }

  @Test
  void theFutureGivesThePositionBehindTheFrame() throws Exception {
    long behindFirst = log.append(Batches.numbered(1)).join();
    long behindSecond = log.append(Batches.numbered(2)).join();

    assertThat(behindSecond).isGreaterThan(behindFirst).isEqualTo(log.end());
    assertThat(Batches.numbers(log, behindFirst)).containsExactly(2L);
    assertThat(Batches.numbers(log, behindSecond)).isEmpty();
  }

  @Test
  void anAcknowledgedBatchCanBeReadAtOnce() throws Exception {
    for (long n = 0; n < 50; n++) {
      long before = log.end();
      log.append(Batches.numbered(n)).join();
      assertThat(Batches.numbers(log, before)).containsExactly(n);
    }
  }

  @Test
  void anEntrySaysWhereItAndTheNextOneStand() throws Exception {
    append(0, 20);

    try (var reader = log.reader(log.start())) {
      for (long n = 0; n < 20; n++) {
        var entry = reader.next(LONG).orElseThrow();
        assertThat(reader.position()).isEqualTo(entry.next());
        assertThat(entry.position()).isLessThan(entry.next());
        assertThat(Batches.numbers(log, entry.position())).first().isEqualTo(n);
        assertThat(Batches.numbers(log, entry.next())).hasSize((int) (19 - n));
      }
      assertThat(reader.position()).isEqualTo(log.end());
    }
  }

  @Test
  void aReaderWaitsForTheNextFrame() throws Exception {
    try (var executor = Executors.newVirtualThreadPerTaskExecutor();
        var reader = log.reader(log.start())) {
      var read = executor.submit(() -> Batches.number(reader.next(LONG).orElseThrow().batch()));

      log.append(Batches.numbered(7)).join();

      assertThat(read.get()).isEqualTo(7);
    }
  }

  @Test
  void aWaitingReaderCanBeInterrupted() throws Exception {
    try (var reader = log.reader(log.start())) {
      var outcome = new CompletableFuture<String>();
      var thread =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      outcome.complete("read " + reader.next(LONG));
                    } catch (InterruptedException e) {
                      outcome.complete("interrupted");
                    }
                  });
      thread.interrupt();

      assertThat(outcome.get()).isEqualTo("interrupted");
    }
  }

  @Test
  void manyWritersAndReadersSeeOneOrder() throws Exception {
    int writers = 8;
    int each = 200;
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      var readers = new ArrayList<java.util.concurrent.Future<List<Long>>>();
      for (int r = 0; r < 3; r++) {
        readers.add(executor.submit(() -> read(writers * each)));
      }
      for (int w = 0; w < writers; w++) {
        long first = (long) w * each;
        executor.execute(
            () -> LongStream.range(first, first + each).forEach(n -> append(n, n + 1)));
      }

      var seen = readers.getFirst().get();
      for (var reader : readers) {
        assertThat(reader.get()).isEqualTo(seen);
      }
      assertThat(seen).containsExactlyInAnyOrderElementsOf(range(0, (long) writers * each));
      for (int w = 0; w < writers; w++) {
        long first = (long) w * each;
        assertThat(seen.stream().filter(n -> n >= first && n < first + each)).isSorted();
      }
    }
  }

  private List<Long> read(int count) throws InterruptedException {
    var numbers = new ArrayList<Long>();
    try (var reader = log.reader(log.start())) {
      while (numbers.size() < count) {
        numbers.add(Batches.number(reader.next(LONG).orElseThrow().batch()));
      }
    }
    return numbers;
  }

  @Test
  void framesAndPositionsSurviveARestart() throws Exception {
    append(0, 10);
    long middle = log.append(Batches.numbered(10)).join();
    append(11, 20);
    long start = log.start();
    long end = log.end();

    reopen();

    assertThat(log.start()).isEqualTo(start);
    assertThat(log.end()).isEqualTo(end);
    assertThat(Batches.numbers(log, log.start())).isEqualTo(range(0, 20));
    assertThat(Batches.numbers(log, middle)).isEqualTo(range(11, 20));

    append(20, 30);
    assertThat(Batches.numbers(log, end)).isEqualTo(range(20, 30));
  }

  @Test
  void aNewCursorStandsAtTheStartAndMovesOnDurably() throws Exception {
    append(0, 3);
    var cursor = log.cursor("store");
    assertThat(Batches.numbers(log, cursor.position())).isEqualTo(range(0, 3));
    long behindFirst;
    try (var reader = log.reader(cursor.position())) {
      behindFirst = reader.next(LONG).orElseThrow().next();
    }

    cursor.commit(behindFirst);
    reopen();

    assertThat(log.cursor("store").position()).isEqualTo(behindFirst);
    assertThat(Batches.numbers(log, log.cursor("store").position())).isEqualTo(range(1, 3));
  }

  @Test
  void aCursorNeverMovesBack() throws Exception {
    append(0, 3);
    var cursor = log.cursor("store");
    long end = log.end();
    cursor.commit(end);

    cursor.commit(log.start());

    assertThat(cursor.position()).isEqualTo(end);
    reopen();
    assertThat(log.cursor("store").position()).isEqualTo(end);
  }

  @Test
  void cursorsAreListedAndDeleted() throws Exception {
    var _ = log.cursor("sink.b");
    var _ = log.cursor("sink.a");
    assertThat(log.cursors())
        .extracting(EventLog.Cursor::consumer)
        .containsExactly("sink.a", "sink.b");

    log.deleteCursor("sink.a");
    log.deleteCursor("never-existed");
    reopen();

    assertThat(log.cursors()).extracting(EventLog.Cursor::consumer).containsExactly("sink.b");
  }

  @Test
  void aDeletedCursorIsDead() {
    var cursor = log.cursor("store");
    append(0, 2);
    log.deleteCursor("store");

    cursor.commit(log.end());

    assertThat(log.cursors()).isEmpty();
    assertThat(log.cursor("store").position()).isEqualTo(log.start());
  }

  @Test
  void aNameThatIsNoFileNameIsRefused() {
    for (var name : List.of("", "../etc", "a/b", "A", ".", "x".repeat(101))) {
      assertThatThrownBy(() -> log.cursor(name)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aReceiptReaderPassesOverBatchesWithoutReceipt() throws Exception {
    var receipt = new Receipt("/v1/ingest", "key", new byte[32], 1, 200, "{}");
    append(0, 5);
    log.append(Batches.withReceipt(5, receipt)).join();
    append(6, 9);
    log.append(Batches.withReceipt(9, receipt)).join();
    append(10, 12);

    try (var reader = log.receiptReader(log.start())) {
      assertThat(Batches.number(reader.next(LONG).orElseThrow().batch())).isEqualTo(5);
      assertThat(Batches.number(reader.next(LONG).orElseThrow().batch())).isEqualTo(9);
      assertThat(reader.next(Duration.ZERO)).isEmpty();
      assertThat(reader.position()).isEqualTo(log.end());
    }
  }

  @Test
  void aClosedLogRefuses() throws Exception {
    log.close();

    var append = log.append(Batches.numbered(1));

    assertThatThrownBy(append::join)
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(
            LogUnavailableException.class, e -> assertThat(e.reason()).isEqualTo(Reason.CLOSED));
    log = open();
    assertThat(Batches.numbers(log, log.start())).isEmpty();
  }

  @Test
  void closingFinishesWhatWasTaken() throws Exception {
    var futures = LongStream.range(0, 500).mapToObj(n -> log.append(Batches.numbered(n))).toList();

    log.close();

    assertThat(futures).allMatch(f -> f.isDone() && !f.isCompletedExceptionally());
    log = open();
    assertThat(Batches.numbers(log, log.start())).isEqualTo(range(0, 500));
  }

  @Test
  void appendersOfMoreThanTheQueueHoldsAllGetThrough() {
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int w = 0; w < 4; w++) {
        executor.execute(
            () ->
                LongStream.range(0, 50).forEach(n -> log.append(Batches.sized(n, 100_000)).join()));
      }
    }

    await().atMost(LONG).until(() -> Batches.numbers(log, log.start()).size() == 200);
  }
}
