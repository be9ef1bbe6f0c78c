package io.penstock.decode;

import java.security.SecureRandom;

/**
 * Makes event ids: UUIDs of version 8 (RFC 9562 §5.8) that sort by the time of receipt. The upper
 * half holds the milliseconds since 1970 in 48 bits; the lower half holds 30 random bits drawn when
 * the generator was made, and a 32-bit count. Not thread-safe: one for each thread that decodes.
 */
final class EventIds {

  private static final long VERSION_8 = 0x8000;
  private static final long VARIANT = 1L << 63;

  private final long node;
  private long count;
  private long high;
  private long low;

  EventIds() {
    this(new SecureRandom().nextLong());
  }

  /** With these bits in place of random ones: the same input gives the same ids. */
  EventIds(long random) {
    this.node = random & 0x3fff_ffffL;
  }

  /** Moves to the next id of an event received at this time. */
  void next(long receivedNanos) {
    long millis = receivedNanos / ExporterTime.MILLISECOND;
    long number = count++;
    // Bits 32 to 43 of the count go where the upper half has room: 2^44 ids before a repeat could
    // even be thought of, and then the milliseconds differ.
    high = millis << 16 | VERSION_8 | number >>> 32 & 0xfff;
    low = VARIANT | node << 32 | number & 0xffff_ffffL;
  }

  long high() {
    return high;
  }

  long low() {
    return low;
  }
}
