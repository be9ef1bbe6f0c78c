package io.penstock.metrics;

import io.penstock.event.EventBatch;
import io.penstock.event.Ip;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What the dashboard's numbers are made of: requests answered and events that became durable, for
 * each tenant and for all together. The API reports requests and what it refused, the pipeline
 * reports batches; nothing is done for a record but to add it up. Safe for many threads.
 */
public final class Meter {

  /** Tenants with series of their own in Prometheus. */
  private static final int LABELS_MAX = 1_000;

  /** Tenants that are told apart; the one that was idle for the longest makes room. */
  private static final int TENANTS_MAX = 10_000;

  private static final int SWEEP_SECONDS = 60;

  private final InstantSource clock;
  private final Activity everyone;
  private final Activity nobody;
  private final TenantLabels labels = new TenantLabels(LABELS_MAX);
  private final Map<String, Account> accounts = new ConcurrentHashMap<>();
  private final AtomicLong swept = new AtomicLong();

  private final Counter records;
  private final Counter threats;
  private final Counter httpAdmitted;
  private final Counter httpDropped;
  private final Counter evicted;
  private final Histogram lagMillis;

  /** A tenant's numbers here and in Prometheus. */
  private record Account(
      Activity activity,
      String label,
      CounterDataPoint records,
      CounterDataPoint threats,
      CounterDataPoint httpAdmitted) {}

  public Meter(InstantSource clock, PrometheusRegistry registry) {
    this.clock = clock;
    this.everyone = new Activity(clock);
    this.nobody = new Activity(clock);
    this.records =
        counter(
            registry, "telemetry_records_processed_total", "Events that became durable.", "tenant");
    this.threats =
        counter(
            registry,
            "telemetry_threat_matches_total",
            "Indicators that matched an event that became durable.",
            "tenant");
    this.httpAdmitted =
        counter(registry, "telemetry_http_admitted_total", "Records taken over HTTP.", "tenant");
    this.httpDropped =
        counter(
            registry,
            "telemetry_http_dropped_total",
            "Posted batches that were refused, by reason.",
            "tenant",
            "reason");
    this.evicted =
        counter(
            registry,
            "telemetry_metered_tenants_evicted_total",
            "Tenants whose numbers begin anew because too many others had some.");
    this.lagMillis =
        Histogram.builder()
            .name("telemetry_processing_latency_ms")
            .help("Milliseconds from the receipt of a batch until it was durable.")
            .classicUpperBounds(1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000)
            .register(registry);
    registerGauges(registry);
  }

  private void registerGauges(PrometheusRegistry registry) {
    GaugeWithCallback.builder()
        .name("telemetry_eps")
        .help("Events that became durable per second, over the last minute.")
        .labelNames("tenant")
        .callback(gauge -> rates().forEach((label, rate) -> gauge.call(rate, label)))
        .register(registry);
    GaugeWithCallback.builder()
        .name("telemetry_queue_lag")
        .help("Median milliseconds from receipt until durable, over the last minute or two.")
        .callback(gauge -> gauge.call(everyone.over(60).lagMillis(0.5)))
        .register(registry);
    GaugeWithCallback.builder()
        .name("telemetry_metered_tenants")
        .help("Tenants of whom there are numbers.")
        .callback(gauge -> gauge.call(accounts.size()))
        .register(registry);
  }

  private static Counter counter(
      PrometheusRegistry registry, String name, String help, String... labels) {
    return Counter.builder().name(name).help(help).labelNames(labels).register(registry);
  }

  private Map<String, Double> rates() {
    var rates = new TreeMap<String, Double>();
    for (var account : accounts.values()) {
      rates.merge(account.label, account.activity.eventsPerSecond(), Double::sum);
    }
    return rates;
  }

  /** All tenants together. */
  public Activity everyone() {
    return everyone;
  }

  /** A tenant's numbers; nothing but zeros while it has none. */
  public Activity of(String tenant) {
    var account = accounts.get(tenant);
    return account == null ? nobody : account.activity;
  }

  /** What stands for a tenant in a label: its id, or {@code other}. */
  public String label(String tenant) {
    return labels.of(tenant);
  }

  /** Events by the source as which they were sent; of all tenants together. */
  public Map<String, Long> bySource() {
    var all = new TreeMap<String, Long>();
    for (var account : accounts.values()) {
      account.activity.bySource().forEach((source, count) -> all.merge(source, count, Long::sum));
    }
    return all;
  }

  /**
   * A request was answered.
   *
   * @param took how long that was; null for a stream, whose length says nothing
   */
  public void request(String tenant, int status, @Nullable Duration took) {
    boolean isFailed = status >= 400;
    long micros = took == null ? -1 : took.toNanos() / 1000;
    account(tenant).activity.request(isFailed, micros);
    everyone.request(isFailed, micros);
    sweep();
  }

  /** Records of an HTTP batch became durable. */
  public void httpAdmitted(String tenant, int count) {
    var account = account(tenant);
    account.httpAdmitted.inc(count);
    account.activity.httpAdmitted(count);
    everyone.httpAdmitted(count);
  }

  /** A posted batch was refused. */
  public void httpDropped(String tenant, String reason) {
    var account = account(tenant);
    httpDropped.labelValues(account.label, reason).inc();
    account.activity.dropped(reason);
    everyone.dropped(reason);
  }

  /** A batch, enriched, became durable {@code lag} after it was received. */
  public void durable(EventBatch batch, Duration lag) {
    var tally = new Tally(batch);
    var account = account(batch.tenant());
    long micros = lag.toNanos() / 1000;
    account.activity.durable(tally, micros);
    everyone.durable(tally, micros);
    account.records.inc(tally.events);
    if (tally.threats > 0) {
      account.threats.inc(tally.threats);
    }
    lagMillis.observe(lag.toNanos() / 1e6);
    noteSenders(account.activity, batch);
    sweep();
  }

  /** Exporters and sources, once for each run of events of the same one. */
  private void noteSenders(Activity activity, EventBatch batch) {
    Ip exporter = null;
    String source = null;
    int events = 0;
    for (var event : batch.events()) {
      var origin = event.origin();
      if (!origin.exporter().equals(exporter)) {
        exporter = origin.exporter();
        long hash = Distinct.hash(exporter);
        activity.sentBy(hash);
        everyone.sentBy(hash);
      }
      var from = origin.sourceId();
      if (!Objects.equals(source, from)) {
        admitted(activity, source, events);
        source = from;
        events = 0;
      }
      events++;
    }
    admitted(activity, source, events);
  }

  private static void admitted(Activity activity, @Nullable String source, int events) {
    if (source != null && events > 0) {
      activity.admitted(source, events);
    }
  }

  /** A tenant is gone, with its series and its place among those that have some. */
  public synchronized void forget(String tenant) {
    var account = accounts.remove(tenant);
    if (account == null || !account.label.equals(tenant)) {
      return;
    }
    labels.forget(tenant);
    for (var counter : List.of(records, threats, httpAdmitted, httpDropped)) {
      counter.removeIf(values -> values.getFirst().equals(tenant));
    }
  }

  private Account account(String tenant) {
    var known = accounts.get(tenant);
    return known != null ? known : open(tenant);
  }

  private synchronized Account open(String tenant) {
    var known = accounts.get(tenant);
    if (known != null) {
      return known;
    }
    if (accounts.size() >= TENANTS_MAX) {
      accounts.entrySet().stream()
          .min(Comparator.comparingLong(entry -> entry.getValue().activity.lastSecond()))
          .ifPresent(idlest -> accounts.remove(idlest.getKey()));
      evicted.inc();
    }
    var label = labels.of(tenant);
    var account =
        new Account(
            new Activity(clock),
            label,
            records.labelValues(label),
            threats.labelValues(label),
            httpAdmitted.labelValues(label));
    accounts.put(tenant, account);
    return account;
  }

  /** Once a minute, tenants that were idle for an hour give their memory back. */
  private void sweep() {
    long now = clock.millis() / 1000;
    long last = swept.get();
    if (now - last >= SWEEP_SECONDS && swept.compareAndSet(last, now)) {
      accounts.values().forEach(account -> account.activity.rest());
    }
  }
}
