package io.penstock.intercept;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Frames of HTTP/2 (RFC 9113 §4), octet for octet, for what no decent client sends. */
final class Http2 {

  static final byte[] PREFACE =
      Hello.join(
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII), frame(4, 0, 0));

  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RESET = 3;
  private static final int END_STREAM = 1;

  private Http2() {}

  /** A whole request; its head is four entries of the static table (RFC 7541, appendix A). */
  static byte[] get(int stream) {
    return frame(1, 0x5, stream, 0x82, 0x86, 0x84, 0x41, 1, 'a');
  }

  /** The same with HEAD, a literal whose name stands in the static table (RFC 7541 §6.2.2). */
  static byte[] head(int stream) {
    return frame(1, 0x5, stream, 2, 4, 'H', 'E', 'A', 'D', 0x86, 0x84, 0x41, 1, 'a');
  }

  /** The same with GET, for a server of this name. */
  static byte[] get(int stream, String authority) {
    var name = authority.getBytes(StandardCharsets.US_ASCII);
    var octets = new int[5 + name.length];
    System.arraycopy(new int[] {0x82, 0x86, 0x84, 0x41, name.length}, 0, octets, 0, 5);
    for (int i = 0; i < name.length; i++) {
      octets[5 + i] = name[i];
    }
    return frame(HEADERS, 0x5, stream, octets);
  }

  /** CONNECT has neither scheme nor path (RFC 9113 §8.5). */
  static byte[] connect(int stream, String authority) {
    return frame(HEADERS, 0x5, stream, join(method("CONNECT"), literal(1, authority)));
  }

  /** The CONNECT that begins a WebSocket (RFC 8441 §4). */
  static byte[] webSocket(int stream, String authority) {
    return frame(
        HEADERS,
        0x4,
        stream,
        join(
            method("CONNECT"),
            join(new int[] {0}, text(":protocol"), text("websocket")),
            new int[] {0x86, 0x84},
            literal(1, authority)));
  }

  private static int[] method(String name) {
    return literal(2, name);
  }

  /** A value whose name stands in the static table, not to be kept (RFC 7541 §6.2.2). */
  private static int[] literal(int index, String value) {
    return join(new int[] {index}, text(value));
  }

  /** RFC 7541 §5.2. */
  private static int[] text(String text) {
    return join(new int[] {text.length()}, text.chars().toArray());
  }

  private static int[] join(int[]... parts) {
    return Stream.of(parts).flatMapToInt(IntStream::of).toArray();
  }

  /** A frame that came, without what is in it. */
  record Frame(int type, int flags, int stream, int length) {

    boolean isEnd() {
      return type == RESET || (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
    }
  }

  static Frame next(Backend.Talk talk) throws IOException {
    var head = ByteBuffer.wrap(talk.octets(9));
    int length = (head.get() & 0xff) << 16 | head.getShort() & 0xffff;
    var frame = new Frame(head.get(), head.get(), head.getInt(), length);
    talk.octets(length);
    return frame;
  }

  /** How many octets of data a stream brings, to its end. */
  static long lengthOfData(Backend.Talk talk, int stream) throws IOException {
    long sum = 0;
    while (true) {
      var frame = next(talk);
      if (frame.stream() == stream) {
        sum += frame.type() == DATA ? frame.length() : 0;
        if (frame.isEnd()) {
          return sum;
        }
      }
    }
  }

  static byte[] reset(int stream) {
    return frame(3, 0, stream, 0, 0, 0, 8);
  }

  static byte[] frame(int type, int flags, int stream, int... octets) {
    var frame = ByteBuffer.allocate(9 + octets.length);
    frame.put((byte) 0).putShort((short) octets.length);
    frame.put((byte) type).put((byte) flags).putInt(stream);
    for (int octet : octets) {
      frame.put((byte) octet);
    }
    return frame.array();
  }
}
