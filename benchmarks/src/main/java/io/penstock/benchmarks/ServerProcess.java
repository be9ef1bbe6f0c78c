package io.penstock.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The product as an operator runs it: {@code ./penstock run}, in its own process. */
final class ServerProcess implements AutoCloseable {

  private static final String KEY = "benchmark-key-0123456789abcdef";
  private static final Duration START_MAX = Duration.ofSeconds(60);
  private static final Duration INDEXED_MAX = Duration.ofSeconds(60);
  private static final Duration STOP_MAX = Duration.ofSeconds(15);

  private final Process process;
  private final int httpPort;
  private final int netflowPort;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private ServerProcess(Process process, int httpPort, int netflowPort) {
    this.process = process;
    this.httpPort = httpPort;
    this.netflowPort = netflowPort;
  }

  /** Starts it with its data in this folder and waits for its first 200. */
  static ServerProcess start(Path data) throws IOException, InterruptedException {
    return start(Path.of("."), data, Map.of());
  }

  /**
   * The same from another checkout, such as that of an older version.
   *
   * @param settings more environment variables
   */
  static ServerProcess start(Path checkout, Path data, Map<String, String> settings)
      throws IOException, InterruptedException {
    int httpPort = freePort();
    int netflowPort = freePort();
    var builder = new ProcessBuilder(checkout.resolve("penstock").toString(), "run");
    var environment = builder.environment();
    environment.put("PENSTOCK_DATA", data.toString());
    environment.put("API_KEY", KEY);
    environment.put("APP_PORT", String.valueOf(httpPort));
    environment.put("NETFLOW_PORT", String.valueOf(netflowPort));
    environment.put("IPFIX_PORT", "0");
    environment.put("SFLOW_PORT", "0");
    environment.put("HTTP_LOG_ENABLED", "false");
    // Requests are measured against a limit, but one that nobody reaches.
    environment.put("RATE_LIMIT_PER_MIN", "1000000000");
    environment.putAll(settings);
    builder.redirectErrorStream(true).redirectOutput(data.resolve("server.log").toFile());
    var server = new ServerProcess(builder.start(), httpPort, netflowPort);
    server.awaitFirstAnswer();
    return server;
  }

  /** A port that was free a moment ago. */
  static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void awaitFirstAnswer() throws InterruptedException {
    long end = System.nanoTime() + START_MAX.toNanos();
    while (System.nanoTime() < end && process.isAlive()) {
      try {
        if (get("/v1/health").statusCode() == 200) {
          return;
        }
      } catch (IOException _) {
        // Not listening yet.
      }
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
    process.destroyForcibly();
    throw new IllegalStateException("the server did not start, see server.log in its data folder");
  }

  int netflowPort() {
    return netflowPort;
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(request(path).GET().build(), BodyHandlers.ofString());
  }

  /** Posts a batch of JSON; its status. */
  int post(String path, byte[] body) throws IOException, InterruptedException {
    var request =
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(body))
            .build();
    return client.send(request, BodyHandlers.discarding()).statusCode();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + path))
        .header("X-API-Key", KEY);
  }

  /** The sum of a metric's series. */
  double metric(String name) throws IOException, InterruptedException {
    return get("/v1/metrics/prometheus")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** Waits until everything taken can be queried. */
  void awaitIndexed() throws IOException, InterruptedException {
    long end = System.nanoTime() + INDEXED_MAX.toNanos();
    while (metric("telemetry_store_lag_positions") > 0) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("the store did not catch up with the log");
      }
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }
  }

  /** CPU time of the whole process so far. */
  Duration cpu() {
    return process.toHandle().info().totalCpuDuration().orElseThrow();
  }

  /** Resident memory now, in octets (proc_pid_status(5)). */
  long residentBytes() throws IOException {
    try (var lines = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst()
          .orElseThrow();
    }
  }

  /** What is alive in its heap, in octets, after a full collection. */
  long liveBytes() throws IOException {
    var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    var histogram =
        new ProcessBuilder(jcmd, String.valueOf(process.pid()), "GC.class_histogram").start();
    try (var lines = histogram.inputReader()) {
      return lines
          .lines()
          .filter(line -> line.startsWith("Total"))
          .mapToLong(line -> Long.parseLong(line.strip().split("\\s+")[2]))
          .findFirst()
          .orElseThrow();
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException _) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    client.shutdownNow();
  }
}
