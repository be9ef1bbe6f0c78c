package io.penstock.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.penstock.filter.Field;
import io.penstock.store.Answer;
import io.penstock.store.EventStore;
import io.penstock.store.Metric;
import io.penstock.store.StoreConfig;
import io.penstock.store.TopQuery;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;

/**
 * Questions to a store of ten million events. The store is made at the first run, which takes a
 * minute or two, and kept for the next ones.
 */
record QueryScenario() implements Scenario {

  private static final int EVENTS = 10_000_000;
  private static final int REPEATS = 9;
  private static final Duration SPAN = Duration.ofHours(12);

  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  @Override
  public String sentence() {
    return "A top 10 over ten million events";
  }

  @Override
  public void run(PrintStream out) throws Exception {
    var folder = Scratch.kept("query-10m");
    var made = folder.resolve("made");
    if (!Files.exists(made)) {
      Scratch.empty(folder);
      make(folder);
      Files.createFile(made);
    }
    try (var store =
        new EventStore(
            StoreConfig.of(folder.resolve("store")),
            _ -> 36_500,
            InstantSource.system(),
            new PrometheusRegistry())) {
      out.printf("%-28s %12s %12s%n", "", "ms", "ms of CPU");
      measure(out, "count (baseline)", () -> store.count("default", 0, Long.MAX_VALUE, null));
      for (var field :
          new Field[] {Field.DST_PORT, Field.DST_COUNTRY, Field.SRC_IP, Field.DST_IP}) {
        measure(out, "top 10 of " + field.title(), () -> store.top(top(field)));
      }
    }
  }

  private static void make(Path folder) throws IOException {
    var log = folder.resolve("log");
    try (var filled = FilledLog.open(log, EVENTS, SPAN)) {
      IndexScenario.index(filled, folder.resolve("store"));
    }
    Scratch.delete(log);
  }

  private static TopQuery top(Field by) {
    return new TopQuery("default", 0, Long.MAX_VALUE, null, List.of(by), Metric.BYTES, 10);
  }

  /** A question to the store. */
  private interface Question {
    Answer<?> ask();
  }

  /** The middle of several, after one that does not count. */
  private static void measure(PrintStream out, String name, Question question) {
    var wall = new double[REPEATS];
    var cpu = new double[REPEATS];
    answered(question.ask());
    for (int i = 0; i < REPEATS; i++) {
      long cpuStart = SYSTEM.getProcessCpuTime();
      long start = System.nanoTime();
      answered(question.ask());
      wall[i] = (System.nanoTime() - start) / 1e6;
      cpu[i] = (SYSTEM.getProcessCpuTime() - cpuStart) / 1e6;
    }
    Arrays.sort(wall);
    Arrays.sort(cpu);
    out.printf("%-28s %,12.0f %,12.0f%n", name, wall[REPEATS / 2], cpu[REPEATS / 2]);
  }

  private static void answered(Answer<?> answer) {
    if (answer instanceof Answer.Refused<?>(var reason, var why)) {
      throw new IllegalStateException("refused, " + reason + ": " + why);
    }
  }
}
