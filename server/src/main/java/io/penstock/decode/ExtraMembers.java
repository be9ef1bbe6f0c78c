package io.penstock.decode;

import io.penstock.event.Event;
import io.penstock.event.Ip;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The members of a JSON object under construction, without the braces: what becomes {@link
 * Event#extra}. One buffer, reused from record to record; a record's size bounds it.
 */
final class ExtraMembers {

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private byte[] buffer = new byte[1024];
  private int size;

  void clear() {
    size = 0;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Octets written so far. */
  int size() {
    return size;
  }

  /** Takes back what was written after {@link #size} was this. */
  void cut(int size) {
    this.size = size;
  }

  /** A copy of what was written. */
  byte[] toBytes() {
    return size == 0 ? Event.NO_EXTRA : Arrays.copyOf(buffer, size);
  }

  /** Starts a member of an object within, which is not its first. */
  void innerMember(byte[] name) {
    raw(',');
    name(name);
  }

  /** Starts the first member of an object within. */
  void name(byte[] name) {
    reserve(name.length);
    System.arraycopy(name, 0, buffer, size, name.length);
    size += name.length;
  }

  /** Starts a member. {@code name} is encoded already: quoted and with its colon. */
  void member(byte[] name) {
    reserve(name.length + 1);
    // No value ends in an opening brace: it is that of an object within.
    if (size > 0 && buffer[size - 1] != '{') {
      buffer[size++] = ',';
    }
    System.arraycopy(name, 0, buffer, size, name.length);
    size += name.length;
  }

  /** Adds members that were written before, as {@link #toBytes} gave them. */
  void members(byte[] encoded) {
    member(encoded);
  }

  /** A character of JSON's own: a bracket, a brace, a comma. */
  void raw(char c) {
    reserve(1);
    buffer[size++] = (byte) c;
  }

  /** Text that is JSON already. */
  void raw(String json) {
    int length = json.length();
    reserve(length);
    for (int i = 0; i < length; i++) {
      buffer[size++] = (byte) json.charAt(i);
    }
  }

  void number(long value) {
    if (value < 0) {
      raw(Long.toString(value));
      return;
    }
    unsigned(value);
  }

  /** A 64-bit number that is never negative. */
  void unsigned(long value) {
    if (value < 0) {
      raw(Long.toUnsignedString(value));
      return;
    }
    int digits = 1;
    for (long rest = value; rest >= 10; rest /= 10) {
      digits++;
    }
    reserve(digits);
    long rest = value;
    for (int i = size + digits - 1; i >= size; i--) {
      buffer[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    size += digits;
  }

  /** A string of characters that need no escape. */
  void plain(String text) {
    raw('"');
    raw(text);
    raw('"');
  }

  /** Octets as a string of hexadecimal digits. */
  void hex(byte[] bytes, int offset, int length) {
    reserve(2 * length + 2);
    buffer[size++] = '"';
    for (int i = 0; i < length; i++) {
      hexDigits(bytes[offset + i]);
    }
    buffer[size++] = '"';
  }

  /** Octets as a string of hexadecimal digits with a colon between two. */
  void hexWithColons(byte[] bytes, int offset, int length) {
    reserve(3 * length + 2);
    buffer[size++] = '"';
    for (int i = 0; i < length; i++) {
      if (i > 0) {
        buffer[size++] = ':';
      }
      hexDigits(bytes[offset + i]);
    }
    buffer[size++] = '"';
  }

  /** An address as a string; IPv4 comes in its mapped form. */
  void address(long high, long low) {
    raw('"');
    if (!Ip.isV4(high, low)) {
      raw(new Ip(high, low).toString());
    } else {
      for (int shift = 24; shift >= 0; shift -= 8) {
        unsigned(low >>> shift & 0xff);
        if (shift > 0) {
          raw('.');
        }
      }
    }
    raw('"');
  }

  /** A MAC address of 48 bits as a string. */
  void mac(long mac) {
    reserve(19);
    buffer[size++] = '"';
    for (int shift = 40; shift >= 0; shift -= 8) {
      hexDigits((byte) (mac >>> shift));
      buffer[size++] = (byte) (shift > 0 ? ':' : '"');
    }
  }

  private void hexDigits(byte value) {
    buffer[size++] = HEX[value >> 4 & 0xf];
    buffer[size++] = HEX[value & 0xf];
  }

  /** Printable ASCII without a quote or a backslash: most strings that exporters send. */
  static boolean isPlain(byte[] bytes, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      byte c = bytes[i];
      if (c < ' ' || c == 0x7f || c == '"' || c == '\\') {
        return false;
      }
    }
    return true;
  }

  /** A string of octets for which {@link #isPlain} holds. */
  void plain(byte[] bytes, int offset, int length) {
    reserve(length + 2);
    buffer[size++] = '"';
    System.arraycopy(bytes, offset, buffer, size, length);
    size += length;
    buffer[size++] = '"';
  }

  /** Any string, escaped as RFC 8259 §7 asks. */
  void text(String text) {
    raw('"');
    for (byte c : text.getBytes(StandardCharsets.UTF_8)) {
      if (c == '"' || c == '\\') {
        raw('\\');
        raw((char) c);
      } else if (c >= 0 && c < ' ' || c == 0x7f) {
        raw("\\u00");
        reserve(2);
        hexDigits(c);
      } else {
        reserve(1);
        buffer[size++] = c;
      }
    }
    raw('"');
  }

  private void reserve(int more) {
    if (buffer.length - size < more) {
      buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, size + more));
    }
  }
}
