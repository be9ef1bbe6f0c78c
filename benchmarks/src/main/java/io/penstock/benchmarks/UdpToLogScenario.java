package io.penstock.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.penstock.admit.Admission;
import io.penstock.admit.UnknownExporters;
import io.penstock.control.Database;
import io.penstock.control.DatabaseConfig;
import io.penstock.control.Flags;
import io.penstock.control.Sources;
import io.penstock.control.Tenant;
import io.penstock.control.Tenants;
import io.penstock.decode.DatagramDecoder;
import io.penstock.decode.DecodeConfig;
import io.penstock.decode.DecodeMetrics;
import io.penstock.enrich.Enricher;
import io.penstock.event.Event;
import io.penstock.log.LogConfig;
import io.penstock.log.SegmentLog;
import io.penstock.metrics.Meter;
import io.penstock.pipeline.FlowIntake;
import io.penstock.pipeline.Pipeline;
import io.penstock.pipeline.Redaction;
import io.penstock.pipeline.Step;
import io.penstock.pipeline.TenantQuotas;
import io.penstock.receive.DatagramHandler;
import io.penstock.receive.ReceiveConfig;
import io.penstock.receive.UdpReceiver;
import io.penstock.registry.Registry;
import io.penstock.wire.ProtocolVersion;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/**
 * The path of a flow from the socket to the log, one stage longer each time, by the CPU time of
 * this process. The stages are the product's; only {@code Server}, which wires them, is replaced.
 *
 * @param protocol what is sent: 20 fields to a flow
 * @param rate flows a second
 */
record UdpToLogScenario(ProtocolVersion protocol, int rate) implements Scenario {

  private static final Duration WARM_UP = Duration.ofSeconds(4);
  private static final Duration MEASURED = Duration.ofSeconds(5);
  private static final Duration SETTLE_MAX = Duration.ofSeconds(2);
  private static final int EXPORTER_LABELS = 100;

  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  /** How far flows go; each stage includes those before. */
  private enum Stage {
    RECEIVE,
    DECODE,
    ENRICH,
    DURABLE
  }

  @Override
  public String sentence() {
    return "UDP to the durable, enriched log, stage by stage, " + protocol;
  }

  @Override
  public void run(PrintStream out) throws Exception {
    out.printf("%,d flows a second offered for %d s%n", rate, MEASURED.toSeconds());
    out.printf("%-12s %16s %12s %12s%n", "up to", "per CPU-second", "of receive", "arrived");
    var folder = Scratch.folder("udp-to-log");
    try (var enricher = SampleTables.load(folder)) {
      double baseline = Double.NaN;
      for (var stage : Stage.values()) {
        var figures = measure(stage, enricher, folder);
        baseline = Double.isNaN(baseline) ? figures.perCpuSecond : baseline;
        out.printf(
            "%-12s %,16.0f %12.3f %11.2f%%%n",
            stage.name().toLowerCase(Locale.ROOT),
            figures.perCpuSecond,
            figures.perCpuSecond / baseline,
            figures.arrived * 100);
      }
    } finally {
      Scratch.delete(folder);
    }
  }

  private record Figures(double perCpuSecond, double arrived) {}

  private Figures measure(Stage stage, Enricher enricher, Path folder) throws Exception {
    var registry = new PrometheusRegistry();
    var clock = InstantSource.system();
    var config = LogConfig.in(folder.resolve("log-" + stage)).withRetainBytes(256 << 20);
    var listener = ReceiveConfig.Listener.everywhere("netflow", 0);
    var tables = new DatabaseConfig.Sqlite(folder.resolve("control-" + stage));
    try (var log = SegmentLog.open(config, registry, clock);
        var database = Database.open(tables, registry)) {
      var tenants = new Tenants(database, Tenants.RETENTION_DAYS, clock);
      var admission = admission(database, registry, clock);
      var pipeline =
          new Pipeline(
              steps(enricher, tenants),
              quotas(tenants, registry),
              log,
              new Meter(clock, registry),
              admission::durable,
              clock,
              registry);
      var metrics = new DecodeMetrics(registry, EXPORTER_LABELS);
      var arrived = new AtomicLong();
      IntFunction<DatagramHandler> handlers =
          stage == Stage.DURABLE
              ? _ -> new FlowIntake(pipeline, admission.gate(), events -> decoder(events, metrics))
              : _ -> new PartOfTheWay(stage, metrics, enricher, arrived);
      LongSupplier count = stage == Stage.DURABLE ? pipeline.books()::durableTotal : arrived::get;
      try (var receiver =
          new UdpReceiver(ReceiveConfig.of(List.of(listener)), handlers, registry, clock)) {
        receiver.start();
        int port = receiver.port("netflow");
        load(port, WARM_UP, stage, count);
        long cpu = SYSTEM.getProcessCpuTime();
        double share = load(port, MEASURED, stage, count);
        double flows = share * rate * MEASURED.toSeconds();
        return new Figures(flows * 1e9 / (SYSTEM.getProcessCpuTime() - cpu), share);
      }
    }
  }

  private static Step steps(Enricher enricher, Tenants tenants) {
    Step enrich = enricher::enrich;
    return enrich.then(
        new Redaction(tenant -> tenants.find(tenant).map(Tenant::redactedFields).orElse(Set.of())));
  }

  private static TenantQuotas quotas(Tenants tenants, PrometheusRegistry registry) {
    return new TenantQuotas(
        tenant -> tenants.find(tenant).map(Tenant::quotas).orElse(Tenant.Quotas.NONE), registry);
  }

  /** As a server has it that measures nobody. */
  private static Admission admission(
      Database database, PrometheusRegistry registry, InstantSource clock) {
    return new Admission(
        new Sources(database, clock),
        new Flags(database, Map.of(), clock),
        UnknownExporters.DROP,
        registry,
        clock);
  }

  private static DatagramDecoder decoder(Consumer<Event> events, DecodeMetrics metrics) {
    return new DatagramDecoder(DecodeConfig.live(), Registry.load(), events, metrics);
  }

  /** Sends, and waits until all came through or no more do; the share that did. */
  private double load(int port, Duration duration, Stage stage, LongSupplier arrived)
      throws IOException, InterruptedException {
    long before = arrived.getAsLong();
    var sent = FlowSender.await(FlowSender.start(port, protocol, rate, duration));
    long target = stage == Stage.RECEIVE ? sent.datagrams() : sent.flows();
    long end = System.nanoTime() + SETTLE_MAX.toNanos();
    while (arrived.getAsLong() - before < target && System.nanoTime() < end) {
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
    return (double) (arrived.getAsLong() - before) / target;
  }

  /** The path up to a stage before the log; counts datagrams or events. */
  private static final class PartOfTheWay implements DatagramHandler {

    private final Stage stage;
    private final Enricher enricher;
    private final AtomicLong arrived;
    private final DatagramDecoder decoder;
    private final List<Event> events = new ArrayList<>();
    private int datagrams;

    PartOfTheWay(Stage stage, DecodeMetrics metrics, Enricher enricher, AtomicLong arrived) {
      this.stage = stage;
      this.enricher = enricher;
      this.arrived = arrived;
      this.decoder = decoder(events::add, metrics);
    }

    @Override
    public void handle(
        InetSocketAddress from, long receivedNanos, byte[] buffer, int offset, int length) {
      datagrams++;
      if (stage != Stage.RECEIVE) {
        decoder.decode(from, receivedNanos, buffer, offset, length);
      }
    }

    @Override
    public void flush() {
      if (stage == Stage.ENRICH) {
        events.replaceAll(event -> enricher.enrich(Tenant.DEFAULT, event));
      }
      arrived.addAndGet(stage == Stage.RECEIVE ? datagrams : events.size());
      datagrams = 0;
      events.clear();
    }
  }
}
