package io.penstock.pipeline;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * A place of an event that can be emptied, with the names of all members of its document that stand
 * for it: a protocol's number goes with its name, a port after translation with its address.
 */
enum Redactable {
  SRC_IP("src_ip"),
  DST_IP("dst_ip"),
  SRC_PORT("src_port"),
  DST_PORT("dst_port"),
  SRC_MASK("src_mask"),
  DST_MASK("dst_mask"),
  SRC_AS("src_as"),
  DST_AS("dst_as"),
  SRC_MAC("src_mac"),
  DST_MAC("dst_mac"),
  SRC_NAT("src_nat_ip", "src_nat_port"),
  DST_NAT("dst_nat_ip", "dst_nat_port"),
  SRC_BYTES("bytes", "scaled_bytes"),
  DST_BYTES("reverse_bytes", "reverse_scaled_bytes"),
  SRC_PACKETS("packets", "scaled_packets"),
  DST_PACKETS("reverse_packets", "reverse_scaled_packets"),
  PROTOCOL("proto", "protocol"),
  TCP_FLAGS("tcp_flags"),
  TOS("tos"),
  ICMP("icmp_type", "icmp_code"),
  VLAN("vlan_id"),
  INNER_VLAN("inner_vlan_id"),
  FLOW_DIRECTION("flow_direction"),
  INGRESS("ingress_if"),
  EGRESS("egress_if"),
  NEXT_HOP("next_hop"),
  END_REASON("end_reason"),
  FIREWALL_EVENT("firewall_event"),
  FORWARDING_STATUS("forwarding_status"),
  SAMPLING("sampling_rate", "sampling"),
  EXPORTER("exporter", "client_ip"),
  EXPORTER_PORT("exporter_port"),
  DOMAIN("observation_domain"),
  SEQUENCE("sequence"),
  EXPORTED("exported", "clock_skew"),
  COLLECTOR("collector_id"),
  SOURCE_ID("source_id"),
  REQUEST("trace_id"),
  SRC_GEO("src_geo"),
  DST_GEO("dst_geo"),
  SRC_ASN("src_asn"),
  DST_ASN("dst_asn"),
  THREATS("ti", "threat"),
  REASONS("reasons"),
  NETWORK_DIRECTION("network_direction");

  /** What a name must begin with that no event and no registry has. */
  static final String EXTRA = "extra.";

  /** Members that make an event one, or that say how it was treated. */
  private static final Set<String> NEEDED =
      Set.of(
          "id",
          "kind",
          "type",
          "tenant",
          "@timestamp",
          "ts",
          "received",
          "start",
          "end",
          "risk_score",
          "risk_10",
          "tags",
          "quirks",
          "_source",
          "_enqueued_ts",
          "_processed_at",
          "_enriched");

  /** Members that are worked out of others, when a document is printed. */
  private static final Map<String, String> DERIVED =
      Map.of(
          "community_id", "src_ip or dst_ip",
          "geo", "src_geo and dst_geo",
          "asn", "src_asn and dst_asn");

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_@][A-Za-z0-9_.:@/-]{0,127}");

  private static final Map<String, Redactable> BY_NAME = byName();

  @SuppressWarnings("ImmutableEnumChecker") // List.of makes an immutable one
  private final List<String> names;

  Redactable(String... names) {
    this.names = List.of(names);
  }

  private static Map<String, Redactable> byName() {
    var byName = new HashMap<String, Redactable>();
    Arrays.stream(values()).forEach(place -> place.names.forEach(name -> byName.put(name, place)));
    return Map.copyOf(byName);
  }

  static Optional<Redactable> named(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /**
   * Why a name cannot be redacted; empty when it can. A mistyped name would be a promise not kept,
   * so a name that neither an event nor the registry has must be marked as one of a client's own.
   */
  static Optional<String> problem(String name, Predicate<String> isElement) {
    if (BY_NAME.containsKey(name)) {
      return Optional.empty();
    }
    if (NEEDED.contains(name)) {
      return Optional.of("an event cannot be without " + name);
    }
    if (DERIVED.containsKey(name)) {
      return Optional.of(name + " is made of others: redact " + DERIVED.get(name));
    }
    boolean isExtra = name.startsWith(EXTRA);
    if (!NAME.matcher(isExtra ? name.substring(EXTRA.length()) : name).matches()) {
      return Optional.of("not the name of a field: '" + name + "'");
    }
    return isExtra || isElement.test(name)
        ? Optional.empty()
        : Optional.of(
            "no event has a field "
                + name
                + "; a member that clients add to their records is written "
                + EXTRA
                + name);
  }
}
