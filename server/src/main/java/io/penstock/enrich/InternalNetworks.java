package io.penstock.enrich;

import io.penstock.event.Endpoint;
import io.penstock.event.Enrichment.Direction;
import io.penstock.prefix.AddressRanges;
import io.penstock.prefix.Prefix;
import io.penstock.prefix.RangeBuilder;
import java.util.List;

/** The networks that are ours, and with them which way a flow goes. */
final class InternalNetworks {

  private static final List<String> ALWAYS =
      List.of(
          "10.0.0.0/8", // RFC 1918
          "172.16.0.0/12",
          "192.168.0.0/16",
          "100.64.0.0/10", // RFC 6598, carrier-grade NAT
          "127.0.0.0/8", // RFC 1122 §3.2.1.3, loopback
          "169.254.0.0/16", // RFC 3927, link-local
          "224.0.0.0/24", // RFC 5771 §4, multicast that never leaves the link
          "239.0.0.0/8", // RFC 2365, administratively scoped multicast
          "255.255.255.255/32", // RFC 919, limited broadcast
          "::1/128", // RFC 4291 §2.5.3, loopback
          "fc00::/7", // RFC 4193, unique local
          "fe80::/10", // RFC 4291 §2.5.6, link-local
          "ff01::/16", // RFC 7346, multicast of the interface, link, realm, admin and site scopes
          "ff02::/16",
          "ff03::/16",
          "ff04::/16",
          "ff05::/16");

  private final AddressRanges ranges;

  /**
   * @param own networks that are ours beside those that are always private
   */
  InternalNetworks(List<Prefix> own) {
    var spans = new RangeBuilder();
    ALWAYS.forEach(text -> spans.add(Prefix.parse(text).orElseThrow(), 1));
    own.forEach(prefix -> spans.add(prefix, 1));
    this.ranges = spans.build();
  }

  boolean contains(long high, long low) {
    return ranges.find(high, low) != 0;
  }

  Direction direction(Endpoint source, Endpoint destination) {
    if (!source.hasIp() || !destination.hasIp()) {
      return Direction.UNKNOWN;
    }
    boolean from = contains(source.ipHigh(), source.ipLow());
    boolean to = contains(destination.ipHigh(), destination.ipLow());
    if (from) {
      return to ? Direction.INTERNAL : Direction.OUTBOUND;
    }
    return to ? Direction.INBOUND : Direction.EXTERNAL;
  }
}
