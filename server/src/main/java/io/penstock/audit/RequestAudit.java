package io.penstock.audit;

import io.penstock.http.Finished;
import io.penstock.logs.Redaction;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The latest requests of each tenant. A request is recorded once it is answered; the store and the
 * sinks then tell how far they have come, which says what became of its events. Safe for many
 * threads: a record costs its request about a microsecond.
 */
public final class RequestAudit implements Consumer<Finished> {

  /** Targets whose progress is followed; a server has a handful of sinks. */
  private static final int TARGETS_MAX = 64;

  private static final Deque<Audited> NOBODY = new ArrayDeque<>(0);

  /**
   * Requests in the order of their numbers.
   *
   * @param last number of the last one that was looked at
   */
  public record Batch(List<Audited> requests, long last) {}

  private final AuditConfig config;
  private final InstantSource clock;
  private final Histogram fitness;
  private final Counter evicted;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition added = lock.newCondition();

  /** All that is kept, by number, hence the oldest first. */
  private final TreeMap<Long, Audited> byNumber = new TreeMap<>();

  private final Map<String, Deque<Audited>> byTenant = new HashMap<>();

  /** Those whose events are in the log, by the position behind them. */
  private final TreeMap<Long, Audited> byPosition = new TreeMap<>();

  private final Progress indexing = new Progress();
  private final Map<String, Progress> exporting = new HashMap<>();
  private long last;
  private long bytes;

  public RequestAudit(AuditConfig config, InstantSource clock, PrometheusRegistry registry) {
    this.config = config;
    this.clock = clock;
    this.fitness =
        Histogram.builder()
            .name("telemetry_request_fitness")
            .help("How well requests fared when they were answered, 0 to 1.")
            .classicUpperBounds(.6, .9, 1)
            .register(registry);
    this.evicted =
        Counter.builder()
            .name("telemetry_audit_evicted_total")
            .help("Requests that left the audit before their time: too many, or too much memory.")
            .labelNames("reason")
            .register(registry);
    GaugeWithCallback.builder()
        .name("telemetry_audit_requests")
        .help("Requests in the audit, over all tenants.")
        .callback(gauge -> gauge.call((double) size()))
        .register(registry);
  }

  /** Records a request that was answered. */
  @Override
  public void accept(Finished finished) {
    lock.lock();
    try {
      makeRoom(finished.tenant());
      add(new Audited(++last, finished));
      while (bytes > config.bytesMax()) {
        evicted.labelValues("bytes").inc();
        forget(byNumber.firstEntry().getValue());
      }
      added.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void makeRoom(String tenant) {
    forgetExpired();
    var own = byTenant.get(tenant);
    if (own != null && own.size() >= config.entriesMax()) {
      evicted.labelValues("tenant").inc();
      forget(own.getFirst());
    }
  }

  private void add(Audited audited) {
    byNumber.put(audited.number(), audited);
    byTenant.computeIfAbsent(audited.tenant(), _ -> new ArrayDeque<>()).add(audited);
    bytes += audited.bytes();
    fitness.observe(audited.fitness());
    var stored = audited.stored();
    if (stored == null) {
      return;
    }
    byPosition.put(stored.position(), audited);
    var indexed = indexing.past(stored.position());
    if (indexed != null) {
      audited.indexed(indexed.millis());
    }
    exporting.forEach(
        (target, progress) -> {
          var passed = progress.past(stored.position());
          if (passed != null) {
            audited.exported(target, passed.outcome(), passed.millis());
          }
        });
  }

  /** A tenant's requests are in the order of their numbers, so it is always its first that goes. */
  private void forget(Audited audited) {
    byNumber.remove(audited.number());
    bytes -= audited.bytes();
    var own = byTenant.get(audited.tenant());
    if (own != null) {
      own.removeFirst();
      if (own.isEmpty()) {
        byTenant.remove(audited.tenant());
      }
    }
    var stored = audited.stored();
    if (stored != null) {
      byPosition.remove(stored.position(), audited);
    }
  }

  /** A tenant is gone, with its requests. */
  public void forget(String tenant) {
    lock.lock();
    try {
      List.copyOf(byTenant.getOrDefault(tenant, NOBODY)).forEach(this::forget);
    } finally {
      lock.unlock();
    }
  }

  private void forgetExpired() {
    long before = clock.millis() - config.life().toMillis();
    for (var oldest = byNumber.firstEntry();
        oldest != null && oldest.getValue().endedMillis() < before;
        oldest = byNumber.firstEntry()) {
      forget(oldest.getValue());
    }
  }

  /** Whatever stands before this position in the log can be queried from now on. */
  public void indexed(long position) {
    lock.lock();
    try {
      long now = clock.millis();
      long before = indexing.to(position, new Progress.Passed(now, "ok"));
      between(before, position).forEach(audited -> audited.indexed(now));
    } finally {
      lock.unlock();
    }
  }

  /**
   * A sink is done with whatever stands before this position in the log.
   *
   * @param target the sink's name
   * @param outcome {@code ok} when its receiver has all of it, else what came of it instead
   */
  public void exported(String target, long position, String outcome) {
    lock.lock();
    try {
      if (exporting.size() >= TARGETS_MAX && !exporting.containsKey(target)) {
        return;
      }
      long now = clock.millis();
      long before =
          exporting
              .computeIfAbsent(target, _ -> new Progress())
              .to(position, new Progress.Passed(now, outcome));
      between(before, position).forEach(audited -> audited.exported(target, outcome, now));
    } finally {
      lock.unlock();
    }
  }

  private Collection<Audited> between(long before, long position) {
    return position <= before
        ? List.of()
        : byPosition.subMap(before, false, position, true).values();
  }

  /**
   * The requests that pass the test, the newest first.
   *
   * @param tenant whose; null for all
   */
  public List<Audited> newest(@Nullable String tenant, Predicate<Audited> test) {
    List<Audited> kept;
    lock.lock();
    try {
      forgetExpired();
      kept =
          new ArrayList<>(
              tenant == null ? byNumber.values() : byTenant.getOrDefault(tenant, NOBODY));
    } finally {
      lock.unlock();
    }
    return kept.reversed().stream().filter(test).toList();
  }

  /** Number of the latest request; 0 before the first. */
  public long last() {
    lock.lock();
    try {
      return last;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The requests behind the one with this number, waiting for one up to {@code patience}.
   *
   * @param tenant whose; null for all. Others are waited for, too, and passed over
   * @param most how many are looked at
   */
  public Batch after(long number, @Nullable String tenant, int most, Duration patience)
      throws InterruptedException {
    lock.lock();
    try {
      long left = patience.toNanos();
      while (last <= number && left > 0) {
        left = added.awaitNanos(left);
      }
      var found = new ArrayList<Audited>();
      long looked = number;
      int count = 0;
      for (var audited : byNumber.tailMap(number, false).values()) {
        if (count++ == most) {
          break;
        }
        looked = audited.number();
        if (tenant == null || audited.tenant().equals(tenant)) {
          found.add(audited);
        }
      }
      return new Batch(found, looked);
    } finally {
      lock.unlock();
    }
  }

  public Redaction redaction() {
    return config.redaction();
  }

  int size() {
    lock.lock();
    try {
      return byNumber.size();
    } finally {
      lock.unlock();
    }
  }
}
