package io.penstock.store;

import io.penstock.event.EventBatch;
import io.penstock.event.Nanos;
import io.penstock.log.EventLog;
import io.penstock.store.Part.Partition;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves events from the log into the store, in the background, exactly once: rows gather per tenant
 * and day until the flush interval is over or a row group is full; then they are written, and the
 * manifest takes the files and the position in the log in one step. After a crash it reads on from
 * that position; the log's own cursor only says what the log may forget.
 */
public final class Indexer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Indexer.class);
  private static final String CONSUMER = "store";
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Duration IDLE = Duration.ofMillis(250);
  private static final int SPARE_GROUPS_MAX = 2;

  /** Every part's share of a stop that takes less than 10 seconds. */
  private static final Duration STOP = Duration.ofSeconds(3);

  private final EventLog log;
  private final EventStore store;
  private final StoreConfig config;
  private final LongConsumer indexed;
  private final InstantSource clock;
  private final Counter rowsIndexed;
  private final Counter failures;
  private final Thread thread = Thread.ofPlatform().name("store-indexer").unstarted(this::run);

  private final Map<Partition, RowGroup> groups = new LinkedHashMap<>();
  private final Deque<RowGroup> spares = new ArrayDeque<>();
  private final ColumnEncoder encoder = new ColumnEncoder();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition stop = lock.newCondition();
  private final Queue<Purge> purges = new ConcurrentLinkedQueue<>();
  private int pendingRows;
  private long pendingExtraBytes;
  private long pendingSince;
  private volatile boolean isStopping;
  private volatile long position;
  private volatile long oldestWaitingNanos;

  /** Reads on from where the store's manifest says, once it is started. */
  public Indexer(
      EventLog log,
      EventStore store,
      StoreConfig config,
      InstantSource clock,
      PrometheusRegistry registry) {
    this(log, store, config, _ -> {}, clock, registry);
  }

  /**
   * The same.
   *
   * @param indexed is given the position up to which events can be queried, each time it moves on
   */
  public Indexer(
      EventLog log,
      EventStore store,
      StoreConfig config,
      LongConsumer indexed,
      InstantSource clock,
      PrometheusRegistry registry) {
    this.log = log;
    this.store = store;
    this.config = config;
    this.indexed = indexed;
    this.clock = clock;
    this.position = startPosition();
    this.rowsIndexed =
        Counter.builder()
            .name("telemetry_store_rows_indexed_total")
            .help("Events written to the store.")
            .register(registry);
    this.failures =
        Counter.builder()
            .name("telemetry_store_index_failures_total")
            .help("Attempts to write to the store that failed and were repeated.")
            .register(registry);
    GaugeWithCallback.builder()
        .name("telemetry_store_lag_positions")
        .help("How far the store is behind the end of the log, in positions of the log.")
        .callback(callback -> callback.call((double) lagPositions()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("telemetry_store_lag_seconds")
        .help("Age of the oldest event that was read from the log and is not in the store yet.")
        .unit(Unit.SECONDS)
        .callback(callback -> callback.call(lagSeconds()))
        .register(registry);
  }

  /** A tenant whose events before a position of the log must go. */
  private record Purge(String tenant, long end, CompletableFuture<Void> done) {}

  /**
   * Deletes all events of a tenant that the log had taken before this call, wherever they are: when
   * the result completes, the store has none of them and no crash brings them back. Their segments
   * of the log go as soon as every consumer is done with them.
   */
  public CompletableFuture<Void> purge(String tenant) {
    var purge = new Purge(tenant, log.end(), new CompletableFuture<>());
    purges.add(purge);
    log.roll(Duration.ZERO);
    return purge.done;
  }

  /** Starts the thread; once. */
  public void start() {
    thread.start();
  }

  /** Position in the log up to which every event can be queried. */
  public long position() {
    return position;
  }

  private long startPosition() {
    long committed = store.catalog().position();
    if (committed < 0) {
      return log.start();
    }
    if (committed > log.end()) {
      LOG.atWarn()
          .addKeyValue("position", committed)
          .addKeyValue("log_end", log.end())
          .log("the log ends before the store's position; reading it from its start");
      return log.start();
    }
    return committed;
  }

  /** How far that is behind the end of the log, in positions. */
  public long lagPositions() {
    return Math.max(0, log.end() - position);
  }

  /** Age of the oldest event that was read from the log and is not in the store yet. */
  public double lagSeconds() {
    long oldest = oldestWaitingNanos;
    if (oldest == 0) {
      return 0;
    }
    return Math.max(0, (Nanos.of(clock.instant()) - oldest) / 1e9);
  }

  private void run() {
    try {
      boolean isAsked = false;
      while (!isAsked) {
        isAsked = follow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      encoder.close();
    }
  }

  /**
   * Reads on from what is committed until it is asked to stop, or something unexpected happens:
   * then what was gathered is forgotten and read again.
   *
   * @return whether it was asked to stop
   */
  private boolean follow() throws InterruptedException {
    try (var reader = log.reader(position)) {
      var cursor = log.cursor(CONSUMER);
      while (!isStopping) {
        step(reader, cursor);
      }
      if (pendingRows > 0) {
        flush(reader.position(), cursor);
      }
      return true;
    } catch (RuntimeException e) {
      failures.inc();
      LOG.atError()
          .addKeyValue("position", position)
          .setCause(e)
          .log("cannot index; reading again from what is committed");
      forget();
      return awaitStop(RETRY);
    }
  }

  private void step(EventLog.Reader reader, EventLog.Cursor cursor) throws InterruptedException {
    for (var next = purges.peek();
        next != null && reader.position() >= next.end;
        next = purges.peek()) {
      purge(next, Math.min(reader.position(), log.end()), cursor);
      purges.remove();
    }
    var entry = reader.next(pendingRows == 0 ? IDLE : untilFlush());
    if (entry.isPresent()) {
      var batch = entry.get().batch();
      if (pendingRows > 0 && pendingExtraBytes + extraBytes(batch) > config.groupExtraBytes()) {
        flush(entry.get().position(), cursor);
      }
      gather(batch);
    }
    if (pendingRows > 0 && (isFull() || untilFlush().isZero())) {
      flush(reader.position(), cursor);
    } else if (pendingRows == 0) {
      // Frames without events (a receipt only) need no line of their own.
      position = reader.position();
    }
  }

  /**
   * What was read up to here goes into the store, so that nothing reads it again, and then goes.
   */
  private void purge(Purge purge, long next, EventLog.Cursor cursor) throws InterruptedException {
    if (pendingRows > 0) {
      flush(next, cursor);
    }
    try {
      store.catalog().add(next, List.of());
      store.purge(purge.tenant);
      position = next;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cursor.commit(next);
    purge.done.complete(null);
  }

  private static long extraBytes(EventBatch batch) {
    long bytes = 0;
    for (var event : batch.events()) {
      bytes += event.extra().length;
    }
    return bytes;
  }

  private boolean isFull() {
    return pendingRows >= config.groupRows() || pendingExtraBytes >= config.groupExtraBytes();
  }

  private Duration untilFlush() {
    long left = config.flushInterval().toNanos() - (System.nanoTime() - pendingSince);
    return left <= 0 ? Duration.ZERO : Duration.ofNanos(left);
  }

  private void gather(EventBatch batch) {
    if (batch.events().isEmpty()) {
      return;
    }
    if (pendingRows == 0) {
      pendingSince = System.nanoTime();
      oldestWaitingNanos = batch.events().getFirst().origin().receivedNanos();
    }
    RowGroup group = null;
    long dayStart = 0;
    for (var event : batch.events()) {
      long received = event.origin().receivedNanos();
      if (group == null || received < dayStart || received - dayStart >= 86_400 * Nanos.SECOND) {
        var day = day(received);
        dayStart = day.toEpochDay() * 86_400 * Nanos.SECOND;
        group = groups.computeIfAbsent(new Partition(batch.tenant(), day), _ -> group());
      }
      group.add(event);
      pendingExtraBytes += event.extra().length;
    }
    pendingRows += batch.events().size();
  }

  private RowGroup group() {
    var spare = spares.poll();
    return spare == null ? new RowGroup() : spare;
  }

  static LocalDate day(long nanos) {
    return LocalDate.ofInstant(Nanos.instant(nanos), ZoneOffset.UTC);
  }

  /** Writes what is pending, again and again until it works or the indexer stops. */
  private void flush(long next, EventLog.Cursor cursor) throws InterruptedException {
    while (!write(next)) {
      failures.inc();
      if (awaitStop(RETRY)) {
        return;
      }
    }
    position = next;
    indexed.accept(next);
    rowsIndexed.inc(pendingRows);
    forget();
    cursor.commit(next);
    store.wakeCompactor();
  }

  private void forget() {
    pendingRows = 0;
    pendingExtraBytes = 0;
    oldestWaitingNanos = 0;
    groups.values().forEach(this::recycle);
    groups.clear();
  }

  private void recycle(RowGroup group) {
    if (spares.size() < SPARE_GROUPS_MAX) {
      group.clear();
      spares.add(group);
    }
  }

  private boolean write(long next) {
    var files = new ArrayList<Path>();
    try {
      store.catalog().add(next, writeParts(files));
      return true;
    } catch (IOException e) {
      LOG.atError()
          .addKeyValue("rows", pendingRows)
          .setCause(e)
          .log("cannot write to the store; trying again");
      files.forEach(Indexer::deleteQuietly);
      return false;
    }
  }

  private List<Part> writeParts(List<Path> files) throws IOException {
    var parts = new ArrayList<Part>(groups.size());
    for (var entry : groups.entrySet()) {
      var file = store.catalog().newFile(entry.getKey());
      files.add(file);
      parts.add(entry.getValue().write(file, encoder).part(entry.getKey(), file));
    }
    return parts;
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.atDebug().addKeyValue("file", file).setCause(e).log("cannot delete an unfinished part");
    }
  }

  /** Whether the indexer was asked to stop within the pause. */
  private boolean awaitStop(Duration pause) throws InterruptedException {
    lock.lock();
    try {
      long left = pause.toNanos();
      while (!isStopping && left > 0) {
        left = stop.awaitNanos(left);
      }
      return isStopping;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Writes what was read, then stops. What is not written in time is read from the log again after
   * the next start.
   */
  @Override
  public void close() {
    lock.lock();
    try {
      isStopping = true;
      stop.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      thread.join(STOP.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (var purge = purges.poll(); purge != null; purge = purges.poll()) {
      purge.done.completeExceptionally(new IllegalStateException("the server stops"));
    }
  }
}
