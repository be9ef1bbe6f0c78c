package io.penstock.records;

/** Tells UTF-8 from other bytes by RFC 3629 §4, without decoding it. */
final class Utf8 {

  private Utf8() {}

  static boolean isValid(byte[] in, int length) {
    int i = 0;
    while (i < length) {
      int lead = in[i++] & 0xff;
      if (lead < 0x80) {
        continue;
      }
      int following = following(lead);
      if (following < 0 || i + following > length) {
        return false;
      }
      int second = in[i] & 0xff;
      if (second < secondMin(lead) || second > secondMax(lead)) {
        return false;
      }
      for (int k = 1; k < following; k++) {
        if ((in[i + k] & 0xc0) != 0x80) {
          return false;
        }
      }
      i += following;
    }
    return true;
  }

  private static int following(int lead) {
    if (lead >= 0xc2 && lead <= 0xdf) {
      return 1;
    }
    if (lead >= 0xe0 && lead <= 0xef) {
      return 2;
    }
    return lead >= 0xf0 && lead <= 0xf4 ? 3 : -1;
  }

  /** Above 0x80 where a shorter form would do. */
  private static int secondMin(int lead) {
    return lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  }

  /** Below 0xbf where surrogates and what lies beyond U+10FFFF would begin. */
  private static int secondMax(int lead) {
    return lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  }
}
