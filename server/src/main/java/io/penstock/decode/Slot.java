package io.penstock.decode;

import io.penstock.event.Event;

/**
 * A number that {@link EventBuilder} collects from a record before it decides what the event says.
 * Unset slots hold {@link Event#ABSENT}. An IPv6 address takes two neighbours, high half first.
 */
enum Slot {
  PROTOCOL,
  TCP_FLAGS,
  TOS,
  IP_VERSION,
  ICMP_V4,
  ICMP_V6,
  ICMP_TYPE_V4,
  ICMP_CODE_V4,
  ICMP_TYPE_V6,
  ICMP_CODE_V6,
  VLAN,
  INNER_VLAN,
  DIRECTION,
  INGRESS,
  EGRESS,
  NEXT_HOP_V4,
  NEXT_HOP_V6,
  NEXT_HOP_V6_LOW,
  END_REASON,
  FIREWALL_EVENT,
  FORWARDING_STATUS,

  SOURCE_V4,
  SOURCE_V6,
  SOURCE_V6_LOW,
  SOURCE_PORT,
  SOURCE_PREFIX_V4,
  SOURCE_PREFIX_V6,
  SOURCE_AS,
  SOURCE_MAC,
  BYTES,
  PACKETS,
  SOURCE_NAT_V4,
  SOURCE_NAT_V6,
  SOURCE_NAT_V6_LOW,
  SOURCE_NAT_PORT,

  DESTINATION_V4,
  DESTINATION_V6,
  DESTINATION_V6_LOW,
  DESTINATION_PORT,
  DESTINATION_PREFIX_V4,
  DESTINATION_PREFIX_V6,
  DESTINATION_AS,
  DESTINATION_MAC,
  REVERSE_BYTES,
  REVERSE_PACKETS,
  DESTINATION_NAT_V4,
  DESTINATION_NAT_V6,
  DESTINATION_NAT_V6_LOW,
  DESTINATION_NAT_PORT,

  /** Nanoseconds since 1970 by the exporter's clock. */
  START,
  END,
  /** When something was observed, for records about a moment rather than a span. */
  OBSERVED,
  /** Milliseconds since the exporter started, 32 bits that wrap. */
  START_UPTIME,
  END_UPTIME,
  /** When the exporter started, nanoseconds since 1970. */
  SYSTEM_START,
  /** Nanoseconds. */
  DURATION,

  /** One in so many packets was sampled, as the record itself says. */
  RATE,
  SAMPLER,
  SAMPLED_RUN,
  SKIPPED_RUN,
  SAMPLE_SIZE,
  SAMPLE_POPULATION,
  /** selectorAlgorithm. */
  ALGORITHM,
  /** How packets are picked in NetFlow's own numbers. */
  SAMPLING_MODE,
  SEQUENCE,

  /** What exporters give names to. */
  APPLICATION,
  INGRESS_VRF,
  EGRESS_VRF,

  /** A firewall's number for a connection. */
  CONNECTION,
  NAT_EVENT;

  static final int COUNT = values().length;
}
