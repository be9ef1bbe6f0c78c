package io.penstock.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * What interception adds to the time that a client waits: requests at a steady rate to a server on
 * loopback, directly and through the proxy, and to a product that the proxy answers itself. A
 * request's time begins when it was due, so that one that had to wait for the answer before it is
 * not flattered; everything is journaled durably.
 *
 * @param rate requests a second of all clients together
 * @param duration of each way
 * @param clients connections at a time
 */
record InterceptLatencyScenario(int rate, Duration duration, int clients) implements Scenario {

  private static final String LOOPBACK = "127.0.0.1";

  /** Opens a connection. */
  private interface Opening {
    ProxyClient open() throws IOException;
  }

  @Override
  public String sentence() {
    return "What interception adds to the time that a client waits, at 2,000 requests a second";
  }

  @Override
  public void run(PrintStream out) throws Exception {
    var settings =
        Map.of("INTERCEPT_ALLOW", LOOPBACK + "/32", "INTERCEPT_RULES", "observe=" + LOOPBACK);
    try (var far = HttpDrain.start("{\"status\":\"ok\"}");
        var server = InterceptingServer.start(settings)) {
      int direct = far.uri().getPort();
      int proxy = server.proxyPort();
      var tls = server.trust();
      var host = LOOPBACK + ":" + direct;
      out.printf(
          "%-32s %10s %10s %10s %10s%n", "milliseconds", "median", "p99", "p99.9", "longest");
      print(out, "direct", () -> ProxyClient.plain(direct), ProxyClient.origin(host));
      print(out, "forwarded", () -> ProxyClient.plain(proxy), ProxyClient.absolute(host));
      print(out, "mocked", () -> ProxyClient.plain(proxy), ProxyClient.absolute(ProxyClient.HOST));
      print(
          out,
          "mocked, TLS through CONNECT",
          () -> ProxyClient.secure(proxy, tls),
          ProxyClient.origin(ProxyClient.HOST));
      server.settle();
      out.printf("journaled %,.0f%n", server.journaled());
    }
  }

  private void print(PrintStream out, String title, Opening opening, byte[] request)
      throws Exception {
    // The first turn warms both up.
    measure(opening, request);
    var nanos = measure(opening, request);
    out.printf(
        "%-32s %10.3f %10.3f %10.3f %10.3f%n",
        title,
        quantile(nanos, 0.5),
        quantile(nanos, 0.99),
        quantile(nanos, 0.999),
        quantile(nanos, 1));
  }

  private static double quantile(long[] sorted, double share) {
    int at = (int) Math.ceil(share * sorted.length) - 1;
    return sorted[Math.max(0, at)] / 1e6;
  }

  /** The times of all requests, the shortest first. */
  private long[] measure(Opening opening, byte[] request) throws Exception {
    var times = new ArrayList<Future<long[]>>();
    long begin = System.nanoTime() + Duration.ofMillis(100).toNanos();
    long pause = Duration.ofSeconds(clients).dividedBy(rate).toNanos();
    try (var threads = Executors.newFixedThreadPool(clients)) {
      for (int i = 0; i < clients; i++) {
        long first = begin + i * pause / clients;
        Callable<long[]> client = () -> times(opening, request, first, pause);
        times.add(threads.submit(client));
      }
      var all = new ArrayList<long[]>();
      for (var one : times) {
        all.add(one.get());
      }
      var nanos = all.stream().flatMapToLong(Arrays::stream).toArray();
      Arrays.sort(nanos);
      return nanos;
    }
  }

  private long[] times(Opening opening, byte[] request, long first, long pause) throws IOException {
    var nanos = new long[(int) (duration.toNanos() / pause)];
    try (var client = opening.open()) {
      for (int i = 0; i < nanos.length; i++) {
        long due = first + i * pause;
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        if (!client.ask(request)) {
          throw new IOException("the journal is behind at this rate");
        }
        nanos[i] = System.nanoTime() - due;
      }
    }
    return nanos;
  }
}
