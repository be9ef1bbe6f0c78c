package io.penstock.benchmarks;

import io.penstock.event.EventBatch;
import io.penstock.event.EventCodec;
import io.penstock.log.EventLog;
import io.penstock.log.LogConfig;
import io.penstock.log.SegmentLog;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Events made durable and read back, against encoding alone. */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH calls the @Setup method before any other
public class LogBenchmark {

  private static final int BATCH = 1_000;
  private static final int BATCHES = 64;

  private final EventBatch[] batches = new EventBatch[BATCHES];
  private Path folder;
  private EventLog log;
  private CompletableFuture<Long> last = CompletableFuture.completedFuture(0L);
  private EventLog.Reader reader;
  private int next;

  @Setup
  public void open() throws IOException {
    var sample = new SampleEvents(1, 1_795_000_000_000_000_000L);
    for (int i = 0; i < BATCHES; i++) {
      batches[i] = sample.batch(BATCH);
    }
    folder = Scratch.folder("log");
    var config = LogConfig.in(folder).withRetainBytes(256 << 20).withSegmentBytes(64 << 20);
    log = SegmentLog.open(config, new PrometheusRegistry(), InstantSource.system());
    for (int i = 0; i < BATCHES; i++) {
      last = log.append(batches[i]);
    }
    last.join();
    reader = log.reader(0);
  }

  /** What the last appends still owe is paid inside the iteration. */
  @TearDown(Level.Iteration)
  public void settle() {
    last.join();
  }

  @TearDown
  public void close() throws IOException {
    reader.close();
    log.close();
    Scratch.delete(folder);
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public byte[] baselineEncode() {
    return EventCodec.encode(batch());
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public CompletableFuture<Long> append() {
    last = log.append(batch());
    return last;
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public EventLog.Entry read() throws InterruptedException {
    var entry = reader.next(Duration.ZERO);
    if (entry.isEmpty()) {
      reader.close();
      reader = log.reader(0);
      entry = reader.next(Duration.ofSeconds(1));
    }
    return entry.orElseThrow();
  }

  private EventBatch batch() {
    return batches[next++ % BATCHES];
  }
}
