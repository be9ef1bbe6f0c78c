package io.penstock.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.penstock.log.LogUnavailableException.Reason;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentLogTest extends EventLogContract {

  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir Path folder;
  private PrometheusRegistry registry = new PrometheusRegistry();

  /** Decided by a test before it reopens the log. */
  private long segmentBytes = 1 << 20;

  private long retainBytes = 1L << 40;

  @Override
  EventLog open() throws IOException {
    registry = new PrometheusRegistry();
    return SegmentLog.open(config(), registry, InstantSource.system());
  }

  private LogConfig config() {
    return LogConfig.in(folder)
        .withSegmentBytes(segmentBytes)
        .withQueueBytes(1 << 20)
        .withReserveBytes(0)
        .withRetainBytes(retainBytes)
        .withProbeInterval(Duration.ofMillis(20));
  }

  private void useSmallSegments() throws Exception {
    segmentBytes = 4096;
    reopen();
  }

  // Segments and retention

  @Test
  void aFullSegmentIsFollowedByAnother() throws Exception {
    useSmallSegments();

    append(0, 500);

    assertThat(segmentFiles()).hasSizeGreaterThan(5);
    assertThat(segmentFiles()).allSatisfy(f -> assertThat(Files.size(f)).isLessThan(4096 + 200));
    assertThat(Batches.numbers(log, log.start())).isEqualTo(range(0, 500));
  }

  @Test
  void aFrameLargerThanASegmentGetsOneOfItsOwn() throws Exception {
    useSmallSegments();

    append(0, 1);
    log.append(Batches.sized(1, 3_000_000)).join();
    append(2, 4);

    assertThat(Batches.numbers(log, log.start())).isEqualTo(range(0, 4));
    reopen();
    assertThat(Batches.numbers(log, log.start())).isEqualTo(range(0, 4));
  }

  @Test
  void segmentsGoWhenTheSlowestCursorHasPassed() throws Exception {
    useSmallSegments();
    var slow = log.cursor("slow");
    var fast = log.cursor("fast");
    append(0, 500);
    int before = segmentFiles().size();

    fast.commit(log.end());
    assertThat(segmentFiles()).hasSize(before);

    long middle = positionOf(250);
    slow.commit(middle);
    assertThat(segmentFiles()).hasSizeBetween(before / 3, before - before / 3);
    assertThat(log.start()).isLessThanOrEqualTo(middle);
    assertThat(Batches.numbers(log, middle)).isEqualTo(range(250, 500));

    slow.commit(log.end());
    assertThat(segmentFiles()).hasSize(1);
    append(500, 510);
    assertThat(Batches.numbers(log, slow.position())).isEqualTo(range(500, 510));
    assertThat(counter("telemetry_journal_missed_bytes")).isZero();
  }

  @Test
  void aRolledSegmentGoesOnceItsConsumersAreDone() throws Exception {
    var cursor = log.cursor("store");
    append(0, 3);
    log.roll(Duration.ofHours(1));
    append(3, 4);
    assertThat(segmentFiles()).hasSize(1);
    long end = log.end();

    log.roll(Duration.ZERO);

    await().until(() -> segmentFiles().size() == 2);
    assertThat(log.end()).isEqualTo(end);
    try (var reader = log.reader(log.start())) {
      while (reader.next(Duration.ZERO).isPresent()) {
        // To the end.
      }
      assertThat(reader.position()).isEqualTo(end);
    }
    cursor.commit(end);
    assertThat(segmentFiles()).hasSize(1);

    append(4, 6);
    assertThat(Batches.numbers(log, cursor.position())).isEqualTo(range(4, 6));
    assertThat(counter("telemetry_journal_missed_bytes")).isZero();
  }

  @Test
  void rollingAgainAndAgainMakesNoEmptySegments() throws Exception {
    append(0, 1);
    for (int i = 0; i < 5; i++) {
      log.roll(Duration.ZERO);
    }
    append(1, 2);
    assertThat(segmentFiles()).hasSize(2);

    log.roll(Duration.ZERO);
    await().until(() -> segmentFiles().size() == 3);
    reopen();
    append(2, 3);
    reopen();

    assertThat(Batches.numbers(log, log.start())).isEqualTo(range(0, 3));
  }

  @Test
  void aDeletedCursorHoldsNothingBack() throws Exception {
    useSmallSegments();
    var _ = log.cursor("gone");
    log.cursor("here").commit(0);
    append(0, 500);
    log.cursor("here").commit(log.end());
    assertThat(segmentFiles()).hasSizeGreaterThan(5);

    log.deleteCursor("gone");

    assertThat(segmentFiles()).hasSize(1);
  }

  @Test
  void aLogWithoutConsumersIsHeldToItsLimit() throws Exception {
    retainBytes = 20_000;
    useSmallSegments();

    append(0, 2_000);

    assertThat(gauge("telemetry_journal_size_bytes")).isBetween(10_000d, 30_000d);
    var left = Batches.numbers(log, log.start());
    assertThat(left).isNotEmpty().isEqualTo(range(2_000 - left.size(), 2_000));
  }

  @Test
  void aReaderThatIsOvertakenByRetentionCountsWhatItMissed() throws Exception {
    useSmallSegments();
    try (var reader = log.reader(log.start())) {
      append(0, 500);
      log.cursor("store").commit(log.end());
      long start = log.start();

      var entry = reader.next(LONG).orElseThrow();

      assertThat(entry.position()).isGreaterThanOrEqualTo(start);
      assertThat(counter("telemetry_journal_missed_bytes")).isGreaterThan(4096);
    }
  }

  @Test
  void positionsGoOnAfterEverythingWasRead() throws Exception {
    useSmallSegments();
    append(0, 300);
    log.cursor("store").commit(log.end());
    long end = log.end();

    reopen();
    append(300, 310);

    assertThat(log.cursor("store").position()).isEqualTo(end);
    assertThat(Batches.numbers(log, end)).isEqualTo(range(300, 310));
  }

  // Two owners

  @Test
  void aSecondOwnerIsTurnedAwayWithTheFirstOnesProcess() {
    assertThatThrownBy(this::open)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining("in use by process " + ProcessHandle.current().pid());
  }

  // Damage

  @Test
  void aTornTailIsCutOffAndReported() throws Exception {
    append(0, 10);
    long end = log.end();
    log.close();
    var file = segmentFiles().getFirst();
    // A frame that was being written: its header and half of what follows, where the seal stands.
    long sealAt = Files.size(file) - Frame.HEADER_BYTES;
    truncate(file, sealAt);
    Files.write(file, new byte[777], StandardOpenOption.APPEND);

    log = open();

    assertThat(log.end()).isEqualTo(end);
    assertThat(counter("telemetry_journal_torn_bytes")).isEqualTo(777);
    assertThat(counter("telemetry_journal_corrupt_frames")).isZero();
    append(10, 20);
    assertThat(Batches.numbers(log, log.start())).isEqualTo(range(0, 20));
    reopen();
    assertThat(counter("telemetry_journal_torn_bytes")).isZero();
    assertThat(Batches.numbers(log, log.start())).isEqualTo(range(0, 20));
  }

  @Test
  void aDamagedPayloadInTheMiddleCostsThatFrameOnly() throws Exception {
    append(0, 10);
    long damaged = positionOf(4);
    log.close();
    flip(segmentFiles().getFirst(), damaged + Frame.HEADER_BYTES + 3);

    log = open();

    assertThat(Batches.numbers(log, log.start()))
        .containsExactly(0L, 1L, 2L, 3L, 5L, 6L, 7L, 8L, 9L);
    assertThat(Batches.numbers(log, log.start())).hasSize(9);
    assertThat(counter("telemetry_journal_corrupt_frames")).isEqualTo(1);
  }

  @Test
  void aDamagedHeaderInTheMiddleCostsThatFrameOnly() throws Exception {
    append(0, 10);
    long damaged = positionOf(4);
    log.close();
    flip(segmentFiles().getFirst(), damaged + 9);

    log = open();

    assertThat(Batches.numbers(log, log.start()))
        .containsExactly(0L, 1L, 2L, 3L, 5L, 6L, 7L, 8L, 9L);
    assertThat(counter("telemetry_journal_corrupt_frames")).isEqualTo(1);
  }

  @Test
  void aDamagedMiddleIsSeenWhenTheSegmentIsReadAfterACrash() throws Exception {
    append(0, 10);
    long damaged = positionOf(4);
    log.close();
    var file = segmentFiles().getFirst();
    truncate(file, Files.size(file) - Frame.HEADER_BYTES);
    flip(file, damaged + 9);

    log = open();

    assertThat(counter("telemetry_journal_corrupt_frames")).isEqualTo(1);
    assertThat(counter("telemetry_journal_torn_bytes")).isZero();
    append(10, 12);
    assertThat(Batches.numbers(log, log.start()))
        .containsExactly(0L, 1L, 2L, 3L, 5L, 6L, 7L, 8L, 9L, 10L, 11L);
  }

  @Test
  void aLiveReaderSkipsDamageThatAppearsUnderIt() throws Exception {
    append(0, 10);
    long damaged = positionOf(6);
    flip(segmentFiles().getFirst(), damaged + 20);

    append(10, 12);

    assertThat(Batches.numbers(log, log.start()))
        .containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 7L, 8L, 9L, 10L, 11L);
  }

  @Test
  void aSegmentWithOneDamagedHeaderCopyIsReadWhole() throws Exception {
    append(0, 10);
    log.close();
    flip(segmentFiles().getFirst(), 25);

    log = open();

    assertThat(Batches.numbers(log, log.start())).isEqualTo(range(0, 10));
  }

  @Test
  void aFrameStoredInsideAnEventIsNeverTakenForOne() throws Exception {
    append(0, 1);
    var forged = new byte[Frame.HEADER_BYTES];
    var wrapped = java.nio.ByteBuffer.wrap(forged);
    Frame.begin(wrapped, 0, 0, 0, 1, 0);
    long at = log.end() + Frame.HEADER_BYTES;
    for (long salt : new long[] {0, 1, at}) {
      Frame.place(wrapped, at, salt);
      assertThat(
              Frame.header(
                  java.nio.ByteBuffer.wrap(forged), 0, at, saltOf(segmentFiles().getFirst())))
          .isNull();
    }
  }

  @Test
  void anUnreadableSegmentIsKeptForAPersonAndTheRestGoesOn() throws Exception {
    append(0, 10);
    long end = log.end();
    log.close();
    var file = segmentFiles().getFirst();
    Files.write(file, new byte[(int) Files.size(file)]);

    log = open();

    assertThat(Files.exists(file.resolveSibling(file.getFileName() + ".unreadable"))).isTrue();
    assertThat(counter("telemetry_journal_corrupt_frames")).isEqualTo(1);
    assertThat(log.append(Batches.numbered(10)).join()).isGreaterThan(end);
    assertThat(Batches.numbers(log, log.start())).containsExactly(10L);
  }

  @Test
  void aCursorBeyondWhatTheDiskKeptSeesWhatComes() throws Exception {
    append(0, 10);
    var cursor = log.cursor("store");
    cursor.commit(log.end());
    long third = positionOf(3);
    log.close();
    truncate(segmentFiles().getFirst(), third);

    log = open();
    append(10, 12);

    assertThat(Batches.numbers(log, log.cursor("store").position())).isEqualTo(range(10, 12));
    try (var reader = log.reader(log.start())) {
      while (reader.next(Duration.ZERO).isPresent()) {
        // To the end.
      }
      assertThat(reader.position()).isEqualTo(log.end());
    }
  }

  @Test
  void aReaderOfALogThatLostItsTailDoesNotSpin() throws Exception {
    append(0, 10);
    log.cursor("store").commit(log.end());
    long third = positionOf(3);
    log.close();
    truncate(segmentFiles().getFirst(), third);

    log = open();

    try (var reader = log.reader(third)) {
      assertThat(reader.next(Duration.ofMillis(1))).isEmpty();
      assertThat(reader.position()).isEqualTo(log.end());
    }
  }

  @Test
  void aDamagedCursorSlotLeavesTheOther() throws Exception {
    append(0, 10);
    var cursor = log.cursor("store");
    long first = positionOf(3);
    long second = positionOf(6);
    cursor.commit(first);
    cursor.commit(second);
    log.close();
    var file = folder.resolve("cursors/store.cursor");
    var bytes = Files.readAllBytes(file);
    for (int slot = 0; slot < 2; slot++) {
      var damaged = bytes.clone();
      damaged[slot * 4096 + 17] ^= 4;
      Files.write(file, damaged);

      log = open();

      assertThat(log.cursor("store").position()).isIn(first, second);
      log.close();
    }
    Files.write(file, new byte[100]);
    log = open();
    assertThat(Batches.numbers(log, log.cursor("store").position())).isEqualTo(range(0, 10));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void flippedBitsCostOnlyTheFramesTheyTouch(long seed) throws Exception {
    var random = new Random(seed);
    segmentBytes = random.nextLong(4096, 24_000);
    reopen();
    var places = new TreeMap<Long, Long>();
    for (long n = 0; n < 200; n++) {
      log.append(Batches.sized(n, random.nextInt(2_000))).join();
    }
    try (var reader = log.reader(log.start())) {
      for (long n = 0; n < 200; n++) {
        places.put(reader.next(LONG).orElseThrow().position(), n);
      }
    }
    log.close();

    var expected = new ArrayList<>(places.values());
    var files = segmentFiles();
    for (int i = random.nextInt(1, 12); i > 0; i--) {
      var file = files.get(random.nextInt(files.size()));
      long offset = random.nextLong(Files.size(file));
      flip(file, offset);
      long base = Segment.baseOf(file).orElseThrow();
      var touched = places.floorEntry(base + offset);
      if (touched != null && offset >= Segment.HEADER_BYTES) {
        expected.remove(touched.getValue());
      }
    }
    log = open();

    assertThat(Batches.numbers(log, log.start())).containsAll(expected).isSorted();
    append(1_000, 1_003);
    assertThat(Batches.numbers(log, log.start()))
        .containsAll(expected)
        .endsWith(1_000L, 1_001L, 1_002L);
    reopen();
    assertThat(Batches.numbers(log, log.start()))
        .containsAll(expected)
        .endsWith(1_000L, 1_001L, 1_002L);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aTruncatedSegmentKeepsTheFramesBeforeTheCut(long seed) throws Exception {
    var random = new Random(seed);
    segmentBytes = 20_000;
    reopen();
    for (long n = 0; n < 100; n++) {
      log.append(Batches.sized(n, random.nextInt(2_000))).join();
    }
    var places = new TreeMap<Long, Long>();
    var nexts = new ArrayList<Long>();
    try (var reader = log.reader(log.start())) {
      for (long n = 0; n < 100; n++) {
        var entry = reader.next(LONG).orElseThrow();
        places.put(n, entry.position());
        nexts.add(entry.next());
      }
    }
    log.close();

    var files = segmentFiles();
    var file = files.get(random.nextInt(files.size()));
    long base = Segment.baseOf(file).orElseThrow();
    long oldEnd = base + Files.size(file);
    long cut = random.nextLong(Files.size(file));
    truncate(file, cut);
    log = open();

    var expected = new ArrayList<Long>();
    places.forEach(
        (n, at) -> {
          boolean lost = at >= base && at < oldEnd && nexts.get(n.intValue()) > base + cut;
          if (!lost) {
            expected.add(n);
          }
        });
    // The salt of a header that is gone is known from the other segments.
    assertThat(Batches.numbers(log, log.start())).isEqualTo(expected);
  }

  // The books

  @Test
  void whatIsAppendedIsCounted() throws Exception {
    append(0, 10);
    var cursor = log.cursor("store");
    long third = positionOf(3);
    cursor.commit(third);

    assertThat(counter("telemetry_journal_appended_frames")).isEqualTo(10);
    assertThat(counter("telemetry_journal_appended_events")).isEqualTo(10);
    assertThat(counter("telemetry_journal_appended_bytes"))
        .isEqualTo((double) (log.end() - log.start() - Segment.HEADER_BYTES));
    assertThat(gauge("telemetry_journal_segments")).isEqualTo(1);
    assertThat(gauge("telemetry_journal_queue_bytes")).isZero();
    assertThat(gauge("telemetry_journal_cursor_lag_bytes")).isEqualTo((double) (log.end() - third));
    assertThat(
            snapshot("telemetry_journal_fsync_duration_seconds", HistogramSnapshot.class)
                .getDataPoints()
                .getFirst()
                .getCount())
        .isPositive();
  }

  // Group commit

  @Test
  void aLoneWriterThatWaitsForEachAnswerNeverWaitsForTheWindow() throws Exception {
    log.close();
    registry = new PrometheusRegistry();
    var config = config().withCommitWindow(Duration.ofHours(1));
    log = SegmentLog.open(config, registry, InstantSource.system());

    for (long n = 0; n < 20; n++) {
      assertThat(log.append(Batches.numbered(n))).succeedsWithin(LONG);
    }
  }

  @Test
  void whatComesDuringAnFsyncSharesTheNext() throws Exception {
    var disk = reopenOnFaultyDisk();
    append(0, 1);
    int before = disk.forced();
    disk.holdForces();
    var futures = new ArrayList<CompletableFuture<Long>>();
    futures.add(log.append(Batches.numbered(1)));
    await().atMost(LONG).until(disk::isForceHeld);
    for (long n = 2; n < 1_000; n++) {
      futures.add(log.append(Batches.numbered(n)));
    }

    disk.releaseForces();
    futures.forEach(CompletableFuture::join);

    assertThat(disk.forced() - before).isEqualTo(2);
    assertThat(Batches.numbers(log, log.start())).isEqualTo(range(0, 1_000));
  }

  @Test
  void nothingIsAcknowledgedOrReadBeforeItIsDurable() throws Exception {
    var disk = reopenOnFaultyDisk();
    append(0, 1);
    long end = log.end();
    disk.holdForces();
    var append = log.append(Batches.numbered(1));
    await().atMost(LONG).until(disk::isForceHeld);

    assertThat(append).isNotDone();
    assertThat(log.end()).isEqualTo(end);
    assertThat(Batches.numbers(log, log.start())).containsExactly(0L);

    disk.releaseForces();
    assertThat(append).succeedsWithin(LONG);
    assertThat(Batches.numbers(log, end)).containsExactly(1L);
  }

  @Test
  void anAppenderWaitsWhileTheQueueIsFull() throws Exception {
    var disk = reopenOnFaultyDisk();
    append(0, 1);
    disk.holdForces();
    var first = log.append(Batches.sized(1, 700_000));
    var appender = Thread.ofPlatform().start(() -> log.append(Batches.sized(2, 700_000)).join());
    await().atMost(LONG).until(() -> appender.getState() == Thread.State.WAITING);
    assertThat(gauge("telemetry_journal_queue_bytes")).isBetween(700_000d, 1_000_000d);
    assertThat(first).isNotDone();

    disk.releaseForces();

    assertThat(appender.join(LONG)).isTrue();
    assertThat(Batches.numbers(log, log.start())).isEqualTo(range(0, 3));
  }

  // The failing disk

  @Test
  void aFailedFsyncFailsWhatWaitsAndTheLogGoesOnInANewSegment() throws Exception {
    var disk = reopenOnFaultyDisk();
    append(0, 5);

    disk.failForces(1);
    assertRefused(log.append(Batches.numbered(5)), Reason.DISK_ERROR);

    await().atMost(LONG).until(() -> ((SegmentLog) log).unavailable().isEmpty());
    append(6, 9);
    assertThat(Batches.numbers(log, log.start())).containsExactly(0L, 1L, 2L, 3L, 4L, 6L, 7L, 8L);
    assertThat(segmentFiles()).hasSize(2);
    reopen();
    assertThat(Batches.numbers(log, log.start())).containsExactly(0L, 1L, 2L, 3L, 4L, 6L, 7L, 8L);
    assertThat(counter("telemetry_journal_torn_bytes")).isZero();
  }

  @Test
  void refusedFramesStayHiddenWhenTheyCannotBeCutOff() throws Exception {
    var disk = reopenOnFaultyDisk();
    append(0, 5);

    disk.failForces(1);
    disk.failTruncates(1);
    assertRefused(log.append(Batches.numbered(5)), Reason.DISK_ERROR);

    await().atMost(LONG).until(() -> ((SegmentLog) log).unavailable().isEmpty());
    append(6, 9);
    assertThat(Batches.numbers(log, log.start())).containsExactly(0L, 1L, 2L, 3L, 4L, 6L, 7L, 8L);
    reopen();
    assertThat(Batches.numbers(log, log.start())).containsExactly(0L, 1L, 2L, 3L, 4L, 6L, 7L, 8L);
  }

  @Test
  void aDiskThatTakesNothingIsProbedUntilItDoes() throws Exception {
    var disk = reopenOnFaultyDisk();
    append(0, 5);

    disk.failForces(Integer.MAX_VALUE);
    assertRefused(log.append(Batches.numbered(5)), Reason.DISK_ERROR);
    assertRefused(log.append(Batches.numbered(6)), Reason.DISK_ERROR);
    assertThat(gauge("telemetry_journal_available")).isZero();
    assertThat(Batches.numbers(log, log.start())).isEqualTo(range(0, 5));

    disk.failForces(0);
    await().atMost(LONG).until(() -> ((SegmentLog) log).unavailable().isEmpty());
    append(7, 9);
    assertThat(Batches.numbers(log, log.start())).containsExactly(0L, 1L, 2L, 3L, 4L, 7L, 8L);
  }

  @Test
  void aFailedWriteOfTheFirstFrameLeavesNoSegment() throws Exception {
    var disk = reopenOnFaultyDisk();

    disk.failWrites(1);
    assertRefused(log.append(Batches.numbered(0)), Reason.DISK_ERROR);

    await().atMost(LONG).until(() -> ((SegmentLog) log).unavailable().isEmpty());
    append(1, 3);
    assertThat(Batches.numbers(log, log.start())).isEqualTo(range(1, 3));
    reopen();
    assertThat(Batches.numbers(log, log.start())).isEqualTo(range(1, 3));
  }

  @Test
  void halfAWriteIsCutOff() throws Exception {
    var disk = reopenOnFaultyDisk();
    append(0, 2);

    disk.tearWrites(1);
    assertRefused(log.append(Batches.sized(2, 5_000)), Reason.DISK_ERROR);

    await().atMost(LONG).until(() -> ((SegmentLog) log).unavailable().isEmpty());
    append(3, 5);
    assertThat(Batches.numbers(log, log.start())).containsExactly(0L, 1L, 3L, 4L);
  }

  @Test
  void aFullDiskRefusesAndTheLogComesBackWhenThereIsSpace() throws Exception {
    var disk = reopenOnFaultyDisk();
    append(0, 5);

    disk.usableBytes(10);
    assertRefused(log.append(Batches.numbered(5)), Reason.DISK_FULL);
    assertRefused(log.append(Batches.numbered(6)), Reason.DISK_FULL);
    assertThat(((SegmentLog) log).unavailable()).contains(Reason.DISK_FULL);
    assertThat(counter("telemetry_journal_refused_frames")).isEqualTo(2);

    disk.usableBytes(Long.MAX_VALUE);
    await().atMost(LONG).until(() -> ((SegmentLog) log).unavailable().isEmpty());
    append(7, 9);
    assertThat(Batches.numbers(log, log.start())).containsExactly(0L, 1L, 2L, 3L, 4L, 7L, 8L);
    assertThat(segmentFiles()).hasSize(1);
  }

  @Test
  void aWriteThatMeetsAFullDiskIsCalledThat() throws Exception {
    var disk = reopenOnFaultyDisk();
    append(0, 5);

    disk.failWrites(1, "No space left on device");
    assertRefused(log.append(Batches.numbered(5)), Reason.DISK_FULL);

    await().atMost(LONG).until(() -> ((SegmentLog) log).unavailable().isEmpty());
    append(6, 8);
    assertThat(Batches.numbers(log, log.start())).containsExactly(0L, 1L, 2L, 3L, 4L, 6L, 7L);
  }

  @Test
  void underRandomFailuresExactlyTheAcknowledgedFramesAreThere() throws Exception {
    var disk = reopenOnFaultyDisk();
    var random = new Random(42);
    var acknowledged = new ArrayList<Long>();
    for (long n = 0; n < 150; n++) {
      switch (random.nextInt(12)) {
        case 0 -> disk.failForces(1);
        case 1 -> disk.failWrites(1);
        case 2 -> disk.tearWrites(1);
        case 3 -> disk.failTruncates(1);
        default -> {}
      }
      try {
        log.append(Batches.sized(n, random.nextInt(400))).join();
        acknowledged.add(n);
      } catch (CompletionException e) {
        assertThat(e).hasCauseInstanceOf(LogUnavailableException.class);
        await().atMost(LONG).until(() -> ((SegmentLog) log).unavailable().isEmpty());
      }
    }

    assertThat(acknowledged).hasSizeBetween(50, 149);
    assertThat(Batches.numbers(log, log.start())).isEqualTo(acknowledged);
    disk.heal();
    reopen();
    assertThat(Batches.numbers(log, log.start())).isEqualTo(acknowledged);
  }

  private FaultyDisk reopenOnFaultyDisk() throws IOException {
    log.close();
    registry = new PrometheusRegistry();
    var disk = new FaultyDisk(Disk.of(folder));
    log = SegmentLog.open(config(), disk, registry, InstantSource.system());
    return disk;
  }

  private static void assertRefused(CompletableFuture<Long> append, Reason reason) {
    assertThatThrownBy(append::join)
        .cause()
        .isInstanceOfSatisfying(
            LogUnavailableException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  private long positionOf(long number) throws InterruptedException {
    try (var reader = log.reader(log.start())) {
      while (true) {
        var entry = reader.next(LONG).orElseThrow();
        if (Batches.number(entry.batch()) == number) {
          return entry.position();
        }
      }
    }
  }

  private List<Path> segmentFiles() throws IOException {
    try (var files = Files.list(folder)) {
      return files.filter(f -> Segment.baseOf(f).isPresent()).sorted().toList();
    }
  }

  private static long saltOf(Path file) throws IOException {
    try (var channel = FileChannel.open(file)) {
      return Segment.readSalt(channel, file).orElseThrow();
    }
  }

  private static void truncate(Path file, long size) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(size);
    }
  }

  private static void flip(Path file, long offset) throws IOException {
    try (var raf = new RandomAccessFile(file.toFile(), "rw")) {
      raf.seek(offset);
      int value = raf.read();
      raf.seek(offset);
      raf.write(value ^ 0x10);
    }
  }

  private double counter(String name) {
    return snapshot(name, CounterSnapshot.class).getDataPoints().stream()
        .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
        .sum();
  }

  private double gauge(String name) {
    return snapshot(name, GaugeSnapshot.class).getDataPoints().getFirst().getValue();
  }

  private <T> T snapshot(String name, Class<T> type) {
    return registry.scrape().stream()
        .filter(s -> s.getMetadata().getName().equals(name))
        .map(type::cast)
        .findFirst()
        .orElseThrow();
  }
}
