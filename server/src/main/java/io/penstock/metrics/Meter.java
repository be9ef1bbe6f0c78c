package io.penstock.metrics;

import io.penstock.event.Event;
import io.penstock.event.EventBatch;
import io.penstock.event.Ip;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the dashboard's numbers are made of: requests answered and events that became durable, each
 * with a window of an hour. The shell reports requests, ingest reports what it refused, the
 * pipeline reports batches. Safe for many threads.
 */
public final class Meter {

  /** Distinct exporters and clients are counted up to here. */
  private static final int SOURCES_MAX = 10_000;

  private static final int LAGS_KEPT = 2048;

  private final InstantSource clock;
  private final RollingCounter requests;
  private final RollingCounter failedRequests;
  private final RollingCounter requestMicros;
  private final RollingCounter events;
  private final RollingCounter batches;
  private final RollingCounter bytes;
  private final RollingCounter threats;
  private final RollingCounter riskSum;
  private final RollingCounter riskCount;
  private final AtomicLong httpRecords = new AtomicLong();
  private final LatestValues lagMillis = new LatestValues(LAGS_KEPT);
  private final Set<Ip> sources = ConcurrentHashMap.newKeySet();
  private final ConcurrentHashMap<String, AtomicLong> dropped = new ConcurrentHashMap<>();

  private final Counter recordsProcessed;
  private final Counter httpAdmitted;
  private final Counter httpDropped;
  private final Histogram lagHistogram;

  public Meter(InstantSource clock, PrometheusRegistry registry) {
    this.clock = clock;
    this.requests = new RollingCounter(clock);
    this.failedRequests = new RollingCounter(clock);
    this.requestMicros = new RollingCounter(clock);
    this.events = new RollingCounter(clock);
    this.batches = new RollingCounter(clock);
    this.bytes = new RollingCounter(clock);
    this.threats = new RollingCounter(clock);
    this.riskSum = new RollingCounter(clock);
    this.riskCount = new RollingCounter(clock);
    this.recordsProcessed =
        counter(registry, "telemetry_records_processed_total", "Events that became durable.");
    this.httpAdmitted =
        counter(registry, "telemetry_http_admitted_total", "Records taken over HTTP.");
    this.httpDropped =
        Counter.builder()
            .name("telemetry_http_dropped_total")
            .help("Posted batches that were refused, by reason.")
            .labelNames("reason")
            .register(registry);
    this.lagHistogram =
        Histogram.builder()
            .name("telemetry_processing_latency_ms")
            .help("Milliseconds from the receipt of a batch until it was durable.")
            .classicUpperBounds(1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000)
            .register(registry);
    GaugeWithCallback.builder()
        .name("telemetry_eps")
        .help("Events that became durable per second, over the last minute.")
        .callback(gauge -> gauge.call(events.rate(60)))
        .register(registry);
    GaugeWithCallback.builder()
        .name("telemetry_queue_lag")
        .help("Median milliseconds from receipt until durable, over the latest batches.")
        .callback(gauge -> gauge.call(lagMillis.percentiles(0.5)[0]))
        .register(registry);
  }

  private static Counter counter(PrometheusRegistry registry, String name, String help) {
    return Counter.builder().name(name).help(help).register(registry);
  }

  /** A request was answered. */
  public void request(int status, Duration took) {
    requests.add(1);
    requestMicros.add(took.toNanos() / 1000);
    if (status >= 400) {
      failedRequests.add(1);
    }
  }

  /** Records of an HTTP batch became durable. */
  public void httpAdmitted(int records) {
    httpRecords.addAndGet(records);
    httpAdmitted.inc(records);
  }

  /** A posted batch was refused. */
  public void httpDropped(String reason) {
    dropped.computeIfAbsent(reason, any -> new AtomicLong()).incrementAndGet();
    httpDropped.labelValues(reason).inc();
  }

  /** A batch, enriched, became durable {@code lag} after it was received. */
  public void durable(EventBatch batch, Duration lag) {
    long observed = 0;
    long matches = 0;
    long risk = 0;
    long scored = 0;
    Ip last = Ip.NONE;
    for (var event : batch.events()) {
      observed += Math.max(0, event.source().bytes());
      var found = event.enrichment();
      if (found != null) {
        matches += found.threats().size();
        risk += found.riskScore();
        scored++;
      }
      last = note(event, last);
    }
    int count = batch.events().size();
    events.add(count);
    batches.add(1);
    bytes.add(observed);
    threats.add(matches);
    riskSum.add(risk);
    riskCount.add(scored);
    recordsProcessed.inc(count);
    double millis = lag.toNanos() / 1e6;
    lagMillis.add(millis);
    lagHistogram.observe(millis);
  }

  private Ip note(Event event, Ip last) {
    var exporter = event.origin().exporter();
    if (!exporter.equals(last) && sources.size() < SOURCES_MAX) {
      sources.add(exporter);
    }
    return exporter;
  }

  public long requests() {
    return requests.total();
  }

  public long failedRequests() {
    return failedRequests.total();
  }

  public long httpRecords() {
    return httpRecords.get();
  }

  public RollingCounter requestsWindow() {
    return requests;
  }

  public RollingCounter failedRequestsWindow() {
    return failedRequests;
  }

  public RollingCounter requestMicrosWindow() {
    return requestMicros;
  }

  public RollingCounter events() {
    return events;
  }

  public RollingCounter batches() {
    return batches;
  }

  /** Octets that the events tell of. */
  public RollingCounter bytes() {
    return bytes;
  }

  public RollingCounter threats() {
    return threats;
  }

  public RollingCounter riskSum() {
    return riskSum;
  }

  public RollingCounter riskCount() {
    return riskCount;
  }

  public double[] lagMillis(double... shares) {
    return lagMillis.percentiles(shares);
  }

  public int uniqueSources() {
    return sources.size();
  }

  /** Refused batches by reason. */
  public Map<String, Long> dropped() {
    var copy = new TreeMap<String, Long>();
    dropped.forEach((reason, count) -> copy.put(reason, count.get()));
    return copy;
  }

  public long epochSecond() {
    return clock.instant().getEpochSecond();
  }
}
