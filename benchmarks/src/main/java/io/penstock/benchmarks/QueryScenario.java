package io.penstock.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.penstock.event.Event;
import io.penstock.filter.Field;
import io.penstock.filter.Filter;
import io.penstock.filter.FilterParser;
import io.penstock.store.Answer;
import io.penstock.store.EventQuery;
import io.penstock.store.EventStore;
import io.penstock.store.EventStream;
import io.penstock.store.Metric;
import io.penstock.store.Page;
import io.penstock.store.SeriesQuery;
import io.penstock.store.StoreConfig;
import io.penstock.store.TopQuery;
import io.penstock.store.ValuesQuery;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/**
 * Questions to a store of ten million events. The store is made at the first run, which takes a
 * minute or two, and kept for the next ones.
 */
record QueryScenario() implements Scenario {

  private static final int EVENTS = 10_000_000;
  private static final int REPEATS = 9;

  /** Of what takes several seconds. */
  private static final int REPEATS_FEW = 3;

  private static final int EXPORTED = 1_000_000;

  /** Counted up when events get other columns: a store that was kept has not got them. */
  private static final int COLUMNS = 2;

  private static final Duration SPAN = Duration.ofHours(12);

  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  @Override
  public String sentence() {
    return "Rankings, series, values and single events of ten million";
  }

  @Override
  public void run(PrintStream out) throws Exception {
    var folder = Scratch.kept("query-10m-" + COLUMNS);
    var made = folder.resolve("made");
    if (!Files.exists(made)) {
      Scratch.empty(folder);
      make(folder);
      Files.createFile(made);
    }
    try (var store =
        new EventStore(
            StoreConfig.of(folder.resolve("store")),
            _ -> 36_500,
            InstantSource.system(),
            new PrometheusRegistry())) {
      out.printf("%-32s %12s %12s%n", "", "ms", "ms of CPU");
      measure(out, "count (baseline)", () -> store.count("default", 0, Long.MAX_VALUE, null));
      for (var field :
          new Field[] {Field.DST_PORT, Field.DST_COUNTRY, Field.SRC_IP, Field.DST_IP}) {
        measure(out, "top 10 of " + field.title(), () -> store.top(top(field)));
      }
      measure(
          out,
          "top 10 of countries and port",
          () -> store.top(top(Field.SRC_COUNTRY, Field.DST_COUNTRY, Field.DST_PORT)));
      measure(
          out,
          "top 10 of src_ip, port, proto",
          () -> store.top(top(Field.SRC_IP, Field.DST_PORT, Field.PROTO)));
      measure(
          out,
          "top 10 of src_ip, dst_ip, port",
          REPEATS_FEW,
          () -> store.top(top(Field.SRC_IP, Field.DST_IP, Field.DST_PORT)));
      measureOverTime(out, store);
      measureExport(out, store);
    }
  }

  /** The day that ends with the newest event, in steps of five minutes. */
  private static void measureOverTime(PrintStream out, EventStore store) {
    var newest = first(store, EventQuery.newest("default", 1));
    long to = newest.origin().receivedNanos() + 1;
    long from = to - Duration.ofHours(24).toNanos();
    measure(out, "series of all", () -> store.series(series(from, to, List.of())));
    for (var field : new Field[] {Field.DST_PORT, Field.SRC_IP, Field.DST_IP}) {
      measure(
          out, "series of " + field.title(), () -> store.series(series(from, to, List.of(field))));
    }
    measure(
        out,
        "series of src_ip, port, proto",
        () -> store.series(series(from, to, List.of(Field.SRC_IP, Field.DST_PORT, Field.PROTO))));
    for (var field : new Field[] {Field.DST_COUNTRY, Field.SRC_IP, Field.DST_IP}) {
      measure(
          out,
          "values of " + field.title(),
          () -> store.values(new ValuesQuery("default", from, to, null, field, "", 20)));
    }
    var event = first(store, new EventQuery("default", 0, to - SPAN.toNanos() / 2, null, 1, null));
    long at = event.origin().receivedNanos();
    long around = Duration.ofMinutes(1).toNanos();
    var filter = byId(event);
    measure(
        out,
        "an event, its time known",
        () -> store.events(new EventQuery("default", at - around, at + around, filter, 1, null)));
    measure(
        out,
        "an event, its time unknown",
        () -> store.events(new EventQuery("default", 0, Long.MAX_VALUE, filter, 1, null)));
  }

  /** A million events one by one, as an export reads them. */
  private static void measureExport(PrintStream out, EventStore store) throws IOException {
    var query = new EventQuery("default", 0, Long.MAX_VALUE, null, EXPORTED, null);
    long cpuStart = SYSTEM.getProcessCpuTime();
    long start = System.nanoTime();
    var stream =
        switch (store.stream(query)) {
          case Answer.Answered<EventStream>(var opened) -> opened;
          case Answer.Refused<EventStream>(var reason, var why) -> throw refused(reason, why);
        };
    int events = 0;
    while (stream.next().isPresent()) {
      events++;
    }
    double wall = (System.nanoTime() - start) / 1e6;
    double cpu = (SYSTEM.getProcessCpuTime() - cpuStart) / 1e6;
    print(out, "%,d events exported".formatted(events), wall, cpu);
  }

  private static IllegalStateException refused(Answer.Reason reason, String why) {
    return new IllegalStateException("refused, " + reason + ": " + why);
  }

  private static void print(PrintStream out, String name, double wall, double cpu) {
    out.printf("%-32s %,12.0f %,12.0f%n", name, wall, cpu);
  }

  private static Event first(EventStore store, EventQuery query) {
    return switch (store.events(query)) {
      case Answer.Answered<Page>(var page) -> page.events().getFirst();
      case Answer.Refused<Page>(var reason, var why) -> throw refused(reason, why);
    };
  }

  private static Filter byId(Event event) {
    var text = "id = \"" + new UUID(event.idHigh(), event.idLow()) + '"';
    return switch (FilterParser.parse(text)) {
      case FilterParser.Parsed.Accepted(var filter) -> filter;
      case FilterParser.Parsed.Rejected rejected ->
          throw new IllegalStateException(rejected.toString());
    };
  }

  private static SeriesQuery series(long from, long to, List<Field> by) {
    return new SeriesQuery("default", from, to, null, by, 10, Metric.BYTES, Duration.ofMinutes(5));
  }

  private static void make(Path folder) throws IOException {
    var log = folder.resolve("log");
    try (var filled = FilledLog.open(log, EVENTS, SPAN)) {
      IndexScenario.index(filled, folder.resolve("store"));
    }
    Scratch.delete(log);
  }

  private static TopQuery top(Field... by) {
    return new TopQuery("default", 0, Long.MAX_VALUE, null, List.of(by), Metric.BYTES, 10);
  }

  /** A question to the store. */
  private interface Question {
    Answer<?> ask();
  }

  /** The middle of several, after one that does not count. */
  private static void measure(PrintStream out, String name, Question question) {
    measure(out, name, REPEATS, question);
  }

  private static void measure(PrintStream out, String name, int repeats, Question question) {
    var wall = new double[repeats];
    var cpu = new double[repeats];
    answered(question.ask());
    for (int i = 0; i < repeats; i++) {
      long cpuStart = SYSTEM.getProcessCpuTime();
      long start = System.nanoTime();
      answered(question.ask());
      wall[i] = (System.nanoTime() - start) / 1e6;
      cpu[i] = (SYSTEM.getProcessCpuTime() - cpuStart) / 1e6;
    }
    Arrays.sort(wall);
    Arrays.sort(cpu);
    print(out, name, wall[repeats / 2], cpu[repeats / 2]);
  }

  private static void answered(Answer<?> answer) {
    if (answer instanceof Answer.Refused<?>(var reason, var why)) {
      throw refused(reason, why);
    }
  }
}
