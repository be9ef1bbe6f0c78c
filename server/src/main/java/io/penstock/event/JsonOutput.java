package io.penstock.event;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes a JSON document (RFC 8259) into a {@link ByteOutput}, member by member: the encoder of
 * what is printed per event, where names are ready as bytes and nothing is allocated.
 *
 * <p>Commas are set by the last byte written: behind an opening brace or bracket there is none. A
 * member whose number is {@link Event#ABSENT} or whose text is null is not written. For one thread.
 */
public final class JsonOutput {

  private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.ISO_8859_1);

  /** What stands for half of a character that is missing its other half. */
  private static final int REPLACEMENT = 0xfffd;

  /** An escape, or a character of four octets. */
  private static final int CHARACTER_MAX = 6;

  /** Decimals up to this many are written without the search for the shortest text. */
  private static final int DECIMALS = 6;

  private static final double SCALE = 1e6;

  private final ByteOutput out;

  public JsonOutput(ByteOutput out) {
    this.out = out;
  }

  /** The name of a member, ready to be written. */
  public static final class Name {
    private final byte[] bytes;

    private Name(String text) {
      bytes = (",\"" + text + "\":").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * @param text of characters that need no escape
     */
    public static Name of(String text) {
      return new Name(text);
    }
  }

  /** A text that is written often, ready with its quotes. */
  public static final class Word {
    private final byte[] bytes;

    private Word(String text) {
      bytes = ('"' + text + '"').getBytes(StandardCharsets.UTF_8);
    }

    /**
     * @param text of characters that need no escape
     */
    public static Word of(String text) {
      return new Word(text);
    }

    /** The words of an enum's constants in lower case, by ordinal. */
    public static Word[] lower(Enum<?>[] constants) {
      var words = new Word[constants.length];
      for (int i = 0; i < words.length; i++) {
        words[i] = of(constants[i].name().toLowerCase(Locale.ROOT));
      }
      return words;
    }
  }

  /** Where the bytes go. */
  public ByteOutput bytes() {
    return out;
  }

  /** Opens a document, whatever stands before it. */
  public void begin() {
    out.put('{');
  }

  /** Opens an object that is an element of an array. */
  public void beginElement() {
    comma();
    out.put('{');
  }

  /**
   * Opens a member that is an object.
   *
   * @return where it starts, for {@link #endUnlessEmpty}
   */
  public int begin(Name name) {
    int start = out.size();
    open(name, '{');
    return start;
  }

  public void end() {
    out.put('}');
  }

  /** Closes an object; one with nothing in it is taken back with its name. */
  public void endUnlessEmpty(int start) {
    closeUnlessEmpty(start, '{', '}');
  }

  /**
   * Opens a member that is an array.
   *
   * @return where it starts, for {@link #endArrayUnlessEmpty}
   */
  public int beginArray(Name name) {
    int start = out.size();
    open(name, '[');
    return start;
  }

  /** Opens an array that is an element of an array. */
  public void beginElementArray() {
    comma();
    out.put('[');
  }

  public void endArray() {
    out.put(']');
  }

  /** Closes an array; one with nothing in it is taken back with its name. */
  public void endArrayUnlessEmpty(int start) {
    closeUnlessEmpty(start, '[', ']');
  }

  private void open(Name name, char bracket) {
    int at = name(name, 1);
    out.array()[at] = (byte) bracket;
    out.skip(at + 1 - out.size());
  }

  private void closeUnlessEmpty(int start, char opened, char bracket) {
    if (out.array()[out.size() - 1] == opened) {
      out.truncate(start);
      return;
    }
    out.put(bracket);
  }

  public void text(Name name, @Nullable String value) {
    if (value != null) {
      putName(name);
      quoted(value);
    }
  }

  /** A text as an element of an array. */
  public void text(String value) {
    comma();
    quoted(value);
  }

  public void word(Name name, Word word) {
    raw(name, word.bytes);
  }

  /** A text as an element of an array. */
  public void word(Word word) {
    comma();
    out.put(word.bytes);
  }

  public void number(Name name, long value) {
    if (value != Event.ABSENT) {
      int at = name(name, Digits.LONG_MAX);
      taken(Digits.decimal(out.array(), at, value));
    }
  }

  /** A number as a text. */
  public void digits(Name name, long value) {
    if (value != Event.ABSENT) {
      int at = name(name, Digits.LONG_MAX + 2);
      var array = out.array();
      array[at] = '"';
      int end = Digits.decimal(array, at + 1, value);
      array[end] = '"';
      taken(end + 1);
    }
  }

  /** A number of any size; none is missing. */
  public void any(Name name, long value) {
    int at = name(name, Digits.LONG_MAX);
    taken(Digits.decimal(out.array(), at, value));
  }

  /** A number as an element of an array. */
  public void number(long value) {
    comma();
    out.reserve(Digits.LONG_MAX);
    taken(Digits.decimal(out.array(), out.size(), value));
  }

  /** Null for what JSON has no number for. */
  public void decimal(Name name, double value) {
    if (!Double.isFinite(value)) {
      nothing(name);
      return;
    }
    long scaled = Math.round(value * SCALE);
    // Below 10^15 a decimal number is the shortest for its double: no other one is as short.
    if (Math.abs(value) < 1e7 && scaled / SCALE == value) {
      shortDecimal(name, scaled);
      return;
    }
    putName(name);
    out.put(Double.toString(value));
  }

  private void shortDecimal(Name name, long scaled) {
    int at = name(name, Digits.LONG_MAX + 2 + DECIMALS);
    var array = out.array();
    if (scaled < 0) {
      array[at++] = '-';
    }
    long magnitude = Math.abs(scaled);
    int end = Digits.decimal(array, at, magnitude / (long) SCALE);
    int fraction = (int) (magnitude % (long) SCALE);
    if (fraction == 0) {
      array[end] = '.';
      array[end + 1] = '0';
      taken(end + 2);
      return;
    }
    taken(Digits.decimals(array, end, fraction, DECIMALS));
  }

  public void truth(Name name, boolean value) {
    int at = name(name, 5);
    var array = out.array();
    if (value) {
      array[at] = 't';
      array[at + 1] = 'r';
      array[at + 2] = 'u';
    } else {
      array[at++] = 'f';
      array[at] = 'a';
      array[at + 1] = 'l';
      array[at + 2] = 's';
    }
    array[at + 3] = 'e';
    taken(at + 4);
  }

  public void nothing(Name name) {
    raw(name, NULL);
  }

  private static final byte[] NULL = {'n', 'u', 'l', 'l'};

  /** A time as RFC 3339 in UTC, exact to the nanosecond. */
  public void time(Name name, long nanos) {
    if (nanos != Event.ABSENT) {
      int at = name(name, Digits.TIME_MAX + 2);
      var array = out.array();
      array[at] = '"';
      at = Digits.time(array, at + 1, nanos);
      array[at] = '"';
      taken(at + 1);
    }
  }

  /** Seconds with as many decimals as needed, exact to the nanosecond; whole ones before 1970. */
  public void seconds(Name name, long nanos) {
    int at = name(name, Digits.LONG_MAX + 10);
    taken(Digits.seconds(out.array(), at, nanos));
  }

  /** An address, RFC 5952; none for {@code ::}. */
  public void ip(Name name, long high, long low) {
    if ((high | low) != 0) {
      putIp(name(name, IpText.LENGTH_MAX + 2), high, low);
    }
  }

  /** An address as it is, {@code ::} as well; none for null. */
  public void ip(Name name, @Nullable Ip ip) {
    if (ip != null) {
      putIp(name(name, IpText.LENGTH_MAX + 2), ip.high(), ip.low());
    }
  }

  /** An address as an element of an array. */
  public void ip(long high, long low) {
    comma();
    out.reserve(IpText.LENGTH_MAX + 2);
    putIp(out.size(), high, low);
  }

  private void putIp(int at, long high, long low) {
    var array = out.array();
    array[at] = '"';
    int end = IpText.write(array, at + 1, high, low);
    array[end] = '"';
    taken(end + 1);
  }

  /** Six octets in lower case with colons. */
  public void mac(Name name, long mac) {
    if (mac != Event.ABSENT) {
      int at = name(name, 19);
      var array = out.array();
      array[at++] = '"';
      for (int shift = 40; shift >= 0; shift -= 8) {
        at = Digits.hex(array, at, mac >>> shift, 2);
        array[at++] = ':';
      }
      array[at - 1] = '"';
      taken(at);
    }
  }

  /** Six octets in upper case with hyphens, RFC 7042 §2.1. */
  public void macHyphens(Name name, long mac) {
    if (mac != Event.ABSENT) {
      int at = name(name, 19);
      var array = out.array();
      array[at++] = '"';
      for (int shift = 40; shift >= 0; shift -= 8) {
        array[at++] = HEX[(int) (mac >>> shift + 4) & 0xf];
        array[at++] = HEX[(int) (mac >>> shift) & 0xf];
        array[at++] = '-';
      }
      array[at - 1] = '"';
      taken(at);
    }
  }

  public void uuid(Name name, long high, long low) {
    int at = name(name, 38);
    var array = out.array();
    array[at] = '"';
    uuid(array, at + 1, high, low);
    array[at + 37] = '"';
    taken(at + 38);
  }

  private static void uuid(byte[] array, int start, long high, long low) {
    int at = Digits.hex(array, start, high >>> 32, 8);
    array[at] = '-';
    at = Digits.hex(array, at + 1, high >>> 16, 4);
    array[at] = '-';
    at = Digits.hex(array, at + 1, high, 4);
    array[at] = '-';
    at = Digits.hex(array, at + 1, low >>> 48, 4);
    array[at] = '-';
    Digits.hex(array, at + 1, low, 12);
  }

  /** A value that is JSON already. */
  public void raw(Name name, byte[] value) {
    raw(name, value, 0, value.length);
  }

  /** A value that is JSON already, of bytes that may lie in this output's own array. */
  void raw(Name name, byte[] from, int offset, int length) {
    int at = name(name, length);
    System.arraycopy(from, offset, out.array(), at, length);
    taken(at + length);
  }

  /** Members that are JSON already, with names and without braces; none when empty. */
  public void members(byte[] members) {
    if (members.length > 0) {
      comma();
      out.put(members);
    }
  }

  /**
   * Copies a name behind what was written, with room for its value, and does not yet take it.
   *
   * @return where the value goes
   */
  int name(Name name, int room) {
    var bytes = name.bytes;
    out.reserve(bytes.length + room);
    int size = out.size();
    var array = out.array();
    int skipped = isFirst(array, size) ? 1 : 0;
    int length = bytes.length - skipped;
    System.arraycopy(bytes, skipped, array, size, length);
    return size + length;
  }

  private void putName(Name name) {
    taken(name(name, 0));
  }

  /** Takes what was written up to {@code end}. */
  void taken(int end) {
    out.skip(end - out.size());
  }

  private void comma() {
    int size = out.size();
    if (!isFirst(out.array(), size)) {
      out.put(',');
    }
  }

  /** Whether what comes next is the first in its object or array. */
  private static boolean isFirst(byte[] array, int size) {
    byte last = array[size - 1];
    return last == '{' || last == '[';
  }

  private void quoted(String text) {
    int length = text.length();
    out.reserve(length + 2);
    var array = out.array();
    int at = out.size();
    array[at++] = '"';
    int i = 0;
    for (; i < length; i++) {
      char c = text.charAt(i);
      if (c < ' ' || c >= 0x80 || c == '"' || c == '\\') {
        break;
      }
      array[at++] = (byte) c;
    }
    taken(at);
    if (i < length) {
      escaped(text, i);
    }
    out.put('"');
  }

  private void escaped(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      out.reserve(CHARACTER_MAX);
      if (c >= 0x80) {
        int codePoint = text.codePointAt(i);
        i += Character.charCount(codePoint) - 1;
        utf8(
            Character.isSurrogate((char) codePoint) && codePoint <= 0xffff
                ? REPLACEMENT
                : codePoint);
      } else {
        ascii(c);
      }
    }
  }

  private void ascii(char c) {
    int escape =
        switch (c) {
          case '"', '\\' -> c;
          case '\n' -> 'n';
          case '\r' -> 'r';
          case '\t' -> 't';
          case '\b' -> 'b';
          case '\f' -> 'f';
          default -> c < ' ' ? 'u' : 0;
        };
    if (escape == 0) {
      out.put(c);
      return;
    }
    out.put('\\');
    out.put(escape);
    if (escape == 'u') {
      out.put('0');
      out.put('0');
      out.put(HEX[c >>> 4]);
      out.put(HEX[c & 0xf]);
    }
  }

  private void utf8(int codePoint) {
    if (codePoint < 0x800) {
      out.put(0xc0 | codePoint >>> 6);
    } else if (codePoint < 0x1_0000) {
      out.put(0xe0 | codePoint >>> 12);
      out.put(0x80 | codePoint >>> 6 & 0x3f);
    } else {
      out.put(0xf0 | codePoint >>> 18);
      out.put(0x80 | codePoint >>> 12 & 0x3f);
      out.put(0x80 | codePoint >>> 6 & 0x3f);
    }
    out.put(0x80 | codePoint & 0x3f);
  }
}
