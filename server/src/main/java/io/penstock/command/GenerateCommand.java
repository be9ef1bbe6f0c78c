package io.penstock.command;

import io.penstock.traffic.SflowTraffic;
import io.penstock.traffic.TrafficModel;
import io.penstock.traffic.TrafficSource;
import io.penstock.wire.ProtocolVersion;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Sends made-up but valid traffic of several exporters to a collector. */
@Command(name = "generate", description = "Sends made-up, valid flow telemetry to a collector.")
final class GenerateCommand implements Callable<Integer> {

  /** The protocols that can be made up. */
  enum Dialect {
    v5,
    v9,
    ipfix,
    sflow5;

    TrafficSource exporter(int number, long seed) {
      return switch (this) {
        case v5 -> new TrafficModel(ProtocolVersion.NETFLOW_V5, number, seed);
        case v9 -> new TrafficModel(ProtocolVersion.NETFLOW_V9, number, seed);
        case ipfix -> new TrafficModel(ProtocolVersion.IPFIX, number, seed);
        case sflow5 -> new SflowTraffic(number, seed);
      };
    }
  }

  private final Terminal terminal;
  private final InstantSource clock;
  private long flows;

  @Option(names = "--to", required = true, paramLabel = "HOST:PORT", description = Target.HELP)
  private @Nullable Target target;

  @Option(
      names = "--exporters",
      paramLabel = "N",
      defaultValue = "1",
      description = "how many exporters to play (default: ${DEFAULT-VALUE})")
  private int exporters;

  @Option(
      names = "--rate",
      paramLabel = "N/s",
      defaultValue = "100/s",
      description = "datagrams a second of all exporters, or max (default: ${DEFAULT-VALUE})")
  private @Nullable Rate rate;

  @Option(
      names = {"--protocol", "--format"},
      paramLabel = "v5|v9|ipfix|sflow5",
      defaultValue = "ipfix",
      description = "what they speak (default: ${DEFAULT-VALUE})")
  private @Nullable Dialect dialect;

  @Option(names = "--count", paramLabel = "N", description = "stop after so many datagrams")
  private long count = Long.MAX_VALUE;

  @Option(names = "--duration", paramLabel = "30s", description = "stop after so long")
  private @Nullable Duration duration;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "the same seed sends the same traffic (default: ${DEFAULT-VALUE})")
  private long seed;

  GenerateCommand(Terminal terminal) {
    this(terminal, InstantSource.system());
  }

  GenerateCommand(Terminal terminal, InstantSource clock) {
    this.terminal = terminal;
    this.clock = clock;
  }

  @Override
  public Integer call() {
    if (target == null || rate == null || dialect == null) {
      throw new IllegalStateException("the command line was not parsed");
    }
    if (exporters < 1 || exporters > 65_536) {
      throw new CommandFailure("--exporters " + exporters + ": write a number from 1 to 65536");
    }
    var protocol = dialect;
    if (protocol != Dialect.ipfix && target.transport() != Target.Transport.UDP) {
      throw new CommandFailure("--protocol " + dialect + ": only ipfix is defined over TCP");
    }
    var models =
        IntStream.range(0, exporters)
            .mapToObj(i -> protocol.exporter(i, seed))
            .toArray(TrafficSource[]::new);
    try (var outlet = Outlet.to(target);
        var interruption = new Interruption();
        var progress = new Progress(terminal)) {
      long start = System.nanoTime();
      send(models, outlet, new Pace(rate), interruption, progress, start);
      progress.clear();
      terminal.err().println(summary(outlet, start));
      outlet.demandListener();
      return Commands.OK;
    }
  }

  private void send(
      TrafficSource[] models,
      Outlet outlet,
      Pace pace,
      Interruption interruption,
      Progress progress,
      long start) {
    long end = duration == null ? Long.MAX_VALUE : duration.toNanos();
    for (long i = 0; i < count && !interruption.isRequested(); i++) {
      pace.await();
      if (System.nanoTime() - start >= end) {
        return;
      }
      int exporter = (int) (i % models.length);
      var model = models[exporter];
      int length = model.next(clock.millis());
      outlet.send(exporter, model.bytes(), 0, length);
      flows += model.flows();
      progress.show(() -> summary(outlet, start));
    }
  }

  private String summary(Outlet outlet, long start) {
    double seconds = (System.nanoTime() - start) / 1e9;
    return "sent %d datagrams, %d flows, %d bytes, from %d exporters in %.1f s"
        .formatted(outlet.datagrams(), flows, outlet.octets(), exporters, seconds);
  }
}
