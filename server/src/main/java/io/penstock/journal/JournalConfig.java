package io.penstock.journal;

import java.time.Duration;

/**
 * Limits of the journal.
 *
 * @param waitingMax exchanges that wait for the log
 * @param waitingBytesMax octets of bodies and headers among them
 * @param batchMax exchanges that become durable together
 * @param stopWithin for what waits at the stop
 */
public record JournalConfig(
    int waitingMax, long waitingBytesMax, int batchMax, Overflow overflow, Duration stopWithin) {

  public static final JournalConfig DEFAULT =
      new JournalConfig(16_384, 16L << 20, 512, Overflow.DROP, Duration.ofSeconds(3));
}
