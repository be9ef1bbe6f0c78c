package io.penstock.benchmarks;

import io.penstock.audit.AuditConfig;
import io.penstock.audit.Enriched;
import io.penstock.audit.RequestAudit;
import io.penstock.audit.Stored;
import io.penstock.audit.Validated;
import io.penstock.event.EventBatch;
import io.penstock.http.Finished;
import io.penstock.http.Trail;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What a request pays for its place in the audit: an ingest with its steps, and any other. */
@State(Scope.Thread)
public class AuditBenchmark {

  private final RequestAudit audit =
      new RequestAudit(AuditConfig.DEFAULT, InstantSource.system(), new PrometheusRegistry());
  private final EventBatch batch = new EventBatch("default", List.of(), null);
  private long position;

  @Benchmark
  public RequestAudit ingest() {
    var trail = new Trail(System.nanoTime());
    trail.add(new Validated(true, "flows.v1", 100));
    trail.add(Enriched.of(batch));
    trail.add(new Stored(++position, trail.sinceLastNanos(), 100));
    audit.accept(finished(trail));
    return audit;
  }

  @Benchmark
  public RequestAudit other() {
    audit.accept(finished(new Trail(System.nanoTime())));
    return audit;
  }

  private static Finished finished(Trail trail) {
    return new Finished(
        "POST",
        "/v1/ingest",
        "/v1/ingest",
        202,
        Duration.ofMillis(2),
        "default",
        "192.0.2.7",
        "0a7c1f6e-5a4b-4c57-9f9a-5c3c8f1b2d3e",
        "key-1a2b3c4d",
        System.currentTimeMillis(),
        trail.steps());
  }
}
