package io.penstock.decode;

import io.penstock.packet.HeaderProtocol;
import io.penstock.wire.DataRecord;
import io.penstock.wire.Template;
import java.util.ArrayList;
import java.util.List;

/**
 * The fields of a template that hold the beginning of a packet: PSAMP packet reports (RFC 5477
 * §8.5), data link frames (RFC 7133), Cisco's layer 2 sections. Immutable.
 */
final class PacketSections {

  private static final int LAYER_2_OFFSET = 102;
  private static final int LAYER_2_SIZE = 103;
  private static final int LAYER_2_DATA = 104;
  private static final int FRAME_SIZE = 312;
  private static final int IP_HEADER = 313;
  private static final int IP_PAYLOAD = 314;
  private static final int FRAME = 315;
  private static final int MPLS_STACK = 316;
  private static final int MPLS_PAYLOAD = 317;
  private static final int FRAME_TYPE = 408;
  private static final int OFFSET = 409;
  private static final int EXPORTED_OCTETS = 410;

  private static final int ABSENT = -1;

  private static final PacketSections NONE = new PacketSections(List.of(), ABSENT, false);

  /**
   * A section's fields, as indexes into the template; {@link #ABSENT} where there is none.
   *
   * @param offset how many octets of the packet the section leaves out
   * @param size how many octets of the field were sent
   */
  private record Section(HeaderProtocol protocol, int data, int offset, int size) {}

  private final Section[] sections;
  private final int frameType;
  private final boolean describesPacket;

  private PacketSections(List<Section> sections, int frameType, boolean describesPacket) {
    this.sections = sections.toArray(Section[]::new);
    this.frameType = frameType;
    this.describesPacket = describesPacket;
  }

  /** The sections of a template; those that hold more of a packet come first. */
  static PacketSections of(Template template) {
    if (template.isOptions()) {
      return NONE;
    }
    var sections = new ArrayList<Section>();
    add(sections, template, HeaderProtocol.ETHERNET, FRAME, OFFSET, EXPORTED_OCTETS);
    add(sections, template, HeaderProtocol.ETHERNET, LAYER_2_DATA, LAYER_2_OFFSET, LAYER_2_SIZE);
    add(sections, template, HeaderProtocol.IPV4, IP_HEADER, OFFSET, EXPORTED_OCTETS);
    add(sections, template, HeaderProtocol.MPLS, MPLS_STACK, OFFSET, EXPORTED_OCTETS);
    add(sections, template, HeaderProtocol.IPV4, MPLS_PAYLOAD, OFFSET, EXPORTED_OCTETS);
    boolean isOfPacket = find(template, FRAME_SIZE) >= 0 || find(template, IP_PAYLOAD) >= 0;
    if (sections.isEmpty() && !isOfPacket) {
      return NONE;
    }
    return new PacketSections(sections, find(template, FRAME_TYPE), true);
  }

  private static void add(
      List<Section> to, Template template, HeaderProtocol protocol, int id, int offset, int size) {
    int data = find(template, id);
    if (data != ABSENT) {
      to.add(new Section(protocol, data, find(template, offset), find(template, size)));
    }
  }

  /** Index of the first field of an element of IANA's. */
  private static int find(Template template, int id) {
    var fields = template.fields();
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).id() == id && fields.get(i).enterprise() == 0) {
        return i;
      }
    }
    return ABSENT;
  }

  boolean isEmpty() {
    return sections.length == 0;
  }

  /** Tells what the sections say and the record's own fields have not. */
  void tell(DataRecord record, EventBuilder to) {
    if (!describesPacket) {
      return;
    }
    for (var section : sections) {
      // What begins within the packet begins with no header.
      if (number(record, section.offset, 0) == 0) {
        int length = record.length(section.data);
        int sent = (int) Math.min(length, number(record, section.size, length));
        to.packet(protocol(section, record), record.bytes(), record.offset(section.data), sent);
      }
    }
    to.countPacket();
  }

  /** RFC 7133 §3.1: 1 is Ethernet, and so is silence; 2 is IEEE 802.11. */
  private HeaderProtocol protocol(Section section, DataRecord record) {
    if (section.protocol != HeaderProtocol.ETHERNET || frameType == ABSENT) {
      return section.protocol;
    }
    return switch ((int) number(record, frameType, 0)) {
      case 0, 1 -> HeaderProtocol.ETHERNET;
      case 2 -> HeaderProtocol.WLAN;
      default -> HeaderProtocol.UNKNOWN;
    };
  }

  private static long number(DataRecord record, int field, long standard) {
    boolean isNumber = field != ABSENT && record.length(field) > 0 && record.length(field) < 8;
    return isNumber ? record.unsigned(field) : standard;
  }
}
