package io.penstock.intercept;

import io.netty.buffer.ByteBuf;
import io.penstock.exchange.Exchange;

/**
 * Counts the messages of a WebSocket while they pass by (RFC 6455 §5.2): frames are looked at,
 * never kept or changed. What one side sends against the protocol ends the counting of that side,
 * not the connection: that is for the other side to decide. On one event loop.
 */
final class WebSocketTally {

  /** A Close frame without a code, and no Close frame at all (RFC 6455 §7.4.1). */
  private static final int NO_STATUS = 1005;

  private static final int ABNORMAL = 1006;

  private static final int CLOSE = 8;

  /** What the client says. */
  final Direction sent = new Direction();

  /** What the server says. */
  final Direction received = new Direction();

  private int closeCode = ABNORMAL;

  Exchange.WebSocket sum() {
    return new Exchange.WebSocket(
        sent.messages, sent.bytes, received.messages, received.bytes, closeCode);
  }

  /** The first Close frame of either side is the one that counts (RFC 6455 §7.1.5). */
  private void closed(int code) {
    if (closeCode == ABNORMAL) {
      closeCode = code;
    }
  }

  /** The frames of one side, in pieces as they come. */
  final class Direction {

    /** Two octets, at most eight of length, and four of a mask. */
    private final byte[] head = new byte[14];

    private int headSize;
    private long payload;
    private long passed;
    private int code;
    private boolean isInPayload;
    private boolean isBroken;
    private long messages;
    private long bytes;

    /** Looks at a piece without taking it. */
    void see(ByteBuf piece) {
      int at = piece.readerIndex();
      while (at < piece.writerIndex() && !isBroken) {
        at = isInPayload ? payload(piece, at) : head(piece, at);
      }
    }

    private int head(ByteBuf piece, int at) {
      head[headSize++] = piece.getByte(at);
      if (headSize >= 2 && headSize == headLength()) {
        begin();
      }
      return at + 1;
    }

    private int headLength() {
      return 2 + lengthOctets() + (isMasked() ? 4 : 0);
    }

    private int lengthOctets() {
      int length = head[1] & 0x7f;
      return length == 127 ? 8 : length == 126 ? 2 : 0;
    }

    private boolean isMasked() {
      return (head[1] & 0x80) != 0;
    }

    private int opcode() {
      return head[0] & 0xf;
    }

    private void begin() {
      int octets = lengthOctets();
      payload = octets == 0 ? head[1] & 0x7f : 0;
      for (int i = 0; i < octets; i++) {
        payload = payload << 8 | head[2 + i] & 0xff;
      }
      // "The most significant bit MUST be 0"; what follows cannot be found any more.
      isBroken = payload < 0;
      passed = 0;
      code = 0;
      isInPayload = true;
      if (payload == 0) {
        end();
      }
    }

    private int payload(ByteBuf piece, int from) {
      int take = (int) Math.min(payload - passed, piece.writerIndex() - from);
      if (opcode() == CLOSE) {
        for (int i = 0; i < take && passed + i < 2; i++) {
          code = code << 8 | unmasked(piece.getByte(from + i), (int) passed + i);
        }
      } else if (opcode() < CLOSE) {
        bytes += take;
      }
      passed += take;
      if (passed == payload) {
        end();
      }
      return from + take;
    }

    /** RFC 6455 §5.3. */
    private int unmasked(byte octet, int index) {
      int mask = isMasked() ? head[2 + lengthOctets() + index % 4] : 0;
      return (octet ^ mask) & 0xff;
    }

    private void end() {
      if (opcode() == CLOSE) {
        closed(payload < 2 ? NO_STATUS : code);
      } else if (opcode() < CLOSE && (head[0] & 0x80) != 0) {
        messages++;
      }
      headSize = 0;
      isInPayload = false;
    }
  }
}
