package io.penstock.intercept;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Frames of HTTP/2 (RFC 9113 §4), octet for octet, for what no decent client sends. */
final class Http2 {

  static final byte[] PREFACE =
      Hello.join(
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII), frame(4, 0, 0));

  private Http2() {}

  /** A whole request; its head is four entries of the static table (RFC 7541, appendix A). */
  static byte[] get(int stream) {
    return frame(1, 0x5, stream, 0x82, 0x86, 0x84, 0x41, 1, 'a');
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
