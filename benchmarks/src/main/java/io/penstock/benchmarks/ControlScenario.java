package io.penstock.benchmarks;

import io.penstock.control.Database;
import io.penstock.control.DatabaseConfig;
import io.penstock.control.KeyConfig;
import io.penstock.control.Keys;
import io.penstock.control.Secret;
import io.penstock.control.Tenant;
import io.penstock.control.Tenants;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A server with many tenants and keys beside one with none: how long both take to start, what they
 * hold in memory, and what it costs to know a key.
 */
record ControlScenario(int tenants, int keysPerTenant) implements Scenario {

  private static final int LOOKUPS = 2_000_000;
  private static final int SECRETS_MAX = 1_000;

  @Override
  public String sentence() {
    return "A start with %,d tenants of %d keys each".formatted(tenants, keysPerTenant);
  }

  @Override
  public void run(PrintStream out) throws Exception {
    var empty = Scratch.folder("control-empty");
    var full = Scratch.folder("control-full");
    var secrets = fill(full, out);
    for (int i = 0; i < 3; i++) {
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
      out.printf(
          "%-5s %,6d ms, %,6d ms of CPU, %,4d MiB resident%n",
          name, millis, server.cpu().toMillis(), server.residentBytes() >> 20);
    }
  }

  private static Database open(Path folder) {
    return Database.open(
        new DatabaseConfig.Sqlite(folder.resolve("penstock.db")), new PrometheusRegistry());
  }

  private static Keys keys(Database database) {
    return new Keys(database, KeyConfig.NONE, InstantSource.system(), new PrometheusRegistry());
  }

  /** Some of the secrets that were made. */
  private List<String> fill(Path folder, PrintStream out) {
    var secrets = new ArrayList<String>();
    long begin = System.nanoTime();
    try (var database = open(folder)) {
      var table = new Tenants(database, Tenants.RETENTION_DAYS, InstantSource.system());
      try (var keys = keys(database)) {
        for (int i = 0; i < tenants; i++) {
          var id = "tenant-" + i;
          table.add(
              new Tenant(
                  id, id, Tenants.RETENTION_DAYS, Tenant.Quotas.NONE, Set.of(), Instant.now()));
          for (int j = 0; j < keysPerTenant; j++) {
            var secret = Secret.random();
            var draft =
                new Keys.Draft(id, Set.of("ingest", "read_metrics"), "of " + id, "bench", null);
            var _ = keys.add(secret, draft);
            if (secrets.size() < SECRETS_MAX) {
              secrets.add(secret.text());
            }
          }
        }
      }
    }
    out.printf("made one by one in %,d ms%n", (System.nanoTime() - begin) / 1_000_000);
    return secrets;
  }

  private static void lookUp(Path folder, List<String> secrets, PrintStream out) {
    try (var database = open(folder);
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
