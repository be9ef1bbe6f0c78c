package io.penstock.wire;

import java.util.ArrayList;
import java.util.List;

/** Reads template definitions of NetFlow v9 (RFC 3954 §5.2, §6.1) and IPFIX (RFC 7011 §3.4). */
public final class TemplateReader {

  private static final int FIRST_ID = 256;
  private static final int ENTERPRISE_BIT = 0x8000;

  /** No record can be longer: what a UDP datagram holds less the shortest headers. */
  private static final int RECORD_LENGTH_MAX = 65_535 - 16 - 4;

  private final boolean v9VariableLength;

  public TemplateReader(boolean v9VariableLength) {
    this.v9VariableLength = v9VariableLength;
  }

  /** What stands at one position of a template set. */
  public sealed interface Item {

    /** A usable template that ends before {@code next}. */
    record Defined(Template template, int next) implements Item {}

    /** A withdrawal (RFC 7011 §8.1) of one template, or of all if the id is that of the set. */
    record Withdrawn(int id, int next) implements Item {}

    /** A definition that makes no sense; the one behind it may. */
    record Bad(int next) implements Item {}

    /** A definition whose records would be empty, mostly empty, or longer than any message. */
    record Unusable(int id, int next) implements Item {}

    /** A definition that claims more octets than the set has left. */
    record Overlong() implements Item {}

    /** Octets that mean nothing, up to {@code next}. */
    record Padding(int next) implements Item {}
  }

  /** Reads what stands at {@code at} in a set whose content is {@code from} to {@code end}. */
  public Item read(
      ProtocolVersion version, boolean isOptions, byte[] bytes, int from, int at, int end) {
    int padding = padding(bytes, from, at, end);
    if (padding > 0) {
      return new Item.Padding(at + padding);
    }
    if (version == ProtocolVersion.NETFLOW_V9) {
      return isOptions ? v9Options(bytes, at, end) : v9(bytes, at, end);
    }
    return ipfix(isOptions, bytes, at, end);
  }

  /**
   * How many octets of padding come next; some pad every template, not only the set. Takes all
   * zeros at once, so that no octet is looked at twice.
   */
  private static int padding(byte[] bytes, int from, int at, int end) {
    if (end - at < 4) {
      return end - at;
    }
    int zeros = 0;
    while (at + zeros < end && bytes[at + zeros] == 0) {
      zeros++;
    }
    if (at + zeros == end) {
      return zeros;
    }
    int misaligned = (at - from) % 4;
    if (misaligned != 0 && zeros >= misaligned) {
      return misaligned + (zeros - misaligned) / 4 * 4;
    }
    return zeros / 4 * 4;
  }

  private Item v9(byte[] bytes, int at, int end) {
    int count = Octets.u16(bytes, at + 2);
    int next = at + 4 + 4 * count;
    if (next > end) {
      return new Item.Overlong();
    }
    if (count == 0) {
      return new Item.Bad(next);
    }
    var fields = v9Fields(bytes, at + 4, 0, count);
    return define(ProtocolVersion.NETFLOW_V9, Octets.u16(bytes, at), fields, false, next);
  }

  /** Both lengths count octets, not fields. */
  private Item v9Options(byte[] bytes, int at, int end) {
    if (end - at < 6) {
      return new Item.Overlong();
    }
    int scopeOctets = Octets.u16(bytes, at + 2);
    int optionOctets = Octets.u16(bytes, at + 4);
    int next = at + 6 + scopeOctets + optionOctets;
    if (next > end) {
      return new Item.Overlong();
    }
    if (scopeOctets % 4 != 0 || optionOctets % 4 != 0 || next == at + 6) {
      return new Item.Bad(next);
    }
    int scopes = scopeOctets / 4;
    var fields = v9Fields(bytes, at + 6, scopes, scopes + optionOctets / 4);
    return define(ProtocolVersion.NETFLOW_V9, Octets.u16(bytes, at), fields, true, next);
  }

  /** All 16 bits are the id: NetFlow v9 has no enterprise bit, and vendors use high ids. */
  private static List<FieldSpecifier> v9Fields(byte[] bytes, int at, int scopes, int count) {
    var fields = new ArrayList<FieldSpecifier>(count);
    for (int i = 0; i < count; i++) {
      int id = Octets.u16(bytes, at + 4 * i);
      int length = Octets.u16(bytes, at + 4 * i + 2);
      fields.add(new FieldSpecifier(0, id, length, i < scopes));
    }
    return fields;
  }

  private Item ipfix(boolean isOptions, byte[] bytes, int at, int end) {
    int id = Octets.u16(bytes, at);
    int count = Octets.u16(bytes, at + 2);
    if (count == 0) {
      return new Item.Withdrawn(id, at + 4);
    }
    int headerLength = isOptions ? 6 : 4;
    if (end - at < headerLength + 4 * count) {
      return new Item.Overlong();
    }
    // A scope count of zero is illegal (RFC 7011 §3.4.2.2) and sent nevertheless.
    int scopes = isOptions ? Octets.u16(bytes, at + 4) : 0;
    var fields = new ArrayList<FieldSpecifier>(count);
    int position = at + headerLength;
    for (int i = 0; i < count; i++) {
      if (end - position < 4) {
        return new Item.Overlong();
      }
      int element = Octets.u16(bytes, position);
      int length = Octets.u16(bytes, position + 2);
      long enterprise = 0;
      position += 4;
      if ((element & ENTERPRISE_BIT) != 0) {
        if (end - position < 4) {
          return new Item.Overlong();
        }
        enterprise = Octets.u32(bytes, position);
        position += 4;
      }
      fields.add(new FieldSpecifier(enterprise, element & ~ENTERPRISE_BIT, length, i < scopes));
    }
    if (scopes > count) {
      return new Item.Bad(position);
    }
    return define(ProtocolVersion.IPFIX, id, fields, isOptions, position);
  }

  private Item define(
      ProtocolVersion version, int id, List<FieldSpecifier> fields, boolean isOptions, int next) {
    if (id < FIRST_ID) {
      return new Item.Bad(next);
    }
    var template = new Template(version, id, fields, isOptions);
    boolean isRefused =
        template.isVariable() && version == ProtocolVersion.NETFLOW_V9 && !v9VariableLength;
    // Fields of no octets are few (case 24). Where they outnumber the octets of a record, each
    // octet
    // received would take as many steps as the sender likes.
    boolean isHollow = fields.size() > 2 * template.minLength();
    if (isRefused || isHollow || template.minLength() > RECORD_LENGTH_MAX) {
      return new Item.Unusable(id, next);
    }
    return new Item.Defined(template, next);
  }
}
