package io.penstock.decode;

import io.penstock.registry.InformationElement;
import io.penstock.registry.Registry;
import io.penstock.wire.FieldSpecifier;
import io.penstock.wire.ProtocolVersion;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which Information Elements have a place of their own in an event.
 *
 * <p>Several elements may compete for one place. The one of the lowest rank in a template gets it;
 * the others stay among the extra members. Thus the primary byte count is the delta count, else the
 * initiator's, else the total, else the post-observation count, and two of them are never added
 * (decoding case 49).
 */
final class Columns {

  /**
   * An element's place.
   *
   * @param slot where it goes
   * @param reading how its octets are read
   * @param rank lower wins
   * @param max the largest value the place can hold; larger ones stay extra
   * @param keep whether the value stays among the extra members as well, because the place alone
   *     would not tell what was sent
   */
  record Column(Slot slot, Reading reading, int rank, long max, boolean keep) {

    /** The same place, but for use only where none of its own elements is in the template. */
    Column asSubstitute() {
      return new Column(slot, reading, rank + SUBSTITUTE, max, keep);
    }
  }

  private static final int SUBSTITUTE = 100;

  private static final long U8 = 0xff;
  private static final long U16 = 0xffff;
  private static final long U32 = 0xffff_ffffL;
  private static final long ANY = Long.MAX_VALUE;

  private static final Map<Long, Column> IPFIX = new HashMap<>();
  private static final Map<Long, Column> NETFLOW_9 = new HashMap<>();
  private static final Map<Long, Column> OPTIONS = new HashMap<>();

  static {
    number(4, Slot.PROTOCOL, U8);
    number(5, Slot.TOS, U8);
    number(6, Slot.TCP_FLAGS, U16);
    number(60, Slot.IP_VERSION, U8);
    number(32, Slot.ICMP_V4, U16);
    number(139, Slot.ICMP_V6, U16);
    number(176, Slot.ICMP_TYPE_V4, U8);
    number(177, Slot.ICMP_CODE_V4, U8);
    number(178, Slot.ICMP_TYPE_V6, U8);
    number(179, Slot.ICMP_CODE_V6, U8);
    number(243, Slot.VLAN, U16);
    second(58, Slot.VLAN, U16, 1, false);
    number(245, Slot.INNER_VLAN, U16);
    number(61, Slot.DIRECTION, U8);
    number(10, Slot.INGRESS, ANY);
    second(252, Slot.INGRESS, ANY, 1, true);
    number(14, Slot.EGRESS, ANY);
    second(253, Slot.EGRESS, ANY, 1, true);
    exact(15, Slot.NEXT_HOP_V4, Reading.IPV4);
    exact(62, Slot.NEXT_HOP_V6, Reading.IPV6);
    number(136, Slot.END_REASON, U8);
    number(233, Slot.FIREWALL_EVENT, U16);
    number(89, Slot.FORWARDING_STATUS, U32);

    exact(8, Slot.SOURCE_V4, Reading.IPV4);
    exact(12, Slot.DESTINATION_V4, Reading.IPV4);
    exact(27, Slot.SOURCE_V6, Reading.IPV6);
    exact(28, Slot.DESTINATION_V6, Reading.IPV6);
    number(7, Slot.SOURCE_PORT, U16);
    number(11, Slot.DESTINATION_PORT, U16);
    // The transport's own port elements: one of the two is zero, the other one is meant.
    second(182, Slot.SOURCE_PORT, U16, 1, true);
    second(180, Slot.SOURCE_PORT, U16, 1, true);
    second(183, Slot.DESTINATION_PORT, U16, 1, true);
    second(181, Slot.DESTINATION_PORT, U16, 1, true);
    number(9, Slot.SOURCE_PREFIX_V4, U8);
    number(13, Slot.DESTINATION_PREFIX_V4, U8);
    number(29, Slot.SOURCE_PREFIX_V6, U8);
    number(30, Slot.DESTINATION_PREFIX_V6, U8);
    number(16, Slot.SOURCE_AS, U32);
    number(17, Slot.DESTINATION_AS, U32);
    // Who is who: the source as it came in, the destination as it came in; when an exporter
    // sends only the rewritten ones, they are better than nothing (decoding case 44).
    exact(56, Slot.SOURCE_MAC, Reading.MAC);
    exact(80, Slot.DESTINATION_MAC, Reading.MAC);
    put(IPFIX, 0, 81, new Column(Slot.SOURCE_MAC, Reading.MAC, 1, ANY, true));
    put(IPFIX, 0, 57, new Column(Slot.DESTINATION_MAC, Reading.MAC, 1, ANY, true));

    number(1, Slot.BYTES, ANY);
    second(231, Slot.BYTES, ANY, 1, false);
    second(85, Slot.BYTES, ANY, 2, true);
    second(23, Slot.BYTES, ANY, 3, true);
    second(171, Slot.BYTES, ANY, 4, true);
    second(352, Slot.BYTES, ANY, 5, true);
    second(312, Slot.BYTES, ANY, 6, true);
    number(2, Slot.PACKETS, ANY);
    second(298, Slot.PACKETS, ANY, 1, false);
    second(86, Slot.PACKETS, ANY, 2, true);
    second(24, Slot.PACKETS, ANY, 3, true);
    second(172, Slot.PACKETS, ANY, 4, true);
    reverse(1, Slot.REVERSE_BYTES, 0, false);
    second(232, Slot.REVERSE_BYTES, ANY, 1, false);
    reverse(85, Slot.REVERSE_BYTES, 2, true);
    reverse(2, Slot.REVERSE_PACKETS, 0, false);
    second(299, Slot.REVERSE_PACKETS, ANY, 1, false);
    reverse(86, Slot.REVERSE_PACKETS, 2, true);

    exact(225, Slot.SOURCE_NAT_V4, Reading.IPV4);
    exact(226, Slot.DESTINATION_NAT_V4, Reading.IPV4);
    exact(281, Slot.SOURCE_NAT_V6, Reading.IPV6);
    exact(282, Slot.DESTINATION_NAT_V6, Reading.IPV6);
    number(227, Slot.SOURCE_NAT_PORT, U16);
    number(228, Slot.DESTINATION_NAT_PORT, U16);

    time(156, Slot.START, Reading.NTP_NANOSECONDS, 0, false);
    time(154, Slot.START, Reading.NTP_MICROSECONDS, 1, false);
    time(152, Slot.START, Reading.MILLISECONDS, 2, false);
    time(150, Slot.START, Reading.SECONDS, 3, false);
    time(158, Slot.START, Reading.MICROSECONDS_BEFORE_EXPORT, 4, false);
    time(157, Slot.END, Reading.NTP_NANOSECONDS, 0, false);
    time(155, Slot.END, Reading.NTP_MICROSECONDS, 1, false);
    time(153, Slot.END, Reading.MILLISECONDS, 2, false);
    time(151, Slot.END, Reading.SECONDS, 3, false);
    time(159, Slot.END, Reading.MICROSECONDS_BEFORE_EXPORT, 4, false);
    time(325, Slot.OBSERVED, Reading.NTP_NANOSECONDS, 0, true);
    time(324, Slot.OBSERVED, Reading.NTP_MICROSECONDS, 1, true);
    time(323, Slot.OBSERVED, Reading.MILLISECONDS, 2, true);
    time(322, Slot.OBSERVED, Reading.SECONDS, 3, true);
    time(161, Slot.DURATION, Reading.MILLISECONDS_LONG, 0, true);
    time(162, Slot.DURATION, Reading.MICROSECONDS_LONG, 1, true);
    number(22, Slot.START_UPTIME, U32);
    number(21, Slot.END_UPTIME, U32);
    time(160, Slot.SYSTEM_START, Reading.MILLISECONDS, 0, true);

    put(IPFIX, 0, 34, new Column(Slot.RATE, Reading.RATE, 0, ANY, false));
    second(50, Slot.RATE, ANY, 1, true);
    put(IPFIX, 0, 311, new Column(Slot.RATE, Reading.PROBABILITY, 2, ANY, true));
    second(48, Slot.SAMPLER, ANY, 0, true);
    second(302, Slot.SAMPLER, ANY, 1, true);
    second(305, Slot.SAMPLED_RUN, ANY, 0, true);
    second(306, Slot.SKIPPED_RUN, ANY, 0, true);
    second(309, Slot.SAMPLE_SIZE, ANY, 0, true);
    second(310, Slot.SAMPLE_POPULATION, ANY, 0, true);
    second(304, Slot.ALGORITHM, U16, 0, true);
    second(35, Slot.SAMPLING_MODE, U8, 0, true);
    second(49, Slot.SAMPLING_MODE, U8, 1, true);
    second(301, Slot.SEQUENCE, ANY, 0, true);

    put(IPFIX, 0, 95, new Column(Slot.APPLICATION, Reading.NAME, 0, ANY, true));
    second(234, Slot.INGRESS_VRF, U32, 0, true);
    second(235, Slot.EGRESS_VRF, U32, 0, true);
    second(148, Slot.CONNECTION, ANY, 0, true);
    second(230, Slot.NAT_EVENT, U8, 0, true);

    // Cisco ASA, NetFlow v9 ids of its own: the translated ends and the firewall's event.
    put(NETFLOW_9, 0, 40001, new Column(Slot.SOURCE_NAT_V4, Reading.IPV4, 1, ANY, false));
    put(NETFLOW_9, 0, 40002, new Column(Slot.DESTINATION_NAT_V4, Reading.IPV4, 1, ANY, false));
    put(NETFLOW_9, 0, 40003, new Column(Slot.SOURCE_NAT_PORT, Reading.NUMBER, 1, U16, false));
    put(NETFLOW_9, 0, 40004, new Column(Slot.DESTINATION_NAT_PORT, Reading.NUMBER, 1, U16, false));
    put(NETFLOW_9, 0, 40005, new Column(Slot.FIREWALL_EVENT, Reading.NUMBER, 1, U16, false));

    // What is learned from options data; there every field stays among the extra members.
    for (int id : new int[] {34, 35, 49, 50, 311, 48, 302, 304, 305, 306, 309, 310, 160}) {
      var column = IPFIX.get(key(0, id));
      if (column != null) {
        OPTIONS.put(key(0, id), column);
      }
    }
  }

  private Columns() {}

  /** Whether an element has a place in an event, beside its name among the extra members. */
  static boolean hasPlace(InformationElement element) {
    return IPFIX.containsKey(key(element.enterprise(), element.id()));
  }

  /** The place of a flow record's field; null when it has none. */
  static @Nullable Column ofFlow(ProtocolVersion version, FieldSpecifier field) {
    long key = key(field.enterprise(), field.id());
    if (version == ProtocolVersion.NETFLOW_V9) {
      var own = NETFLOW_9.get(key);
      if (own != null) {
        return own;
      }
    }
    return IPFIX.get(key);
  }

  /** The slot that an options record's field teaches us; null when it teaches nothing. */
  static @Nullable Column ofOptions(ProtocolVersion version, FieldSpecifier field) {
    // A v9 scope type is no Information Element (RFC 3954 §6.1).
    if (version == ProtocolVersion.NETFLOW_V9 && field.scope()) {
      return null;
    }
    return OPTIONS.get(key(field.enterprise(), field.id()));
  }

  private static void number(int id, Slot slot, long max) {
    second(id, slot, max, 0, false);
  }

  private static void second(int id, Slot slot, long max, int rank, boolean keep) {
    put(IPFIX, 0, id, new Column(slot, Reading.NUMBER, rank, max, keep));
  }

  private static void exact(int id, Slot slot, Reading reading) {
    put(IPFIX, 0, id, new Column(slot, reading, 0, ANY, false));
  }

  private static void reverse(int id, Slot slot, int rank, boolean keep) {
    put(IPFIX, Registry.REVERSE, id, new Column(slot, Reading.NUMBER, rank, ANY, keep));
  }

  private static void time(int id, Slot slot, Reading reading, int rank, boolean keep) {
    put(IPFIX, 0, id, new Column(slot, reading, rank, ANY, keep));
  }

  private static void put(Map<Long, Column> table, long enterprise, int id, Column column) {
    table.put(key(enterprise, id), column);
  }

  private static long key(long enterprise, int id) {
    return enterprise << 16 | id;
  }
}
