package io.penstock.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The same load as {@link InterceptScenario}'s in clear, for as many exchanges as wanted, and how
 * the server's memory develops: looked at every second, printed in ten steps.
 *
 * @param exchanges in all
 * @param clients connections at a time
 */
record InterceptLongScenario(long exchanges, int clients) implements Scenario {

  private static final int STEPS = 10;

  @Override
  public String sentence() {
    return "Ten million intercepted requests, journaled durably, and the server's memory";
  }

  @Override
  public void run(PrintStream out) throws Exception {
    try (var server = InterceptingServer.start(Map.of("INTERCEPT_SEALED", "true"));
        var thread = Executors.newSingleThreadExecutor()) {
      out.printf(
          "%12s %10s %14s %14s %14s%n",
          "answered", "a second", "CPU each (us)", "resident MiB", "at most MiB");
      var left = new AtomicLong(exchanges);
      var load =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return InterceptScenario.sum(clients, () -> requests(server, left));
                } catch (Exception e) {
                  throw new IllegalStateException("the load broke off", e);
                }
              },
              thread);
      watch(out, server.process(), left, load);
      server.settle();
      out.printf(
          "answered %,d, journaled %,.0f, resident %d MiB in the end%n",
          load.join(), server.journaled(), server.process().residentBytes() >> 20);
    }
  }

  private static long requests(InterceptingServer server, AtomicLong left) throws IOException {
    var request = ProxyClient.absolute(ProxyClient.HOST);
    long count = 0;
    try (var client = ProxyClient.plain(server.proxyPort())) {
      while (left.getAndDecrement() > 0) {
        while (!InterceptScenario.askOrPause(client, request)) {
          // The same once more: it was refused, as the journal was behind.
        }
        count++;
      }
    }
    return count;
  }

  private void watch(
      PrintStream out, ServerProcess server, AtomicLong left, CompletableFuture<Long> load)
      throws Exception {
    long step = exchanges / STEPS;
    long due = step;
    long most = 0;
    long before = 0;
    var cpu = server.cpu();
    long begun = System.nanoTime();
    while (!endsWithin(load, Duration.ofSeconds(1)) || due <= exchanges) {
      most = Math.max(most, server.residentBytes());
      long answered = exchanges - Math.max(0, left.get());
      if (answered >= due) {
        double seconds = (System.nanoTime() - begun) / 1e9;
        double micros = server.cpu().minus(cpu).toNanos() / 1e3 / (answered - before);
        out.printf(
            "%,12d %,10.0f %14.1f %14d %14d%n",
            answered,
            (answered - before) / seconds,
            micros,
            server.residentBytes() >> 20,
            most >> 20);
        due += step;
        before = answered;
        cpu = server.cpu();
        begun = System.nanoTime();
      }
    }
  }

  private static boolean endsWithin(CompletableFuture<Long> load, Duration time) throws Exception {
    try {
      load.get(time.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }
}
