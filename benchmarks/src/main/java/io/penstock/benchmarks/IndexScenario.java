package io.penstock.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.penstock.log.EventLog;
import io.penstock.store.EventStore;
import io.penstock.store.Indexer;
import io.penstock.store.StoreConfig;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.locks.LockSupport;

/** The log into the store, against reading the log alone. */
record IndexScenario() implements Scenario {

  private static final int WARM_UP = 300_000;
  private static final int ROWS = 2_000_000;
  private static final Duration SPAN = Duration.ofMinutes(10);

  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  @Override
  public String sentence() {
    return "Background indexing: from the log to Parquet files";
  }

  @Override
  public void run(PrintStream out) throws Exception {
    out.printf("%-16s %16s %12s%n", "", "per CPU-second", "of baseline");
    measure(WARM_UP);
    var figures = measure(ROWS);
    out.printf("%-16s %,16.0f %12.3f%n", "read the log", figures.read, 1.0);
    out.printf("%-16s %,16.0f %12.3f%n", "index", figures.indexed, figures.indexed / figures.read);
  }

  private record Figures(double read, double indexed) {}

  private static Figures measure(int rows) throws IOException, InterruptedException {
    var folder = Scratch.folder("index");
    try (var log = FilledLog.open(folder.resolve("log"), rows, SPAN)) {
      long start = SYSTEM.getProcessCpuTime();
      read(log);
      long between = SYSTEM.getProcessCpuTime();
      index(log, folder.resolve("store"));
      long end = SYSTEM.getProcessCpuTime();
      return new Figures(rows * 1e9 / (between - start), rows * 1e9 / (end - between));
    } finally {
      Scratch.delete(folder);
    }
  }

  private static void read(EventLog log) throws InterruptedException {
    try (var reader = log.reader(log.start())) {
      while (reader.position() < log.end()) {
        reader.next(Duration.ofSeconds(1));
      }
    }
  }

  /** Fills a store from a log until nothing is left. */
  static void index(EventLog log, Path folder) throws IOException {
    var config = StoreConfig.of(folder);
    var registry = new PrometheusRegistry();
    var clock = InstantSource.system();
    try (var store = new EventStore(config, _ -> 7, clock, registry);
        var indexer = new Indexer(log, store, config, clock, registry)) {
      indexer.start();
      while (indexer.position() < log.end()) {
        LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
      }
    }
  }
}
