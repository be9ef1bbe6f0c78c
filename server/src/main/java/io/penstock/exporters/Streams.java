package io.penstock.exporters;

import io.penstock.event.Event;
import io.penstock.exporters.ExporterMetrics.Labelled;
import io.penstock.exporters.ExporterReport.Forgotten;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The sequence streams of one exporter, found by their key; the one silent longest goes first. */
final class Streams {

  private final int streamsMax;
  private final Labelled metrics;
  private final LinkedHashMap<StreamKey, SequenceStream> all = new LinkedHashMap<>(4, 0.75f, true);

  private @Nullable SequenceStream last;
  private long missing;
  private long gaps;
  private long restarts;

  Streams(int streamsMax, Labelled metrics) {
    this.streamsMax = streamsMax;
    this.metrics = metrics;
  }

  /** Takes a message of this stream. */
  void accept(StreamKey key, Counting standard, Arrival message) {
    var stream = last;
    if (stream == null || !stream.key().equals(key)) {
      stream = all.get(key);
      if (stream == null) {
        stream = begin(key, standard, message);
      }
      last = stream;
    }
    stream.accept(message);
  }

  /** The stream that went on from another port, or a new one. */
  private SequenceStream begin(StreamKey key, Counting standard, Arrival message) {
    for (var known : all.values()) {
      if (known.key().isSameButForPort(key) && known.isContinuedBy(message)) {
        all.remove(known.key());
        known.move(key);
        all.put(key, known);
        return known;
      }
    }
    var stream = new SequenceStream(key, standard, metrics);
    all.put(key, stream);
    if (all.size() > streamsMax) {
      forget(all.pollFirstEntry().getValue());
    }
    return stream;
  }

  private void forget(SequenceStream stream) {
    missing += stream.key().samples() ? 0 : stream.missing();
    gaps += stream.gaps();
    restarts += stream.restarts();
  }

  @Nullable SequenceStream find(StreamKey key) {
    return all.get(key);
  }

  /** Ends the streams of a connection that was closed. */
  void close(int port) {
    last = null;
    all.values()
        .removeIf(
            stream -> {
              boolean isClosed = stream.key().isOfConnection(port);
              if (isClosed) {
                forget(stream);
              }
              return isClosed;
            });
  }

  List<SequenceReport> reports() {
    return all.values().stream().map(SequenceStream::report).toList();
  }

  Forgotten forgotten() {
    return new Forgotten(missing, gaps, restarts);
  }

  /** Observation domains, source ids, engines or sub-agents. */
  List<Long> domains() {
    return all.keySet().stream()
        .filter(key -> !key.samples() && key.domain() != Event.ABSENT)
        .map(StreamKey::domain)
        .distinct()
        .sorted()
        .toList();
  }
}
