package io.penstock.exporters;

import java.util.ArrayList;
import java.util.List;

/**
 * The last datagrams of one exporter, as they were received: their octets back to back in an array
 * that is written round and round, and grows as long as the budget allows.
 */
final class Recording {

  private static final int KEPT = 32;
  private static final int CAPACITY_MIN = 256;
  private static final int CAPACITY_MAX = 64 * 1024;

  private final Recordings budget;
  private byte[] octets = {};
  private final int[] starts = new int[KEPT];
  private final int[] lengths = new int[KEPT];
  private final int[] originals = new int[KEPT];
  private final int[] ports = new int[KEPT];
  private final int[] localPorts = new int[KEPT];
  private final long[] times = new long[KEPT];
  private int oldest;
  private int count;
  private int used;

  /**
   * A datagram that was kept.
   *
   * @param timeNanos when it was received
   * @param port the exporter's port
   * @param localPort the port it was received on; 0 when not known
   * @param payload its octets, or the first of them
   * @param length how many it had
   */
  record Kept(long timeNanos, int port, int localPort, byte[] payload, int length) {}

  Recording(Recordings budget) {
    this.budget = budget;
  }

  int capacity() {
    return octets.length;
  }

  /** Keeps a datagram in place of the oldest; as much of it as there is room for. */
  void add(long timeNanos, int port, int localPort, byte[] buffer, int offset, int length) {
    makeRoom(length);
    int kept = Math.min(length, octets.length);
    while (count == KEPT || used + kept > octets.length) {
      if (count == 0) {
        return;
      }
      dropOldest();
    }
    int newest = (oldest + count) % KEPT;
    int start = count == 0 ? 0 : end((newest + KEPT - 1) % KEPT);
    starts[newest] = start;
    lengths[newest] = kept;
    originals[newest] = length;
    ports[newest] = port;
    localPorts[newest] = localPort;
    times[newest] = timeNanos;
    int first = Math.min(kept, octets.length - start);
    System.arraycopy(buffer, offset, octets, start, first);
    System.arraycopy(buffer, offset + first, octets, 0, kept - first);
    used += kept;
    count++;
  }

  private int end(int which) {
    int end = starts[which] + lengths[which];
    return end >= octets.length ? end - octets.length : end;
  }

  private void dropOldest() {
    used -= lengths[oldest];
    oldest = (oldest + 1) % KEPT;
    count--;
  }

  /** Grows while what is kept does not fill 32 places, and the budget allows it. */
  private void makeRoom(int length) {
    while (used + length > octets.length && count < KEPT && octets.length < CAPACITY_MAX) {
      int wanted = Math.max(CAPACITY_MIN, octets.length * 2);
      if (!budget.reserve(this, wanted - octets.length)) {
        return;
      }
      resize(wanted);
    }
  }

  /** Gives half of its octets back, and with them the oldest datagrams; how many. */
  int halve() {
    int half = octets.length / 2;
    while (used > half) {
      dropOldest();
    }
    resize(half);
    return half;
  }

  private void resize(int capacity) {
    var moved = new byte[capacity];
    int at = 0;
    for (int i = 0; i < count; i++) {
      int which = (oldest + i) % KEPT;
      copy(which, moved, at);
      starts[which] = at;
      at += lengths[which];
    }
    octets = moved;
  }

  private void copy(int which, byte[] into, int at) {
    int first = Math.min(lengths[which], octets.length - starts[which]);
    System.arraycopy(octets, starts[which], into, at, first);
    System.arraycopy(octets, 0, into, at + first, lengths[which] - first);
  }

  /** What is kept, oldest first. */
  List<Kept> datagrams() {
    var all = new ArrayList<Kept>(count);
    for (int i = 0; i < count; i++) {
      int which = (oldest + i) % KEPT;
      var payload = new byte[lengths[which]];
      copy(which, payload, 0);
      all.add(new Kept(times[which], ports[which], localPorts[which], payload, originals[which]));
    }
    return all;
  }
}
