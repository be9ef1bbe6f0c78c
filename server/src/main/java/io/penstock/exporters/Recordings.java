package io.penstock.exporters;

import java.util.LinkedHashSet;

/**
 * The memory that all recordings of a book share. Who has more than a fair share gives half of it
 * back when another one needs room.
 */
final class Recordings {

  /** Recordings looked at to find one that can give. */
  private static final int STEPS = 8;

  private final long octetsMax;
  private final LinkedHashSet<Recording> holders = new LinkedHashSet<>();
  private long octets;

  Recordings(long octetsMax) {
    this.octetsMax = octetsMax;
  }

  long octets() {
    return octets;
  }

  /** Whether a recording may have so many octets more. */
  boolean reserve(Recording recording, int more) {
    holders.add(recording);
    long fair = octetsMax / holders.size();
    if (recording.capacity() > 0
        && recording.capacity() + more > fair
        && octets + more > octetsMax) {
      return false;
    }
    for (int i = 0; i < STEPS && octets + more > octetsMax; i++) {
      var other = holders.getFirst();
      holders.addLast(other);
      if (other != recording && other.capacity() > fair) {
        octets -= other.halve();
      }
    }
    if (octets + more > octetsMax) {
      return false;
    }
    octets += more;
    return true;
  }

  /** The recording is gone. */
  void release(Recording recording) {
    if (holders.remove(recording)) {
      octets -= recording.capacity();
    }
  }
}
