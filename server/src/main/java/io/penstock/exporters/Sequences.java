package io.penstock.exporters;

import io.penstock.wire.Shares;
import io.penstock.wire.Shares.Share;

/**
 * How many sequences all exporters of a book have followed together, and who gives some up when
 * they are too many: see {@link Shares}. A stream is as many sequences as it has tracks, which is
 * one unless several devices look like it.
 */
final class Sequences {

  private final Shares<Streams> shares;
  private final ExporterMetrics metrics;

  Sequences(int sequencesMax, ExporterMetrics metrics) {
    this.shares = new Shares<>(sequencesMax);
    this.metrics = metrics;
  }

  /** An exporter has so many more. */
  void grew(Share<Streams> share, int by) {
    add(share, by);
    while (shares.isExceeded() && shares.payer(share).giveBack()) {
      // Whoever has to pay may change with each one.
    }
  }

  /** An exporter has so many less. */
  void shrank(Share<Streams> share, int by) {
    add(share, -by);
  }

  private void add(Share<Streams> share, int by) {
    shares.add(share, by);
    metrics.sequences(by);
  }

  /** A stream had to go. */
  void evicted() {
    metrics.evictedSequence();
  }

  /** The exporter has earned its page; of its sequences it keeps what the established may have. */
  void establish(Share<Streams> share, Streams streams) {
    while (!shares.canEstablish(share) && streams.giveBack()) {
      // One after the other, until they fit.
    }
    shares.establish(share);
  }

  /** The exporter is forgotten. */
  void release(Share<Streams> share) {
    shrank(share, (int) share.amount());
  }
}
