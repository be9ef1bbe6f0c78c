package io.penstock.decode;

import io.penstock.event.Ip;
import io.penstock.event.Traffic;
import io.penstock.event.Traffic.Direction;
import io.penstock.event.Traffic.Sampling;
import org.jspecify.annotations.Nullable;

/**
 * Gives events with equal {@link Traffic} the same instance. Of what lies between two ends, an
 * exporter reports few combinations over and over (a protocol, its flags, a pair of interfaces), so
 * most flows need none of their own. A fixed number of places; a newcomer takes the place of
 * whoever was there.
 */
final class TrafficPool {

  private static final int PLACES = 8_192;
  private static final long MIX = 0x9e37_79b9_7f4a_7c15L;

  private final @Nullable Traffic[] places = new @Nullable Traffic[PLACES];

  Traffic of(
      int protocol,
      int tcpFlags,
      int tos,
      int icmp,
      int vlan,
      int innerVlan,
      Direction direction,
      long ingress,
      long egress,
      @Nullable Ip nextHop,
      int endReason,
      int firewallEvent,
      int forwardingStatus,
      Sampling sampling) {
    long hash = protocol + 31L * tcpFlags;
    hash = hash * MIX + tos + 31L * icmp;
    hash = hash * MIX + vlan + 31L * innerVlan;
    hash = hash * MIX + ingress + 31 * egress;
    hash = hash * MIX + (nextHop == null ? 0 : nextHop.high() ^ nextHop.low());
    hash = hash * MIX + endReason + 31L * firewallEvent + 961L * forwardingStatus;
    hash = hash * MIX + sampling.rate() + direction.ordinal();
    int place = (int) (hash * MIX >>> 32) & PLACES - 1;
    var known = places[place];
    boolean isSame =
        known != null
            && known.protocol() == protocol
            && known.tcpFlags() == tcpFlags
            && known.tos() == tos
            && known.icmp() == icmp
            && known.vlan() == vlan
            && known.innerVlan() == innerVlan
            && known.direction() == direction
            && known.ingressInterface() == ingress
            && known.egressInterface() == egress
            && known.endReason() == endReason
            && known.firewallEvent() == firewallEvent
            && known.forwardingStatus() == forwardingStatus
            && known.sampling().equals(sampling)
            && (nextHop == null ? known.nextHop() == null : nextHop.equals(known.nextHop()));
    if (known != null && isSame) {
      return known;
    }
    var traffic =
        new Traffic(
            protocol,
            tcpFlags,
            tos,
            icmp,
            vlan,
            innerVlan,
            direction,
            ingress,
            egress,
            nextHop,
            endReason,
            firewallEvent,
            forwardingStatus,
            sampling);
    places[place] = traffic;
    return traffic;
  }
}
