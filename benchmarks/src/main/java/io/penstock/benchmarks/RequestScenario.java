package io.penstock.benchmarks;

import io.penstock.control.Sources;
import io.penstock.control.Tenants;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * CPU time of a server for each request, with the tables of a large installation and all that they
 * decide: keys, rate limits, admission, quotas, the audit. Where {@code BENCH_AGAINST} names
 * another checkout, such as one from before there was a control plane, its server runs at the same
 * time and gets the same requests, in turns of about a second, so that whatever else the machine
 * does slows both.
 */
record RequestScenario() implements Scenario {

  private static final int CLIENTS = 4;
  private static final int ROUNDS = 10;
  private static final int WARM_UP_TURNS = 4;
  private static final int RECORDS = 1_000;

  /** Name of the source that the posted bodies claim to be. */
  private static final String COLLECTOR = "bench";

  private static final Map<String, String> SETTINGS =
      Map.of("ADMISSION_HTTP_ENABLED", "true", "HTTP_IP_ALLOWLIST_ENABLED", "true");

  /** What is asked of a server, and how often in a turn. */
  private enum Kind {
    PUBLIC("GET, public", 6_000),
    KEY("GET, with a key", 6_000),
    ONE_RECORD("POST of 1 record", 3_000),
    MANY_RECORDS("POST of 1,000 records", 300);

    private final String title;
    private final int requests;

    Kind(String title, int requests) {
      this.title = title;
      this.requests = requests;
    }

    int send(ServerProcess server) throws IOException, InterruptedException {
      return switch (this) {
        case PUBLIC -> server.get("/v1/health").statusCode();
        case KEY -> server.get("/v1/updates/check").statusCode();
        case ONE_RECORD -> server.post("/v1/ingest", ONE);
        case MANY_RECORDS -> server.post("/v1/ingest", MANY);
      };
    }
  }

  private static final byte[] ONE = body(1);
  private static final byte[] MANY = body(RECORDS);

  private static byte[] body(int records) {
    return SamplePosts.flows(records, 1).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String sentence() {
    return "CPU time for each request; BENCH_AGAINST=FOLDER compares with another checkout";
  }

  @Override
  public void run(PrintStream out) throws Exception {
    var against = System.getenv("BENCH_AGAINST");
    var folder = Scratch.folder("request");
    ControlTables.LARGE.fill(folder);
    addPoster(folder);
    try (var here = ServerProcess.start(Path.of("."), folder, SETTINGS)) {
      if (against == null) {
        alone(here, out);
      } else {
        beside(here, Path.of(against), out);
      }
    }
    Scratch.delete(folder);
  }

  private static void addPoster(Path folder) {
    try (var database = ControlTables.open(folder)) {
      var _ = new Tenants(database, Tenants.RETENTION_DAYS, InstantSource.system());
      new Sources(database, InstantSource.system()).add(ControlTables.poster(COLLECTOR));
    }
  }

  private static void alone(ServerProcess here, PrintStream out) throws Exception {
    var figures = measure(List.of(here));
    out.printf("%-22s %12s%n", "", "\u00b5s of CPU");
    for (var kind : Kind.values()) {
      out.printf("%-22s %,12.1f%n", kind.title, mean(figures[kind.ordinal()][0]));
    }
  }

  private static void beside(ServerProcess here, Path other, PrintStream out) throws Exception {
    var folder = Scratch.folder("request-other");
    try (var there = ServerProcess.start(other, folder, Map.of())) {
      var figures = measure(List.of(here, there));
      out.printf(
          "%-22s %8s %8s %8s %7s  %s%n",
          "\u00b5s of CPU", "here", "there", "more", "ratio", "rounds");
      for (var kind : Kind.values()) {
        print(kind, figures[kind.ordinal()][0], figures[kind.ordinal()][1], out);
      }
    }
    Scratch.delete(folder);
  }

  private static void print(Kind kind, double[] here, double[] there, PrintStream out) {
    var more = new double[ROUNDS];
    Arrays.setAll(more, round -> here[round] - there[round]);
    Arrays.sort(more);
    out.printf(
        "%-22s %,8.1f %,8.1f %,8.1f %7.3f  %,.1f to %,.1f%n",
        kind.title,
        mean(here),
        mean(there),
        mean(here) - mean(there),
        mean(here) / mean(there),
        more[0],
        more[ROUNDS - 1]);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  /** Microseconds for a request: by kind, by server, by round. */
  private static double[][][] measure(List<ServerProcess> servers) throws Exception {
    var figures = new double[Kind.values().length][servers.size()][ROUNDS];
    for (int round = -WARM_UP_TURNS; round < ROUNDS; round++) {
      for (var kind : Kind.values()) {
        for (int i = 0; i < servers.size(); i++) {
          // Who is first changes, so that neither always gets what the other left behind.
          int turn = (i + Math.abs(round)) % servers.size();
          double micros = turn(kind, servers.get(turn));
          if (round >= 0) {
            figures[kind.ordinal()][turn][round] = micros;
          }
        }
      }
    }
    return figures;
  }

  /** A turn of a server; microseconds for each request until the last answer. */
  private static double turn(Kind kind, ServerProcess server) throws Exception {
    server.awaitIndexed();
    var before = server.cpu();
    var clients = new ArrayList<Future<?>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(threads.submit(() -> client(kind, server)));
      }
    }
    await(clients);
    return server.cpu().minus(before).toNanos() / 1e3 / kind.requests;
  }

  private static boolean client(Kind kind, ServerProcess server)
      throws IOException, InterruptedException {
    for (int i = 0; i < kind.requests / CLIENTS; i++) {
      int status = kind.send(server);
      if (status / 100 != 2) {
        throw new IllegalStateException("answered " + status);
      }
    }
    return true;
  }

  private static void await(List<Future<?>> clients)
      throws InterruptedException, ExecutionException {
    for (var client : clients) {
      client.get();
    }
  }
}
