package io.penstock.exporters;

/**
 * The latest gaps in a sequence, so that a datagram which comes late takes back what was missed.
 * Positions are modulo 2^32; when more gaps are open than fit, the oldest counts as lost for good.
 */
final class Gaps {

  private static final int KEPT = 16;

  private final int[] starts = new int[KEPT];
  private final int[] lengths = new int[KEPT];
  private int newest;

  void add(int start, int length) {
    newest = (newest + 1) % KEPT;
    starts[newest] = start;
    lengths[newest] = length;
  }

  boolean contains(int position) {
    return find(position) >= 0;
  }

  private int find(int position) {
    for (int i = 0; i < KEPT; i++) {
      if (lengths[i] > 0 && Integer.compareUnsigned(position - starts[i], lengths[i]) < 0) {
        return i;
      }
    }
    return -1;
  }

  /** Takes a late message's units out of the gap they fall into; how many were missed there. */
  int fill(int position, int units) {
    int gap = find(position);
    if (gap < 0) {
      return 0;
    }
    int before = position - starts[gap];
    int filled = Math.min(units, lengths[gap] - before);
    int after = lengths[gap] - before - filled;
    lengths[gap] = before;
    if (after > 0 && before == 0) {
      starts[gap] = position + filled;
      lengths[gap] = after;
    } else if (after > 0) {
      add(position + filled, after);
    }
    return filled;
  }
}
