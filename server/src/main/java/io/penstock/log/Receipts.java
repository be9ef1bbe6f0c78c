package io.penstock.log;

import io.penstock.event.EventBatch.Receipt;
import io.penstock.event.Nanos;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keyed requests of the last day and how they were answered, so that a client that sends a
 * request again gets the same answer and its events are not taken twice.
 *
 * <p>The truth is in the log: a receipt stands in the frame of its events, so a crash keeps both or
 * neither. But the log lets go of its segments long before a receipt expires. So this is a consumer
 * of the log with its own cursor: from time to time the receipts that came since go to a page file,
 * and the cursor moves on. At start the pages are read, then what the log has behind the cursor.
 *
 * <p><b>How far the cursor may move</b> without reading the log again: to an end of the log seen
 * before, once every request that was under way at that moment has been settled. Whatever stands
 * before that end was appended by such a request or by one settled earlier, and a settled one is in
 * memory.
 *
 * <p>When there are too many, a tenant that has more than half of them (there is one at most) loses
 * its own oldest; while nobody has, the oldest of all go. So nobody's receipts have to go because
 * one other tenant makes many.
 */
public final class Receipts implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Receipts.class);
  private static final String CONSUMER = "receipts";

  /** Rough cost of a receipt in memory beside its texts. */
  private static final long OVERHEAD_BYTES = 310;

  /**
   * Limits.
   *
   * @param timeToLive how long a key is remembered
   * @param countMax receipts remembered; beyond it the oldest are forgotten early
   * @param bytesMax memory for receipts, roughly; beyond it the oldest are forgotten early
   * @param pageInterval how often pages are written
   */
  public record Limits(Duration timeToLive, int countMax, long bytesMax, Duration pageInterval) {

    public static final Limits DEFAULT =
        new Limits(Duration.ofHours(24), 1_000_000, 256L << 20, Duration.ofSeconds(30));
  }

  /** What is known of a request before it is handled. */
  public sealed interface Outcome {}

  /** A new request. Its ticket is to be completed once durable, or abandoned; closing abandons. */
  public record Fresh(Ticket ticket) implements Outcome {}

  /** The same request was taken before: this was the answer. */
  public record Replay(int status, String body) implements Outcome {}

  /** The same request is being handled at this moment. */
  public record InFlight() implements Outcome {}

  /** The key was used for another request. */
  public record Mismatch() implements Outcome {}

  private record Key(String tenant, String endpoint, String key) {}

  /** What a tenant has of them, in the order in which they were taken. */
  private static final class Share {
    private final LinkedHashSet<Key> keys = new LinkedHashSet<>();
    private long bytes;
  }

  private final EventLog log;
  private final EventLog.Cursor cursor;
  private final ReceiptPages pages;
  private final Limits limits;
  private final InstantSource clock;
  private final Counter replayed;
  private final Counter forgotten;
  private final Counter pageFailures;
  private final Thread pager;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition closed = lock.newCondition();

  // Guarded by the lock, all that follows.
  private final LinkedHashMap<Key, Receipt> taken = new LinkedHashMap<>();
  private final Map<String, Share> shares = new HashMap<>();

  /** Who had more than half when that was looked at last; it may have less by now. */
  private @Nullable Share largest;

  private final Map<Key, Ticket> underWay = new HashMap<>();
  private List<ReceiptPages.Line> unpaged = new ArrayList<>();
  private long bytes;
  private boolean closing;

  /** An end of the log, and the tickets that were open when it was seen. */
  private long mark;

  private Set<Ticket> openAtMark = new HashSet<>();

  /**
   * Reads what is remembered: the pages in {@code folder}, then the log behind its cursor.
   *
   * @throws IOException when the pages cannot be listed
   */
  public Receipts(
      EventLog log, Path folder, Limits limits, PrometheusRegistry registry, InstantSource clock)
      throws IOException, InterruptedException {
    this.log = log;
    this.limits = limits;
    this.clock = clock;
    this.pages = new ReceiptPages(folder);
    this.replayed =
        Counter.builder()
            .name("telemetry_receipts_replayed_total")
            .help("Requests answered from the receipt of an earlier one.")
            .register(registry);
    this.forgotten =
        Counter.builder()
            .name("telemetry_receipts_forgotten_total")
            .help(
                "Receipts dropped before their time because there were too many: of a tenant that"
                    + " had more than half of them, or of all.")
            .labelNames("of")
            .register(registry);
    this.pageFailures =
        Counter.builder()
            .name("telemetry_receipts_page_failures_total")
            .help("Pages of receipts that could not be written.")
            .register(registry);
    this.cursor = log.cursor(CONSUMER);
    boolean whole = pages.read(oldestNanos(), this::remember);
    // Without a page, all that the log still has is better than what the cursor says.
    readLog(whole ? cursor.position() : log.start());
    registerGauges(registry);
    this.mark = cursor.position();
    this.pager = Thread.ofVirtual().name("receipt-pager").unstarted(this::runPager);
    pager.start();
  }

  private void readLog(long from) throws InterruptedException {
    long end = log.end();
    try (var reader = log.receiptReader(from)) {
      while (reader.position() < end) {
        var entry = reader.next(Duration.ZERO);
        if (entry.isEmpty()) {
          return;
        }
        var batch = entry.get().batch();
        var receipt = batch.receipt();
        if (receipt != null) {
          var line = new ReceiptPages.Line(batch.tenant(), receipt);
          remember(line);
          unpaged.add(line);
        }
      }
    }
  }

  /**
   * Asks whether a request is new, and if so takes its key until the ticket is settled.
   *
   * @param fingerprint SHA-256 of what the request says
   */
  public Outcome begin(String tenant, String endpoint, String key, byte[] fingerprint) {
    var name = new Key(tenant, endpoint, key);
    lock.lock();
    try {
      expire();
      var known = taken.get(name);
      if (known != null) {
        return replay(known, fingerprint);
      }
      var other = underWay.get(name);
      if (other != null) {
        return same(other.fingerprint, fingerprint) ? new InFlight() : new Mismatch();
      }
      var ticket = new Ticket(name, fingerprint.clone());
      underWay.put(name, ticket);
      return new Fresh(ticket);
    } finally {
      lock.unlock();
    }
  }

  private Outcome replay(Receipt known, byte[] fingerprint) {
    if (!same(known.fingerprint(), fingerprint)) {
      return new Mismatch();
    }
    replayed.inc();
    return new Replay(known.status(), known.body());
  }

  private static boolean same(byte[] one, byte[] other) {
    return Arrays.equals(one, other);
  }

  /** The right to handle a request; settled exactly once, by whichever call comes first. */
  public final class Ticket implements AutoCloseable {

    private final Key key;
    private final byte[] fingerprint;
    private volatile boolean handedOver;

    private Ticket(Key key, byte[] fingerprint) {
      this.key = key;
      this.fingerprint = fingerprint;
    }

    /** The batch with this receipt is durable: from now on the request is answered with it. */
    public void complete(Receipt receipt) {
      settle(receipt);
    }

    /** Nothing of the request was taken: it may come again as if it were new. */
    public void abandon() {
      settle(null);
    }

    /**
     * Leaves it to an append how the ticket is settled. A handler that gives up waiting does not
     * know whether its batch will still become durable; from here on, closing changes nothing.
     *
     * @return completes as the append does, once the ticket is settled: who answers after this one
     *     is asked again only when the receipt is in place
     */
    public CompletableFuture<Long> settleBy(CompletableFuture<Long> durable, Receipt receipt) {
      handedOver = true;
      return durable.whenComplete((_, failure) -> settle(failure == null ? receipt : null));
    }

    /** Abandons, unless the ticket was settled or handed to an append. */
    @Override
    public void close() {
      if (!handedOver) {
        abandon();
      }
    }

    private void settle(@Nullable Receipt receipt) {
      lock.lock();
      try {
        if (!underWay.remove(key, this)) {
          return;
        }
        openAtMark.remove(this);
        if (receipt != null) {
          var line = new ReceiptPages.Line(key.tenant, receipt);
          remember(line);
          unpaged.add(line);
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /** Called with the lock, or before anyone else knows of this. */
  private void remember(ReceiptPages.Line line) {
    var receipt = line.receipt();
    var key = new Key(line.tenant(), receipt.endpoint(), receipt.key());
    forget(key);
    taken.put(key, receipt);
    var share = shares.computeIfAbsent(key.tenant, _ -> new Share());
    share.keys.add(key);
    add(share, cost(key, receipt));
    if (hasMoreThanHalf(share)) {
      largest = share;
    }
    while (taken.size() > limits.countMax() || bytes > limits.bytesMax()) {
      makeRoom();
    }
  }

  private void add(Share share, long more) {
    share.bytes += more;
    bytes += more;
  }

  private boolean hasMoreThanHalf(Share share) {
    return share.keys.size() > limits.countMax() / 2 || share.bytes > limits.bytesMax() / 2;
  }

  private void makeRoom() {
    if (largest != null && hasMoreThanHalf(largest)) {
      forget(largest.keys.getFirst());
      forgotten.labelValues("tenant").inc();
      return;
    }
    forget(taken.firstEntry().getKey());
    forgotten.labelValues("all").inc();
  }

  private static long cost(Key key, Receipt receipt) {
    return OVERHEAD_BYTES
        + key.tenant.length()
        + key.endpoint.length()
        + key.key.length()
        + receipt.body().length();
  }

  /** Receipts stand in the order in which they were taken, so the expired ones come first. */
  private void expire() {
    long oldest = oldestNanos();
    while (!taken.isEmpty() && taken.firstEntry().getValue().atNanos() < oldest) {
      forget(taken.firstEntry().getKey());
    }
  }

  private void forget(Key key) {
    var receipt = taken.remove(key);
    var share = shares.get(key.tenant);
    if (receipt == null || share == null) {
      return;
    }
    share.keys.remove(key);
    add(share, -cost(key, receipt));
    if (share.keys.isEmpty()) {
      shares.remove(key.tenant);
    }
  }

  private long oldestNanos() {
    return Nanos.of(clock.instant().minus(limits.timeToLive()));
  }

  private void runPager() {
    try {
      while (awaitPageTime()) {
        page();
      }
    } catch (InterruptedException e) {
      // Nobody interrupts on purpose; the last page is written by close.
      Thread.currentThread().interrupt();
    }
  }

  private boolean awaitPageTime() throws InterruptedException {
    lock.lock();
    try {
      long left = limits.pageInterval().toNanos();
      while (!closing && left > 0) {
        left = closed.awaitNanos(left);
      }
      return !closing;
    } finally {
      lock.unlock();
    }
  }

  /** Writes what is not on a page yet, and moves the cursor as far as that is known to be all. */
  // One thread at a time: the pager, then close once the pager has ended; tests in between.
  synchronized void page() {
    List<ReceiptPages.Line> lines;
    long covered;
    lock.lock();
    try {
      expire();
      lines = unpaged;
      unpaged = new ArrayList<>();
      covered = advanceMark();
    } finally {
      lock.unlock();
    }
    try {
      pages.write(lines, oldestNanos());
      if (covered > cursor.position()) {
        cursor.commit(covered);
      }
    } catch (IOException | LogUnavailableException e) {
      pageFailures.inc();
      LOG.atWarn().setCause(e).log("receipts not written, they stay in the log until they are");
      keepForLater(lines);
    }
  }

  /**
   * The newest position before which all receipts are known. A mark that is still waiting for a
   * ticket stays, else a new one is set.
   */
  private long advanceMark() {
    if (!openAtMark.isEmpty()) {
      return cursor.position();
    }
    long covered = mark;
    long end = log.end();
    mark = end;
    openAtMark = new HashSet<>(underWay.values());
    return openAtMark.isEmpty() ? end : covered;
  }

  private void keepForLater(List<ReceiptPages.Line> lines) {
    lock.lock();
    try {
      lines.addAll(unpaged);
      // More than are remembered would be forgotten on reading them.
      unpaged =
          new ArrayList<>(
              lines.subList(Math.max(0, lines.size() - limits.countMax()), lines.size()));
    } finally {
      lock.unlock();
    }
  }

  /** Writes the last page. Close it before the log. */
  @Override
  public void close() {
    lock.lock();
    try {
      closing = true;
      closed.signalAll();
    } finally {
      lock.unlock();
    }
    page();
  }

  private void registerGauges(PrometheusRegistry registry) {
    GaugeWithCallback.builder()
        .name("telemetry_receipts")
        .help("Keyed requests remembered.")
        .callback(gauge -> gauge.call(count()))
        .register(registry);
  }

  public int count() {
    lock.lock();
    try {
      return taken.size();
    } finally {
      lock.unlock();
    }
  }
}
