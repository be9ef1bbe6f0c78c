package io.penstock.event;

/**
 * Numbers as ASCII digits, written straight into byte arrays. Who calls has made room: {@link
 * #LONG_MAX} octets for a decimal number. Each method returns where the text ends.
 */
final class Digits {

  /** The longest decimal number of 64 bits, with its sign. */
  static final int LONG_MAX = 20;

  /** The longest text of {@link #time}. */
  static final int TIME_MAX = 30;

  private static final byte[] PAIRS = pairs();
  private static final byte[] HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
  };
  private static final long DAY_SECONDS = 86_400;

  private Digits() {}

  private static byte[] pairs() {
    var pairs = new byte[200];
    for (int i = 0; i < 100; i++) {
      pairs[2 * i] = (byte) ('0' + i / 10);
      pairs[2 * i + 1] = (byte) ('0' + i % 10);
    }
    return pairs;
  }

  static int decimal(byte[] to, int at, long value) {
    if (value >= 0) {
      return positive(to, at, value);
    }
    if (value == Long.MIN_VALUE) {
      // The one number without an opposite.
      to[at] = '-';
      int end = positive(to, at + 1, -(value / 10));
      to[end] = '8';
      return end + 1;
    }
    to[at] = '-';
    return positive(to, at + 1, -value);
  }

  private static int positive(byte[] to, int at, long value) {
    int end = at + length(value);
    int i = end;
    long rest = value;
    while (rest > Integer.MAX_VALUE) {
      long next = rest / 100;
      i -= 2;
      pair(to, i, (int) (rest - next * 100));
      rest = next;
    }
    // Divisions of 32 bits are several times cheaper.
    int small = (int) rest;
    while (small >= 100) {
      int next = small / 100;
      i -= 2;
      pair(to, i, small - next * 100);
      small = next;
    }
    if (small >= 10) {
      pair(to, i - 2, small);
    } else {
      to[i - 1] = (byte) ('0' + small);
    }
    return end;
  }

  private static int length(long value) {
    long power = 10;
    for (int digits = 1; digits < 19; digits++) {
      if (value < power) {
        return digits;
      }
      power *= 10;
    }
    return 19;
  }

  /** A number from 0 to 99 with two digits. */
  static void pair(byte[] to, int at, int value) {
    to[at] = PAIRS[2 * value];
    to[at + 1] = PAIRS[2 * value + 1];
  }

  /** The low {@code digits} hexadecimal digits of a value, in lower case. */
  static int hex(byte[] to, int at, long value, int digits) {
    for (int i = digits - 1; i >= 0; i--) {
      to[at + digits - 1 - i] = HEX[(int) (value >>> 4 * i) & 0xf];
    }
    return at + digits;
  }

  /**
   * A point in time as RFC 3339 in UTC: with no decimals of seconds, or three, six or nine, as many
   * as are needed.
   *
   * @param nanos since 1970 UTC
   */
  static int time(byte[] to, int at, long nanos) {
    long seconds = Math.floorDiv(nanos, Nanos.SECOND);
    int fraction = (int) (nanos - seconds * Nanos.SECOND);
    long day = Math.floorDiv(seconds, DAY_SECONDS);
    int second = (int) (seconds - day * DAY_SECONDS);
    date(to, at, (int) day);
    to[at + 10] = 'T';
    pair(to, at + 11, second / 3_600);
    to[at + 13] = ':';
    pair(to, at + 14, second / 60 % 60);
    to[at + 16] = ':';
    pair(to, at + 17, second % 60);
    int end = fraction(to, at + 19, fraction);
    to[end] = 'Z';
    return end + 1;
  }

  /**
   * The Gregorian date of a day since 1970, as ten characters. Counted from 1 March of the year 0,
   * so that the leap day is the last day of a year and of each period of 4, 100 and 400 years.
   * Times in nanoseconds stay between the years 1677 and 2262.
   */
  private static void date(byte[] to, int at, int day) {
    int days = day + 719_468;
    int era = days / 146_097;
    int dayOfEra = days - era * 146_097;
    int yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
    int dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    int monthFromMarch = (5 * dayOfYear + 2) / 153;
    int month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
    int year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
    pair(to, at, year / 100);
    pair(to, at + 2, year % 100);
    to[at + 4] = '-';
    pair(to, at + 5, month);
    to[at + 7] = '-';
    pair(to, at + 8, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1);
  }

  private static int fraction(byte[] to, int at, int nanos) {
    if (nanos == 0) {
      return at;
    }
    to[at] = '.';
    int millis = nanos / 1_000_000;
    three(to, at + 1, millis);
    int below = nanos - millis * 1_000_000;
    if (below == 0) {
      return at + 4;
    }
    int micros = below / 1_000;
    three(to, at + 4, micros);
    int rest = below - micros * 1_000;
    if (rest == 0) {
      return at + 7;
    }
    three(to, at + 7, rest);
    return at + 10;
  }

  private static void three(byte[] to, int at, int value) {
    to[at] = (byte) ('0' + value / 100);
    pair(to, at + 1, value % 100);
  }

  /** Seconds of a time, with as many decimals as it needs; whole ones before 1970. */
  static int seconds(byte[] to, int at, long nanos) {
    if (nanos < 0) {
      return decimal(to, at, Math.floorDiv(nanos, Nanos.SECOND));
    }
    int end = decimal(to, at, nanos / Nanos.SECOND);
    return decimals(to, end, (int) (nanos % Nanos.SECOND), 9);
  }

  /** A fraction of {@code digits} digits with its point and without zeros behind; none for 0. */
  static int decimals(byte[] to, int at, int fraction, int digits) {
    if (fraction == 0) {
      return at;
    }
    int count = digits;
    int value = fraction;
    while (value % 10 == 0) {
      value /= 10;
      count--;
    }
    to[at] = '.';
    for (int i = at + count; i > at; i--) {
      to[i] = (byte) ('0' + value % 10);
      value /= 10;
    }
    return at + count + 1;
  }
}
