package io.penstock.event;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The text forms of addresses: RFC 4291 §2.2 in, RFC 5952 out. */
final class IpText {

  private IpText() {}

  static Optional<Ip> parse(CharSequence text) {
    int length = text.length();
    if (length < 2 || length > 45) {
      return Optional.empty();
    }
    for (int i = 0; i < length; i++) {
      if (text.charAt(i) == ':') {
        return parseV6(text);
      }
    }
    long v4 = parseV4(text, 0);
    return v4 < 0 ? Optional.empty() : Optional.of(Ip.v4((int) v4));
  }

  /** Reads a dotted quad from {@code start} to the end; -1 when it is none. */
  private static long parseV4(CharSequence text, int start) {
    long value = 0;
    int octets = 0;
    int i = start;
    while (octets < 4) {
      int octet = 0;
      int digits = 0;
      while (i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
        octet = octet * 10 + text.charAt(i++) - '0';
        if (++digits > 3) {
          return -1;
        }
      }
      boolean leadingZero = digits > 1 && text.charAt(i - digits) == '0';
      if (digits == 0 || octet > 255 || leadingZero) {
        return -1;
      }
      value = value << 8 | octet;
      if (++octets < 4 && (i >= text.length() || text.charAt(i++) != '.')) {
        return -1;
      }
    }
    return i == text.length() ? value : -1;
  }

  private static Optional<Ip> parseV6(CharSequence text) {
    return new Groups(text).read();
  }

  /** Reads an IPv6 address group by group, from left to right. */
  private static final class Groups {

    private static final int ALL = 8;

    private final CharSequence text;
    private final int[] groups = new int[ALL];
    private int count;

    /** How many groups stand before the {@code ::}; -1 while there was none. */
    private int gap = -1;

    private int at;

    Groups(CharSequence text) {
      this.text = text;
    }

    Optional<Ip> read() {
      if (text.charAt(0) == ':') {
        if (text.charAt(1) != ':') {
          return Optional.empty();
        }
        gap = 0;
        at = 2;
      }
      while (at < text.length()) {
        boolean isTaken = takeDottedQuad() || takeGroup() && takeSeparator();
        if (!isTaken) {
          return Optional.empty();
        }
      }
      boolean isWhole = gap < 0 ? count == ALL : count < ALL;
      return isWhole ? Optional.of(assembled()) : Optional.empty();
    }

    /** Two groups written as an IPv4 address, which must be the last ones. */
    private boolean takeDottedQuad() {
      long v4 = count + 2 > ALL ? -1 : parseV4(text, at);
      if (v4 < 0) {
        return false;
      }
      groups[count++] = (int) (v4 >>> 16);
      groups[count++] = (int) (v4 & 0xffff);
      at = text.length();
      return true;
    }

    private boolean takeGroup() {
      int start = at;
      int group = 0;
      while (at < text.length() && at - start < 4 && hexDigit(text.charAt(at)) >= 0) {
        group = group << 4 | hexDigit(text.charAt(at++));
      }
      if (at == start || count == ALL) {
        return false;
      }
      groups[count++] = group;
      return true;
    }

    /** One colon, two for the gap, or the end; a single colon must not be the last character. */
    private boolean takeSeparator() {
      if (at == text.length()) {
        return true;
      }
      if (text.charAt(at++) != ':' || at == text.length()) {
        return false;
      }
      if (text.charAt(at) != ':') {
        return true;
      }
      at++;
      boolean isFirst = gap < 0;
      gap = count;
      return isFirst;
    }

    private Ip assembled() {
      long high = 0;
      long low = 0;
      int zeros = ALL - count;
      for (int i = 0; i < ALL; i++) {
        boolean isInGap = gap >= 0 && i >= gap && i < gap + zeros;
        int from = gap < 0 || i < gap ? i : i - zeros;
        int group = isInGap ? 0 : groups[from];
        if (i < 4) {
          high = high << 16 | group;
        } else {
          low = low << 16 | group;
        }
      }
      return new Ip(high, low);
    }
  }

  private static int hexDigit(char c) {
    return c < 128 ? Character.digit(c, 16) : -1;
  }

  /** The longest text that is written: eight groups of four digits. */
  static final int LENGTH_MAX = 39;

  static String format(long high, long low) {
    var out = new byte[LENGTH_MAX];
    return new String(out, 0, write(out, 0, high, low), StandardCharsets.ISO_8859_1);
  }

  /**
   * Writes an address where there is room for {@link #LENGTH_MAX} octets.
   *
   * @return where it ends
   */
  static int write(byte[] out, int start, long high, long low) {
    if (Ip.isV4(high, low)) {
      return writeV4(out, start, (int) low);
    }
    int gap = -1;
    int gapLength = 1;
    for (int i = 0; i < 8; i++) {
      int run = 0;
      while (i + run < 8 && group(high, low, i + run) == 0) {
        run++;
      }
      if (run > gapLength) {
        gap = i;
        gapLength = run;
      }
      i += run;
    }
    int at = start;
    for (int i = 0; i < 8; i++) {
      if (i == gap) {
        out[at++] = ':';
        out[at++] = ':';
        i += gapLength - 1;
        continue;
      }
      boolean afterGap = gap >= 0 && i == gap + gapLength;
      if (i > 0 && !afterGap) {
        out[at++] = ':';
      }
      int group = group(high, low, i);
      at = Digits.hex(out, at, group, group > 0xfff ? 4 : group > 0xff ? 3 : group > 0xf ? 2 : 1);
    }
    return at;
  }

  private static int writeV4(byte[] out, int start, int bits) {
    int at = start;
    for (int shift = 24; shift >= 0; shift -= 8) {
      int octet = bits >>> shift & 0xff;
      if (octet >= 100) {
        out[at++] = (byte) ('0' + octet / 100);
        Digits.pair(out, at, octet % 100);
        at += 2;
      } else if (octet >= 10) {
        Digits.pair(out, at, octet);
        at += 2;
      } else {
        out[at++] = (byte) ('0' + octet);
      }
      out[at++] = '.';
    }
    return at - 1;
  }

  private static int group(long high, long low, int index) {
    return (int) ((index < 4 ? high : low) >>> (48 - 16 * (index & 3))) & 0xffff;
  }
}
