package io.penstock.benchmarks;

import io.penstock.config.Environment;
import io.penstock.enrich.EnrichConfig;
import io.penstock.enrich.Enricher;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Enrichment tables of the usual size: the built-in countries, 200,000 AS prefixes and 100,000
 * addresses and networks of ill repute.
 */
final class SampleTables {

  private static final int AS_PREFIXES = 200_000;
  private static final int INDICATORS = 100_000;
  private static final long FIRST_PUBLIC = 0x0b000000L;
  private static final long LAST_PUBLIC = 0xdfffffffL;

  private SampleTables() {}

  /** An enricher whose tables are loaded; closing it is the caller's. */
  static Enricher load(Path folder) throws IOException, InterruptedException {
    var as = folder.resolve("as.csv");
    var threats = folder.resolve("threats.csv");
    writeAs(as);
    writeThreats(threats);
    var variables = Map.of("GEOIP_DB_ASN", as.toString(), "THREATLIST_CSV", threats.toString());
    var enricher =
        new Enricher(
            EnrichConfig.from(new Environment(variables)),
            new PrometheusRegistry(),
            InstantSource.system());
    enricher.start();
    if (!enricher.awaitLoaded(Duration.ofSeconds(30))) {
      throw new IllegalStateException("the tables were not loaded in time");
    }
    return enricher;
  }

  private static void writeAs(Path file) throws IOException {
    try (var out = Files.newBufferedWriter(file)) {
      out.write("ip_range,asn,organization\n");
      long step = (LAST_PUBLIC - FIRST_PUBLIC) / AS_PREFIXES & ~0xfffL;
      for (int i = 0; i < AS_PREFIXES; i++) {
        network(out, FIRST_PUBLIC + i * step, 20);
        out.write("," + (1_000 + i % 60_000) + ",Network " + i % 60_000 + "\n");
      }
    }
  }

  private static void writeThreats(Path file) throws IOException {
    var random = new SplittableRandom(7);
    try (var out = Files.newBufferedWriter(file)) {
      out.write("ip_or_cidr,category,confidence\n");
      for (int i = 0; i < INDICATORS; i++) {
        network(out, random.nextLong(FIRST_PUBLIC, LAST_PUBLIC), i % 10 == 0 ? 24 : 32);
        out.write(",malware," + (50 + i % 50) + "\n");
      }
    }
  }

  private static void network(BufferedWriter out, long address, int prefix) throws IOException {
    long base = address & -1L << (32 - prefix);
    out.write(
        "%d.%d.%d.%d/%d"
            .formatted(base >> 24 & 255, base >> 16 & 255, base >> 8 & 255, base & 255, prefix));
  }
}
