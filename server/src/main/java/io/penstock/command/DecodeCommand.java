package io.penstock.command;

import io.penstock.capture.Capture;
import io.penstock.capture.CaptureCounts;
import io.penstock.capture.CaptureException;
import io.penstock.capture.Payload;
import io.penstock.decode.DatagramDecoder;
import io.penstock.decode.DecodeConfig;
import io.penstock.decode.DecodeMetrics;
import io.penstock.decode.ExporterDirectory;
import io.penstock.elements.ElementsFile;
import io.penstock.event.Event;
import io.penstock.event.EventJson;
import io.penstock.registry.Registry;
import io.penstock.wire.DecoderCounters;
import io.penstock.wire.DecoderCounters.Count;
import io.penstock.wire.Exporter;
import io.penstock.wire.Transport;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Decodes recorded telemetry as the server would and prints each event as a line of JSON.
 *
 * <p>A capture with addresses is decoded on its own, and so is an IPFIX file, which is a session of
 * its own. Raw datagrams and single messages carry no address: they count as one exporter's, in the
 * order of the command line, so templates may come in one file and data in the next.
 */
@Command(
    name = "decode",
    description = "Decodes recorded telemetry and prints one JSON event a line.")
final class DecodeCommand implements Callable<Integer> {

  private static final String TENANT = "default";
  private static final int BUFFER_OCTETS = 1 << 16;
  private static final int ALL = Integer.MAX_VALUE;

  private final Terminal terminal;
  private Registry registry = Registry.load();
  private long events;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "pcap, pcapng, IPFIX file or raw datagram, plain or gzipped; - for stdin")
  private @Nullable List<String> files;

  @Option(
      names = "--elements",
      paramLabel = "FILE",
      description = "YAML file that names private Information Elements")
  private @Nullable Path elements;

  @Option(
      names = "--exporters",
      description = "Say at the end of each file who sent it and what never came, on stderr.")
  private boolean showsExporters;

  DecodeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (files == null) {
      throw new IllegalStateException("the command line was not parsed");
    }
    if (elements != null && !use(elements)) {
      return Commands.FAILED;
    }
    boolean isComplete = true;
    try (var out = new BufferedOutputStream(terminal.out(), BUFFER_OCTETS);
        var progress = new Progress(terminal)) {
      var addressless = decoder(out);
      for (var file : files) {
        isComplete &= decode(file, out, addressless, progress);
      }
      out.flush();
    } catch (IOException | UncheckedIOException e) {
      throw new CommandFailure("cannot write events: " + e.getMessage(), e);
    }
    return isComplete ? Commands.OK : Commands.FAILED;
  }

  /** Lays the elements of a file over the registry; whether it was without a mistake. */
  private boolean use(Path file) {
    var read = ElementsFile.read(file, registry);
    for (var problem : read.problems()) {
      terminal.err().println("penstock decode: " + problem.in(file.toString()));
    }
    registry = registry.with(read.elements());
    return read.isValid();
  }

  private DatagramDecoder decoder(OutputStream out) {
    var config = DecodeConfig.recorded();
    var metrics = new DecodeMetrics(new PrometheusRegistry(), config.exporterLabelsMax());
    return new DatagramDecoder(config, registry, event -> print(event, out), metrics);
  }

  private void print(Event event, OutputStream out) {
    try {
      out.write(EventJson.write(TENANT, event));
      out.write('\n');
      events++;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether the file could be read to its end. */
  private boolean decode(
      String file, OutputStream out, DatagramDecoder addressless, Progress progress) {
    long before = events;
    try (var capture = open(file)) {
      var decoder = capture.hasAddresses() ? decoder(out) : addressless;
      boolean isWhole = true;
      try {
        Payload payload;
        while ((payload = capture.next()) != null) {
          decode(decoder, payload);
          progress.show(() -> file + ": " + (events - before) + " events");
        }
      } catch (CaptureException e) {
        progress.clear();
        complain(file, e);
        isWhole = false;
      }
      progress.clear();
      report(file, capture.counts(), decoder.counters(), events - before);
      if (showsExporters) {
        exporters(file, decoder);
      }
      if (!capture.hasAddresses() && capture.counts().payloads() > 1) {
        // A file of messages is a transport session of its own (RFC 5655 §7.1).
        decoder.close(new Exporter(Capture.NOBODY, Transport.STREAM));
      }
      return isWhole && capture.counts().damages() == 0;
    } catch (CaptureException e) {
      complain(file, e);
      return false;
    }
  }

  private Capture open(String file) throws CaptureException {
    return file.equals("-") ? Capture.of(terminal.in()) : Capture.open(Path.of(file));
  }

  private static void decode(DatagramDecoder decoder, Payload payload) {
    long time = payload.timeNanos();
    if (time == Capture.NO_TIME) {
      // The exporter's own clock, so that the same file gives the same events on any day.
      time = Math.max(0, payload.exportSeconds()) * 1_000_000_000L;
    }
    decoder.decode(
        new Exporter(payload.source(), payload.transport()),
        time,
        payload.bytes(),
        payload.offset(),
        payload.length());
  }

  private void complain(String file, CaptureException problem) {
    terminal.err().println("penstock decode: " + file + ": " + problem.getMessage());
  }

  /** Says what did not become events; silent when everything did. */
  private void report(
      String file, CaptureCounts packets, DecoderCounters messages, long eventsOfFile) {
    var line = new StringBuilder();
    note(line, packets.truncated(), "payloads cut short by the capture");
    note(line, packets.malformed(), "malformed packets");
    note(line, packets.fragmentsLost(), "datagrams with a fragment missing");
    note(line, packets.streamsBroken(), "streams broken off");
    note(line, packets.skipped(), "packets without telemetry");
    if (packets.damages() > 0) {
      note(line, packets.damages(), "damaged places");
      line.append(" (the first at offset ").append(packets.firstDamage()).append(')');
      note(line, packets.damagedOctets(), "octets passed over");
    }
    note(line, packets.wrongChecksums(), "messages that are not what their checksum says");
    note(line, messages.get(Count.WAITING_SETS), "sets whose template never came");
    note(line, messages.rejectedOctets(), "octets rejected");
    if (!line.isEmpty()) {
      terminal.err().println(file + ": " + eventsOfFile + " events" + line);
    }
  }

  /** A line for each exporter: what it sent, what never came, and what was odd. */
  private void exporters(String file, DatagramDecoder decoder) {
    for (var entry : new ExporterDirectory(List.of(decoder), () -> registry).entries(null, ALL)) {
      var report = entry.report();
      var line = new StringBuilder();
      note(line, report.datagrams(), "datagrams");
      note(line, report.records(), "records");
      for (var stream : report.streams()) {
        note(line, stream.missing(), stream.counting().unit() + " missing");
        note(line, stream.unread(), stream.counting().unit() + " missing or not read");
        if (stream.isUnusual()) {
          line.append(", sequence counts ").append(word(stream.counting()));
        }
        if (!stream.isUsable()) {
          line.append(", sequence not usable");
        }
        if (stream.isShared()) {
          line.append(", sequence shared by domain ").append(stream.key().domain());
        }
      }
      note(line, report.restarts(), "restarts");
      note(line, report.ledger().duplicates(), "duplicates");
      report.quirks().forEach((quirk, count) -> note(line, count, word(quirk)));
      terminal.err().println(file + ": exporter " + report.id() + line);
    }
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static void note(StringBuilder line, long count, String what) {
    if (count > 0) {
      line.append(", ").append(count).append(' ').append(what);
    }
  }
}
