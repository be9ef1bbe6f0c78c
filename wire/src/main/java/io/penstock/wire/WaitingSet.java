package io.penstock.wire;

/**
 * A data set put aside until its template comes: a copy of its octets behind the set header, and
 * what is needed to read them as if they had just arrived.
 */
final class WaitingSet {

  /** What a set costs in memory beside its octets: a flood of tiny sets meets the limit too. */
  private static final int OVERHEAD = 400;

  final Session session;
  final long key;
  final Exporter exporter;
  final MessageHeader header;
  final byte[] body;
  final boolean isCut;
  final long receivedMillis;

  WaitingSet(Session session, long key, Message message, byte[] body, boolean isCut) {
    this.session = session;
    this.key = key;
    this.exporter = message.exporter();
    this.header = message.header();
    this.body = body;
    this.isCut = isCut;
    this.receivedMillis = message.receivedMillis();
  }

  int cost() {
    return cost(body.length);
  }

  static int cost(int octets) {
    return octets + OVERHEAD;
  }
}
