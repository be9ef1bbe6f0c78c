package io.penstock.records;

import io.penstock.event.Ip;
import io.penstock.event.Nanos;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * Reads values out of ranges of JSON text. A range is a whole value; the numbers also come in
 * quotes, since many tools write them so. {@link #NONE} says that the value is not of the kind.
 */
final class JsonValues {

  /** No value of the kind; no value that can be is this one. */
  static final long NONE = Long.MIN_VALUE;

  private JsonValues() {}

  /** A whole number, also when written as {@code 120.0} or {@code 1.2e2}. */
  static long wholeNumber(byte[] in, int start, int end) {
    int from = start;
    int to = end;
    if (isQuoted(in, start, end)) {
      from++;
      to--;
    }
    boolean negative = from < to && in[from] == '-';
    int digits = negative ? from + 1 : from;
    if (digits == to || to - digits > 18) {
      return slowWholeNumber(in, from, to);
    }
    long value = 0;
    for (int i = digits; i < to; i++) {
      int digit = in[i] - '0';
      if (digit < 0 || digit > 9) {
        return slowWholeNumber(in, from, to);
      }
      value = value * 10 + digit;
    }
    return negative ? -value : value;
  }

  private static long slowWholeNumber(byte[] in, int from, int to) {
    if (from == to || to - from > 40 || !isNumber(in, from, to)) {
      return NONE;
    }
    try {
      return new BigDecimal(ascii(in, from, to)).longValueExact();
    } catch (ArithmeticException | NumberFormatException notWholeOrTooLarge) {
      return NONE;
    }
  }

  private static boolean isNumber(byte[] in, int from, int to) {
    int exponentDigits = 0;
    boolean exponent = false;
    for (int i = from; i < to; i++) {
      byte b = in[i];
      boolean digit = b >= '0' && b <= '9';
      if (!digit && b != '.' && b != '-' && b != '+' && (b | 0x20) != 'e') {
        return false;
      }
      exponent |= (b | 0x20) == 'e';
      exponentDigits += exponent && digit ? 1 : 0;
    }
    // An exponent of many digits would make BigDecimal work for ages.
    return exponentDigits <= 3;
  }

  /**
   * A point in time as nanoseconds since 1970: a number of seconds, milliseconds, microseconds or
   * nanoseconds, told apart by their size, or ISO 8601 text (UTC when it names no zone).
   */
  static long time(byte[] in, int start, int end) {
    int from = start;
    int to = end;
    if (isQuoted(in, start, end)) {
      from++;
      to--;
    }
    long nanos = decimalTime(in, from, to);
    if (nanos != NONE) {
      return nanos;
    }
    if (from > start) {
      long iso = isoTime(in, from, to);
      if (iso != NONE) {
        return iso;
      }
    }
    return isNumber(in, from, to) ? slowTime(in, from, to) : NONE;
  }

  /** Plain decimals, exactly: a double has too few digits for nanoseconds. */
  private static long decimalTime(byte[] in, int from, int to) {
    long whole = 0;
    int i = from;
    while (i < to && in[i] >= '0' && in[i] <= '9' && i - from < 19) {
      whole = whole * 10 + in[i++] - '0';
    }
    if (i == from || whole < 0) {
      return NONE;
    }
    long unit = unitOf(whole);
    if (i == to) {
      return multiplied(whole, unit);
    }
    if (in[i++] != '.') {
      return NONE;
    }
    long fraction = 0;
    long scale = unit;
    for (; i < to; i++) {
      int digit = in[i] - '0';
      if (digit < 0 || digit > 9) {
        return NONE;
      }
      scale /= 10;
      fraction += digit * scale;
    }
    long nanos = multiplied(whole, unit);
    // The sum may pass the end of time that nanoseconds can tell, in the year 2262.
    return nanos == NONE || nanos + fraction < 0 ? NONE : nanos + fraction;
  }

  private static long slowTime(byte[] in, int from, int to) {
    try {
      var number = new BigDecimal(ascii(in, from, to));
      if (number.signum() < 0 || number.precision() - number.scale() > 19) {
        return NONE;
      }
      long unit = unitOf(number.longValue());
      return number.multiply(BigDecimal.valueOf(unit)).toBigInteger().longValueExact();
    } catch (ArithmeticException | NumberFormatException outOfRange) {
      return NONE;
    }
  }

  /** Nanoseconds per unit of a Unix time of this size; seconds reach to the year 5138. */
  private static long unitOf(long whole) {
    if (whole < 100_000_000_000L) {
      return Nanos.SECOND;
    }
    if (whole < 100_000_000_000_000L) {
      return 1_000_000;
    }
    return whole < 100_000_000_000_000_000L ? 1_000 : 1;
  }

  private static long multiplied(long value, long by) {
    long high = Math.multiplyHigh(value, by);
    long low = value * by;
    return high == 0 && low >= 0 ? low : NONE;
  }

  private static long isoTime(byte[] in, int from, int to) {
    if (to - from < 10 || to - from > 40) {
      return NONE;
    }
    String text = ascii(in, from, to).replace(' ', 'T');
    try {
      Instant instant;
      if (text.endsWith("Z") || text.endsWith("z")) {
        instant = Instant.parse(text);
      } else if (text.indexOf('+', 10) > 0 || text.indexOf('-', 10) > 0) {
        instant = OffsetDateTime.parse(text).toInstant();
      } else {
        instant = LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
      }
      long nanos = Nanos.of(instant);
      return nanos < 0 ? NONE : nanos;
    } catch (DateTimeException | ArithmeticException notATime) {
      return NONE;
    }
  }

  /** A length of time in seconds, as nanoseconds. */
  static long duration(byte[] in, int start, int end) {
    int from = isQuoted(in, start, end) ? start + 1 : start;
    int to = from > start ? end - 1 : end;
    if (from == to || to - from > 40 || !isNumber(in, from, to)) {
      return NONE;
    }
    try {
      var nanos = new BigDecimal(ascii(in, from, to)).multiply(BigDecimal.valueOf(Nanos.SECOND));
      if (nanos.signum() < 0 || nanos.precision() - nanos.scale() > 18) {
        return NONE;
      }
      return nanos.longValue();
    } catch (ArithmeticException | NumberFormatException notANumber) {
      return NONE;
    }
  }

  /** An address in quotes. */
  static Optional<Ip> ip(byte[] in, int start, int end) {
    if (!isQuoted(in, start, end) || end - start > 47) {
      return Optional.empty();
    }
    return Ip.parse(ascii(in, start + 1, end - 1));
  }

  /** The 32 bits of a dotted quad in quotes, without making an object; else {@link #NONE}. */
  static long v4(byte[] in, int start, int end) {
    if (end - start < 9 || end - start > 17 || in[start] != '"') {
      return NONE;
    }
    long value = 0;
    int octet = 0;
    int digits = 0;
    int dots = 0;
    for (int i = start + 1; i < end - 1; i++) {
      byte b = in[i];
      if (b == '.') {
        if (digits == 0 || ++dots > 3) {
          return NONE;
        }
        value = value << 8 | octet;
        octet = 0;
        digits = 0;
        continue;
      }
      boolean leadingZero = digits > 0 && octet == 0;
      if (b < '0' || b > '9' || leadingZero) {
        return NONE;
      }
      octet = octet * 10 + b - '0';
      digits++;
      if (octet > 255) {
        return NONE;
      }
    }
    return dots == 3 && digits > 0 ? value << 8 | octet : NONE;
  }

  /** Six octets in hexadecimal, with or without colons or dashes, in quotes. */
  static long mac(byte[] in, int start, int end) {
    if (!isQuoted(in, start, end) || end - start > 19) {
      return NONE;
    }
    long value = 0;
    int digits = 0;
    for (int i = start + 1; i < end - 1; i++) {
      byte b = in[i];
      if (b == ':' || b == '-' || b == '.') {
        continue;
      }
      int digit = Character.digit(b, 16);
      if (digit < 0) {
        return NONE;
      }
      value = value << 4 | digit;
      digits++;
    }
    return digits == 12 ? value : NONE;
  }

  /** The text of a string without escapes, else with them resolved. */
  static String string(byte[] in, int start, int end) {
    String raw = new String(in, start + 1, end - start - 2, StandardCharsets.UTF_8);
    return raw.indexOf('\\') < 0 ? raw : unescaped(raw);
  }

  static String unescaped(String raw) {
    var out = new StringBuilder(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      char kind = raw.charAt(++i);
      switch (kind) {
        case 'b' -> out.append('\b');
        case 'f' -> out.append('\f');
        case 'n' -> out.append('\n');
        case 'r' -> out.append('\r');
        case 't' -> out.append('\t');
        case 'u' -> {
          out.append((char) Integer.parseInt(raw.substring(i + 1, i + 5), 16));
          i += 4;
        }
        default -> out.append(kind);
      }
    }
    return paired(out).toString();
  }

  /** Escapes can say half a character, which no UTF-8 can: what is left of it is U+FFFD. */
  private static StringBuilder paired(StringBuilder text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (i + 1 < text.length() && Character.isSurrogatePair(c, text.charAt(i + 1))) {
          i++;
        } else {
          text.setCharAt(i, '\ufffd');
        }
      }
    }
    return text;
  }

  static boolean isQuoted(byte[] in, int start, int end) {
    return end - start >= 2 && in[start] == '"';
  }

  static boolean isNull(byte[] in, int start, int end) {
    return end - start == 4 && in[start] == 'n';
  }

  private static String ascii(byte[] in, int from, int to) {
    return new String(in, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
