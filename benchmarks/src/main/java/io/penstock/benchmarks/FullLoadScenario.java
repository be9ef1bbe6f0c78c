package io.penstock.benchmarks;

import io.penstock.wire.ProtocolVersion;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * A real server under flows by UDP and batches by HTTP at once: how much memory it takes, how much
 * CPU time, and whether all arrived.
 *
 * @param flows flows a second by UDP
 */
record FullLoadScenario(int flows) implements Scenario {

  private static final int RECORDS = 1_000;
  private static final Duration DURATION = Duration.ofSeconds(25);
  private static final Duration EVERY = Duration.ofMillis(250);
  private static final Duration SETTLE_MAX = Duration.ofSeconds(5);

  @Override
  public String sentence() {
    return "Memory and CPU of a server under " + flows + " flows a second and steady posts";
  }

  @Override
  public void run(PrintStream out) throws Exception {
    var body = SamplePosts.flows(RECORDS, 1).getBytes(StandardCharsets.UTF_8);
    var folder = Scratch.folder("full-load");
    try (var server = ServerProcess.start(folder)) {
      long idle = server.residentBytes();
      var cpu = server.cpu();
      var sender = FlowSender.start(server.netflowPort(), ProtocolVersion.IPFIX, flows, DURATION);
      long most = 0;
      long sum = 0;
      int looks = 0;
      while (sender.isAlive()) {
        server.post("/v1/ingest", body);
        long now = server.residentBytes();
        most = Math.max(most, now);
        sum += now;
        looks++;
        LockSupport.parkNanos(EVERY.toNanos());
      }
      var sent = FlowSender.await(sender);
      double parsed = settled(server, sent.flows());
      server.awaitIndexed();
      double cpuSeconds = server.cpu().minus(cpu).toNanos() / 1e9;
      out.printf(
          "resident: %d MiB idle, %d MiB on average, %d MiB at most%n",
          idle >> 20, sum / looks >> 20, most >> 20);
      out.printf(
          "flows: %,d sent, %.3f%% decoded, kernel dropped %,.0f datagrams%n",
          sent.flows(),
          100 * parsed / sent.flows(),
          server.metric("telemetry_udp_kernel_drops_total"));
      out.printf(
          "CPU: %.1f s for %,d flows and %,d records: %,.0f per CPU-second%n",
          cpuSeconds,
          sent.flows(),
          (long) looks * RECORDS,
          (parsed + looks * RECORDS) / cpuSeconds);
    }
    Scratch.delete(folder);
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
}
