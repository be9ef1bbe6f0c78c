package io.penstock.exporters;

import io.penstock.event.Event;
import io.penstock.exporters.ExporterMetrics.Labelled;
import io.penstock.exporters.ExporterReport.Forgotten;
import io.penstock.wire.Shares.Share;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sequence streams of one exporter, found by their key. The one silent longest goes first, when
 * they are too many or those of all exporters are.
 */
final class Streams {

  private final int streamsMax;
  private final Sequences sequences;
  private final Labelled metrics;
  private final Share<Streams> share = new Share<>(this);
  private final LinkedHashMap<StreamKey, SequenceStream> all = new LinkedHashMap<>(4, 0.75f, true);

  /** The only stream of messages so far. */
  private @Nullable SequenceStream only;

  private @Nullable Relatives relatives;
  private @Nullable SequenceStream last;
  private long missing;
  private long gaps;
  private long restarts;

  Streams(int streamsMax, Sequences sequences, Labelled metrics) {
    this.streamsMax = streamsMax;
    this.sequences = sequences;
    this.metrics = metrics;
  }

  /** Takes a message of this stream. */
  void accept(StreamKey key, Counting standard, Arrival message) {
    var stream = last;
    if (stream == null || !stream.key().equals(key)) {
      stream = turnTo(key, standard, message);
    }
    var sharing = stream.sharing();
    if (sharing == null) {
      follow(stream, message);
      return;
    }
    if (!sharing.isFound() && sharing.learn(stream, message)) {
      withdraw(sharing);
    }
    follow(stream, message);
    if (sharing.isFound()) {
      follow(common(sharing, standard), message);
    }
  }

  private SequenceStream turnTo(StreamKey key, Counting standard, Arrival message) {
    var stream = all.get(key);
    if (stream != null) {
      if (relatives != null && !key.samples()) {
        relatives.heard(stream);
      }
      last = stream;
      return stream;
    }
    stream = begin(key, standard, message);
    last = stream;
    return stream;
  }

  /** The stream that went on from another port, or a new one. */
  private SequenceStream begin(StreamKey key, Counting standard, Arrival message) {
    var known = key.samples() ? null : continued(key, message);
    if (known != null) {
      move(known, key);
      return known;
    }
    var stream = put(key, standard);
    if (!key.samples()) {
      relate(stream);
    }
    return stream;
  }

  private SequenceStream put(StreamKey key, Counting standard) {
    if (all.size() == streamsMax) {
      giveBack();
    }
    var stream = new SequenceStream(key, standard, metrics);
    all.put(key, stream);
    return stream;
  }

  private @Nullable SequenceStream continued(StreamKey key, Arrival message) {
    if (relatives != null) {
      return relatives.continued(key, message);
    }
    var one = only;
    return one != null
            && one.key().ofAnyPort().equals(key.ofAnyPort())
            && one.isContinuedBy(message)
        ? one
        : null;
  }

  private void move(SequenceStream stream, StreamKey to) {
    all.remove(stream.key());
    if (relatives != null) {
      relatives.remove(stream);
    }
    stream.move(to);
    all.put(to, stream);
    if (relatives != null) {
      relatives.add(stream);
    }
  }

  private void relate(SequenceStream stream) {
    if (relatives == null) {
      var one = only;
      if (one == null) {
        only = stream;
        return;
      }
      relatives = new Relatives();
      relatives.add(one);
      only = null;
    }
    relatives.add(stream);
  }

  private void follow(SequenceStream stream, Arrival message) {
    int before = stream.weight();
    stream.accept(message);
    account(stream.weight() - before);
  }

  /** To be called last: of the streams that go for this, the one that grew may be one. */
  private void account(int grown) {
    if (grown > 0) {
      sequences.grew(share, grown);
    } else if (grown < 0) {
      sequences.shrank(share, -grown);
    }
  }

  /** What the domains seemed to have lost was sent by the others. */
  private void withdraw(Sharing sharing) {
    for (var stream : all.values()) {
      if (stream.sharing() == sharing) {
        int before = stream.weight();
        stream.withdraw();
        account(stream.weight() - before);
      }
    }
  }

  /** The stream of the count that several domains share. */
  private SequenceStream common(Sharing sharing, Counting standard) {
    var stream = all.get(sharing.key());
    if (stream == null) {
      stream = put(sharing.key(), standard);
    }
    return stream;
  }

  /** A record of an earlier message of this stream was read, now that its template came. */
  void readLate(StreamKey key, long sequence, boolean isFlow) {
    var stream = all.get(key);
    if (stream == null) {
      return;
    }
    stream.readLate(sequence, isFlow);
    var sharing = stream.sharing();
    var common = sharing == null ? null : all.get(sharing.key());
    if (common != null) {
      common.readLate(sequence, isFlow);
    }
  }

  /** Follows the stream silent longest no more; false if there is none. */
  boolean giveBack() {
    var eldest = all.firstEntry();
    if (eldest == null) {
      return false;
    }
    remove(eldest.getValue());
    sequences.evicted();
    return true;
  }

  private void remove(SequenceStream stream) {
    all.remove(stream.key());
    missing += stream.key().samples() ? 0 : stream.missing();
    gaps += stream.gaps();
    restarts += stream.restarts();
    if (relatives != null && !stream.key().samples()) {
      relatives.remove(stream);
    }
    only = only == stream ? null : only;
    last = last == stream ? null : last;
    sequences.shrank(share, stream.weight());
  }

  /** Ends the streams of a connection that was closed. */
  void close(int port) {
    for (var stream : new ArrayList<>(all.values())) {
      if (stream.key().isOfConnection(port)) {
        remove(stream);
      }
    }
  }

  /** The exporter has earned its page. */
  void establish() {
    sequences.establish(share, this);
  }

  /** The exporter is forgotten. */
  void release() {
    sequences.release(share);
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
