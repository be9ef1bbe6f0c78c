package io.penstock.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;

/**
 * A real server whose proxy answers a product's telemetry itself, with 47 query parameters, and
 * journals every exchange durably. The clients are threads here, so that the CPU time is the
 * server's alone; they share the machine with it.
 *
 * @param duration of each kind of load
 * @param clients connections at a time
 */
record InterceptScenario(Duration duration, int clients) implements Scenario {

  private static final Duration REFUSED_PAUSE = Duration.ofMillis(20);

  /** How requests come, and for how many times the duration before it counts. */
  private enum Kind {
    // The compiler is at work for half a minute of this load where it shares two cores with it.
    PLAIN("plain, kept alive", 4),
    TLS("TLS through CONNECT, kept alive", 1),
    CONNECTIONS("TLS through CONNECT, a connection each", 1);

    private final String title;
    private final int warmUp;

    Kind(String title, int warmUp) {
      this.title = title;
      this.warmUp = warmUp;
    }
  }

  /** A way to the proxy and the proxy's root. */
  record Way(int port, SSLContext tls) {}

  @Override
  public String sentence() {
    return "Requests that the proxy answers itself and journals durably, and what they cost";
  }

  @Override
  public void run(PrintStream out) throws Exception {
    try (var server = InterceptingServer.start(Map.of("INTERCEPT_SEALED", "true"))) {
      var way = new Way(server.proxyPort(), server.trust());
      out.printf(
          "%-40s %10s %14s %10s %14s%n",
          "", "a second", "CPU each (us)", "journaled", "resident MiB");
      // Who is refused because the journal is behind is journaled, too.
      out.println("(journaled: of all requests, those that were refused among them)");
      for (var kind : Kind.values()) {
        measure(way, kind, duration.multipliedBy(kind.warmUp), new LongAdder());
        server.settle();
        print(out, server, way, kind);
      }
    }
  }

  private void print(PrintStream out, InterceptingServer server, Way way, Kind kind)
      throws Exception {
    double journaledBefore = server.journaled();
    var cpu = server.process().cpu();
    long begun = System.nanoTime();
    var refused = new LongAdder();
    long answered = measure(way, kind, duration, refused);
    double seconds = (System.nanoTime() - begun) / 1e9;
    server.settle();
    double micros = server.process().cpu().minus(cpu).toNanos() / 1e3 / answered;
    out.printf(
        "%-40s %,10.0f %14.1f %9.1f%% %14d%n",
        kind.title,
        answered / seconds,
        micros,
        100 * (server.journaled() - journaledBefore) / (answered + refused.sum()),
        server.process().residentBytes() >> 20);
  }

  /** Requests that were answered; the others are counted beside them. */
  private long measure(Way way, Kind kind, Duration time, LongAdder refused) throws Exception {
    long end = System.nanoTime() + time.toNanos();
    return sum(
        clients,
        () ->
            kind == Kind.CONNECTIONS
                ? connections(way, end, refused)
                : requests(way, kind, end, refused));
  }

  /** What all clients come to, each in a thread of its own. */
  static long sum(int clients, Callable<Long> client) throws Exception {
    var answered = new ArrayList<Future<Long>>();
    try (var threads = Executors.newFixedThreadPool(clients)) {
      for (int i = 0; i < clients; i++) {
        answered.add(threads.submit(client));
      }
      long sum = 0;
      for (var one : answered) {
        sum += one.get();
      }
      return sum;
    }
  }

  private static long requests(Way way, Kind kind, long end, LongAdder refused) throws IOException {
    boolean isPlain = kind == Kind.PLAIN;
    try (var client =
        isPlain ? ProxyClient.plain(way.port) : ProxyClient.secure(way.port, way.tls)) {
      var request =
          isPlain ? ProxyClient.absolute(ProxyClient.HOST) : ProxyClient.origin(ProxyClient.HOST);
      long count = 0;
      while (System.nanoTime() < end) {
        if (askOrPause(client, request)) {
          count++;
        } else {
          refused.increment();
        }
      }
      return count;
    }
  }

  /** Whether it was answered; waits a little when the journal is behind. */
  static boolean askOrPause(ProxyClient client, byte[] request) throws IOException {
    if (client.ask(request)) {
      return true;
    }
    LockSupport.parkNanos(REFUSED_PAUSE.toNanos());
    return false;
  }

  private static long connections(Way way, long end, LongAdder refused) throws IOException {
    var request = ProxyClient.origin(ProxyClient.HOST);
    long count = 0;
    while (System.nanoTime() < end) {
      try (var client = ProxyClient.secure(way.port, way.tls)) {
        if (client.ask(request)) {
          count++;
        } else {
          refused.increment();
        }
        client.forgetSession();
      }
    }
    return count;
  }
}
