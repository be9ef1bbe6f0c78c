package io.penstock.sflow;

import io.penstock.wire.DecoderCounters;
import io.penstock.wire.DecoderCounters.Count;
import io.penstock.wire.Rejection;

/**
 * Takes datagrams of sFlow version 5 apart. Remembers nothing but its counters; not safe for
 * threads.
 *
 * <p>No input throws, and no count or length in it is believed beyond the octets that are there.
 * What is not known is skipped by its length. The books balance as those of the flow protocols do:
 * octets received are those of headers, of samples handed on, of padding, and those rejected.
 */
public final class SflowDecoder {

  private static final int FLOW = 1;
  private static final int COUNTERS = 2;
  private static final int FLOW_EXPANDED = 3;
  private static final int COUNTERS_EXPANDED = 4;
  private static final int DISCARDED = 5;

  /** Data format and length of a sample. */
  private static final int SAMPLE_HEADER = 2 * Xdr.UNIT;

  private final DecoderCounters counters;
  private final SflowHandler handler;
  private final SflowDatagram datagram = new SflowDatagram();
  private final SflowSample sample = new SflowSample();

  /**
   * A decoder.
   *
   * @param counters where everything is counted; perhaps shared with the flow protocols' decoder on
   *     the same thread
   */
  public SflowDecoder(DecoderCounters counters, SflowHandler handler) {
    this.counters = counters;
    this.handler = handler;
  }

  /**
   * Whether a datagram is sFlow of any version. Its version takes 32 bits, of which the upper half
   * is zero; no other protocol begins so.
   */
  public static boolean isSflow(byte[] bytes, int offset, int length) {
    if (length < Xdr.UNIT) {
      return false;
    }
    int version = Xdr.bits(bytes, offset);
    return version == SflowDatagram.VERSION || version == 4 || version == 2;
  }

  /** Reads one datagram. The buffer may be reused after the call. */
  public void decode(byte[] bytes, int offset, int length) {
    counters.add(Count.DATAGRAMS, 1);
    counters.add(Count.OCTETS, length);
    if (length < Xdr.UNIT) {
      reject(Rejection.TRUNCATED_HEADER, length);
      return;
    }
    if (Xdr.bits(bytes, offset) != SflowDatagram.VERSION) {
      reject(Rejection.UNKNOWN_VERSION, length);
      return;
    }
    int end = offset + length;
    int first = datagram.read(bytes, offset, end);
    if (first < 0) {
      reject(Rejection.TRUNCATED_HEADER, length);
      return;
    }
    counters.add(Count.MESSAGES, 1);
    counters.add(Count.FRAMING_OCTETS, first - offset);
    samples(bytes, first, end);
  }

  private void samples(byte[] bytes, int first, int end) {
    int at = first;
    long seen = 0;
    int handedOn = 0;
    boolean isCut = false;
    while (seen < datagram.stated() && end - at >= SAMPLE_HEADER) {
      int from = at + SAMPLE_HEADER;
      long length = Xdr.unsigned(bytes, at + Xdr.UNIT);
      isCut = length > end - from;
      if (isCut && end - from < fixedOctets(Xdr.bits(bytes, at))) {
        break;
      }
      int to = isCut ? end : (int) (from + length);
      int next = (int) Math.min(end, from + Xdr.padded(to - from));
      handedOn += sample(bytes, at, from, to, next) ? 1 : 0;
      at = next;
      seen++;
    }
    boolean isTruncated = isCut || seen < datagram.stated();
    handler.datagram(datagram, handedOn, !isTruncated && handedOn == seen);
    if (isTruncated) {
      reject(Rejection.TRUNCATED, end - at);
    } else {
      beyond(bytes, at, end);
    }
  }

  /** Reads the sample that begins at {@code at}; whether it was handed on. */
  private boolean sample(byte[] bytes, int at, int from, int to, int next) {
    int format = Xdr.bits(bytes, at);
    int fixed = fixedOctets(format);
    if (fixed < 0) {
      reject(Rejection.UNKNOWN_FORMAT, next - at);
      return false;
    }
    if (to - from < fixed) {
      reject(Rejection.BAD_RECORD, next - at);
      return false;
    }
    switch (format) {
      case FLOW -> sample.readFlow(bytes, from, to);
      case FLOW_EXPANDED -> sample.readFlowExpanded(bytes, from, to);
      case COUNTERS -> sample.readCounters(bytes, from, to);
      case COUNTERS_EXPANDED -> sample.readCountersExpanded(bytes, from, to);
      default -> sample.readDiscarded(bytes, from, to);
    }
    handler.sample(datagram, sample);
    boolean isCounters = sample.kind() == SflowSample.Kind.COUNTERS;
    counters.add(isCounters ? Count.COUNTER_SAMPLES : Count.RECORDS, 1);
    counters.add(Count.RECORD_OCTETS, next - at);
    return true;
  }

  /** Octets before the records of a sample; -1 when its format is not known. */
  private static int fixedOctets(int format) {
    return switch (format) {
      case FLOW -> SflowSample.FLOW_OCTETS;
      case COUNTERS -> SflowSample.COUNTERS_OCTETS;
      case FLOW_EXPANDED -> SflowSample.FLOW_EXPANDED_OCTETS;
      case COUNTERS_EXPANDED -> SflowSample.COUNTERS_EXPANDED_OCTETS;
      case DISCARDED -> SflowSample.DISCARDED_OCTETS;
      default -> -1;
    };
  }

  private void beyond(byte[] bytes, int at, int end) {
    for (int i = at; i < end; i++) {
      if (bytes[i] != 0) {
        reject(Rejection.BEYOND_MESSAGE, end - at);
        return;
      }
    }
    counters.add(Count.PADDING_OCTETS, end - at);
  }

  private void reject(Rejection reason, int octets) {
    counters.reject(reason, octets);
    handler.rejected(reason, octets);
  }
}
