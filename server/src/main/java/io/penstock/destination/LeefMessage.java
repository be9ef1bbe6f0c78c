package io.penstock.destination;

import io.penstock.event.ByteOutput;
import io.penstock.event.Enrichment;
import io.penstock.event.Event;
import io.penstock.shape.Shape;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes an event in IBM QRadar's Log Event Extended Format 2.0: a header between bars, then
 * attributes between tabs, which the header names as what separates them. Keys that the format does
 * not define are written in its style. For one thread.
 */
final class LeefMessage implements Shape {

  /** Every attribute, in the order in which they are written. */
  static final List<Attribute> ATTRIBUTES =
      List.of(
          Attribute.time("@timestamp", "devTime", Event::startNanos),
          Attribute.of("id", "eventId", Attribute::id),
          Attribute.of("tenant", "tenant", Attribute::tenant),
          Attribute.word("kind", "cat", Event::kind),
          Attribute.number("risk_score", "sev", LeefMessage::severity),
          Attribute.text("protocol", "proto", Attribute::protocol),
          Attribute.ip("src_ip", "src", _ -> true, event -> event.source().ip()),
          Attribute.ip("dst_ip", "dst", _ -> true, event -> event.destination().ip()),
          Attribute.number("src_port", "srcPort", event -> event.source().port()),
          Attribute.number("dst_port", "dstPort", event -> event.destination().port()),
          Attribute.ip("src_nat_ip", "srcPostNAT", _ -> true, e -> Attribute.nat(e.source())),
          Attribute.ip("dst_nat_ip", "dstPostNAT", _ -> true, e -> Attribute.nat(e.destination())),
          Attribute.number("src_nat_port", "srcPostNATPort", e -> Attribute.natPort(e.source())),
          Attribute.number(
              "dst_nat_port", "dstPostNATPort", e -> Attribute.natPort(e.destination())),
          Attribute.mac("src_mac", "srcMAC", Event::source),
          Attribute.mac("dst_mac", "dstMAC", Event::destination),
          Attribute.number("bytes", "srcBytes", event -> event.source().bytes()),
          Attribute.number("reverse_bytes", "dstBytes", event -> event.destination().bytes()),
          Attribute.number("packets", "srcPackets", event -> event.source().packets()),
          Attribute.number("reverse_packets", "dstPackets", event -> event.destination().packets()),
          Attribute.time("start", "startTime", Attribute::start),
          Attribute.time("end", "endTime", Attribute::end),
          Attribute.time("received", "receivedTime", event -> event.origin().receivedNanos()),
          Attribute.ip("exporter", "exporter", _ -> true, event -> event.origin().exporter()),
          Attribute.number("sampling_rate", "samplingRate", Attribute::rate),
          Attribute.number("tcp_flags", "tcpFlags", event -> event.traffic().tcpFlags()),
          Attribute.number("tos", "tos", event -> event.traffic().tos()),
          Attribute.number("icmp_type", "icmpType", Attribute::icmpType),
          Attribute.number("icmp_code", "icmpCode", Attribute::icmpCode),
          Attribute.number("vlan_id", "vlanId", event -> event.traffic().vlan()),
          Attribute.word("flow_direction", "flowDirection", event -> event.traffic().direction()),
          Attribute.number("ingress_if", "inputInterface", e -> e.traffic().ingressInterface()),
          Attribute.number("egress_if", "outputInterface", e -> e.traffic().egressInterface()),
          Attribute.ip("next_hop", "nextHop", _ -> true, event -> event.traffic().nextHop()),
          Attribute.number("src_as", "srcAS", event -> event.source().as()),
          Attribute.number("dst_as", "dstAS", event -> event.destination().as()),
          Attribute.number("src_asn.asn", "srcASN", e -> Attribute.system(e, Enrichment::sourceAs)),
          Attribute.number(
              "dst_asn.asn", "dstASN", e -> Attribute.system(e, Enrichment::destinationAs)),
          Attribute.text(
              "src_geo.country", "srcCountry", e -> Attribute.country(e, Enrichment::sourceGeo)),
          Attribute.text(
              "dst_geo.country",
              "dstCountry",
              e -> Attribute.country(e, Enrichment::destinationGeo)),
          Attribute.word("network_direction", "networkDirection", Attribute::direction),
          Attribute.number("risk_score", "riskScore", Attribute::risk),
          Attribute.text(
              "threat.matches",
              "threatIndicator",
              e -> Attribute.threat(e, Enrichment.ThreatMatch::indicator)),
          Attribute.text(
              "threat.matches",
              "threatCategory",
              e -> Attribute.threat(e, Enrichment.ThreatMatch::category)),
          Attribute.text(
              "threat.matches",
              "threatFeed",
              e -> Attribute.threat(e, Enrichment.ThreatMatch::feed)),
          Attribute.state(Kept.REST, "msg"));

  private final byte[] head;
  private final List<Attribute> attributes;
  private final TextOutput text = new TextOutput(TextOutput.Escaping.LEEF);

  /**
   * @param version of this server
   */
  LeefMessage(String version, Kept kept) {
    this.head =
        ("LEEF:2.0|Penstock|Penstock|" + version.replaceAll("[^0-9A-Za-z.+-]", "_") + "|")
            .getBytes(StandardCharsets.US_ASCII);
    this.attributes = ATTRIBUTES.stream().filter(a -> kept.keeps(a.member())).toList();
  }

  @Override
  public void write(String tenant, Event event, ByteOutput to) {
    var out = text.over(to);
    out.ascii(head);
    out.ascii(event.kind().name());
    out.ascii("|x09|");
    int first = out.size();
    for (int i = 0; i < attributes.size(); i++) {
      var attribute = attributes.get(i);
      int before = out.size();
      if (before > first) {
        out.octet('\t');
      }
      out.ascii(attribute.key());
      out.octet('=');
      if (!attribute.value().write(tenant, event, out)) {
        out.truncate(before);
      }
    }
  }

  /** 1 to 10. */
  private static long severity(Event event) {
    long risk = Attribute.risk(event);
    return risk == Event.ABSENT ? 1 : 1 + risk * 9 / 100;
  }
}
