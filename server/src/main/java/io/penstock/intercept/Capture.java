package io.penstock.intercept;

import io.netty.buffer.ByteBuf;
import io.penstock.exchange.Content;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A copy of the beginning of a body that passes by, and how long the whole was. */
final class Capture {

  private static final byte[] EMPTY = new byte[0];
  private static final int FIRST_BYTES = 1_024;

  private final int bytesMax;
  private byte[] kept = EMPTY;
  private int size;
  private long length;
  private WebSocketTally.@Nullable Direction messages;

  /**
   * @param bytesMax how much is kept; 0 when only the length is of interest
   */
  Capture(int bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** From here on they are frames of a WebSocket, whose messages count. */
  void count(WebSocketTally.Direction messages) {
    this.messages = messages;
  }

  /** Looks at a piece without taking it. */
  void see(ByteBuf piece) {
    if (messages != null) {
      messages.see(piece);
    }
    int readable = piece.readableBytes();
    length += readable;
    int take = Math.min(readable, bytesMax - size);
    if (take > 0) {
      if (kept.length - size < take) {
        long room = Math.max(Math.max(FIRST_BYTES, size + (long) take), 2L * kept.length);
        kept = Arrays.copyOf(kept, (int) Math.min(bytesMax, room));
      }
      piece.getBytes(piece.readerIndex(), kept, size, take);
      size += take;
    }
  }

  void see(byte[] body, int from, int to) {
    length += to - from;
    int take = Math.min(to - from, bytesMax - size);
    if (take > 0) {
      kept = Arrays.copyOf(kept, size + take);
      System.arraycopy(body, from, kept, size, take);
      size += take;
    }
  }

  long length() {
    return length;
  }

  /** What was seen; the capture is of no further use. */
  Content content() {
    if (length == 0) {
      return Content.NONE;
    }
    return new Content(size == kept.length ? kept : Arrays.copyOf(kept, size), length);
  }
}
