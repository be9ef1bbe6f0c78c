package io.penstock.event;

import java.util.HexFormat;

/** The text form of MAC addresses, which events hold as 48-bit numbers. */
public final class Mac {

  private static final HexFormat HEX = HexFormat.ofDelimiter(":");

  private Mac() {}

  /** Six lower-case octets with colons. */
  public static String text(long mac) {
    var octets = new byte[6];
    for (int i = 0; i < octets.length; i++) {
      octets[i] = (byte) (mac >>> 8 * (octets.length - 1 - i));
    }
    return HEX.formatHex(octets);
  }
}
