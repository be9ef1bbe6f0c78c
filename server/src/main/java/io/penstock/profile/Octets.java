package io.penstock.profile;

import java.nio.charset.StandardCharsets;

/** What can be said of octets that nobody here can read. */
final class Octets {

  /** A guess needs no more than the beginning. */
  private static final int LOOKED_AT = 64 << 10;

  private Octets() {}

  /** Shannon's entropy in bits an octet, of the first {@value #LOOKED_AT}. */
  static double entropy(byte[] octets) {
    int length = Math.min(octets.length, LOOKED_AT);
    var counts = new int[256];
    for (int i = 0; i < length; i++) {
      counts[octets[i] & 0xff]++;
    }
    double entropy = 0;
    for (int count : counts) {
      if (count > 0) {
        double share = (double) count / length;
        entropy -= share * Math.log(share) / Math.log(2);
      }
    }
    return entropy;
  }

  /** What the first octets say; empty when nothing. */
  static String guess(byte[] octets) {
    if (startsWith(octets, 0x1f, 0x8b)) {
      return "gzip";
    }
    if (startsWith(octets, 0x28, 0xb5, 0x2f, 0xfd)) {
      return "zstd";
    }
    if (startsWith(octets, 'P', 'K', 3, 4)) {
      return "zip";
    }
    if (startsWith(octets, 0x89, 'P', 'N', 'G')) {
      return "png";
    }
    if (startsWith(octets, 0xff, 0xd8, 0xff)) {
      return "jpeg";
    }
    if (startsWith(octets, '%', 'P', 'D', 'F')) {
      return "pdf";
    }
    if (startsWith(octets, 0x04, 0x22, 0x4d, 0x18)) {
      return "lz4";
    }
    if (startsWith(octets, 0xff, 0x06, 0x00, 0x00, 's', 'N', 'a', 'P', 'p', 'Y')) {
      return "snappy";
    }
    if (startsWith(octets, '-', '-', '-', '-', '-', 'B', 'E', 'G', 'I', 'N')) {
      return "pem";
    }
    if (startsWith(octets, '-', '-')) {
      return "multipart";
    }
    if (isText(octets)) {
      return "text";
    }
    return entropy(octets) > 7.5 && octets.length >= 256 ? "encrypted or compressed" : "";
  }

  static String describe(byte[] octets) {
    return "%d octets, entropy %.1f".formatted(octets.length, entropy(octets));
  }

  /** Whether they are UTF-8 without control characters. */
  static boolean isText(byte[] octets) {
    int length = Math.min(octets.length, LOOKED_AT);
    for (int i = 0; i < length; i++) {
      int octet = octets[i];
      if (octet >= 0 && octet < 0x20 && octet != '\n' && octet != '\r' && octet != '\t') {
        return false;
      }
    }
    // The end is looked at as well, but for a character that was cut in two.
    return new String(octets, 0, Math.max(0, length - 3), StandardCharsets.UTF_8).indexOf('\uFFFD')
        < 0;
  }

  static boolean startsWith(byte[] octets, int... beginning) {
    if (octets.length < beginning.length) {
      return false;
    }
    for (int i = 0; i < beginning.length; i++) {
      if ((octets[i] & 0xff) != beginning[i]) {
        return false;
      }
    }
    return true;
  }
}
