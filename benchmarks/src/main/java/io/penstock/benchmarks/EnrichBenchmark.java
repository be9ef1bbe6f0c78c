package io.penstock.benchmarks;

import io.penstock.enrich.Enricher;
import io.penstock.event.Enrichment;
import io.penstock.event.Event;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/** Events enriched from full tables, against attaching a ready answer. */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH calls the @Setup method before any other
public class EnrichBenchmark {

  /** More than fit the processor's caches, as on a busy link. */
  private static final int EVENTS = 50_000;

  private static final Enrichment READY =
      new Enrichment(null, null, null, null, List.of(), 0, List.of(), Enrichment.Direction.UNKNOWN);

  private Path folder;
  private Enricher enricher;
  private List<Event> events;

  @Setup
  public void load() throws IOException, InterruptedException {
    folder = Scratch.folder("enrich");
    enricher = SampleTables.load(folder);
    events = new SampleEvents(1, 1_795_000_000_000_000_000L).events(EVENTS);
  }

  @TearDown
  public void close() throws IOException {
    enricher.close();
    Scratch.delete(folder);
  }

  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public void baselineAttach(Blackhole hole) {
    for (var event : events) {
      hole.consume(event.enriched(READY));
    }
  }

  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public void enrich(Blackhole hole) {
    for (var event : events) {
      hole.consume(enricher.enrich("default", event));
    }
  }
}
