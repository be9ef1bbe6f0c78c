package io.penstock.store;

import io.penstock.event.Nanos;
import io.penstock.filter.Filter;
import io.penstock.store.SeriesQuery.Series;
import io.penstock.store.TopQuery.Top;
import io.penstock.store.ValuesQuery.Values;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store: answers questions about the events that the {@link Indexer} brought, keeps its files
 * few, and deletes days that are over. Answers are of one moment: a commit or a compaction in
 * between is seen by the next question. Safe for use by many threads; the caller of a question
 * waits.
 */
public final class EventStore implements AutoCloseable {

  /** Events one page may have. */
  public static final int PAGE_MAX = 10_000;

  /** Values one ranking may have. */
  public static final int TOP_MAX = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(EventStore.class);
  private static final int LINES_MAX = 100;
  private static final int VALUES_MAX = 100;

  /** Nobody who is typing waits for longer. */
  private static final Duration VALUES_TIMEOUT = Duration.ofSeconds(5);

  private static final long RETENTION_CHECK_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** How long the housekeeping may finish what it is at. */
  private static final Duration STOP = Duration.ofSeconds(1);

  private final Catalog catalog;
  private final Duck duck;
  private final Queries queries;
  private final Compactor compactor;
  private final InstantSource clock;
  private final ToIntFunction<String> retentionDays;
  private final Counter expired;
  private final Thread keeper = Thread.ofPlatform().name("store-keeper").unstarted(this::keep);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private boolean hasWork;
  private volatile boolean isStopping;

  /**
   * Opens the store of a folder; the engine is loaded later, by {@link #start} or the first
   * question.
   *
   * @param retentionDays how many days of a tenant are kept
   */
  public EventStore(
      StoreConfig config,
      ToIntFunction<String> retentionDays,
      InstantSource clock,
      PrometheusRegistry registry)
      throws IOException {
    this(config, Sketching.Bounds.MEASURED, retentionDays, clock, registry);
  }

  EventStore(
      StoreConfig config,
      Sketching.Bounds sketching,
      ToIntFunction<String> retentionDays,
      InstantSource clock,
      PrometheusRegistry registry)
      throws IOException {
    this.catalog = new Catalog(config.folder());
    this.duck = new Duck(config);
    this.queries = new Queries(duck, catalog, new Sketching(sketching, registry), config, registry);
    this.compactor = new Compactor(catalog, duck, config, clock, registry);
    this.clock = clock;
    this.retentionDays = retentionDays;
    this.expired =
        Counter.builder()
            .name("telemetry_store_parts_expired_total")
            .help("Parts deleted because their day is over.")
            .register(registry);
    gauges(registry);
  }

  private void gauges(PrometheusRegistry registry) {
    GaugeWithCallback.builder()
        .name("telemetry_store_parts")
        .help("Files of the store.")
        .callback(callback -> callback.call(catalog.parts().size()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("telemetry_store_size_bytes")
        .help("Size of the store's files.")
        .unit(Unit.BYTES)
        .callback(callback -> callback.call(sum(Part::bytes)))
        .register(registry);
    GaugeWithCallback.builder()
        .name("telemetry_store_events")
        .help("Events in the store.")
        .callback(callback -> callback.call(sum(Part::rows)))
        .register(registry);
  }

  private double sum(ToLongFunction<Part> number) {
    return (double) catalog.parts().stream().mapToLong(number).sum();
  }

  /** What the store holds, of all tenants. */
  public record Totals(long events, long bytes) {}

  public Totals totals() {
    return new Totals((long) sum(Part::rows), (long) sum(Part::bytes));
  }

  /** Loads the engine and starts to keep house, in the background; once. */
  public void start() {
    keeper.start();
  }

  Catalog catalog() {
    return catalog;
  }

  /** One page of events, newest first. */
  public Answer<Page> events(EventQuery query) {
    if (query.limit() < 1 || query.limit() > PAGE_MAX) {
      return refuse(Answer.Reason.TOO_LARGE, "a page has 1 to " + PAGE_MAX + " events");
    }
    var cursor = query.cursor();
    Keyset after = null;
    if (cursor != null) {
      var decoded = Keyset.decode(cursor);
      if (decoded.isEmpty()) {
        return refuse(Answer.Reason.BAD_CURSOR, "this is no cursor of a page");
      }
      after = decoded.get();
    }
    return page(query, after);
  }

  private Answer<Page> page(EventQuery query, @Nullable Keyset after) {
    return queries.ask("events", session -> new EventPages(session, query, after).read());
  }

  /** Up to {@link EventQuery#limit} events, newest first, however many they are. */
  public Answer<EventStream> stream(EventQuery query) {
    return EventStream.open(this, query);
  }

  /** All events received on a UTC day, newest first. */
  public Answer<EventStream> streamDay(String tenant, LocalDate day) {
    long from = day.toEpochDay() * 86_400 * Nanos.SECOND;
    return stream(
        new EventQuery(tenant, from, from + 86_400 * Nanos.SECOND, null, Integer.MAX_VALUE, null));
  }

  /** The groups of events with the highest sums. */
  public Answer<Top> top(TopQuery query) {
    if (query.limit() < 1 || query.limit() > TOP_MAX) {
      return refuse(Answer.Reason.TOO_LARGE, "a ranking has 1 to " + TOP_MAX + " values");
    }
    if (query.by().isEmpty() || query.by().size() > TopQuery.FIELDS_MAX) {
      return refuseFields();
    }
    return queries.ask("top", session -> new Grouping(session).top(query));
  }

  /** A metric over time. */
  public Answer<Series> series(SeriesQuery query) {
    if (!Grouping.isStepUsable(query) || Grouping.points(query) > SeriesQuery.POINTS_MAX) {
      return refuse(
          Answer.Reason.TOO_LARGE,
          "a series has up to " + SeriesQuery.POINTS_MAX + " points; take a longer step");
    }
    if (query.lines() < 1 || query.lines() > LINES_MAX) {
      return refuse(Answer.Reason.TOO_LARGE, "a series has 1 to " + LINES_MAX + " lines");
    }
    if (query.by().size() > TopQuery.FIELDS_MAX) {
      return refuseFields();
    }
    return queries.ask("series", session -> new Grouping(session).series(query));
  }

  private <T> Answer<T> refuseFields() {
    return refuse(
        Answer.Reason.TOO_LARGE, "events are grouped by 1 to " + TopQuery.FIELDS_MAX + " fields");
  }

  /** The most frequent values of a field; it is given up sooner than other questions. */
  public Answer<Values> values(ValuesQuery query) {
    if (query.limit() < 1 || query.limit() > VALUES_MAX) {
      return refuse(Answer.Reason.TOO_LARGE, "there are 1 to " + VALUES_MAX + " values");
    }
    return queries.ask("values", VALUES_TIMEOUT, session -> new Grouping(session).values(query));
  }

  /** How many events there are. */
  public Answer<Long> count(String tenant, long fromNanos, long toNanos, @Nullable Filter filter) {
    return queries.ask(
        "count", session -> new Grouping(session).count(tenant, fromNanos, toNanos, filter));
  }

  private <T> Answer<T> refuse(Answer.Reason reason, String why) {
    queries.count(reason);
    return new Answer.Refused<>(reason, why);
  }

  /** Deletes the days that are over for their tenant; how many parts. */
  int expire() throws IOException {
    var today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    int parts =
        catalog.removeIf(
            part -> part.day().isBefore(today.minusDays(retentionDays.applyAsInt(part.tenant()))));
    if (parts > 0) {
      expired.inc(parts);
      LOG.atInfo().addKeyValue("parts", parts).log("deleted days that are over");
    }
    return parts;
  }

  /** Deletes everything of a tenant that is in the store; how many parts. */
  int purge(String tenant) throws IOException {
    int parts = catalog.removeIf(part -> part.tenant().equals(tenant));
    LOG.atInfo().addKeyValue("tenant", tenant).addKeyValue("parts", parts).log("purged a tenant");
    return parts;
  }

  /** Tells the housekeeping that parts were added. */
  void wakeCompactor() {
    signal(() -> hasWork = true);
  }

  private void signal(Runnable change) {
    lock.lock();
    try {
      change.run();
      work.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void keep() {
    try {
      while (!isStopping) {
        keepOnce();
        awaitWork();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void keepOnce() {
    try {
      duck.connect().close();
      expire();
      boolean mayBeMore = true;
      while (mayBeMore && !isStopping) {
        mayBeMore = compactor.compactOnce();
      }
    } catch (IOException | SQLException | RuntimeException e) {
      if (!isStopping) {
        LOG.atError().setCause(e).log("housekeeping of the store failed; trying again later");
      }
    }
  }

  private void awaitWork() throws InterruptedException {
    lock.lock();
    try {
      long left = RETENTION_CHECK_NANOS;
      while (!hasWork && !isStopping && left > 0) {
        left = work.awaitNanos(left);
      }
      hasWork = false;
    } finally {
      lock.unlock();
    }
  }

  /** Ends running questions and closes the files. The indexer is closed before. */
  @Override
  public void close() throws IOException {
    signal(() -> isStopping = true);
    queries.close();
    try {
      keeper.join(STOP.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    duck.close();
    if (!keeper.isAlive()) {
      // Else it would wait for a whole compaction; one that is not committed is made again later.
      compactor.close();
    }
    catalog.close();
  }
}
