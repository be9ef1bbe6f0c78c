package io.penstock.wire;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What the decoders of one thread did so far, of the flow protocols and of sFlow. Written by that
 * thread alone, readable from any.
 *
 * <p>The books balance after every message: {@link Count#OCTETS} is the sum of {@link
 * Count#FRAMING_OCTETS}, {@link Count#TEMPLATE_OCTETS}, {@link Count#RECORD_OCTETS}, {@link
 * Count#PADDING_OCTETS}, {@link Count#WAITING_OCTETS} and {@link #rejectedOctets()}.
 */
public final class DecoderCounters {

  /** What is counted. */
  public enum Count {
    /** Datagrams, or messages of a stream, handed to the decoder. */
    DATAGRAMS,
    /** Their octets. */
    OCTETS,
    /** Messages whose header was read; a datagram may hold several. */
    MESSAGES,
    /** Messages of NetFlow v1, v5, v7 or v8 whose count contradicts their length. */
    COUNT_MISMATCHES,
    /** Data records of flows, and sampled packets, handed on. */
    RECORDS,
    /** Data records of options templates handed on. */
    OPTIONS_RECORDS,
    /** Of both, those that had waited for their template. */
    LATE_RECORDS,
    /** sFlow counter samples handed on. */
    COUNTER_SAMPLES,
    /** Data sets read at once. */
    SETS_DECODED,
    /** Data sets put aside because their template was unknown. */
    SETS_PUT_ASIDE,
    /** Of those, the ones read later. */
    SETS_DECODED_LATE,
    /** Sets read with the template of another session of the same address. */
    SETS_BORROWED_TEMPLATE,
    /** Template definitions: new ones. */
    TEMPLATES_LEARNED,
    /** Template definitions that replaced a different layout. */
    TEMPLATES_CHANGED,
    /** Template definitions equal to what was known. */
    TEMPLATES_REFRESHED,
    /** Templates withdrawn by their exporter over a stream. */
    TEMPLATES_WITHDRAWN,
    /** Withdrawals over UDP, which must be ignored (RFC 7011 §8.4). */
    WITHDRAWALS_IGNORED,
    /** Templates that nobody refreshed in time. */
    TEMPLATES_EXPIRED,
    /** Templates displaced because of a limit. */
    TEMPLATES_EVICTED,
    /** Sessions displaced because of a limit. */
    SESSIONS_EVICTED,
    /** Addresses found to hide several exporters. */
    ADDRESSES_SPLIT,
    /** Octets of message and set headers. */
    FRAMING_OCTETS,
    /** Octets of template definitions and withdrawals. */
    TEMPLATE_OCTETS,
    /** Octets of data records handed on. */
    RECORD_OCTETS,
    /** Octets behind the last record, set or message that mean nothing. */
    PADDING_OCTETS,
    /** Now: data sets that wait for their template. */
    WAITING_SETS,
    /** Now: their octets. */
    WAITING_OCTETS,
    /** Now: templates known. */
    TEMPLATES,
    /** Now: sessions known. */
    SESSIONS,
    /** Of those, the ones whose state newcomers cannot displace. */
    SESSIONS_ESTABLISHED
  }

  private static final int REASONS = Rejection.values().length;

  private final AtomicLongArray counts = new AtomicLongArray(Count.values().length);
  private final AtomicLongArray rejections = new AtomicLongArray(REASONS);
  private final AtomicLongArray rejectedOctets = new AtomicLongArray(REASONS);

  public DecoderCounters() {}

  public long get(Count count) {
    return counts.get(count.ordinal());
  }

  /** How often something was rejected for this reason. */
  public long rejected(Rejection reason) {
    return rejections.get(reason.ordinal());
  }

  /** Octets rejected for this reason. */
  public long rejectedOctets(Rejection reason) {
    return rejectedOctets.get(reason.ordinal());
  }

  /** Octets rejected for any reason. */
  public long rejectedOctets() {
    long sum = 0;
    for (int i = 0; i < REASONS; i++) {
      sum += rejectedOctets.get(i);
    }
    return sum;
  }

  /** Counts; for decoders, on their thread. */
  public void add(Count count, long amount) {
    add(counts, count.ordinal(), amount);
  }

  /** Counts a rejection and its octets; for decoders, on their thread. */
  public void reject(Rejection reason, long octets) {
    add(rejections, reason.ordinal(), 1);
    add(rejectedOctets, reason.ordinal(), octets);
  }

  /** One thread writes, so a plain read and a release write lose nothing and cost no fence. */
  private static void add(AtomicLongArray cells, int index, long amount) {
    cells.setRelease(index, cells.getPlain(index) + amount);
  }
}
