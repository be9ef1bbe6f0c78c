package io.penstock.http;

import io.penstock.event.Ip;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * How often a key may call, and how often an address may fail to show a good one. Bounded and
 * without locks; safe for many threads.
 *
 * <p>Keys have a bucket each, by the tenant they act for. A bucket that is full again is worth
 * nothing and is the only kind that is ever forgotten: whoever makes the table full of others gets
 * one bucket for all that come after.
 *
 * <p>Addresses share a fixed number of buckets by a hash that nobody outside can compute, so a
 * flood of addresses neither takes memory nor clears anybody's record. A key that was good from an
 * address before stays so while others at that address fail: behind a proxy that is not declared,
 * one client with an old key must not lock out the rest.
 */
final class RateLimits {

  /** {@link #take} when there is no limit. */
  static final long UNLIMITED = Long.MAX_VALUE;

  private static final int KEYS_MAX = 100_000;
  private static final int ADDRESS_BUCKETS = 1 << 16;
  private static final long SWEEP_PAUSE = 1_000_000_000L;

  private final TokenBuckets keyRule;
  private final TokenBuckets failureRule;
  private final boolean limitsKeys;
  private final boolean limitsFailures;
  private final int keysMax;
  private final LongSupplier nanoTime;
  private final long origin;

  private final Map<String, Map<String, AtomicLong>> byTenant = new ConcurrentHashMap<>();
  private final AtomicInteger keys = new AtomicInteger();
  private final AtomicLong overflow = new AtomicLong();
  private final AtomicLong nextSweep = new AtomicLong();

  private final AtomicLongArray failures = new AtomicLongArray(ADDRESS_BUCKETS);

  /** Fingerprints of an address and a key that was good from there. */
  private final AtomicLongArray known = new AtomicLongArray(ADDRESS_BUCKETS);

  private final long seed = new SecureRandom().nextLong();
  private final Counter refused;

  RateLimits(HttpConfig.Clients config, PrometheusRegistry registry) {
    this(config, KEYS_MAX, System::nanoTime, registry);
  }

  RateLimits(
      HttpConfig.Clients config, int keysMax, LongSupplier nanoTime, PrometheusRegistry registry) {
    this.limitsKeys = config.requestsPerMinute() > 0;
    this.limitsFailures = config.failuresPerMinute() > 0;
    this.keyRule = new TokenBuckets(Math.max(1, config.requestsPerMinute()));
    this.failureRule = new TokenBuckets(Math.max(1, config.failuresPerMinute()));
    this.keysMax = keysMax;
    this.nanoTime = nanoTime;
    this.origin = nanoTime.getAsLong();
    this.refused =
        Counter.builder()
            .name("telemetry_http_rate_limited_total")
            .help("Requests answered 429: of a key, or of an address that showed no good key.")
            .labelNames("of")
            .register(registry);
    refused.initLabelValues("key");
    refused.initLabelValues("address");
    GaugeWithCallback.builder()
        .name("telemetry_http_rate_limited_keys")
        .help("Keys that have called lately, counted by the tenant they acted for.")
        .callback(gauge -> gauge.call(keys.get()))
        .register(registry);
  }

  /** Requests of a key in a minute; also what its bucket holds. */
  int perMinute() {
    return keyRule.perMinute();
  }

  /** Requests without a good key that an address may make in a minute. */
  int failuresPerMinute() {
    return failureRule.perMinute();
  }

  /**
   * Takes one request from what a key may send.
   *
   * @return {@link #UNLIMITED}, or as {@link TokenBuckets#take}
   */
  long take(Principal principal) {
    if (!limitsKeys) {
      return UNLIMITED;
    }
    long now = now();
    long used = keyRule.take(bucket(principal, now), now);
    if (used < 0) {
      refused.labelValues("key").inc();
    }
    return used;
  }

  /** What is left of a key after {@link #take}. */
  long remaining(long used) {
    return keyRule.remaining(used);
  }

  private AtomicLong bucket(Principal principal, long now) {
    var ofTenant = byTenant.get(principal.tenant());
    if (ofTenant != null) {
      var bucket = ofTenant.get(principal.keyId());
      if (bucket != null) {
        return bucket;
      }
    }
    return newBucket(principal, now);
  }

  private AtomicLong newBucket(Principal principal, long now) {
    if (keys.get() >= keysMax) {
      sweep(now);
      if (keys.get() >= keysMax) {
        return overflow;
      }
    }
    return byTenant
        .computeIfAbsent(principal.tenant(), _ -> new ConcurrentHashMap<>())
        .computeIfAbsent(
            principal.keyId(),
            _ -> {
              keys.incrementAndGet();
              return new AtomicLong();
            });
  }

  /** Forgets the keys whose bucket is full, at most once a second. */
  private void sweep(long now) {
    long due = nextSweep.get();
    if (now < due || !nextSweep.compareAndSet(due, now + SWEEP_PAUSE)) {
      return;
    }
    byTenant
        .values()
        .forEach(
            ofTenant ->
                ofTenant
                    .entrySet()
                    .removeIf(
                        entry -> {
                          boolean isFull = entry.getValue().get() <= now;
                          if (isFull) {
                            keys.decrementAndGet();
                          }
                          return isFull;
                        }));
  }

  /**
   * Notes that an address showed no good key.
   *
   * @return as {@link TokenBuckets#take}: less than 0 when it did so too often
   */
  long failed(Ip client) {
    if (!limitsFailures) {
      return UNLIMITED;
    }
    long used = failureRule.take(failures, slot(client), now());
    if (used < 0) {
      refused.labelValues("address").inc();
    }
    return used;
  }

  /**
   * Whether a good key from an address is taken for one: not while the address fails too often, so
   * that who guesses does not learn of a hit, unless the key was seen from there before.
   *
   * @return as {@link #failed}, with nothing noted against the address
   */
  long succeeded(Ip client, Principal principal) {
    if (!limitsFailures) {
      return UNLIMITED;
    }
    long fingerprint = fingerprint(client, principal);
    int place = (int) fingerprint & ADDRESS_BUCKETS - 1;
    if (known.get(place) == fingerprint) {
      return UNLIMITED;
    }
    long used = failureRule.afterTaking(failures.get(slot(client)), now());
    if (used < 0) {
      refused.labelValues("address").inc();
    } else {
      known.set(place, fingerprint);
    }
    return used;
  }

  private int slot(Ip client) {
    return (int) hash(ClientAddress.ofOneClient(client)) & ADDRESS_BUCKETS - 1;
  }

  private long fingerprint(Ip client, Principal principal) {
    return mix(
            hash(ClientAddress.ofOneClient(client))
                ^ principal.keyId().hashCode() * 0x9e3779b97f4a7c15L)
        | 1;
  }

  private long hash(Ip ip) {
    return mix(mix(ip.high() ^ seed) ^ ip.low());
  }

  /** The finaliser of SplitMix64. */
  private static long mix(long value) {
    long z = value;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }

  private long now() {
    return nanoTime.getAsLong() - origin;
  }
}
