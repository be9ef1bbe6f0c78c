package io.penstock.benchmarks;

import io.penstock.control.Database;
import io.penstock.control.KeyConfig;
import io.penstock.control.Keys;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/**
 * A server with many tenants, keys and sources beside one with none: how long both take to start,
 * what they hold in memory, and what it costs to know a key.
 */
record ControlScenario(ControlTables tables) implements Scenario {

  private static final int STARTS = 5;
  private static final int LOOKUPS = 2_000_000;

  @Override
  public String sentence() {
    return "A start with %,d tenants of %d keys each and %,d sources"
        .formatted(tables.tenants(), tables.keysPerTenant(), tables.sources());
  }

  @Override
  public void run(PrintStream out) throws Exception {
    var empty = Scratch.folder("control-empty");
    var full = Scratch.folder("control-full");
    var secrets = tables.fill(full);
    for (int i = 0; i < STARTS; i++) {
      start("empty", empty, out);
      start("full", full, out);
    }
    lookUp(full, secrets, out);
    Scratch.delete(empty);
    Scratch.delete(full);
  }

  private static void start(String name, Path folder, PrintStream out) throws Exception {
    long begin = System.nanoTime();
    try (var server = ServerProcess.start(folder)) {
      long millis = (System.nanoTime() - begin) / 1_000_000;
      long cpuMillis = server.cpu().toMillis();
      long resident = server.residentBytes();
      out.printf(
          "%-5s %,6d ms, %,6d ms of CPU, %,4d MiB resident, %,6d KiB of heap in use%n",
          name, millis, cpuMillis, resident >> 20, server.liveBytes() >> 10);
    }
  }

  private static Keys keys(Database database) {
    return new Keys(database, KeyConfig.NONE, InstantSource.system(), new PrometheusRegistry());
  }

  private static void lookUp(Path folder, List<String> secrets, PrintStream out) {
    try (var database = ControlTables.open(folder);
        var keys = keys(database)) {
      long before = usedBytes();
      var more = keys(database);
      out.printf("%,d KiB of heap for the keys%n", (usedBytes() - before) >> 10);
      more.close();
      for (int round = 0; round < 3; round++) {
        long begin = System.nanoTime();
        int found = 0;
        for (int i = 0; i < LOOKUPS; i++) {
          found += keys.authenticate(secrets.get(i % secrets.size())).isPresent() ? 1 : 0;
        }
        out.printf(
            "%,d ns for each of %,d keys shown%n", (System.nanoTime() - begin) / LOOKUPS, found);
      }
    }
  }

  private static long usedBytes() {
    System.gc();
    var runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
