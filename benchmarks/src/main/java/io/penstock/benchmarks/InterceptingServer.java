package io.penstock.benchmarks;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;

/** A real server whose proxy answers a product's telemetry itself, on a folder of its own. */
final class InterceptingServer implements AutoCloseable {

  private static final Duration SETTLE_MAX = Duration.ofSeconds(60);
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final String DURABLE = "intercept_journal_total{outcome=\"durable\"}";

  private final Path folder;
  private final ServerProcess process;
  private final int proxyPort;

  private InterceptingServer(Path folder, ServerProcess process, int proxyPort) {
    this.folder = folder;
    this.process = process;
    this.proxyPort = proxyPort;
  }

  /**
   * Starts one that refuses what it cannot journal.
   *
   * @param more environment variables
   */
  static InterceptingServer start(Map<String, String> more)
      throws IOException, InterruptedException {
    var folder = Scratch.folder("intercept");
    int proxyPort = ServerProcess.freePort();
    var settings = new HashMap<String, String>();
    settings.put("PROXY_PORT", String.valueOf(proxyPort));
    settings.put("INTERCEPT_PROFILES", "cribl=mock");
    settings.put("JOURNAL_OVERFLOW", "refuse");
    settings.putAll(more);
    var process = ServerProcess.start(Path.of("."), folder, settings);
    awaitProxy(proxyPort);
    return new InterceptingServer(folder, process, proxyPort);
  }

  /** The proxy listens a moment after the API answers. */
  private static void awaitProxy(int port) throws IOException {
    long end = System.nanoTime() + SETTLE_MAX.toNanos();
    while (true) {
      try (var _ = ProxyClient.plain(port)) {
        return;
      } catch (ConnectException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
      }
    }
  }

  ServerProcess process() {
    return process;
  }

  int proxyPort() {
    return proxyPort;
  }

  SSLContext trust() throws IOException, GeneralSecurityException {
    return ProxyClient.trusting(folder.resolve("ca").resolve("ca.pem"));
  }

  /** Exchanges that are durable. */
  double journaled() throws IOException, InterruptedException {
    return process
        .get("/v1/metrics/prometheus")
        .body()
        .lines()
        .filter(line -> line.startsWith(DURABLE))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** Waits until nothing waits any more: all is durable, and can be queried. */
  void settle() throws IOException, InterruptedException {
    long end = System.nanoTime() + SETTLE_MAX.toNanos();
    double before = -1;
    for (double now = journaled(); now > before && System.nanoTime() < end; now = journaled()) {
      before = now;
      // Each look costs the server some milliseconds, so it is not asked often.
      LockSupport.parkNanos(LOOK.toNanos());
    }
    process.awaitIndexed();
  }

  @Override
  public void close() throws IOException {
    process.close();
    Scratch.delete(folder);
  }
}
