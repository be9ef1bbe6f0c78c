package io.penstock.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Batches of 1,000 JSON records posted to a real server, each answered once it is durable; by the
 * server's CPU time, first until the last answer, with what the store indexed meanwhile, then until
 * all of it is indexed.
 */
record HttpIngestScenario() implements Scenario {

  private static final int RECORDS = 1_000;
  private static final int BODIES = 16;
  private static final int CLIENTS = 4;
  private static final Duration WARM_UP = Duration.ofSeconds(8);
  private static final Duration MEASURED = Duration.ofSeconds(8);

  @Override
  public String sentence() {
    return "POST /v1/ingest, 1,000 records a batch, enriched and durable";
  }

  @Override
  public void run(PrintStream out) throws Exception {
    var bodies = new ArrayList<byte[]>();
    for (int i = 0; i < BODIES; i++) {
      bodies.add(SamplePosts.flows(RECORDS, i).getBytes(StandardCharsets.UTF_8));
    }
    var folder = Scratch.folder("http-ingest");
    try (var server = ServerProcess.start(folder)) {
      out.printf("%-20s %14s %14s %14s%n", "", "per CPU-second", "and indexed", "per second");
      measure(out, "GET /v1/health", 1, _ -> server.get("/v1/health").statusCode(), server);
      measure(
          out,
          "records posted",
          RECORDS,
          turn -> server.post("/v1/ingest", bodies.get(turn % BODIES)),
          server);
    }
    Scratch.delete(folder);
  }

  /** One request; its status. */
  private interface Call {
    int send(int turn) throws IOException, InterruptedException;
  }

  private static void measure(
      PrintStream out, String name, int each, Call call, ServerProcess server)
      throws IOException, InterruptedException, ExecutionException {
    repeat(call, WARM_UP.dividedBy(each == 1 ? 4 : 1));
    server.awaitIndexed();
    var cpu = server.cpu();
    long start = System.nanoTime();
    double done = (double) each * repeat(call, MEASURED.dividedBy(each == 1 ? 4 : 1));
    double seconds = (System.nanoTime() - start) / 1e9;
    double durable = server.cpu().minus(cpu).toNanos() / 1e9;
    server.awaitIndexed();
    double indexed = server.cpu().minus(cpu).toNanos() / 1e9;
    out.printf(
        "%-20s %,14.0f %,14.0f %,14.0f%n", name, done / durable, done / indexed, done / seconds);
  }

  /** Several clients, one request after the other each; how many were answered with success. */
  private static long repeat(Call call, Duration duration)
      throws InterruptedException, ExecutionException {
    long end = System.nanoTime() + duration.toNanos();
    var clients = new ArrayList<Future<Long>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CLIENTS; i++) {
        int first = i;
        clients.add(threads.submit(() -> client(call, first, end)));
      }
    }
    return sum(clients);
  }

  private static long client(Call call, int first, long end)
      throws IOException, InterruptedException {
    long done = 0;
    for (int turn = first; System.nanoTime() < end; turn += CLIENTS) {
      int status = call.send(turn);
      if (status / 100 != 2) {
        throw new IllegalStateException("answered " + status);
      }
      done++;
    }
    return done;
  }

  private static long sum(List<Future<Long>> parts)
      throws InterruptedException, ExecutionException {
    long sum = 0;
    for (var part : parts) {
      sum += part.get();
    }
    return sum;
  }
}
