package io.penstock.metrics;

import io.penstock.event.Ip;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How many different addresses there were, in at most 4 KiB. It keeps the smallest {@value #KEPT}
 * hashes: while there are fewer, their number is the answer; from there on the largest of them
 * tells how densely the hashes lie. The estimate is then off by 4 % (one standard deviation, Bar-
 * Yossef et al., "Counting distinct elements in a data stream", 2002). Guarded by its owner.
 */
final class Distinct {

  private static final int KEPT = 512;

  /** Nobody outside can choose addresses whose hashes are small. */
  private static final long SEED = ThreadLocalRandom.current().nextLong();

  private long[] smallest = new long[4];
  private int size;

  /** Spreads an address over the numbers from 0 to 2^63. */
  static long hash(Ip ip) {
    return mix(mix(ip.high() ^ SEED) ^ ip.low()) >>> 1;
  }

  /** The finalizer of MurmurHash3: each bit of the input turns half of the bits of the output. */
  private static long mix(long value) {
    long mixed = (value ^ value >>> 33) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
    return mixed ^ mixed >>> 33;
  }

  void add(long hash) {
    if (size == KEPT && hash >= smallest[size - 1]) {
      return;
    }
    int found = Arrays.binarySearch(smallest, 0, size, hash);
    if (found < 0) {
      insert(-found - 1, hash);
    }
  }

  private void insert(int at, long hash) {
    if (size < KEPT) {
      if (size == smallest.length) {
        smallest = Arrays.copyOf(smallest, Math.min(KEPT, 2 * size));
      }
      size++;
    }
    System.arraycopy(smallest, at, smallest, at + 1, size - at - 1);
    smallest[at] = hash;
  }

  long estimate() {
    if (size < KEPT) {
      return size;
    }
    double share = smallest[KEPT - 1] / 0x1p63;
    return Math.round((KEPT - 1) / share);
  }
}
