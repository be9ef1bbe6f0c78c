package io.penstock.wire;

import java.util.Arrays;

/**
 * Cuts a stream of octets, a TCP connection (RFC 7011 §10.4) or a file (RFC 5655), into IPFIX
 * messages. What does not begin with an IPFIX header ends the session for good, because nothing
 * behind it can be found. Not thread-safe.
 */
public final class MessageFramer {

  /** Who takes the messages. */
  public interface Receiver {

    /** One whole message, valid for the call. */
    void message(byte[] buffer, int offset, int length);
  }

  private static final int HEADER = 16;
  private static final int FIRST_BUFFER = 2048;

  /** A buffer longer than this is given up after its message: a stream may be quiet for days. */
  private static final int KEPT_BUFFER_MAX = 8192;

  private final Receiver receiver;

  /** The beginning of a message whose end has not come yet. */
  private byte[] partial = {};

  private int held;
  private boolean isCorrupt;
  private int version = ProtocolVersion.IPFIX.number();

  public MessageFramer(Receiver receiver) {
    this.receiver = receiver;
  }

  /** Whether something came that is no IPFIX message; nothing is accepted after it. */
  public boolean isCorrupt() {
    return isCorrupt;
  }

  /**
   * The version number where the last message began: 10, or else what made the stream corrupt.
   * Tells what came instead of IPFIX.
   */
  public int version() {
    return version;
  }

  /** Octets of memory that the collected message takes. */
  public int capacity() {
    return partial.length;
  }

  /** Octets of a message whose end has not come yet, or that corruption made useless. */
  public int held() {
    return held;
  }

  /**
   * Takes the next octets of the stream, and hands on the messages they complete.
   *
   * @return how many octets were taken: all, or fewer if the stream is corrupt
   */
  public int accept(byte[] bytes, int offset, int length) {
    int at = offset;
    int end = offset + length;
    while (at < end && !isCorrupt) {
      at = held == 0 ? direct(bytes, at, end) : complete(bytes, at, end);
    }
    return at - offset;
  }

  /** Hands on a message that lies in the chunk as a whole, else begins to collect it. */
  private int direct(byte[] bytes, int at, int end) {
    int available = end - at;
    if (available < 4) {
      return keep(bytes, at, end);
    }
    int length = messageLength(bytes, at);
    if (isCorrupt) {
      return at;
    }
    if (length > available) {
      return keep(bytes, at, end);
    }
    receiver.message(bytes, at, length);
    return at + length;
  }

  /** Adds what the collected message lacks: first the length field, then the rest. */
  private int complete(byte[] bytes, int at, int end) {
    int wanted = held < 4 ? 4 : Octets.u16(partial, 2);
    int next = keep(bytes, at, Math.min(end, at + wanted - held));
    if (held < wanted) {
      return next;
    }
    if (wanted == 4) {
      messageLength(partial, 0);
      return next;
    }
    held = 0;
    var message = partial;
    if (message.length > KEPT_BUFFER_MAX) {
      partial = new byte[0];
    }
    receiver.message(message, 0, wanted);
    return next;
  }

  private int keep(byte[] bytes, int from, int to) {
    int count = to - from;
    if (partial.length < held + count) {
      int size = Math.max(FIRST_BUFFER, Integer.highestOneBit(held + count) << 1);
      partial = Arrays.copyOf(partial, size);
    }
    System.arraycopy(bytes, from, partial, held, count);
    held += count;
    return to;
  }

  private int messageLength(byte[] bytes, int at) {
    int length = Octets.u16(bytes, at + 2);
    version = Octets.u16(bytes, at);
    isCorrupt = version != ProtocolVersion.IPFIX.number() || length < HEADER;
    return length;
  }
}
