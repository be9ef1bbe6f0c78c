package io.penstock.shape;

import io.penstock.event.Event;

/** What the device that saw the traffic did with it, as far as it says. */
enum Verdict {
  ALLOWED,
  /** A firewall's rule was against it. */
  DENIED,
  /** It was discarded on its way, for whatever reason. */
  DROPPED,
  UNKNOWN;

  /** IPFIX firewallEvent "Flow Deleted": the end of a flow that was allowed. */
  static final int FLOW_DELETED = 2;

  private static final int FLOW_CREATED = 1;
  private static final int FLOW_DENIED = 3;
  private static final int FLOW_UPDATE = 5;

  /** RFC 7270 §4.12: the upper two bits of forwardingStatus. */
  private static final int FORWARDING_DROPPED = 2;

  static Verdict of(Event event) {
    if (event.kind() == Event.Kind.DROP) {
      return DROPPED;
    }
    if (event.http() != null) {
      return event.http().verdict().equals("BLOCK") ? DENIED : ALLOWED;
    }
    int forwarding = event.traffic().forwardingStatus();
    return switch (event.traffic().firewallEvent()) {
      case FLOW_DENIED -> DENIED;
      case FLOW_CREATED, FLOW_DELETED, FLOW_UPDATE -> ALLOWED;
      default ->
          forwarding != Event.ABSENT && forwarding >>> 6 == FORWARDING_DROPPED ? DROPPED : UNKNOWN;
    };
  }
}
