package io.penstock.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.penstock.shape.Schema;
import io.penstock.shape.Selection;
import io.penstock.shape.Shape;
import io.penstock.shape.Shapes;
import io.penstock.sink.Batch;
import io.penstock.sink.DeadLetters;
import io.penstock.sink.Delivery;
import io.penstock.sink.Delivery.Answer;
import io.penstock.sink.Hold;
import io.penstock.sink.Room;
import io.penstock.sink.Shipper;
import io.penstock.sink.Sink;
import io.penstock.sink.SinkMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Events from the log to a destination in another process, by the CPU time of this one: reading,
 * writing documents, sending. Against a sink that takes everything and sends nothing.
 *
 * @param schema of the documents
 * @param destination what is measured
 */
record SinkScenario(String sentence, Schema schema, Destination destination) implements Scenario {

  private static final int WARM_UP = 1_000_000;
  private static final int MEASURED = 1_500_000;
  private static final Duration TIME_MAX = Duration.ofMinutes(4);

  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  /** Something to send to. */
  interface Destination {

    /** Starts a receiver, as a process of its own, and opens the product's sink to it. */
    Opened open(Selection selection, Path folder) throws Exception;
  }

  /**
   * A sink and where it sends.
   *
   * @param receiver to be closed after the sink
   */
  record Opened(Sink sink, AutoCloseable receiver) {}

  @Override
  public void run(PrintStream out) throws Exception {
    var selection = new Selection(schema, null, Set.of(), Set.of(), 1);
    var folder = Scratch.folder("sink");
    try {
      double nothing = measure(new Nowhere(selection), folder.resolve("nowhere"));
      var opened = destination.open(selection, folder);
      try (var _ = opened.receiver()) {
        double sent = measure(opened.sink(), folder.resolve("sent"));
        out.printf("%-28s %16s %18s%n", "", "events per CPU-s", "CPU an event");
        print(out, "read and written, not sent", nothing);
        print(out, "sent", sent);
      }
    } finally {
      Scratch.delete(folder);
    }
  }

  private static void print(PrintStream out, String name, double perCpuSecond) {
    out.printf("%-28s %,16.0f %,15.2f us%n", name, perCpuSecond, 1e6 / perCpuSecond);
  }

  /** Events for a CPU-second, once everything is compiled; from a log that nobody has read. */
  private static double measure(Sink sink, Path folder) throws IOException {
    var clock = InstantSource.system();
    var letters =
        new DeadLetters(
            folder.resolve("letters"),
            new DeadLetters.Limits(1 << 30, Duration.ofDays(1), _ -> 0),
            new PrometheusRegistry(),
            clock);
    var plan = new Shipper.Plan("default", "sink", _ -> true, Duration.ofMillis(100), Hold.FOREVER);
    try (var log = FilledLog.open(folder.resolve("log"), WARM_UP + MEASURED, Duration.ofHours(1));
        var shipper =
            new Shipper(
                plan,
                sink,
                log,
                letters,
                new SinkMetrics(new PrometheusRegistry()),
                Room.ofHeap(),
                clock)) {
      shipper.start();
      long began = await(shipper, WARM_UP);
      long cpu = SYSTEM.getProcessCpuTime();
      long ended = await(shipper, WARM_UP + MEASURED);
      return (ended - began) * 1e9 / (SYSTEM.getProcessCpuTime() - cpu);
    }
  }

  private static long await(Shipper shipper, long delivered) {
    long end = System.nanoTime() + TIME_MAX.toNanos();
    while (true) {
      var status = shipper.status();
      if (status.delivered() >= delivered) {
        return status.delivered();
      }
      if (System.nanoTime() > end) {
        throw new IllegalStateException("not delivered in time: " + status);
      }
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
  }

  /** Takes everything. */
  private record Nowhere(Selection selection) implements Sink {

    @Override
    public Shape items() {
      return Shapes.of(selection);
    }

    @Override
    public Delivery send(Batch batch) {
      return Delivery.all(new Answer(null, "nothing was sent"));
    }

    @Override
    public Limits limits() {
      return new Limits(10_000, 2 << 20, 8);
    }

    @Override
    public void close() {}
  }
}
