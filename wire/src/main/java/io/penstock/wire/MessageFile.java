package io.penstock.wire;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads IPFIX messages one behind the other: an IPFIX file (RFC 5655) or a recorded stream. */
final class MessageFile implements PayloadSource {

  /** Octets of an IPFIX message header (RFC 7011 §3.1). */
  static final int HEADER = 16;

  /** Octets of the header up to and including the length. */
  static final int LENGTH_KNOWN = 4;

  private final Input input;
  private final CaptureCounts counts;

  MessageFile(Input input, CaptureCounts counts) {
    this.input = input;
    this.counts = counts;
  }

  /** Whether these octets are whole IPFIX messages and nothing else. */
  static boolean isSequence(byte[] bytes) {
    int at = 0;
    while (bytes.length - at >= HEADER) {
      int length = Octets.u16(bytes, at + 2);
      if (Octets.u16(bytes, at) != ProtocolVersion.IPFIX.number() || length < HEADER) {
        return false;
      }
      at += length;
    }
    return at > 0 && at == bytes.length;
  }

  @Override
  public @Nullable Payload next() throws CaptureException {
    long at = input.offset();
    var start = input.peek(LENGTH_KNOWN);
    if (start.length == 0) {
      return null;
    }
    counts.packets++;
    if (start.length < LENGTH_KNOWN) {
      throw new CaptureException("the file ends inside the message at offset " + at);
    }
    int version = Octets.u16(start, 0);
    int length = Octets.u16(start, 2);
    if (version != ProtocolVersion.IPFIX.number() || length < HEADER) {
      throw new CaptureException(
          "no IPFIX message at offset %d: version %d, length %d".formatted(at, version, length));
    }
    var bytes = new byte[length];
    int got = input.read(bytes, 0, length);
    boolean isTruncated = got < length;
    counts.truncated += isTruncated ? 1 : 0;
    return new Payload(
        Transport.STREAM,
        Capture.NOBODY,
        Capture.NOBODY,
        Capture.NO_TIME,
        isTruncated ? Arrays.copyOf(bytes, got) : bytes,
        0,
        got,
        isTruncated);
  }
}
