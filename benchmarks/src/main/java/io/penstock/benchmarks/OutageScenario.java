package io.penstock.benchmarks;

import io.penstock.wire.ProtocolVersion;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * A real server that takes flows while the destination of its sink is down, against one without a
 * sink, in turn: what the outage costs ingest, memory and disk.
 *
 * @param flows flows a second by UDP
 * @param duration of each run
 * @param rounds runs of each kind
 */
record OutageScenario(int flows, Duration duration, int rounds) implements Scenario {

  /** Nobody listens on the port of tcpmux. */
  private static final Map<String, String> DOWN = Map.of("ELASTIC_URL", "http://127.0.0.1:1");

  private static final Duration EVERY = Duration.ofMillis(250);
  private static final Duration SETTLE_MAX = Duration.ofSeconds(10);

  @Override
  public String sentence() {
    return "What ingest, memory and disk pay while the destination of a sink is down";
  }

  /** What a run took. */
  private record Cost(
      double micros, long residentBytes, long logBytes, double decoded, double backlog) {}

  @Override
  public void run(PrintStream out) throws Exception {
    out.printf(
        "%,d flows a second for %d s each; the log keeps what a sink has not shipped%n",
        flows, duration.toSeconds());
    out.printf(
        "%-10s %18s %14s %12s %12s %16s%n",
        "sink", "CPU a flow (us)", "resident MiB", "log MiB", "decoded", "backlog");
    for (int round = 0; round < rounds; round++) {
      print(out, "none", measure(Map.of()));
      print(out, "down", measure(DOWN));
    }
  }

  private static void print(PrintStream out, String sink, Cost cost) {
    out.printf(
        "%-10s %18.2f %14d %12d %11.2f%% %,16.0f%n",
        sink,
        cost.micros,
        cost.residentBytes >> 20,
        cost.logBytes >> 20,
        100 * cost.decoded,
        cost.backlog);
  }

  private Cost measure(Map<String, String> settings) throws Exception {
    var folder = Scratch.folder("outage");
    try (var server = ServerProcess.start(Path.of("."), folder, settings)) {
      var cpu = server.cpu();
      long most = 0;
      var sender = FlowSender.start(server.netflowPort(), ProtocolVersion.IPFIX, flows, duration);
      while (sender.isAlive()) {
        most = Math.max(most, server.residentBytes());
        LockSupport.parkNanos(EVERY.toNanos());
      }
      var sent = FlowSender.await(sender);
      double parsed = settled(server, sent.flows());
      server.awaitIndexed();
      double micros = server.cpu().minus(cpu).toNanos() / 1e3 / parsed;
      return new Cost(
          micros,
          most,
          size(folder.resolve("log")),
          parsed / sent.flows(),
          server.metric("telemetry_export_backlog"));
    } finally {
      Scratch.delete(folder);
    }
  }

  /** Flows decoded, once all are or the time is over. */
  private static double settled(ServerProcess server, long sent)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + SETTLE_MAX.toNanos();
    double parsed = server.metric("telemetry_records_parsed_total");
    while (parsed < sent && System.nanoTime() < end) {
      LockSupport.parkNanos(EVERY.toNanos());
      parsed = server.metric("telemetry_records_parsed_total");
    }
    return parsed;
  }

  private static long size(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }
}
