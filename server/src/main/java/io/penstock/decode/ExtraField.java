package io.penstock.decode;

import io.penstock.event.Ip;
import io.penstock.registry.InformationElement;
import io.penstock.wire.DataRecord;
import io.penstock.wire.DataType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;

/**
 * How a field is written among an event's extra members: its name, and the JSON type that is
 * natural for it. Whatever does not fit its type (an integer of twelve octets, an address of five)
 * is written as the hexadecimal digits of its octets, so it is odd but not lost.
 */
final class ExtraField {

  private enum Form {
    UNSIGNED,
    SIGNED,
    FLOAT,
    BOOLEAN,
    MAC,
    TEXT,
    SECONDS,
    MILLISECONDS,
    NTP,
    ADDRESS,
    OCTETS,
    APPLICATION,
    MPLS_LABEL,
    COMMUNITY,
    LARGE_COMMUNITY,
    OBJECT_IDENTIFIER,
    SEGMENTS,
    NOTHING
  }

  /** Classification engine of a selector that starts with an enterprise number (RFC 6759 §4.1). */
  private static final int PANA_L7_PEN = 20;

  private static final long NTP_TO_UNIX_SECONDS = 2_208_988_800L;

  /** Writes nothing: for a field that is written elsewhere. */
  static final ExtraField SILENT = new ExtraField("", Form.NOTHING);

  private final String name;
  private final byte[] member;
  private final Form form;

  private ExtraField(String name, Form form) {
    this.name = name;
    this.member = encoded(name);
    this.form = form;
  }

  /** A field of a known element; {@code name} is the element's or one that avoids a clash. */
  static ExtraField known(String name, InformationElement element) {
    return new ExtraField(name, form(element));
  }

  /** A field of which only its octets are known. */
  static ExtraField unknown(String name) {
    return new ExtraField(name, Form.OCTETS);
  }

  String name() {
    return name;
  }

  /** A member's name as {@link ExtraMembers#member} wants it. */
  static byte[] encoded(String name) {
    var members = new ExtraMembers();
    members.text(name);
    members.raw(':');
    return members.toBytes();
  }

  /** The name as {@link ExtraMembers#member} wants it. */
  byte[] member() {
    return member;
  }

  private static Form form(InformationElement element) {
    return element.enterprise() == 0 ? ianaForm(element) : form(element.type());
  }

  /** Some elements have octets or numbers for what people write in another way. */
  private static Form ianaForm(InformationElement element) {
    return switch (element.id()) {
      case 70, 71, 72, 73, 74, 75, 76, 77, 78, 79 -> Form.MPLS_LABEL;
      case 95 -> Form.APPLICATION;
      case 436, 445 -> Form.OBJECT_IDENTIFIER;
      case 483 -> Form.COMMUNITY;
      case 489 -> Form.LARGE_COMMUNITY;
      case 497 -> Form.SEGMENTS;
      default -> form(element.type());
    };
  }

  private static Form form(DataType type) {
    return switch (type) {
      case UNSIGNED8, UNSIGNED16, UNSIGNED32, UNSIGNED64 -> Form.UNSIGNED;
      case SIGNED8, SIGNED16, SIGNED32, SIGNED64 -> Form.SIGNED;
      case FLOAT32, FLOAT64 -> Form.FLOAT;
      case BOOLEAN -> Form.BOOLEAN;
      case MAC_ADDRESS -> Form.MAC;
      case STRING -> Form.TEXT;
      case DATE_TIME_SECONDS -> Form.SECONDS;
      case DATE_TIME_MILLISECONDS -> Form.MILLISECONDS;
      case DATE_TIME_MICROSECONDS, DATE_TIME_NANOSECONDS -> Form.NTP;
      case IPV4_ADDRESS, IPV6_ADDRESS -> Form.ADDRESS;
      case OCTET_ARRAY, BASIC_LIST, SUB_TEMPLATE_LIST, SUB_TEMPLATE_MULTI_LIST -> Form.OCTETS;
    };
  }

  /** Writes the member. A value of no octets is written only where emptiness is a value. */
  void write(ExtraMembers out, byte[] bytes, int offset, int length) {
    boolean isEmptyValue = length == 0 && form != Form.TEXT && form != Form.OCTETS;
    if (isEmptyValue || form == Form.NOTHING) {
      return;
    }
    out.member(member);
    boolean isText = value(out, bytes, offset, length);
    if (!isText) {
      // Not UTF-8: the readable rendering lost octets, so they stand beside it.
      out.member(encoded(name + ".hex"));
      out.hex(bytes, offset, length);
    }
  }

  /** Writes the values of a repeated element as one array, in wire order (RFC 7011 §8). */
  void writeAll(ExtraMembers out, DataRecord record, int[] fields) {
    out.member(member);
    out.raw('[');
    for (int i = 0; i < fields.length; i++) {
      if (i > 0) {
        out.raw(',');
      }
      element(out, record.bytes(), record.offset(fields[i]), record.length(fields[i]));
    }
    out.raw(']');
  }

  /** Writes a value of a list; null where a value has no octets and that says nothing. */
  void writeElement(ExtraMembers out, byte[] bytes, int offset, int length) {
    if (length == 0 && form != Form.TEXT && form != Form.OCTETS) {
      out.raw("null");
      return;
    }
    element(out, bytes, offset, length);
  }

  private void element(ExtraMembers out, byte[] bytes, int offset, int length) {
    if (form == Form.TEXT && !isUtf8(bytes, offset, length)) {
      out.hex(bytes, offset, length);
      return;
    }
    value(out, bytes, offset, length);
  }

  /** Writes the value alone; false when it was text that is not UTF-8. */
  private boolean value(ExtraMembers out, byte[] bytes, int offset, int length) {
    switch (form) {
      case UNSIGNED -> unsigned(out, bytes, offset, length);
      case SIGNED -> signed(out, bytes, offset, length);
      case FLOAT -> floating(out, bytes, offset, length);
      case BOOLEAN -> bool(out, bytes, offset, length);
      case MAC -> mac(out, bytes, offset, length);
      case TEXT -> {
        return text(out, bytes, offset, length);
      }
      case SECONDS -> seconds(out, bytes, offset, length);
      case MILLISECONDS -> milliseconds(out, bytes, offset, length);
      case NTP -> ntp(out, bytes, offset, length);
      case ADDRESS -> address(out, bytes, offset, length);
      case OCTETS -> out.hex(bytes, offset, length);
      case APPLICATION -> application(out, bytes, offset, length);
      case MPLS_LABEL -> mplsLabel(out, bytes, offset, length);
      case COMMUNITY -> community(out, bytes, offset, length, 4);
      case LARGE_COMMUNITY -> community(out, bytes, offset, length, 12);
      case OBJECT_IDENTIFIER -> objectIdentifier(out, bytes, offset, length);
      case SEGMENTS -> segments(out, bytes, offset, length);
      case NOTHING -> {}
    }
    return true;
  }

  private static void unsigned(ExtraMembers out, byte[] bytes, int offset, int length) {
    if (length < 1 || length > 8) {
      out.hex(bytes, offset, length);
      return;
    }
    out.unsigned(DataRecord.unsigned(bytes, offset, length));
  }

  private static void signed(ExtraMembers out, byte[] bytes, int offset, int length) {
    if (length < 1 || length > 8) {
      out.hex(bytes, offset, length);
      return;
    }
    int shift = 64 - 8 * length;
    out.number(DataRecord.unsigned(bytes, offset, length) << shift >> shift);
  }

  private static void floating(ExtraMembers out, byte[] bytes, int offset, int length) {
    if (length != 4 && length != 8) {
      out.hex(bytes, offset, length);
      return;
    }
    long bits = DataRecord.unsigned(bytes, offset, length);
    double value = length == 8 ? Double.longBitsToDouble(bits) : Float.intBitsToFloat((int) bits);
    var text = length == 8 ? Double.toString(value) : Float.toString((float) value);
    if (Double.isFinite(value)) {
      out.raw(text);
    } else {
      out.plain(text);
    }
  }

  /** 1 is true and 2 is false (RFC 7011 §6.1.5); anything else is told as the number it is. */
  private static void bool(ExtraMembers out, byte[] bytes, int offset, int length) {
    long value = length == 1 ? bytes[offset] : 0;
    if (value == 1 || value == 2) {
      out.raw(value == 1 ? "true" : "false");
      return;
    }
    unsigned(out, bytes, offset, length);
  }

  private static void mac(ExtraMembers out, byte[] bytes, int offset, int length) {
    if (length != 6 && length != 8) {
      out.hex(bytes, offset, length);
      return;
    }
    out.hexWithColons(bytes, offset, length);
  }

  /** Writes a string without the NULs at its end; false when it is not UTF-8. */
  static boolean text(ExtraMembers out, byte[] bytes, int offset, int length) {
    int end = length;
    while (end > 0 && bytes[offset + end - 1] == 0) {
      end--;
    }
    if (ExtraMembers.isPlain(bytes, offset, end)) {
      out.plain(bytes, offset, end);
      return true;
    }
    out.text(new String(bytes, offset, end, StandardCharsets.UTF_8));
    return isUtf8(bytes, offset, end);
  }

  private static boolean isUtf8(byte[] bytes, int offset, int length) {
    var again =
        new String(bytes, offset, length, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
    return again.length == length
        && Arrays.equals(again, 0, length, bytes, offset, offset + length);
  }

  private static void seconds(ExtraMembers out, byte[] bytes, int offset, int length) {
    if (length > 5) {
      unsigned(out, bytes, offset, length);
      return;
    }
    instant(out, Instant.ofEpochSecond(DataRecord.unsigned(bytes, offset, length)));
  }

  private static void milliseconds(ExtraMembers out, byte[] bytes, int offset, int length) {
    long value = length > 8 ? -1 : DataRecord.unsigned(bytes, offset, length);
    // Fewer than six octets cannot hold this century: no time at all, but still a number.
    if (length < 6 || value < 0 || value >> 48 != 0) {
      unsigned(out, bytes, offset, length);
      return;
    }
    instant(out, Instant.ofEpochMilli(value));
  }

  /** RFC 7011 §6.1.9: 32 bits of seconds since 1900, 32 bits of fraction. */
  private static void ntp(ExtraMembers out, byte[] bytes, int offset, int length) {
    if (length != 8) {
      unsigned(out, bytes, offset, length);
      return;
    }
    long seconds = DataRecord.unsigned(bytes, offset, 4);
    long fraction = DataRecord.unsigned(bytes, offset + 4, 4);
    if (seconds < NTP_TO_UNIX_SECONDS) {
      // Before 1970: no NTP time; some exporters send Unix microseconds here.
      unsigned(out, bytes, offset, length);
      return;
    }
    long nanos = fraction * 1_000_000_000L >>> 32;
    instant(out, Instant.ofEpochSecond(seconds - NTP_TO_UNIX_SECONDS, nanos));
  }

  private static void instant(ExtraMembers out, Instant instant) {
    out.plain(instant.toString());
  }

  private static void address(ExtraMembers out, byte[] bytes, int offset, int length) {
    if (length != 4 && length != 16) {
      out.hex(bytes, offset, length);
      return;
    }
    out.plain(addressText(Ip.of(bytes, offset, length), length == 16));
  }

  /** The text of an address; one that came in 16 octets keeps its mapped form. */
  static String addressText(Ip ip, boolean inSixteen) {
    return inSixteen && ip.isV4() ? "::ffff:" + ip : ip.toString();
  }

  /**
   * RFC 6759 §4.1: the classification engine in one octet, then its selector; engine 20 puts the
   * vendor's enterprise number first.
   */
  private static void application(ExtraMembers out, byte[] bytes, int offset, int length) {
    int engine = length == 0 ? 0 : bytes[offset] & 0xff;
    boolean hasVendor = engine == PANA_L7_PEN && length > 5;
    int selector = hasVendor ? 5 : 1;
    if (length - selector < 1 || length - selector > 8) {
      out.hex(bytes, offset, length);
      return;
    }
    out.raw('"');
    out.unsigned(engine);
    if (hasVendor) {
      out.raw(':');
      out.unsigned(DataRecord.unsigned(bytes, offset + 1, 4));
    }
    out.raw(':');
    out.unsigned(DataRecord.unsigned(bytes, offset + selector, length - selector));
    out.raw('"');
  }

  /** RFC 3032 §2.1: label, experimental bits, bottom of stack; a fourth octet is the TTL. */
  private static void mplsLabel(ExtraMembers out, byte[] bytes, int offset, int length) {
    if (length != 3 && length != 4) {
      out.hex(bytes, offset, length);
      return;
    }
    long entry = DataRecord.unsigned(bytes, offset, 3);
    out.raw("{\"label\":");
    out.unsigned(entry >> 4);
    out.raw(",\"exp\":");
    out.unsigned(entry >> 1 & 7);
    out.raw((entry & 1) == 1 ? ",\"bottom\":true" : ",\"bottom\":false");
    if (length == 4) {
      out.raw(",\"ttl\":");
      out.unsigned(bytes[offset + 3] & 0xff);
    }
    out.raw('}');
  }

  /** RFC 1997 and RFC 8092: an AS number and what it means by the rest, in equal parts. */
  private static void community(
      ExtraMembers out, byte[] bytes, int offset, int length, int expected) {
    if (length != expected) {
      out.hex(bytes, offset, length);
      return;
    }
    int part = length == 4 ? 2 : 4;
    out.raw('"');
    for (int at = 0; at < length; at += part) {
      if (at > 0) {
        out.raw(':');
      }
      out.unsigned(DataRecord.unsigned(bytes, offset + at, part));
    }
    out.raw('"');
  }

  /**
   * An object identifier in BER (RFC 8038 §11.2.2): the arcs in base 128, the first two in one.
   * Some put the tag and the length of the encoding before it.
   */
  private static void objectIdentifier(ExtraMembers out, byte[] bytes, int offset, int length) {
    boolean hasTag = length > 2 && bytes[offset] == 6 && bytes[offset + 1] == length - 2;
    int at = hasTag ? offset + 2 : offset;
    int end = offset + length;
    int start = out.size();
    out.raw('"');
    boolean isFirst = true;
    while (at < end) {
      int from = at;
      long arc = 0;
      while (at < end && bytes[at] < 0) {
        arc = arc << 7 | bytes[at++] & 0x7f;
      }
      boolean isUnfinished = at == end;
      boolean isPadded = bytes[from] == (byte) 0x80;
      arc = isUnfinished ? 0 : arc << 7 | bytes[at++];
      // SNMP's arcs have 32 bits (RFC 2578 §3.5), which take five octets.
      if (isUnfinished || isPadded || at - from > 5 || arc >> 32 != 0) {
        out.cut(start);
        out.hex(bytes, offset, length);
        return;
      }
      if (isFirst) {
        long root = Math.min(arc / 40, 2);
        out.unsigned(root);
        arc -= 40 * root;
      }
      out.raw('.');
      out.unsigned(arc);
      isFirst = false;
    }
    out.raw('"');
  }

  /** The segments of a segment routing header one after the other (RFC 9487 §4.1). */
  private static void segments(ExtraMembers out, byte[] bytes, int offset, int length) {
    if (length % 16 != 0) {
      out.hex(bytes, offset, length);
      return;
    }
    out.raw('[');
    for (int at = 0; at < length; at += 16) {
      if (at > 0) {
        out.raw(',');
      }
      address(out, bytes, offset + at, 16);
    }
    out.raw(']');
  }
}
