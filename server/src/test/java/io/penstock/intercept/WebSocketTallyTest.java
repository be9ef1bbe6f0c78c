package io.penstock.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.penstock.exchange.Exchange.WebSocket;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketTallyTest {

  private static final int FINAL = 0x80;
  private static final int MORE = 0;
  private static final int CONTINUATION = 0;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final byte[] MASK = {1, 2, 3, 4};

  private final WebSocketTally tally = new WebSocketTally();

  /** RFC 6455 §5.2. */
  private static byte[] frame(int first, boolean isMasked, byte... payload) {
    var frame = ByteBuffer.allocate(14 + payload.length);
    frame.put((byte) first);
    int mask = isMasked ? 0x80 : 0;
    if (payload.length < 126) {
      frame.put((byte) (mask | payload.length));
    } else if (payload.length < 1 << 16) {
      frame.put((byte) (mask | 126)).putShort((short) payload.length);
    } else {
      frame.put((byte) (mask | 127)).putLong(payload.length);
    }
    if (isMasked) {
      frame.put(MASK);
    }
    for (int i = 0; i < payload.length; i++) {
      frame.put((byte) (isMasked ? payload[i] ^ MASK[i % 4] : payload[i]));
    }
    var octets = new byte[frame.flip().remaining()];
    frame.get(octets);
    return octets;
  }

  private static void see(WebSocketTally.Direction direction, byte[] octets, int pieces) {
    for (int from = 0; from < octets.length; from += pieces) {
      int length = Math.min(pieces, octets.length - from);
      direction.see(Unpooled.wrappedBuffer(octets, from, length));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 1_000, 1_000_000})
  void messagesAreCountedHoweverTheyAreCutIntoFramesAndPieces(int pieces) {
    var said = new ByteArrayOutputStream();
    said.writeBytes(frame(FINAL | BINARY, true, new byte[5]));
    said.writeBytes(frame(MORE | BINARY, true, new byte[126]));
    said.writeBytes(frame(FINAL | PING, true, new byte[9]));
    said.writeBytes(frame(MORE | CONTINUATION, true));
    said.writeBytes(frame(FINAL | CONTINUATION, true, new byte[70_000]));
    said.writeBytes(frame(FINAL | BINARY, true));
    said.writeBytes(frame(FINAL | CLOSE, true, (byte) 0x03, (byte) 0xe9, (byte) 'x'));

    see(tally.sent, said.toByteArray(), pieces);

    assertThat(tally.sum()).isEqualTo(new WebSocket(3, 70_131, 0, 0, 1001));
  }

  @Test
  void whoClosesFirstSaysWhy() {
    see(tally.received, frame(FINAL | CLOSE, false, (byte) 0x03, (byte) 0xf3), 100);
    see(tally.sent, frame(FINAL | CLOSE, true, (byte) 0x03, (byte) 0xe8), 100);

    assertThat(tally.sum().closeCode()).isEqualTo(1011);
  }

  @Test
  void aCloseWithoutACodeIsNotNoClose() {
    assertThat(tally.sum().closeCode()).isEqualTo(1006);

    see(tally.sent, frame(FINAL | CLOSE, true), 100);

    assertThat(tally.sum().closeCode()).isEqualTo(1005);
  }

  @Test
  void anImpossibleLengthEndsTheCountingOfItsSide() {
    var broken = ByteBuffer.allocate(30).put((byte) 0x82).put((byte) 127).putLong(-1).array();

    see(tally.received, broken, 100);
    see(tally.received, frame(FINAL | BINARY, false, new byte[5]), 100);
    see(tally.sent, frame(FINAL | BINARY, true, new byte[5]), 100);

    assertThat(tally.sum()).isEqualTo(new WebSocket(1, 5, 0, 0, 1006));
  }
}
