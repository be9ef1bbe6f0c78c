package io.penstock.exporters;

import io.penstock.event.Protocol;
import io.penstock.event.Quirk;
import io.penstock.event.Traffic.Sampling;
import io.penstock.wire.Rejection;
import io.penstock.wire.Transport;
import java.util.List;
import java.util.Map;

/**
 * What a book tells of one exporter at a moment. Immutable.
 *
 * @param id whom it is about
 * @param firstNanos when it was first heard since the server started, nanoseconds since 1970 UTC
 * @param lastNanos when it was last heard
 * @param datagrams datagrams and stream messages received, those dropped included
 * @param records data records decoded
 * @param events of these, the ones that became events
 * @param ports where it sends from, the latest last
 * @param protocols messages decoded, by protocol
 * @param domains what the streams call their domains, in the order they were first heard
 * @param sampling rates its flows were sampled at, the latest last
 * @param clockSkewNanos by how much its clock was ahead of ours, less the time of travel, when last
 *     heard; meaningless without {@code hasClock}
 * @param hasClock whether its messages tell the time
 * @param quirks events with something odd about them, by what it was
 * @param streams what its sequence numbers tell
 * @param forgotten the same of streams that are no longer followed, summed up
 * @param ledger what became of its octets
 * @param refusals what could not be decoded last, the latest last
 */
public record ExporterReport(
    ExporterId id,
    long firstNanos,
    long lastNanos,
    long datagrams,
    long records,
    long events,
    List<Port> ports,
    Map<Protocol, Long> protocols,
    List<Long> domains,
    List<Rate> sampling,
    long clockSkewNanos,
    boolean hasClock,
    Map<Quirk, Long> quirks,
    List<SequenceReport> streams,
    Forgotten forgotten,
    Ledger ledger,
    List<Refusal> refusals) {

  private static final long SILENT_NANOS = 120_000_000_000L;

  /** One that sends rarely is silent when this many of its pauses went by. */
  private static final int PAUSES = 5;

  /** Whether so much time went by since it was heard that it should have been. */
  public boolean isSilent(long nowNanos) {
    long pause = (lastNanos - firstNanos) / Math.max(1, datagrams - 1);
    return nowNanos - lastNanos > Math.max(SILENT_NANOS, PAUSES * pause);
  }

  /**
   * @param lastNanos when it last sent from this port
   */
  public record Port(Transport transport, int port, long lastNanos) {}

  /**
   * A sampling rate and where it came from.
   *
   * @param domain whose flows
   * @param lastNanos when flows were last scaled by it
   */
  public record Rate(long domain, Sampling sampling, long lastNanos) {}

  /** What streams that are no longer followed had missed. */
  public record Forgotten(long missing, long gaps, long restarts) {}

  /**
   * Where the octets went: <em>received = decoded + waiting + rejected + dropped</em>, as long as
   * the page lives.
   *
   * @param received octets of datagrams and messages
   * @param decoded headers, templates, records and padding that were understood
   * @param rejected octets by reason
   * @param rejections how often, by reason
   * @param dropped octets by reason
   * @param drops datagrams by reason
   * @param duplicates datagrams that had come before, dropped or not
   */
  public record Ledger(
      long received,
      long decoded,
      Map<Rejection, Long> rejected,
      Map<Rejection, Long> rejections,
      Map<Drop, Long> dropped,
      Map<Drop, Long> drops,
      long duplicates) {

    /** Octets that wait for their template. */
    public long waiting() {
      return received - decoded - sum(rejected) - sum(dropped);
    }

    private static long sum(Map<?, Long> amounts) {
      return amounts.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  /**
   * Something that could not be decoded.
   *
   * @param port where it came from
   */
  public record Refusal(long timeNanos, Rejection reason, int octets, int port) {}

  /** Units that never came, over all streams of datagrams and records. */
  public long missing() {
    return forgotten.missing()
        + streams.stream()
            .filter(stream -> !stream.key().samples())
            .mapToLong(SequenceReport::missing)
            .sum();
  }

  /** Gaps over all streams. */
  public long gaps() {
    return forgotten.gaps() + streams.stream().mapToLong(SequenceReport::gaps).sum();
  }

  /** Restarts over all streams. */
  public long restarts() {
    return forgotten.restarts() + streams.stream().mapToLong(SequenceReport::restarts).sum();
  }
}
