package io.penstock.exporters;

/**
 * Whether the numbers of a stream that should count datagrams mean anything. Some exporters of
 * NetFlow v9 count what they measured instead of what they sent: softflowd counts connections, each
 * of which makes one record or two. Such a number advances by more than one and by less than the
 * records between; no rule foretells by how much, and each step looks like a loss.
 *
 * <p>A step speaks for that when it lies between half of the records and all of them, and against
 * it when it is one, or less than half. A loss is no such step as a rule, for datagrams are full;
 * one that returns, as when every second datagram goes to another collector, has always the same
 * length, so steps have to differ before they are believed.
 */
final class Usability {

  private static final int STEPS_MIN = 3;

  /** As many steps count in full; then those before count half, so that it can change its mind. */
  private static final int STEPS_MAX = 64;

  private boolean hasBegun;
  private boolean isUsable = true;
  private int lastSequence;
  private int lastRecords;
  private int against;
  private int speaking;
  private int shortest = Integer.MAX_VALUE;
  private int longest;

  boolean isUsable() {
    return isUsable;
  }

  /** Takes the next message; whether the numbers mean something, as far as known. */
  boolean learn(Arrival message) {
    if (hasBegun && lastRecords > 1) {
      weigh(message.sequence() - lastSequence);
    }
    hasBegun = true;
    lastSequence = message.sequence();
    lastRecords = message.isComplete() ? message.records() : 0;
    return isUsable;
  }

  private void weigh(int step) {
    if (step < 1 || step >= lastRecords && step > 1) {
      return;
    }
    if (step == 1 || step < lastRecords - step) {
      against++;
    } else {
      speaking++;
      shortest = Math.min(shortest, step);
      longest = Math.max(longest, step);
    }
    isUsable = speaking < STEPS_MIN || speaking <= against || shortest == longest;
    if (speaking + against >= STEPS_MAX) {
      speaking /= 2;
      against /= 2;
    }
  }
}
