package io.penstock.wire;

/** The decoder's one way out: what is found goes to the handler and into the counters together. */
final class Ledger {

  private final DecoderCounters counters;
  private final RecordHandler handler;

  Ledger(DecoderCounters counters, RecordHandler handler) {
    this.counters = counters;
    this.handler = handler;
  }

  RecordHandler handler() {
    return handler;
  }

  void count(DecoderCounters.Count count) {
    counters.add(count, 1);
  }

  void count(DecoderCounters.Count count, long amount) {
    counters.add(count, amount);
  }

  void reject(Exporter exporter, Rejection reason, int octets) {
    counters.reject(reason, octets);
    handler.rejected(exporter, reason, octets);
  }
}
