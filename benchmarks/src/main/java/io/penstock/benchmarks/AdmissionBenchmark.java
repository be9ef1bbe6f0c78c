package io.penstock.benchmarks;

import io.penstock.admit.Admission;
import io.penstock.admit.FlowGate;
import io.penstock.admit.UnknownExporters;
import io.penstock.admit.Verdict;
import io.penstock.control.Database;
import io.penstock.control.DatabaseConfig;
import io.penstock.control.Flag;
import io.penstock.control.Flags;
import io.penstock.control.Source;
import io.penstock.control.Sources;
import io.penstock.control.Tenant;
import io.penstock.control.Tenants;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/** Datagrams measured against 10,000 sources, each from another exporter than the last. */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH calls the @Setup method before any other
public class AdmissionBenchmark {

  private static final int SOURCES = 10_000;

  private Path folder;
  private Database database;
  private FlowGate gate;
  private InetAddress[] exporters;

  @Setup
  public void load() throws IOException {
    folder = Scratch.folder("admission");
    var registry = new PrometheusRegistry();
    var clock = InstantSource.system();
    database = Database.open(new DatabaseConfig.Sqlite(folder.resolve("control")), registry);
    var _ = new Tenants(database, Tenants.RETENTION_DAYS, clock);
    var sources = new Sources(database, clock);
    sources.addAll(sources());
    var flags = new Flags(database, Map.of(Flag.ADMISSION_UDP_ENABLED, true), clock);
    gate = new Admission(sources, flags, UnknownExporters.DROP, registry, clock).gate();
    exporters = exporters();
  }

  private static List<Source> sources() {
    return IntStream.range(0, SOURCES)
        .mapToObj(
            i ->
                new Source(
                    new Source.Key(Tenant.DEFAULT, "router-" + i),
                    Source.Type.UDP,
                    "router",
                    "",
                    null,
                    List.of(),
                    null,
                    true,
                    List.of("10." + (i >> 8) + "." + (i & 0xff) + ".0/24"),
                    0,
                    true,
                    Instant.EPOCH,
                    Instant.EPOCH))
        .toList();
  }

  private static InetAddress[] exporters() throws UnknownHostException {
    var exporters = new InetAddress[SOURCES];
    for (int i = 0; i < SOURCES; i++) {
      int shuffled = i * 7_919 % SOURCES;
      exporters[i] =
          InetAddress.getByAddress(
              new byte[] {10, (byte) (shuffled >> 8), (byte) shuffled, (byte) i});
    }
    return exporters;
  }

  @TearDown
  public void close() throws IOException {
    database.close();
    Scratch.delete(folder);
  }

  @Benchmark
  @OperationsPerInvocation(SOURCES)
  public void anotherExporterEachTime(Blackhole hole) {
    for (var exporter : exporters) {
      Verdict verdict = gate.turnTo(exporter);
      hole.consume(verdict);
    }
  }

  @Benchmark
  @OperationsPerInvocation(SOURCES)
  public void theSameExporterAgain(Blackhole hole) {
    for (int i = 0; i < SOURCES; i++) {
      hole.consume(gate.turnTo(exporters[0]));
    }
  }
}
