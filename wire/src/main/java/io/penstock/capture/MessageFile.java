package io.penstock.capture;

import io.penstock.wire.Octets;
import io.penstock.wire.ProtocolVersion;
import io.penstock.wire.Transport;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads IPFIX messages one behind the other: an IPFIX file (RFC 5655) or a recorded stream.
 *
 * <p>Files are written once and read for years, so damage is to be expected, and a file need not be
 * given up for it: where no message begins, what follows is searched for a place where one does,
 * and is confirmed by another behind it or the end of the file. A message whose sets do not fill it
 * and behind which none begins has a damaged length, and the search begins inside it.
 */
final class MessageFile implements PayloadSource {

  /** Octets of an IPFIX message header (RFC 7011 §3.1). */
  static final int HEADER = 16;

  /** Octets of the header up to and including the length. */
  static final int LENGTH_KNOWN = 4;

  private static final int MESSAGE_MAX = 65_535;

  /** In view during a search: any message and the header behind it. */
  private static final int VIEW_LEAST = 1 + MESSAGE_MAX + LENGTH_KNOWN;

  private static final int VIEW_MOST = 1 << 19;

  private final Input input;
  private final CaptureCounts counts;
  private final MessageChecksums checksums = new MessageChecksums();

  MessageFile(Input input, CaptureCounts counts) {
    this.input = input;
    this.counts = counts;
  }

  /** Whether these octets are whole IPFIX messages and nothing else, or were before damage. */
  static boolean isSequence(byte[] bytes) {
    int end = endOfMessages(bytes, 0);
    return end == bytes.length || end > 0 && resumption(bytes, end + 1, bytes.length, true) > 0;
  }

  /** Where the row of messages that begins here ends; the beginning if there is none. */
  private static int endOfMessages(byte[] bytes, int from) {
    int at = from;
    while (isHeader(bytes, at, bytes.length)
        && bytes.length - at >= Math.max(HEADER, Octets.u16(bytes, at + 2))) {
      at += Octets.u16(bytes, at + 2);
    }
    return at;
  }

  @Override
  public @Nullable Payload next() throws CaptureException {
    var start = input.peek(LENGTH_KNOWN);
    if (start.length == 0) {
      return null;
    }
    if (!isHeader(start, 0, start.length) || isDamaged(Octets.u16(start, 2))) {
      if (!recover()) {
        return null;
      }
      start = input.peek(LENGTH_KNOWN);
    }
    return message(Octets.u16(start, 2));
  }

  private Payload message(int length) throws CaptureException {
    counts.packets++;
    var bytes = new byte[length];
    int got = input.read(bytes, 0, length);
    boolean isTruncated = got < length;
    counts.truncated += isTruncated ? 1 : 0;
    if (!isTruncated) {
      check(bytes);
    }
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

  private void check(byte[] message) {
    switch (checksums.check(message)) {
      case NONE -> {}
      case RIGHT -> counts.checksums++;
      case WRONG -> {
        counts.checksums++;
        counts.wrongChecksums++;
      }
    }
  }

  /** Whether the message that begins here has a length that nothing speaks for. */
  private boolean isDamaged(int length) throws CaptureException {
    var view = input.view(length + LENGTH_KNOWN, VIEW_MOST);
    int next = view.from() + length;
    if (next > view.to()) {
      // The file ends too early, unless there are whole messages in what would be cut off.
      return resumption(view.bytes(), view.from() + 1, view.to(), true) > 0;
    }
    if (next == view.to() || isHeader(view.bytes(), next, view.to())) {
      return false;
    }
    return !setsFill(view.bytes(), view.from() + HEADER, next);
  }

  private static boolean setsFill(byte[] bytes, int from, int end) {
    int at = from;
    while (end - at >= LENGTH_KNOWN) {
      int length = Octets.u16(bytes, at + 2);
      if (length < LENGTH_KNOWN) {
        return false;
      }
      at += length;
    }
    return at == end;
  }

  /** Goes to the next message; false if there is none. */
  private boolean recover() throws CaptureException {
    counts.damages++;
    if (counts.firstDamage < 0) {
      counts.firstDamage = input.offset();
    }
    int skip = 1; // what is here is the damage
    while (true) {
      var view = input.view(VIEW_LEAST, VIEW_MOST);
      boolean isAtEnd = view.to() - view.from() < VIEW_LEAST;
      int found = resumption(view.bytes(), view.from() + skip, view.to(), isAtEnd);
      int to = found > 0 ? found : isAtEnd ? view.to() : view.to() - VIEW_LEAST + 1;
      counts.damagedOctets += input.skip(to - view.from());
      if (found > 0 || isAtEnd) {
        return found > 0;
      }
      skip = 0;
    }
  }

  /**
   * Where a message begins that is followed by another or by the end of the file; 0 if nowhere that
   * can be told from what is in view.
   */
  private static int resumption(byte[] bytes, int from, int to, boolean isAtEnd) {
    int last = isAtEnd ? to - HEADER : to - VIEW_LEAST;
    for (int at = from; at <= last; at++) {
      if (!isHeader(bytes, at, to)) {
        continue;
      }
      int next = at + Octets.u16(bytes, at + 2);
      if (next == to && isAtEnd || isHeader(bytes, next, to)) {
        return at;
      }
    }
    return 0;
  }

  private static boolean isHeader(byte[] bytes, int at, int end) {
    return end - at >= LENGTH_KNOWN
        && Octets.u16(bytes, at) == ProtocolVersion.IPFIX.number()
        && Octets.u16(bytes, at + 2) >= HEADER;
  }
}
