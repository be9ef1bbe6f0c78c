package io.penstock.pipeline;

import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What becomes durable, for those who watch. Costs the pipeline one look at an empty list while
 * nobody does; a watcher who is too slow misses batches, which it is told. Safe for many threads.
 */
public final class EventTail {

  /** Batches that wait for one watcher. */
  private static final int WAITING_MAX = 64;

  private final List<Watch> watches = new CopyOnWriteArrayList<>();
  private final Counter missed;

  public EventTail(PrometheusRegistry registry) {
    this.missed =
        Counter.builder()
            .name("telemetry_tail_missed_total")
            .help("Events that a live tail did not show because its client was too slow.")
            .register(registry);
  }

  /** Hands a batch to those who watch its tenant. Never waits. */
  public void durable(EventBatch batch) {
    for (var watch : watches) {
      if (watch.tenant.equals(batch.tenant()) && !watch.waiting.offer(batch.events())) {
        watch.missed.addAndGet(batch.events().size());
        missed.inc(batch.events().size());
      }
    }
  }

  /** Begins to watch a tenant's events; to be closed. */
  public Watch watch(String tenant) {
    var watch = new Watch(tenant);
    watches.add(watch);
    return watch;
  }

  /** One who watches. For one thread. */
  public final class Watch implements AutoCloseable {
    private final String tenant;
    private final ArrayBlockingQueue<List<Event>> waiting = new ArrayBlockingQueue<>(WAITING_MAX);
    private final AtomicLong missed = new AtomicLong();

    private Watch(String tenant) {
      this.tenant = tenant;
    }

    /** The next batch; null when none came in time. */
    public @Nullable List<Event> next(Duration patience) throws InterruptedException {
      return waiting.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Events that were not shown since the last call. */
    public long takeMissed() {
      return missed.getAndSet(0);
    }

    @Override
    public void close() {
      watches.remove(this);
    }
  }
}
