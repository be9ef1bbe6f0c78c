package io.penstock.pipeline;

import io.penstock.control.Tenant.Quotas;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Holds each tenant to its events a second, over everything it sends: a token bucket of two
 * seconds' worth per tenant. Safe for many threads, without locks.
 *
 * <p>A bucket is one number, the time at which it will be full. A posted batch is taken when there
 * is any token and may leave a debt, so that a batch larger than the bucket can be taken at all and
 * the rate still holds; of flows, which nobody can be told to send again, exactly as many are taken
 * as there are tokens.
 */
public final class TenantQuotas {

  private static final long CAPACITY = 2_000_000_000L;
  private static final long SECOND = 1_000_000_000L;

  private final Function<String, Quotas> quotas;
  private final LongSupplier nanoTime;
  private final long origin;
  private final Map<String, AtomicLong> buckets = new ConcurrentHashMap<>();
  private final Counter dropped;

  /**
   * @param quotas what a tenant may send, at this moment
   */
  public TenantQuotas(Function<String, Quotas> quotas, PrometheusRegistry registry) {
    this(quotas, System::nanoTime, registry);
  }

  TenantQuotas(
      Function<String, Quotas> quotas, LongSupplier nanoTime, PrometheusRegistry registry) {
    this.quotas = quotas;
    this.nanoTime = nanoTime;
    this.origin = nanoTime.getAsLong();
    this.dropped =
        Counter.builder()
            .name("telemetry_tenant_dropped_events_total")
            .help("Flows dropped before the pipeline because their tenant sends too many.")
            .labelNames("tenant", "reason")
            .register(registry);
  }

  /** What a tenant may send. */
  public Quotas of(String tenant) {
    return quotas.apply(tenant);
  }

  /**
   * Takes a posted batch, or nothing of it.
   *
   * @return 0 when it was taken, else the nanoseconds until one is
   */
  public long takeBatch(String tenant, int events) {
    int eps = of(tenant).eps();
    if (eps <= 0) {
      return 0;
    }
    var bucket = bucket(tenant);
    long interval = SECOND / eps;
    long now = nanoTime.getAsLong() - origin;
    while (true) {
      long fullAt = bucket.get();
      long used = Math.max(0, fullAt - now);
      long wait = used + interval - CAPACITY;
      if (wait > 0) {
        return wait;
      }
      if (bucket.compareAndSet(fullAt, now + used + events * interval)) {
        return 0;
      }
    }
  }

  /** How many of these flows are taken; the others are counted as dropped. */
  int takeFlows(String tenant, int events) {
    int eps = of(tenant).eps();
    if (eps <= 0) {
      return events;
    }
    int taken = takeUpTo(bucket(tenant), SECOND / eps, events);
    if (taken < events) {
      dropped.labelValues(tenant, "quota").inc(events - taken);
    }
    return taken;
  }

  private int takeUpTo(AtomicLong bucket, long interval, int events) {
    long now = nanoTime.getAsLong() - origin;
    while (true) {
      long fullAt = bucket.get();
      long used = Math.max(0, fullAt - now);
      int taken = Math.clamp((CAPACITY - used) / interval, 0, events);
      if (taken == 0 || bucket.compareAndSet(fullAt, now + used + taken * interval)) {
        return taken;
      }
    }
  }

  /** A tenant is gone. */
  public void forget(String tenant) {
    buckets.remove(tenant);
    dropped.remove(tenant, "quota");
  }

  /** One for each tenant with a quota, until it is removed. */
  private AtomicLong bucket(String tenant) {
    var bucket = buckets.get(tenant);
    return bucket != null ? bucket : buckets.computeIfAbsent(tenant, _ -> new AtomicLong());
  }
}
