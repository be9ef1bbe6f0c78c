package io.penstock.exporters;

/**
 * The latest messages with records that were not read, because their template is unknown or they
 * were cut short. How far such a message moves the count cannot be told: what the next number
 * leaves open is neither received nor missing until the records are read.
 */
final class Unread {

  private static final int KEPT = 8;
  private static final int OPEN = -1;

  private final int[] sequences = new int[KEPT];

  /** Units that the next number left open; {@link #OPEN} before it came. */
  private final int[] units = new int[KEPT];

  private int newest;

  void open(int sequence) {
    newest = (newest + 1) % KEPT;
    sequences[newest] = sequence;
    units[newest] = OPEN;
  }

  /** The next number came, so many units further on. */
  void close(int ahead) {
    if (units[newest] == OPEN) {
      units[newest] = ahead;
    }
  }

  /** Whether the next number is to come. */
  boolean isOpen() {
    return units[newest] == OPEN;
  }

  boolean isOpen(int which) {
    return units[which] == OPEN;
  }

  int find(int sequence) {
    for (int i = 0; i < KEPT; i++) {
      if (sequences[i] == sequence && units[i] != 0) {
        return i;
      }
    }
    return -1;
  }

  /** One of the units was read after all. */
  int take(int which) {
    if (units[which] <= 0) {
      return 0;
    }
    units[which]--;
    return 1;
  }
}
