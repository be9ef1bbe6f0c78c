package io.penstock.decode;

import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.sflow.FieldType;
import io.penstock.sflow.SflowSample;
import io.penstock.sflow.Structure;
import io.penstock.sflow.StructureReader;
import io.penstock.sflow.Structures;
import io.penstock.sflow.Xdr;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Tells an event what the structures of an sFlow sample say. A field that has a place in the event
 * goes there if nobody said it before; the others become an extra member with the structure's name,
 * an object of the fields by the names that sflow.org gives them. Counters of all ones are unknown
 * and left out.
 */
final class SflowFields {

  /** The places of fields, by structure and field. */
  private static final Map<String, Place> PLACES =
      Map.ofEntries(
          Map.entry("sampled_ethernet.length", new Place.Value(Slot.BYTES)),
          Map.entry("sampled_ethernet.src_mac", new Place.Mac(Slot.SOURCE_MAC)),
          Map.entry("sampled_ethernet.dst_mac", new Place.Mac(Slot.DESTINATION_MAC)),
          Map.entry("sampled_ipv4.length", new Place.Value(Slot.BYTES)),
          Map.entry("sampled_ipv4.protocol", new Place.Value(Slot.PROTOCOL)),
          Map.entry("sampled_ipv4.src_ip", Place.Address.SOURCE),
          Map.entry("sampled_ipv4.dst_ip", Place.Address.DESTINATION),
          Map.entry("sampled_ipv4.src_port", new Place.Value(Slot.SOURCE_PORT)),
          Map.entry("sampled_ipv4.dst_port", new Place.Value(Slot.DESTINATION_PORT)),
          Map.entry("sampled_ipv4.tcp_flags", new Place.Value(Slot.TCP_FLAGS)),
          Map.entry("sampled_ipv4.tos", new Place.Value(Slot.TOS)),
          Map.entry("sampled_ipv6.length", new Place.Value(Slot.BYTES)),
          Map.entry("sampled_ipv6.protocol", new Place.Value(Slot.PROTOCOL)),
          Map.entry("sampled_ipv6.src_ip", Place.Address.SOURCE),
          Map.entry("sampled_ipv6.dst_ip", Place.Address.DESTINATION),
          Map.entry("sampled_ipv6.src_port", new Place.Value(Slot.SOURCE_PORT)),
          Map.entry("sampled_ipv6.dst_port", new Place.Value(Slot.DESTINATION_PORT)),
          Map.entry("sampled_ipv6.tcp_flags", new Place.Value(Slot.TCP_FLAGS)),
          Map.entry("sampled_ipv6.priority", new Place.Value(Slot.TOS)),
          Map.entry("extended_switch.src_vlan", new Place.Value(Slot.VLAN)),
          Map.entry("extended_router.nexthop", Place.Address.NEXT_HOP),
          Map.entry(
              "extended_router.src_mask_len",
              new Place.Prefix(Slot.SOURCE_PREFIX_V4, Slot.SOURCE_PREFIX_V6)),
          Map.entry(
              "extended_router.dst_mask_len",
              new Place.Prefix(Slot.DESTINATION_PREFIX_V4, Slot.DESTINATION_PREFIX_V6)),
          Map.entry("extended_gateway.nexthop", Place.Address.NEXT_HOP),
          Map.entry("extended_gateway.src_as", new Place.Value(Slot.SOURCE_AS)),
          Map.entry("extended_gateway.dst_as_path", new Place.LastAs()),
          Map.entry("extended_mpls.nexthop", Place.Address.NEXT_HOP),
          Map.entry("extended_nat.src_address", Place.Address.SOURCE_NAT),
          Map.entry("extended_nat.dst_address", Place.Address.DESTINATION_NAT),
          Map.entry("extended_nat_port.src_port", new Place.Value(Slot.SOURCE_NAT_PORT)),
          Map.entry("extended_nat_port.dst_port", new Place.Value(Slot.DESTINATION_NAT_PORT)));

  private static final byte[] REST = ExtraField.encoded("rest");
  private static final int ALL_ONES = -1;

  private static final String[] LANE = {
    "{\"lane_index\":",
    ",\"tx_bias_current\":",
    ",\"tx_power\":",
    ",\"tx_power_min\":",
    ",\"tx_power_max\":",
    ",\"tx_wavelength\":",
    ",\"rx_power\":",
    ",\"rx_power_min\":",
    ",\"rx_power_max\":",
    ",\"rx_wavelength\":"
  };

  private final StructureReader reader = new StructureReader();
  private final Layout[] layouts =
      Structures.all().stream().map(Layout::new).toArray(Layout[]::new);
  private long event;

  /** Where a field belongs in an event. */
  private sealed interface Place {

    record Value(Slot slot) implements Place {}

    record Mac(Slot slot) implements Place {}

    record Prefix(Slot v4, Slot v6) implements Place {}

    /** The autonomous system at the end of a path; the path itself has no place. */
    record LastAs() implements Place {}

    record Address(Slot v4, Slot v6) implements Place {
      static final Address SOURCE = new Address(Slot.SOURCE_V4, Slot.SOURCE_V6);
      static final Address DESTINATION = new Address(Slot.DESTINATION_V4, Slot.DESTINATION_V6);
      static final Address NEXT_HOP = new Address(Slot.NEXT_HOP_V4, Slot.NEXT_HOP_V6);
      static final Address SOURCE_NAT = new Address(Slot.SOURCE_NAT_V4, Slot.SOURCE_NAT_V6);
      static final Address DESTINATION_NAT =
          new Address(Slot.DESTINATION_NAT_V4, Slot.DESTINATION_NAT_V6);
    }
  }

  /** A structure, ready to be written. */
  private static final class Layout {

    private final Structure structure;
    private final byte[] name;
    private final byte[][] fields;
    private final @Nullable Place[] places;

    /** The event in which the structure was written last, and how often. */
    private long event;

    private int times;

    private Layout(Structure structure) {
      this.structure = structure;
      this.name = ExtraField.encoded(structure.name());
      int size = structure.fields().size();
      this.fields = new byte[size][];
      this.places = new @Nullable Place[size];
      for (int i = 0; i < size; i++) {
        var field = structure.fields().get(i).name();
        fields[i] = ExtraField.encoded(field);
        places[i] = PLACES.get(structure.name() + "." + field);
      }
    }

    /** Starts the member; a structure that a sample repeats is numbered from 2. */
    private void open(long current, ExtraMembers out) {
      times = event == current ? times + 1 : 1;
      event = current;
      if (times == 1) {
        out.member(name);
        return;
      }
      out.raw(out.isEmpty() ? "\"" : ",\"");
      out.raw(structure.name());
      out.raw('_');
      out.unsigned(times);
      out.raw("\":");
    }
  }

  /** Turns to the next event. */
  void begin() {
    event++;
  }

  /** Tells what a record says. */
  void tell(SflowSample sample, int record, EventBuilder to) {
    int format = sample.dataFormat(record);
    boolean isCounters = sample.kind() == SflowSample.Kind.COUNTERS;
    var structure = isCounters ? Structures.ofCounters(format) : Structures.ofFlow(format);
    if (structure == null) {
      unknown(sample, record, to.extra());
      return;
    }
    reader.begin(structure, sample.bytes(), sample.offset(record), sample.length(record));
    var layout = layouts[structure.index()];
    boolean isOpen = false;
    while (reader.next()) {
      var place = layout.places[reader.index()];
      boolean isPlaced = place != null && place(place, to);
      if (!isPlaced && !isUnknown(isCounters)) {
        open(layout, isOpen, layout.fields[reader.index()], to.extra());
        isOpen = true;
        value(to.extra());
      }
    }
    if (hasRest()) {
      open(layout, isOpen, REST, to.extra());
      isOpen = true;
      to.extra().hex(reader.bytes(), reader.restOffset(), reader.restLength());
    }
    if (isOpen) {
      to.extra().raw('}');
    }
  }

  private void open(Layout layout, boolean isOpen, byte[] field, ExtraMembers out) {
    if (isOpen) {
      out.innerMember(field);
      return;
    }
    layout.open(event, out);
    out.raw('{');
    out.name(field);
  }

  /** A structure that nobody told us of stays as the octets it is. */
  private static void unknown(SflowSample sample, int record, ExtraMembers out) {
    int format = sample.dataFormat(record);
    out.raw(out.isEmpty() ? "\"sflow." : ",\"sflow.");
    out.unsigned(format >>> 12);
    out.raw('.');
    out.unsigned(format & 0xfff);
    // Its place in the sample keeps two of the same format apart.
    out.raw('.');
    out.unsigned(record);
    out.raw("\":");
    out.hex(sample.bytes(), sample.offset(record), sample.length(record));
  }

  /** Whether octets follow the last field that are more than padding. */
  private boolean hasRest() {
    for (int i = 0; i < reader.restLength(); i++) {
      if (reader.bytes()[reader.restOffset() + i] != 0) {
        return true;
      }
    }
    return false;
  }

  /** Puts the field at hand into the event; false when it must be told elsewhere too. */
  private boolean place(Place place, EventBuilder to) {
    var bytes = reader.bytes();
    int at = reader.offset();
    return switch (place) {
      case Place.Value(var slot) -> number(slot, to);
      case Place.Mac(var slot) -> to.fill(slot, Xdr.hyper(bytes, at) >>> 16);
      case Place.Prefix(var v4, var v6) -> number(to.isPlacedV6() ? v6 : v4, to);
      case Place.Address(var v4, var v6) ->
          reader.length() > 0 && to.fillAddress(v4, v6, bytes, at, reader.length());
      case Place.LastAs _ -> {
        lastAs(to);
        yield false;
      }
    };
  }

  /** Numbers beyond what the event's place holds stay where they are. */
  private boolean number(Slot slot, EventBuilder to) {
    long value = Xdr.unsigned(reader.bytes(), reader.offset());
    long max =
        switch (slot) {
          case BYTES, SOURCE_AS -> 0xffff_ffffL;
          case PROTOCOL, TOS -> 0xff;
          case VLAN -> 0xfff;
          case SOURCE_PREFIX_V4, SOURCE_PREFIX_V6, DESTINATION_PREFIX_V4, DESTINATION_PREFIX_V6 ->
              128;
          default -> 0xffff;
        };
    boolean saysNothing = value == 0 && slot == Slot.VLAN;
    return value <= max && !saysNothing && to.fill(slot, value);
  }

  private void lastAs(EventBuilder to) {
    var bytes = reader.bytes();
    int at = reader.offset();
    int end = at + reader.length();
    int last = Event.ABSENT;
    while (at < end) {
      int members = Xdr.bits(bytes, at + 4);
      at += 8 + 4 * members;
      last = members > 0 ? at - 4 : last;
    }
    if (last != Event.ABSENT) {
      to.fill(Slot.DESTINATION_AS, Xdr.unsigned(bytes, last));
    }
  }

  /** Whether the field at hand is a counter that the agent does not know. */
  private boolean isUnknown(boolean isCounters) {
    if (!isCounters) {
      return false;
    }
    var bytes = reader.bytes();
    int at = reader.offset();
    return switch (reader.field().type()) {
      case U32, S32 -> Xdr.bits(bytes, at) == ALL_ONES;
      case U64 -> Xdr.hyper(bytes, at) == ALL_ONES;
      case FLOAT -> Float.isNaN(Float.intBitsToFloat(Xdr.bits(bytes, at)));
      default -> false;
    };
  }

  private void value(ExtraMembers out) {
    var bytes = reader.bytes();
    int at = reader.offset();
    int length = reader.length();
    switch (reader.field().type()) {
      case U32 -> out.unsigned(Xdr.unsigned(bytes, at));
      case S32 -> out.number(Xdr.bits(bytes, at));
      case U64 -> out.unsigned(Xdr.hyper(bytes, at));
      case FLOAT -> floating(out, Float.intBitsToFloat(Xdr.bits(bytes, at)));
      case IPV4, IPV6, ADDRESS -> address(out, bytes, at, length);
      case MAC -> out.mac(Xdr.hyper(bytes, at) >>> 16);
      case UUID -> uuid(out, bytes, at);
      case TEXT -> text(out, bytes, at, length);
      case OPAQUE -> out.hex(bytes, at, length);
      case NUMBERS, COMMUNITIES, LABELS, TAGS ->
          list(out, reader.field().type(), bytes, at, length);
      case AS_PATH -> path(out, bytes, at, at + length);
      case ADAPTERS -> adapters(out, bytes, at, at + length);
      case LANES -> lanes(out, bytes, at, at + length);
    }
  }

  private void text(ExtraMembers out, byte[] bytes, int at, int length) {
    if (!ExtraField.text(out, bytes, at, length)) {
      // Not UTF-8: the readable rendering lost octets, so they stand beside it.
      out.raw(",\"");
      out.raw(reader.field().name());
      out.raw(".hex\":");
      out.hex(bytes, at, length);
    }
  }

  private static void floating(ExtraMembers out, float value) {
    if (Float.isFinite(value)) {
      out.raw(Float.toString(value));
    } else {
      out.plain(Float.toString(value));
    }
  }

  private static void address(ExtraMembers out, byte[] bytes, int at, int length) {
    switch (length) {
      case 4 -> out.address(0, Ip.v4Low(Xdr.bits(bytes, at)));
      case 16 -> out.address(Xdr.hyper(bytes, at), Xdr.hyper(bytes, at + 8));
      default -> out.raw("null");
    }
  }

  /** RFC 9562 §4: groups of 4, 2, 2, 2 and 6 octets. */
  private static void uuid(ExtraMembers out, byte[] bytes, int at) {
    out.plain(new UUID(Xdr.hyper(bytes, at), Xdr.hyper(bytes, at + 8)).toString());
  }

  private static void list(ExtraMembers out, FieldType type, byte[] bytes, int at, int length) {
    out.raw('[');
    for (int i = at; i < at + length; i += 4) {
      if (i > at) {
        out.raw(',');
      }
      long value = Xdr.unsigned(bytes, i);
      switch (type) {
        case COMMUNITIES -> community(out, value);
        case LABELS -> label(out, value);
        case TAGS -> tag(out, value);
        default -> out.unsigned(value);
      }
    }
    out.raw(']');
  }

  private static void community(ExtraMembers out, long value) {
    out.raw('"');
    out.unsigned(value >> 16);
    out.raw(':');
    out.unsigned(value & 0xffff);
    out.raw('"');
  }

  /** RFC 3032 §2.1. */
  private static void label(ExtraMembers out, long value) {
    out.raw("{\"label\":");
    out.unsigned(value >> 12);
    out.raw(",\"exp\":");
    out.unsigned(value >> 9 & 7);
    out.raw((value & 0x100) != 0 ? ",\"bottom\":true,\"ttl\":" : ",\"bottom\":false,\"ttl\":");
    out.unsigned(value & 0xff);
    out.raw('}');
  }

  /** IEEE 802.1Q §9.3. */
  private static void tag(ExtraMembers out, long value) {
    out.raw("{\"tpid\":");
    out.unsigned(value >> 16);
    out.raw(",\"vlan_id\":");
    out.unsigned(value & 0xfff);
    out.raw(",\"priority\":");
    out.unsigned(value >> 13 & 7);
    out.raw('}');
  }

  /** The systems in order; a set, whose order means nothing, is an array within. */
  private static void path(ExtraMembers out, byte[] bytes, int from, int end) {
    out.raw('[');
    boolean isFirst = true;
    for (int at = from; at < end; ) {
      boolean isSet = Xdr.bits(bytes, at) == 1;
      int members = Xdr.bits(bytes, at + 4);
      at += 8;
      for (int i = 0; i < members; i++, at += 4) {
        out.raw(isFirst ? "" : ",");
        out.raw(isSet && i == 0 ? "[" : "");
        out.unsigned(Xdr.unsigned(bytes, at));
        isFirst = false;
      }
      out.raw(isSet && members > 0 ? "]" : "");
    }
    out.raw(']');
  }

  private static void adapters(ExtraMembers out, byte[] bytes, int from, int end) {
    out.raw('[');
    for (int at = from; at < end; ) {
      out.raw(at == from ? "{\"ifIndex\":" : ",{\"ifIndex\":");
      out.unsigned(Xdr.unsigned(bytes, at));
      out.raw(",\"mac_address\":[");
      int addresses = Xdr.bits(bytes, at + 4);
      at += 8;
      for (int i = 0; i < addresses; i++, at += 8) {
        out.raw(i == 0 ? "" : ",");
        out.mac(Xdr.hyper(bytes, at) >>> 16);
      }
      out.raw("]}");
    }
    out.raw(']');
  }

  private static void lanes(ExtraMembers out, byte[] bytes, int from, int end) {
    out.raw('[');
    for (int at = from; at < end; ) {
      out.raw(at == from ? "" : ",");
      for (int i = 0; i < LANE.length; i++, at += 4) {
        if (i == 0 || Xdr.bits(bytes, at) != ALL_ONES) {
          out.raw(LANE[i]);
          out.unsigned(Xdr.unsigned(bytes, at));
        }
      }
      out.raw('}');
    }
    out.raw(']');
  }
}
