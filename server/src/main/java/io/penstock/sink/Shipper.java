package io.penstock.sink;

import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.event.Nanos;
import io.penstock.log.EventLog;
import io.penstock.log.EventLog.Cursor;
import io.penstock.log.EventLog.Reader;
import io.penstock.shape.Shape;
import io.penstock.sink.Delivery.Answer;
import io.penstock.sink.Flight.Refused;
import io.penstock.sink.SinkStatus.State;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ships the events of one tenant from the log to one sink, each at least once: reads on from the
 * durable cursor, gathers batches, lets a {@link Courier} bring each to its end, and moves the
 * cursor once everything before it has arrived, or lies in the dead letters. What has no room in
 * its {@link Window} stays in the log.
 *
 * <p>One thread reads, one makes progress durable, and one goes with each batch under way; all are
 * virtual. Public methods are safe for many threads.
 */
public final class Shipper implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Shipper.class);
  private static final Duration IDLE = Duration.ofMillis(250);
  private static final Duration RETRY = Duration.ofSeconds(1);

  /** Every part's share of a stop that takes less than 10 seconds. */
  private static final Duration STOP = Duration.ofSeconds(2);

  private static final Duration LAND = Duration.ofSeconds(2);

  /** Shortest time between two writes of the cursor, since each waits for the disk. */
  private static final long COMMIT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /** So many batches fit into a sink's share of the memory, whatever their limits are. */
  private static final int BATCHES_MIN = 4;

  private final Plan plan;
  private final Room room;
  private final Sink sink;
  private final EventLog log;
  private final DeadLetters.Box letters;
  private final InstantSource clock;
  private final Counts counts = new Counts();
  private final SinkMetrics.Of metrics;
  private final Pace pace;
  private final Courier courier;
  private final Cursor cursor;
  private final Window window;
  private final Backlog backlog;
  private final Shape items;
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private final List<Refused> unwritable = new ArrayList<>();
  private Batch.@Nullable Builder open;
  private long openFrom;
  private long openSince;
  private long openNanos;
  private long expiredTold;
  private volatile int openEvents;
  private volatile long shipNow;
  private volatile boolean isClosing;
  private volatile boolean isStopping;

  /**
   * What to ship, and how.
   *
   * @param tenant whose events
   * @param name of the sink, unique for its tenant
   * @param takes which of them; the others count as filtered
   * @param linger how long the first event of a batch waits for others
   * @param hold how long the log keeps for this sink what it cannot deliver
   * @param progress told how far the sink has come
   */
  public record Plan(
      String tenant,
      String name,
      Predicate<Event> takes,
      Duration linger,
      Hold hold,
      Progress progress) {

    /** Nobody is told of its progress. */
    public Plan(String tenant, String name, Predicate<Event> takes, Duration linger, Hold hold) {
      this(tenant, name, takes, linger, hold, Progress.UNHEARD);
    }

    /** The name of the sink's cursor. */
    public static String consumer(String tenant, String name) {
      return "sink." + tenant + "." + name;
    }
  }

  /** Wants to know how far a sink has come. */
  @FunctionalInterface
  public interface Progress {

    /**
     * The sink is done, for good, with everything before a position of the log.
     *
     * @param refused ids of the requests of which events were refused since the last time
     * @param isGivenUp whether events were given up since the last time
     */
    void done(long position, Set<String> refused, boolean isGivenUp);

    Progress UNHEARD = (_, _, _) -> {};
  }

  /** Begins where the cursor stands; a new one at the oldest event that the log holds. */
  public Shipper(
      Plan plan,
      Sink sink,
      EventLog log,
      DeadLetters letters,
      SinkMetrics metrics,
      Room room,
      InstantSource clock) {
    this(plan, sink, log, letters, metrics, room, Pace.Backoff.DEFAULT, clock);
  }

  Shipper(
      Plan plan,
      Sink sink,
      EventLog log,
      DeadLetters letters,
      SinkMetrics metrics,
      Room room,
      Pace.Backoff backoff,
      InstantSource clock) {
    this.room = room;
    this.plan = plan;
    this.sink = sink;
    this.log = log;
    this.letters = letters.box(plan.tenant(), plan.name());
    this.clock = clock;
    this.metrics = metrics.of(plan.tenant(), plan.name());
    var limits = sink.limits();
    this.pace = new Pace(limits.requests(), backoff);
    this.courier = new Courier(sink, pace, counts, this.metrics, clock);
    this.cursor = log.cursor(Plan.consumer(plan.tenant(), plan.name()));
    this.window = new Window(room::share, cursor.position());
    this.backlog = new Backlog(log, cursor.position());
    this.items = sink.items();
    room.enter();
  }

  /** Starts to ship; once. */
  public void start() {
    letters.forgetUncommitted(cursor.position(), log.end());
    go("read", this::read);
    go("commit", this::commit);
  }

  private void go(String work, Job job) {
    var thread =
        Thread.ofVirtual()
            .name("sink-" + plan.name() + "-" + work)
            .unstarted(
                () -> {
                  try {
                    job.run();
                  } catch (InterruptedException e) {
                    // Only close() interrupts, and what was not done is done after the next start.
                    Thread.currentThread().interrupt();
                  } finally {
                    threads.remove(Thread.currentThread());
                  }
                });
    threads.add(thread);
    thread.start();
  }

  /** Work that ends when its thread is interrupted. */
  private interface Job {
    void run() throws InterruptedException;
  }

  // Reading the log

  private void read() throws InterruptedException {
    long position = cursor.position();
    while (!isClosing) {
      try (var reader = log.reader(position)) {
        while (!isClosing) {
          step(reader);
          position = reader.position();
        }
      } catch (RuntimeException e) {
        LOG.atError()
            .addKeyValue("sink", plan.name())
            .addKeyValue("tenant", plan.tenant())
            .setCause(e)
            .log("cannot read the log for a sink, trying again");
        Thread.sleep(RETRY);
      }
    }
  }

  private void step(Reader reader) throws InterruptedException {
    var entry = reader.next(open == null ? IDLE : untilFull());
    if (entry.isPresent()) {
      take(entry.get());
    }
    if (open != null && (untilFull().isZero() || shipNow > openFrom)) {
      dispatch();
    }
    window.read(reader.position(), open == null ? Long.MAX_VALUE : openFrom);
  }

  private Duration untilFull() {
    long left = plan.linger().toNanos() - (System.nanoTime() - openSince);
    return left <= 0 ? Duration.ZERO : Duration.ofNanos(Math.min(left, IDLE.toNanos()));
  }

  private void take(EventLog.Entry entry) throws InterruptedException {
    var batch = entry.batch();
    backlog.read(batch.events().size());
    if (!batch.tenant().equals(plan.tenant())) {
      return;
    }
    counts.read.add(batch.events().size());
    if (isTooOld(entry.position(), batch)) {
      expired(batch.events().size());
      return;
    }
    int filtered = 0;
    for (var event : batch.events()) {
      if (isWanted(event)) {
        add(event, entry.position());
      } else {
        filtered++;
      }
    }
    counts.filtered.add(filtered);
    metrics.filtered(filtered);
  }

  /**
   * What cannot be decided, which is a bug of ours, is sent: too much is better than too little.
   */
  private boolean isWanted(Event event) {
    try {
      return plan.takes().test(event);
    } catch (RuntimeException e) {
      LOG.atError()
          .addKeyValue("sink", plan.name())
          .addKeyValue("tenant", plan.tenant())
          .setCause(e)
          .log("cannot decide whether a sink takes an event");
      return true;
    }
  }

  private boolean isTooOld(long position, EventBatch batch) {
    return !batch.events().isEmpty()
        && plan.hold().isOver(position, batch.events().getLast().origin().receivedNanos());
  }

  private void expired(int events) {
    counts.expired.add(events);
    metrics.expired(events);
    LOG.atError()
        .addKeyValue("sink", plan.name())
        .addKeyValue("tenant", plan.tenant())
        .addKeyValue("events", events)
        .log("events were given up, the log could keep them no longer for this sink");
  }

  private void add(Event event, long position) throws InterruptedException {
    var limits = sink.limits();
    if (open == null) {
      open = new Batch.Builder(plan.tenant(), Math.min(limits.batchBytes(), 64 << 10));
      openFrom = position;
      openSince = System.nanoTime();
      openNanos = event.origin().receivedNanos();
    }
    write(open, event);
    openEvents = open.size();
    if (open.size() >= limits.batchEvents()
        || open.byteCount() >= courier.bytesMax()
        || open.memory() >= room.share() / BATCHES_MIN) {
      dispatch();
    }
  }

  /** One event that cannot be written, which is a bug of ours, must not hold up the others. */
  private void write(Batch.Builder open, Event event) {
    try {
      open.add(items, event);
    } catch (RuntimeException e) {
      LOG.atError()
          .addKeyValue("sink", plan.name())
          .addKeyValue("tenant", plan.tenant())
          .setCause(e)
          .log("an event cannot be written for a sink");
      unwritable.add(new Refused(event, "cannot_encode", new Answer(null, e.toString()), 0));
      counts.refused.increment();
      metrics.refused("cannot_encode", 1);
    }
  }

  private void dispatch() throws InterruptedException {
    var builder = open;
    if (builder == null) {
      return;
    }
    open = null;
    openEvents = 0;
    var flight = new Flight(builder.build(), unwritable, openFrom, openNanos);
    unwritable.clear();
    BooleanSupplier isOver = () -> isStopping || isTooOld(flight);
    if (!window.add(flight, isOver)) {
      if (!isStopping) {
        expired(flight.batch.size());
      }
      return;
    }
    go("send", () -> deliver(flight, isOver));
  }

  private boolean isTooOld(Flight flight) {
    return plan.hold().isOver(flight.from, flight.receivedNanos());
  }

  private void deliver(Flight flight, BooleanSupplier isOver) throws InterruptedException {
    int givenUp = courier.deliver(flight, isOver);
    if (givenUp > 0 && isStopping) {
      return;
    }
    if (givenUp > 0) {
      expired(givenUp);
    }
    window.done(flight);
    announce();
  }

  // Making progress durable

  private void commit() throws InterruptedException {
    while (true) {
      var ripe = window.awaitRipe();
      commit(ripe);
      announce();
      TimeUnit.NANOSECONDS.sleep(COMMIT_NANOS);
    }
  }

  /** The dead letters first: an event behind the cursor must be somewhere. */
  private void commit(Window.Ripe ripe) throws InterruptedException {
    while (!isCommitted(ripe)) {
      Thread.sleep(RETRY);
    }
  }

  private boolean isCommitted(Window.Ripe ripe) {
    try {
      if (!ripe.refused().isEmpty()) {
        letters.add(ripe.refused(), cursor.position(), ripe.position());
      }
      cursor.commit(ripe.position());
      tell(ripe);
      return true;
    } catch (IOException | RuntimeException e) {
      LOG.atError()
          .addKeyValue("sink", plan.name())
          .addKeyValue("tenant", plan.tenant())
          .setCause(e)
          .log("cannot keep how far a sink has come");
      return false;
    }
  }

  private void tell(Window.Ripe ripe) {
    var requests = new HashSet<String>();
    for (var refused : ripe.refused()) {
      var request = refused.event().origin().requestId();
      if (request != null) {
        requests.add(request);
      }
    }
    long expired = counts.expired.sum();
    plan.progress().done(ripe.position(), requests, expired > expiredTold);
    expiredTold = expired;
  }

  private void announce() {
    lock.lock();
    try {
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  // What people ask for

  /**
   * What became of shipping at once what was pending.
   *
   * @param isDone whether nothing of it is pending any more
   * @param failed events that were refused
   * @param error what the destination said last when it did not take something; null when it did
   */
  public record Shipped(
      boolean isDone, long sent, long failed, long retries, long millis, @Nullable Answer error) {}

  /**
   * Ships what the log holds now without waiting for batches to fill or pauses to end, and waits
   * until all of it has arrived or was refused, the destination has failed, or the time is over.
   */
  public Shipped ship(Duration timeout) throws InterruptedException {
    long began = System.nanoTime();
    long end = log.end();
    long sent = counts.delivered.sum();
    long refused = counts.refused.sum();
    long retries = counts.retries.sum();
    shipNow = Math.max(shipNow, end);
    courier.hurry();
    long left = timeout.toNanos();
    lock.lockInterruptibly();
    try {
      while (!window.isDone(end) && left > 0 && counts.retries.sum() - retries < 3) {
        long look = Math.min(left, TimeUnit.MILLISECONDS.toNanos(20));
        var _ = moved.awaitNanos(look);
        left = timeout.toNanos() - (System.nanoTime() - began);
      }
    } finally {
      lock.unlock();
    }
    var trouble = courier.lastTrouble();
    return new Shipped(
        window.isDone(end),
        counts.delivered.sum() - sent,
        counts.refused.sum() - refused,
        counts.retries.sum() - retries,
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began),
        trouble == null ? null : trouble.answer());
  }

  /**
   * What became of a test.
   *
   * @param bytes of the event that was sent
   */
  public record Tested(Delivery delivery, long millis, int bytes) {}

  /** Sends one event past everything that waits, once, and says what came back. */
  public static Tested test(Sink sink, String tenant, Event event) throws InterruptedException {
    var builder = new Batch.Builder(tenant, 4096);
    builder.add(sink.items(), event);
    var batch = builder.build();
    long began = System.nanoTime();
    var delivery = sink.send(batch);
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    return new Tested(delivery, millis, batch.byteCount());
  }

  /** The same with this sink. */
  public Tested test(Event event) throws InterruptedException {
    return test(sink, plan.tenant(), event);
  }

  /**
   * Sends dead letters again as the sink is configured now; those that are refused again come back
   * as new ones. Returns when none of them waits any more, or the sink stops.
   *
   * @param files by {@link DeadLetters.File#id}
   * @return events that arrived
   */
  public long replay(List<String> files) throws InterruptedException {
    long arrived = 0;
    var writer = sink.items();
    for (var id : files) {
      for (var events : letters.events(id)) {
        arrived += replay(events, writer);
      }
      if (isStopping) {
        return arrived;
      }
      letters.delete(id);
    }
    return arrived;
  }

  private long replay(List<Event> events, Shape writer) throws InterruptedException {
    var builder = new Batch.Builder(plan.tenant(), 64 << 10);
    for (var event : events) {
      builder.add(writer, event);
    }
    var flight = new Flight(builder.build(), List.of(), cursor.position(), 0);
    int givenUp = courier.deliver(flight, () -> isStopping);
    if (givenUp > 0) {
      return 0;
    }
    while (!flight.refused().isEmpty()) {
      try {
        letters.add(flight.refused(), 0, 0);
        break;
      } catch (IOException e) {
        LOG.atError().setCause(e).log("cannot keep dead letters, trying again");
        Thread.sleep(RETRY);
      }
    }
    long arrived = (long) events.size() - flight.refused().size();
    counts.replayed.add(arrived);
    return arrived;
  }

  public SinkStatus status() {
    var trouble = courier.lastTrouble();
    long oldest = window.oldestNanos();
    int waiting = window.waiting() + openEvents;
    return new SinkStatus(
        state(trouble),
        courier.lastSuccess(),
        courier.lastAnswer(),
        trouble == null ? null : trouble.answer(),
        backlog.events() + waiting,
        oldest == 0 ? 0 : Math.max(0, (Nanos.of(clock.instant()) - oldest) / 1e9),
        waiting,
        pace.underWay(),
        pace.limit(),
        counts.read.sum(),
        counts.filtered.sum(),
        counts.expired.sum(),
        counts.delivered.sum(),
        counts.duplicates.sum(),
        counts.redirected.sum(),
        counts.refused.sum(),
        counts.retries.sum(),
        counts.replayed.sum());
  }

  private void awaitLanded() throws InterruptedException {
    long left = LAND.toNanos();
    lock.lockInterruptibly();
    try {
      while (left > 0 && window.waiting() > 0 && courier.lastTrouble() == null) {
        left = moved.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  private State state(Delivery.@Nullable Later trouble) {
    if (isStopping) {
      return State.STOPPED;
    }
    if (trouble != null) {
      return trouble.cause().needsPerson() ? State.BLOCKED : State.RETRYING;
    }
    return courier.lastAnswer() == null ? State.STARTING : State.OK;
  }

  /**
   * Lets what is under way arrive, as long as the destination answers, and stops. What has not
   * arrived in time is sent again after the next start, with the same ids.
   */
  @Override
  public void close() {
    isClosing = true;
    try {
      awaitLanded();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    isStopping = true;
    threads.forEach(Thread::interrupt);
    try {
      var until = System.nanoTime() + STOP.toNanos();
      for (var thread : threads) {
        thread.join(Duration.ofNanos(Math.max(1, until - System.nanoTime())));
      }
      var _ = isCommitted(window.ripe());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      room.leave();
      sink.close();
    }
  }
}
