package io.penstock.command;

import io.penstock.capture.Capture;
import io.penstock.capture.CaptureException;
import io.penstock.capture.Payload;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sends recorded telemetry to a collector, each recorded exporter from its own port. */
@Command(name = "replay", description = "Sends recorded telemetry to a collector.")
final class ReplayCommand implements Callable<Integer> {

  private final Terminal terminal;

  /** Recorded senders in the order in which they appear: each gets a socket. */
  private final Map<InetSocketAddress, Integer> exporters = new HashMap<>();

  private long truncated;

  @Parameters(
      paramLabel = "FILE",
      description = "pcap, pcapng, IPFIX file or raw datagram, plain or gzipped; - for stdin")
  private @Nullable String file;

  @Option(names = "--to", required = true, paramLabel = "HOST:PORT", description = Target.HELP)
  private @Nullable Target target;

  @Option(
      names = "--rate",
      paramLabel = "N/s",
      defaultValue = "1000/s",
      description = "datagrams a second, or max (default: ${DEFAULT-VALUE})")
  private @Nullable Rate rate;

  @Option(names = "--loop", description = "begin again at the end, until Ctrl-C")
  private boolean isLooping;

  ReplayCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (file == null || target == null || rate == null) {
      throw new IllegalStateException("the command line was not parsed");
    }
    if (isLooping && file.equals("-")) {
      throw new CommandFailure("standard input cannot be read twice: give a file, or no --loop");
    }
    var pace = new Pace(rate);
    try (var outlet = Outlet.to(target);
        var interruption = new Interruption();
        var progress = new Progress(terminal)) {
      do {
        play(file, outlet, pace, interruption, progress);
      } while (isLooping && !interruption.isRequested() && outlet.datagrams() > 0);
      progress.clear();
      terminal.err().println(summary(outlet));
      outlet.demandListener();
      return Commands.OK;
    }
  }

  private void play(
      String name, Outlet outlet, Pace pace, Interruption interruption, Progress progress) {
    try (var capture = open(name)) {
      Payload payload;
      while (!interruption.isRequested() && (payload = capture.next()) != null) {
        pace.await();
        truncated += payload.truncated() ? 1 : 0;
        int exporter = exporters.computeIfAbsent(payload.source(), _ -> exporters.size());
        outlet.send(exporter, payload.bytes(), payload.offset(), payload.length());
        progress.show(() -> summary(outlet));
      }
    } catch (CaptureException e) {
      throw new CommandFailure(name + ": " + e.getMessage(), e);
    }
  }

  private Capture open(String name) throws CaptureException {
    return name.equals("-") ? Capture.of(terminal.in()) : Capture.open(Path.of(name));
  }

  private String summary(Outlet outlet) {
    var text =
        "sent %d datagrams, %d bytes, from %d exporters"
            .formatted(outlet.datagrams(), outlet.octets(), exporters.size());
    if (truncated > 0) {
      text += "; %d were cut short by the capture".formatted(truncated);
    }
    return text + outlet.leftOut();
  }
}
