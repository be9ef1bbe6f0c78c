package io.penstock.event;

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
    var groups = new int[8];
    int count = 0;
    int gap = -1;
    int i = 0;
    int length = text.length();
    if (text.charAt(0) == ':') {
      if (text.charAt(1) != ':') {
        return Optional.empty();
      }
      gap = 0;
      i = 2;
    }
    while (i < length) {
      if (count == 8) {
        return Optional.empty();
      }
      int start = i;
      int group = 0;
      while (i < length && hexDigit(text.charAt(i)) >= 0 && i - start < 5) {
        group = group << 4 | hexDigit(text.charAt(i++));
      }
      if (i < length && text.charAt(i) == '.') {
        long v4 = parseV4(text, start);
        if (v4 < 0 || count > 6) {
          return Optional.empty();
        }
        groups[count++] = (int) (v4 >>> 16);
        groups[count++] = (int) (v4 & 0xffff);
        i = length;
        break;
      }
      if (i == start || i - start > 4) {
        return Optional.empty();
      }
      groups[count++] = group;
      if (i == length) {
        break;
      }
      if (text.charAt(i++) != ':') {
        return Optional.empty();
      }
      if (i == length) {
        return Optional.empty();
      }
      if (text.charAt(i) == ':') {
        if (gap >= 0) {
          return Optional.empty();
        }
        gap = count;
        i++;
      }
    }
    if (gap < 0 ? count != 8 : count > 7) {
      return Optional.empty();
    }
    return Optional.of(assemble(groups, count, gap));
  }

  private static int hexDigit(char c) {
    return c < 128 ? Character.digit(c, 16) : -1;
  }

  private static Ip assemble(int[] groups, int count, int gap) {
    long high = 0;
    long low = 0;
    for (int i = 0; i < 8; i++) {
      int from = gap < 0 || i < gap ? i : i - (8 - count);
      int group = gap >= 0 && i >= gap && i < gap + 8 - count ? 0 : groups[from];
      if (i < 4) {
        high = high << 16 | group;
      } else {
        low = low << 16 | group;
      }
    }
    return new Ip(high, low);
  }

  static String format(long high, long low) {
    var out = new StringBuilder(39);
    if (Ip.isV4(high, low)) {
      int bits = (int) low;
      return out.append(bits >>> 24)
          .append('.')
          .append(bits >>> 16 & 0xff)
          .append('.')
          .append(bits >>> 8 & 0xff)
          .append('.')
          .append(bits & 0xff)
          .toString();
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
    for (int i = 0; i < 8; i++) {
      if (i == gap) {
        out.append("::");
        i += gapLength - 1;
        continue;
      }
      boolean afterGap = gap >= 0 && i == gap + gapLength;
      if (i > 0 && !afterGap) {
        out.append(':');
      }
      out.append(Integer.toHexString(group(high, low, i)));
    }
    return out.toString();
  }

  private static int group(long high, long low, int index) {
    return (int) ((index < 4 ? high : low) >>> (48 - 16 * (index & 3))) & 0xffff;
  }
}
