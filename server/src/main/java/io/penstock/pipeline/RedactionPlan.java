package io.penstock.pipeline;

import static io.penstock.pipeline.Redactable.*;

import io.penstock.event.Endpoint;
import io.penstock.event.Enrichment;
import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.Origin;
import io.penstock.event.Traffic;
import io.penstock.event.Traffic.Direction;
import io.penstock.event.Traffic.Sampling;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What one tenant's redacted fields come to: places to empty, and extra members to leave out. */
final class RedactionPlan implements Step {

  /** What stands where a value stood that cannot be absent. */
  private static final String REDACTED = "[REDACTED]";

  /** Elements that hold whole packets, and with them every address and port. */
  private static final List<String> PACKETS =
      List.of(
          "dataLinkFrameSection",
          "ipHeaderPacketSection",
          "ipPayloadPacketSection",
          "mplsLabelStackSection",
          "mplsPayloadPacketSection",
          "layer2packetSectionData",
          "layer2SegmentData");

  private static final Set<Redactable> IN_PACKETS =
      EnumSet.of(SRC_IP, DST_IP, SRC_PORT, DST_PORT, SRC_MAC, DST_MAC, SRC_NAT, DST_NAT);

  private final Set<String> fields;
  private final EnumSet<Redactable> places = EnumSet.noneOf(Redactable.class);
  private final boolean touchesSource;
  private final boolean touchesDestination;
  private final boolean touchesTraffic;
  private final boolean touchesOrigin;
  private final boolean touchesEnrichment;
  private final boolean hidesDomains;
  private final MemberFilter members;

  RedactionPlan(Set<String> fields) {
    this.fields = fields;
    var names = new HashSet<String>();
    boolean hasExtras = false;
    for (var field : fields) {
      var place = Redactable.named(field);
      place.ifPresent(places::add);
      hasExtras |= place.isEmpty();
      names.add(field.startsWith(EXTRA) ? field.substring(EXTRA.length()) : field);
    }
    if (places.stream().anyMatch(IN_PACKETS::contains)) {
      names.addAll(PACKETS);
    }
    this.members = new MemberFilter(names);
    this.touchesSource =
        any(SRC_IP, SRC_PORT, SRC_MASK, SRC_AS, SRC_MAC, SRC_NAT, SRC_BYTES, SRC_PACKETS);
    this.touchesDestination =
        any(DST_IP, DST_PORT, DST_MASK, DST_AS, DST_MAC, DST_NAT, DST_BYTES, DST_PACKETS);
    this.touchesTraffic = anyBetween(PROTOCOL, Redactable.SAMPLING);
    this.touchesOrigin = anyBetween(EXPORTER, REQUEST);
    this.hidesDomains = hasExtras;
    this.touchesEnrichment =
        hasExtras || any(SRC_IP, DST_IP) || anyBetween(SRC_GEO, NETWORK_DIRECTION);
  }

  private boolean any(Redactable... wanted) {
    for (var place : wanted) {
      if (places.contains(place)) {
        return true;
      }
    }
    return false;
  }

  private boolean anyBetween(Redactable first, Redactable last) {
    return places.stream().anyMatch(EnumSet.range(first, last)::contains);
  }

  /** Whether this is the plan for these fields. */
  boolean isFor(Set<String> wanted) {
    return fields.equals(wanted);
  }

  @Override
  public Event apply(String tenant, Event event) {
    var source = event.source();
    var destination = event.destination();
    var gone = goneAddresses(event);
    var enrichment = event.enrichment();
    return new Event(
        event.idHigh(),
        event.idLow(),
        event.kind(),
        touchesOrigin || !gone.isEmpty() ? origin(event.origin(), gone) : event.origin(),
        event.startNanos(),
        event.endNanos(),
        touchesSource || !gone.isEmpty() ? source(source, gone) : source,
        touchesDestination || !gone.isEmpty() ? destination(destination, gone) : destination,
        touchesTraffic || !gone.isEmpty() ? traffic(event.traffic(), gone) : event.traffic(),
        event.quirks(),
        members.without(event.extra(), gone),
        enrichment == null || !touchesEnrichment ? enrichment : enrichment(enrichment),
        event.http());
  }

  /** The addresses that are taken out, so that they can be taken out elsewhere, too. */
  private List<Ip> goneAddresses(Event event) {
    var gone = new ArrayList<Ip>(2);
    addGone(gone, SRC_IP, event.source().ip());
    addGone(gone, DST_IP, event.destination().ip());
    addGone(gone, EXPORTER, event.origin().exporter());
    addGone(gone, NEXT_HOP, event.traffic().nextHop());
    var sourceNat = event.source().nat();
    var destinationNat = event.destination().nat();
    addGone(gone, SRC_NAT, sourceNat == null ? null : sourceNat.ip());
    addGone(gone, DST_NAT, destinationNat == null ? null : destinationNat.ip());
    return gone;
  }

  private void addGone(List<Ip> gone, Redactable place, @Nullable Ip ip) {
    if (ip != null && places.contains(place) && !ip.equals(Ip.NONE)) {
      gone.add(ip);
    }
  }

  private boolean isGone(Redactable place, Ip ip, List<Ip> gone) {
    return places.contains(place) || gone.contains(ip);
  }

  private Endpoint source(Endpoint end, List<Ip> gone) {
    return endpoint(
        end, gone, SRC_IP, SRC_PORT, SRC_MASK, SRC_AS, SRC_MAC, SRC_BYTES, SRC_PACKETS, SRC_NAT);
  }

  private Endpoint destination(Endpoint end, List<Ip> gone) {
    return endpoint(
        end, gone, DST_IP, DST_PORT, DST_MASK, DST_AS, DST_MAC, DST_BYTES, DST_PACKETS, DST_NAT);
  }

  private Endpoint endpoint(
      Endpoint end,
      List<Ip> gone,
      Redactable ip,
      Redactable port,
      Redactable mask,
      Redactable as,
      Redactable mac,
      Redactable bytes,
      Redactable packets,
      Redactable nat) {
    boolean hasIp = !isGone(ip, end.ip(), gone);
    var translated = end.nat();
    boolean hasNat = translated != null && !isGone(nat, translated.ip(), gone);
    return new Endpoint(
        hasIp ? end.ipHigh() : 0,
        hasIp ? end.ipLow() : 0,
        kept(port, end.port()),
        kept(mask, end.prefixLength()),
        kept(as, end.as()),
        kept(mac, end.mac()),
        kept(bytes, end.bytes()),
        kept(packets, end.packets()),
        hasNat ? translated : null);
  }

  private Traffic traffic(Traffic traffic, List<Ip> gone) {
    var nextHop = traffic.nextHop();
    boolean hasNextHop = nextHop != null && !isGone(NEXT_HOP, nextHop, gone);
    return new Traffic(
        kept(PROTOCOL, traffic.protocol()),
        kept(TCP_FLAGS, traffic.tcpFlags()),
        kept(TOS, traffic.tos()),
        kept(ICMP, traffic.icmp()),
        kept(VLAN, traffic.vlan()),
        kept(INNER_VLAN, traffic.innerVlan()),
        places.contains(FLOW_DIRECTION) ? Direction.UNKNOWN : traffic.direction(),
        kept(INGRESS, traffic.ingressInterface()),
        kept(EGRESS, traffic.egressInterface()),
        hasNextHop ? nextHop : null,
        kept(END_REASON, traffic.endReason()),
        kept(FIREWALL_EVENT, traffic.firewallEvent()),
        kept(FORWARDING_STATUS, traffic.forwardingStatus()),
        places.contains(Redactable.SAMPLING) ? Sampling.UNKNOWN : traffic.sampling());
  }

  private Origin origin(Origin origin, List<Ip> gone) {
    return new Origin(
        origin.protocol(),
        isGone(EXPORTER, origin.exporter(), gone) ? Ip.NONE : origin.exporter(),
        kept(EXPORTER_PORT, origin.exporterPort()),
        kept(DOMAIN, origin.observationDomain()),
        kept(SEQUENCE, origin.sequence()),
        kept(EXPORTED, origin.exportNanos()),
        origin.receivedNanos(),
        places.contains(COLLECTOR) ? null : origin.collector(),
        places.contains(SOURCE_ID) ? null : origin.sourceId(),
        places.contains(REQUEST) ? null : origin.requestId());
  }

  private Enrichment enrichment(Enrichment found) {
    return new Enrichment(
        places.contains(SRC_GEO) ? null : found.sourceGeo(),
        places.contains(DST_GEO) ? null : found.destinationGeo(),
        places.contains(SRC_ASN) ? null : found.sourceAs(),
        places.contains(DST_ASN) ? null : found.destinationAs(),
        places.contains(THREATS) ? List.of() : threats(found.threats()),
        found.riskScore(),
        places.contains(REASONS) ? List.of() : found.reasons(),
        places.contains(NETWORK_DIRECTION) ? Enrichment.Direction.UNKNOWN : found.direction());
  }

  /** That something matched may be known, but not what: it is the value that was taken out. */
  private List<ThreatMatch> threats(List<ThreatMatch> threats) {
    if (threats.isEmpty()) {
      return threats;
    }
    var kept = new ArrayList<ThreatMatch>(threats.size());
    for (var threat : threats) {
      boolean isHidden =
          switch (threat.side()) {
            case SOURCE -> places.contains(SRC_IP);
            case DESTINATION -> places.contains(DST_IP);
            case DOMAIN -> hidesDomains;
          };
      kept.add(
          isHidden
              ? new ThreatMatch(
                  threat.side(),
                  REDACTED,
                  REDACTED,
                  threat.category(),
                  threat.confidence(),
                  threat.feed())
              : threat);
    }
    return kept;
  }

  private int kept(Redactable place, int value) {
    return places.contains(place) ? Event.ABSENT : value;
  }

  private long kept(Redactable place, long value) {
    return places.contains(place) ? Event.ABSENT : value;
  }
}
