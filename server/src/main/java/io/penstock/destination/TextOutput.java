package io.penstock.destination;

import io.penstock.event.ByteOutput;
import io.penstock.event.Ip;
import io.penstock.event.Nanos;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** Writes numbers, addresses, times and texts in the ways of line-based formats. For one thread. */
final class TextOutput {

  private static final int LONG_MAX = 20;
  private static final byte[] MONTHS =
      "JanFebMarAprMayJunJulAugSepOctNovDec".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private final Escaping escaping;
  private final byte[] digits = new byte[LONG_MAX];
  private ByteOutput out = new ByteOutput(0);

  /** What a text must not hold as it is, and what stands for it. */
  enum Escaping {
    /** RFC 8259 §7. */
    JSON,
    /** Values of RFC 5424 §6.3.3: quote, backslash and closing bracket behind a backslash. */
    STRUCTURED,
    /** LEEF has no escapes: what would end a value or a line becomes a space. */
    LEEF,
    /** Values of CEF: backslash and equals sign behind a backslash, ends of lines as letters. */
    CEF
  }

  TextOutput(Escaping escaping) {
    this.escaping = escaping;
  }

  /** Writes to the end of {@code to} from now on. */
  TextOutput over(ByteOutput to) {
    out = to;
    return this;
  }

  int size() {
    return out.size();
  }

  void truncate(int size) {
    out.truncate(size);
  }

  /** One ASCII character. */
  void octet(char c) {
    out.put(c);
  }

  /** Octets as they are. */
  void ascii(byte[] octets) {
    out.put(octets);
  }

  /** Characters of ASCII as they are. */
  void ascii(String text) {
    out.reserve(text.length());
    var array = out.array();
    int at = out.size();
    for (int i = 0; i < text.length(); i++) {
      array[at + i] = (byte) text.charAt(i);
    }
    out.skip(text.length());
  }

  void number(long value) {
    if (value < 0) {
      // No number of an event is negative but times before 1970.
      ascii(Long.toString(value));
      return;
    }
    int at = LONG_MAX;
    long rest = value;
    do {
      digits[--at] = (byte) ('0' + rest % 10);
      rest /= 10;
    } while (rest > 0);
    out.put(digits, at, LONG_MAX - at);
  }

  /** The low digits of a number, with zeros in front. */
  private void padded(int value, int count) {
    int rest = value;
    for (int i = count - 1; i >= 0; i--) {
      digits[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    out.put(digits, 0, count);
  }

  /** An address as {@link Ip} holds it. */
  void ip(long high, long low) {
    if (!Ip.isV4(high, low)) {
      ascii(new Ip(high, low).toString());
      return;
    }
    for (int shift = 24; shift >= 0; shift -= 8) {
      number(low >>> shift & 0xff);
      if (shift > 0) {
        out.put('.');
      }
    }
  }

  /** Six octets with a separator, in lower case. */
  void mac(long mac, char separator) {
    for (int shift = 40; shift >= 0; shift -= 8) {
      out.put(HEX[(int) (mac >>> shift + 4) & 0xf]);
      out.put(HEX[(int) (mac >>> shift) & 0xf]);
      if (shift > 0) {
        out.put(separator);
      }
    }
  }

  /** A UUID of two halves. */
  void uuid(long high, long low) {
    for (int digit = 0; digit < 32; digit++) {
      if (digit == 8 || digit == 12 || digit == 16 || digit == 20) {
        out.put('-');
      }
      long half = digit < 16 ? high : low;
      out.put(HEX[(int) (half >>> 60 - 4 * (digit & 0xf)) & 0xf]);
    }
  }

  /** Milliseconds since 1970. */
  void millis(long nanos) {
    number(Math.floorDiv(nanos, 1_000_000));
  }

  /** A point in time as RFC 5424 §6.2.3 wants it, to the microsecond, in UTC. */
  void time5424(long nanos) {
    var time = utc(nanos);
    padded(time.getYear(), 4);
    out.put('-');
    padded(time.getMonthValue(), 2);
    out.put('-');
    padded(time.getDayOfMonth(), 2);
    out.put('T');
    clock(time);
    out.put('.');
    padded((int) (Math.floorMod(nanos, Nanos.SECOND) / 1_000), 6);
    out.put('Z');
  }

  /** The same as RFC 3164 §4.1.2 wants it: no year and no zone. In UTC. */
  void time3164(long nanos) {
    var time = utc(nanos);
    out.put(MONTHS, 3 * (time.getMonthValue() - 1), 3);
    out.put(' ');
    if (time.getDayOfMonth() < 10) {
      out.put(' ');
    }
    number(time.getDayOfMonth());
    out.put(' ');
    clock(time);
  }

  private static LocalDateTime utc(long nanos) {
    return LocalDateTime.ofEpochSecond(Math.floorDiv(nanos, Nanos.SECOND), 0, ZoneOffset.UTC);
  }

  private void clock(LocalDateTime time) {
    padded(time.getHour(), 2);
    out.put(':');
    padded(time.getMinute(), 2);
    out.put(':');
    padded(time.getSecond(), 2);
  }

  /** A text in UTF-8, escaped. */
  void text(String text) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    text(bytes, bytes.length);
  }

  /** The first octets of a text in UTF-8, escaped. */
  void text(byte[] utf8, int length) {
    for (int i = 0; i < length; i++) {
      byte octet = utf8[i];
      if (octet >= 0 && octet < ' ' || octet == 0x7f) {
        control(octet);
        continue;
      }
      if (isEscaped(octet)) {
        out.put('\\');
      }
      out.put(octet);
    }
  }

  private boolean isEscaped(byte octet) {
    return switch (escaping) {
      case JSON -> octet == '"' || octet == '\\';
      case STRUCTURED -> octet == '"' || octet == '\\' || octet == ']';
      case LEEF -> false;
      case CEF -> octet == '\\' || octet == '=';
    };
  }

  private void control(byte octet) {
    switch (escaping) {
      case JSON -> {
        ascii("\\u00");
        out.put(HEX[octet >> 4]);
        out.put(HEX[octet & 0xf]);
      }
      case CEF -> ascii(octet == '\n' ? "\\n" : octet == '\r' ? "\\r" : " ");
      case STRUCTURED, LEEF -> out.put(' ');
    }
  }
}
