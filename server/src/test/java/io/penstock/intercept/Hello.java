package io.penstock.intercept;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** The first message of TLS (RFC 8446 §4.1.2), as far as it is looked at. */
final class Hello {

  private Hello() {}

  static byte[] with(String name) {
    byte[] host = name.getBytes(StandardCharsets.US_ASCII);
    byte[] entry = join(new byte[] {0}, sized(2, host));
    byte[] extension = join(new byte[] {0, 0}, sized(2, sized(2, entry)));
    byte[] body =
        join(
            new byte[] {3, 3},
            new byte[32],
            new byte[] {0},
            sized(2, new byte[] {0x13, 0x01}),
            new byte[] {1, 0},
            sized(2, extension));
    return join(new byte[] {0x16, 3, 1}, sized(2, join(new byte[] {1}, sized(3, body))));
  }

  private static byte[] sized(int width, byte[] octets) {
    var length = new byte[width];
    for (int i = 0; i < width; i++) {
      length[i] = (byte) (octets.length >>> 8 * (width - 1 - i));
    }
    return join(length, octets);
  }

  static byte[] join(byte[]... parts) {
    var out = new ByteArrayOutputStream();
    for (var part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
