package io.penstock.traffic;

import io.penstock.wire.FieldSpecifier;
import io.penstock.wire.FixedLayouts;
import io.penstock.wire.ProtocolVersion;
import io.penstock.wire.Template;
import java.util.ArrayList;
import java.util.List;

/** The templates of a {@link TrafficModel}: 20 fields for a flow, and two kinds of options. */
final class TrafficLayouts {
  static final int TEXT_OCTETS = 32;

  final Template v4;
  final Template v6;
  final Template sampling;
  final Template interfaces;

  TrafficLayouts(ProtocolVersion version) {
    boolean isIpfix = version == ProtocolVersion.IPFIX;
    boolean isV5 = version == ProtocolVersion.NETFLOW_V5;
    v4 = isV5 ? new FixedLayouts().v5 : flows(version, 256, new int[] {8, 4, 12, 4, 15, 4}, 9);
    v6 = flows(version, 257, new int[] {27, 16, 28, 16, 62, 16}, 29);
    // The scope is the system in v9, the observation domain in IPFIX.
    var scope = new FieldSpecifier(0, isIpfix ? 149 : 1, 4, true);
    sampling = new Template(version, 258, List.of(scope, field(34, 4), field(35, 1)), true);
    int text = isIpfix ? FieldSpecifier.VARIABLE : TEXT_OCTETS;
    var byInterface = new FieldSpecifier(0, isIpfix ? 10 : 2, 4, true);
    interfaces =
        new Template(version, 259, List.of(byInterface, field(82, text), field(83, text)), true);
  }

  private static Template flows(
      ProtocolVersion version, int id, int[] addresses, int sourcePrefixId) {
    boolean isIpfix = version == ProtocolVersion.IPFIX;
    var fields = new ArrayList<FieldSpecifier>();
    for (int i = 0; i < addresses.length; i += 2) {
      fields.add(field(addresses[i], addresses[i + 1]));
    }
    fields.addAll(List.of(field(10, 4), field(14, 4), field(2, 8), field(1, 8)));
    fields.add(isIpfix ? field(152, 8) : field(22, 4));
    fields.add(isIpfix ? field(153, 8) : field(21, 4));
    fields.addAll(List.of(field(7, 2), field(11, 2), field(4, 1), field(5, 1), field(6, 1)));
    fields.addAll(List.of(field(16, 4), field(17, 4), field(sourcePrefixId, 1)));
    // 13 is the destination's prefix length in IPv4, 30 in IPv6.
    fields.add(field(sourcePrefixId == 9 ? 13 : 30, 1));
    fields.addAll(List.of(field(61, 1), field(136, 1)));
    return new Template(version, id, fields, false);
  }

  private static FieldSpecifier field(int id, int length) {
    return new FieldSpecifier(0, id, length, false);
  }
}
