package io.penstock.capture;

import io.penstock.capture.PacketPayloads.Packet;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Puts fragmented IP packets together (RFC 791 §3.2, RFC 8200 §4.5). Bounded in packets under
 * construction, their size and their age; what is given up is counted as lost.
 *
 * <p>Where fragments overlap, the later one wins: an attack on reassembly (RFC 5722) ends as a
 * datagram that the decoder rejects.
 */
final class Fragments {

  private static final int UNFINISHED_MAX = 256;
  private static final int PACKET_BYTES_MAX = 65_535;
  private static final long AGE_NANOS_MAX = 30_000_000_000L;

  private final CaptureCounts counts;
  private final LinkedHashMap<Key, Unfinished> unfinished = new LinkedHashMap<>();

  Fragments(CaptureCounts counts) {
    this.counts = counts;
  }

  private record Key(InetAddress source, InetAddress destination, int protocol, long id) {}

  private static final class Unfinished {
    private final long startNanos;
    private final BitSet blocks = new BitSet();
    private byte[] bytes = new byte[2048];
    private int end = -1;

    Unfinished(long startNanos) {
      this.startNanos = startNanos;
    }

    void put(Packet part, int at, boolean hasMore) {
      int length = part.end() - part.start();
      if (at + length > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(at + length, bytes.length * 2));
      }
      System.arraycopy(part.bytes(), part.start(), bytes, at, length);
      blocks.set(at / 8, (at + length + 7) / 8);
      if (!hasMore) {
        end = at + length;
      }
    }

    boolean isWhole() {
      return end >= 0 && blocks.nextClearBit(0) >= (end + 7) / 8;
    }
  }

  /** Takes a fragment; the whole packet when it was the last one missing. */
  @Nullable Packet add(Packet part, long id, int at, boolean hasMore) {
    int length = part.end() - part.start();
    boolean isUsable =
        !part.isCut()
            && length > 0
            && at + length <= PACKET_BYTES_MAX
            && !(hasMore && length % 8 != 0);
    if (!isUsable) {
      // Its hole keeps the packet from ever being whole: that is counted when it is given up.
      counts.malformed++;
      return null;
    }
    var key = new Key(part.source(), part.destination(), part.protocol(), id);
    var packet = unfinished.get(key);
    if (packet != null && part.timeNanos() - packet.startNanos > AGE_NANOS_MAX) {
      // The sender has come round to using the same identification again.
      unfinished.remove(key);
      counts.fragmentsLost++;
      packet = null;
    }
    if (packet == null) {
      makeRoom();
      packet = new Unfinished(part.timeNanos());
      unfinished.put(key, packet);
    }
    packet.put(part, at, hasMore);
    if (!packet.isWhole()) {
      return null;
    }
    unfinished.remove(key);
    return new Packet(
        part.timeNanos(),
        part.source(),
        part.destination(),
        part.protocol(),
        packet.bytes,
        0,
        packet.end,
        false);
  }

  private void makeRoom() {
    if (unfinished.size() == UNFINISHED_MAX) {
      unfinished.pollFirstEntry();
      counts.fragmentsLost++;
    }
  }

  /** The capture is over: what is unfinished stays so. */
  void finish() {
    counts.fragmentsLost += unfinished.size();
    unfinished.clear();
  }
}
