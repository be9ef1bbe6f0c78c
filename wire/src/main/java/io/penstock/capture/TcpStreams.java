package io.penstock.capture;

import io.penstock.capture.PacketPayloads.Packet;
import io.penstock.wire.MessageFramer;
import io.penstock.wire.Octets;
import io.penstock.wire.ProtocolVersion;
import io.penstock.wire.Transport;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes IPFIX messages out of captured TCP connections (RFC 7011 §10.4): each direction's segments
 * are put in order, and the messages framed by their own length.
 *
 * <p>A stream whose beginning was not captured is joined at the first segment that starts with an
 * IPFIX header. One that misses octets, or stops being IPFIX, is counted and joined again in the
 * same way. What never looks like IPFIX is skipped.
 */
final class TcpStreams {

  private static final int STREAMS_MAX = 1024;
  private static final int EARLY_BYTES_MAX = 1 << 16;
  private static final int SYN = 0x02;

  private final CaptureCounts counts;
  private final Consumer<Payload> out;
  private final LinkedHashMap<Key, Stream> streams = new LinkedHashMap<>(16, 0.75f, true);
  private long nowNanos;

  TcpStreams(CaptureCounts counts, Consumer<Payload> out) {
    this.counts = counts;
    this.out = out;
  }

  private record Key(InetSocketAddress source, InetSocketAddress destination) {}

  private static final class Stream {
    private final MessageFramer.Receiver receiver;
    private MessageFramer framer;
    private boolean isJoined;
    private boolean isBroken;
    private int next;
    // Segments that came before those in front of them, by sequence number. All lie less than 2^31
    // ahead of next, so comparing by difference orders them across the wrap.
    private final TreeMap<Integer, byte[]> early =
        new TreeMap<>((a, b) -> Integer.compare(a - b, 0));
    private int earlyBytes;

    Stream(MessageFramer.Receiver receiver) {
      this.receiver = receiver;
      this.framer = new MessageFramer(receiver);
    }

    void append(byte[] bytes, int at, int length) {
      framer.accept(bytes, at, length);
      next += length;
    }

    void leave() {
      isJoined = false;
      framer = new MessageFramer(receiver);
      early.clear();
      earlyBytes = 0;
    }
  }

  void add(Packet packet) {
    var bytes = packet.bytes();
    int at = packet.start();
    int headerLength = packet.end() - at < 20 ? 0 : Octets.u8(bytes, at + 12) / 16 * 4;
    if (headerLength < 20 || at + headerLength > packet.end()) {
      counts.malformed++;
      return;
    }
    var key =
        new Key(
            new InetSocketAddress(packet.source(), Octets.u16(bytes, at)),
            new InetSocketAddress(packet.destination(), Octets.u16(bytes, at + 2)));
    var stream = streamOf(key);
    int sequence = (int) Octets.u32(bytes, at + 4);
    if ((bytes[at + 13] & SYN) != 0) {
      stream.leave();
      stream.isBroken = false;
      stream.isJoined = true;
      // SYN itself takes a sequence number (RFC 9293 §3.4).
      stream.next = ++sequence;
    }
    int data = at + headerLength;
    int length = packet.end() - data;
    if (length > 0) {
      nowNanos = packet.timeNanos();
      take(stream, packet.bytes(), sequence, data, length);
    }
    if (packet.isCut()) {
      // The octets behind the cut are gone for good.
      giveUp(stream);
    }
  }

  private Stream streamOf(Key key) {
    var stream = streams.get(key);
    if (stream == null) {
      if (streams.size() == STREAMS_MAX) {
        end(streams.pollFirstEntry());
      }
      stream = new Stream((buffer, offset, length) -> emit(key, buffer, offset, length));
      streams.put(key, stream);
    }
    return stream;
  }

  private void take(Stream stream, byte[] bytes, int sequence, int at, int length) {
    if (!stream.isJoined) {
      if (!isHeader(bytes, at, length)) {
        counts.skipped++;
        return;
      }
      stream.isJoined = true;
      stream.next = sequence;
    }
    int ahead = sequence - stream.next;
    if (ahead > 0) {
      hold(stream, bytes, sequence, at, length);
      return;
    }
    if (ahead + length <= 0) {
      return; // sent again, all of it known
    }
    stream.append(bytes, at - ahead, length + ahead);
    takeHeld(stream);
    if (stream.framer.isCorrupt()) {
      giveUp(stream);
    }
  }

  private void hold(Stream stream, byte[] bytes, int sequence, int at, int length) {
    if (stream.earlyBytes + length > EARLY_BYTES_MAX) {
      giveUp(stream);
      return;
    }
    var previous = stream.early.put(sequence, Arrays.copyOfRange(bytes, at, at + length));
    stream.earlyBytes += length - (previous == null ? 0 : previous.length);
  }

  private static void takeHeld(Stream stream) {
    var first = stream.early.firstEntry();
    while (first != null && first.getKey() - stream.next <= 0) {
      stream.early.pollFirstEntry();
      var bytes = first.getValue();
      stream.earlyBytes -= bytes.length;
      int known = stream.next - first.getKey();
      if (known < bytes.length) {
        stream.append(bytes, known, bytes.length - known);
      }
      first = stream.early.firstEntry();
    }
  }

  private void emit(Key key, byte[] buffer, int offset, int length) {
    out.accept(
        new Payload(
            Transport.STREAM,
            key.source(),
            key.destination(),
            nowNanos,
            Arrays.copyOfRange(buffer, offset, offset + length),
            0,
            length,
            false));
  }

  private static boolean isHeader(byte[] bytes, int at, int length) {
    return length >= MessageFile.LENGTH_KNOWN
        && Octets.u16(bytes, at) == ProtocolVersion.IPFIX.number()
        && Octets.u16(bytes, at + 2) >= MessageFile.HEADER;
  }

  /** Counts a stream once, however often it cannot be followed. */
  private void giveUp(Stream stream) {
    if (stream.isJoined && !stream.isBroken) {
      stream.isBroken = true;
      counts.streamsBroken++;
    }
    stream.leave();
  }

  private void end(Map.@Nullable Entry<Key, Stream> entry) {
    if (entry == null) {
      return;
    }
    var stream = entry.getValue();
    if (!stream.early.isEmpty()) {
      giveUp(stream);
    } else if (stream.framer.held() > 0) {
      counts.truncated++;
    }
  }

  /** The capture is over: messages without their end stay so. */
  void finish() {
    streams.entrySet().forEach(this::end);
    streams.clear();
  }
}
