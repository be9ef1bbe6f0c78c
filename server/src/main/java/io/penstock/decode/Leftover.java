package io.penstock.decode;

import io.penstock.event.Event;
import io.penstock.event.Ip;

/**
 * The slots whose value an event cannot always hold, with the element each value came from. When
 * the event is made, what is still there joins the extra members: the address of the family that
 * was not meant, ICMP fields of a TCP flow, a direction that is neither in nor out.
 */
final class Leftover {

  private enum Kind {
    NUMBER,
    IPV4,
    IPV6
  }

  private static final Leftover[] ALL = {
    of(Slot.IP_VERSION, "ipVersion", Kind.NUMBER),
    of(Slot.ICMP_V4, "icmpTypeCodeIPv4", Kind.NUMBER),
    of(Slot.ICMP_V6, "icmpTypeCodeIPv6", Kind.NUMBER),
    of(Slot.ICMP_TYPE_V4, "icmpTypeIPv4", Kind.NUMBER),
    of(Slot.ICMP_CODE_V4, "icmpCodeIPv4", Kind.NUMBER),
    of(Slot.ICMP_TYPE_V6, "icmpTypeIPv6", Kind.NUMBER),
    of(Slot.ICMP_CODE_V6, "icmpCodeIPv6", Kind.NUMBER),
    of(Slot.DIRECTION, "flowDirection", Kind.NUMBER),
    of(Slot.FORWARDING_STATUS, "forwardingStatus", Kind.NUMBER),
    of(Slot.NEXT_HOP_V4, "ipNextHopIPv4Address", Kind.IPV4),
    of(Slot.NEXT_HOP_V6, "ipNextHopIPv6Address", Kind.IPV6),
    of(Slot.SOURCE_V4, "sourceIPv4Address", Kind.IPV4),
    of(Slot.SOURCE_V6, "sourceIPv6Address", Kind.IPV6),
    of(Slot.DESTINATION_V4, "destinationIPv4Address", Kind.IPV4),
    of(Slot.DESTINATION_V6, "destinationIPv6Address", Kind.IPV6),
    of(Slot.SOURCE_PREFIX_V4, "sourceIPv4PrefixLength", Kind.NUMBER),
    of(Slot.SOURCE_PREFIX_V6, "sourceIPv6PrefixLength", Kind.NUMBER),
    of(Slot.DESTINATION_PREFIX_V4, "destinationIPv4PrefixLength", Kind.NUMBER),
    of(Slot.DESTINATION_PREFIX_V6, "destinationIPv6PrefixLength", Kind.NUMBER),
    of(Slot.SOURCE_NAT_V6, "postNATSourceIPv6Address", Kind.IPV6),
    of(Slot.DESTINATION_NAT_V6, "postNATDestinationIPv6Address", Kind.IPV6),
    of(Slot.START_UPTIME, "flowStartSysUpTime", Kind.NUMBER),
    of(Slot.END_UPTIME, "flowEndSysUpTime", Kind.NUMBER),
  };

  private final int slot;
  private final byte[] member;
  private final Kind kind;

  private Leftover(int slot, byte[] member, Kind kind) {
    this.slot = slot;
    this.member = member;
    this.kind = kind;
  }

  private static Leftover of(Slot slot, String name, Kind kind) {
    return new Leftover(slot.ordinal(), ExtraField.encoded(name), kind);
  }

  /** Writes whatever these slots still hold. */
  static void write(long[] slots, ExtraMembers extra) {
    for (var leftover : ALL) {
      long value = slots[leftover.slot];
      // Half of an IPv6 address may look empty where the other half is not.
      boolean isEmpty =
          value == Event.ABSENT
              && (leftover.kind != Kind.IPV6 || slots[leftover.slot + 1] == Event.ABSENT);
      if (!isEmpty) {
        leftover.writeTo(extra, slots);
      }
    }
  }

  private void writeTo(ExtraMembers extra, long[] slots) {
    extra.member(member);
    switch (kind) {
      case NUMBER -> extra.unsigned(slots[slot]);
      case IPV4 -> extra.plain(Ip.v4((int) slots[slot]).toString());
      case IPV6 -> {
        var ip = new Ip(slots[slot], slots[slot + 1]);
        extra.plain(ExtraField.addressText(ip, true));
      }
    }
  }
}
