package io.penstock.decode;

import io.penstock.capture.Capture;
import io.penstock.capture.CaptureException;
import io.penstock.event.Event;
import io.penstock.registry.Registry;
import io.penstock.wire.DecoderCounters;
import io.penstock.wire.Exporter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The recorded traffic of the repository, and what this package makes of it. */
public final class Corpus {

  /** The folder {@code corpus} of this checkout. */
  public static final Path ROOT = find(Path.of("").toAbsolutePath());

  static final Registry REGISTRY = Registry.load();

  private Corpus() {}

  private static Path find(Path folder) {
    for (var at = folder; at != null; at = at.getParent()) {
      if (Files.isDirectory(at.resolve("corpus/flows"))) {
        return at.resolve("corpus");
      }
    }
    throw new IllegalStateException("no corpus/flows in or above " + folder);
  }

  /** Every recorded file, by its path below {@code corpus/flows}. */
  static List<String> flows() {
    var root = ROOT.resolve("flows");
    try (var files = Files.walk(root)) {
      return files
          .filter(Files::isRegularFile)
          .filter(f -> !f.endsWith("LICENSE"))
          .map(f -> root.relativize(f).toString().replace('\\', '/'))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a recording gave: its events in order, and the wire decoder's counters at the end. */
  public record Decoded(List<Event> events, DecoderCounters counters, PrometheusRegistry metrics) {}

  /** Decodes a recording as the offline command does; the empty list when it is no recording. */
  public static Decoded decode(String name) {
    var events = new ArrayList<Event>();
    var metrics = new PrometheusRegistry();
    var decoder =
        new DatagramDecoder(
            DecodeConfig.recorded(),
            REGISTRY,
            events::add,
            new DecodeMetrics(metrics, 1_000),
            new EventIds(0));
    try (var capture = Capture.open(ROOT.resolve("flows").resolve(name))) {
      for (var p = capture.next(); p != null; p = capture.next()) {
        decoder.decode(
            new Exporter(p.source(), p.transport()),
            p.timeNanos(),
            p.bytes(),
            p.offset(),
            p.length());
      }
    } catch (CaptureException e) {
      // Some vectors are pieces of packets: no recording at all, and no events.
    }
    return new Decoded(events, decoder.counters(), metrics);
  }
}
