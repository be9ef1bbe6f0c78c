package io.penstock.destination;

import io.penstock.event.ByteOutput;
import io.penstock.event.Enrichment;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.shape.Shape;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes an event in ArcSight's Common Event Format, version 0: a header between bars, then the
 * keys of its extension dictionary. Addresses of IPv6 have keys of their own there. For one thread.
 */
final class CefMessage implements Shape {

  /** Every attribute, in the order in which they are written. */
  static final List<Attribute> ATTRIBUTES =
      List.of(
          Attribute.of("id", "externalId", Attribute::id),
          Attribute.time("received", "rt", event -> event.origin().receivedNanos()),
          Attribute.time("@timestamp", "start", Event::startNanos),
          Attribute.time("end", "end", Attribute::end),
          Attribute.word("kind", "cat", Event::kind),
          Attribute.text("protocol", "proto", Attribute::protocol),
          Attribute.ip("src_ip", "src", Ip::isV4, event -> event.source().ip()),
          Attribute.ip("src_ip", "c6a2", CefMessage::isV6, e -> e.source().ip())
              .labelled("Source IPv6 Address"),
          Attribute.ip("dst_ip", "dst", Ip::isV4, event -> event.destination().ip()),
          Attribute.ip("dst_ip", "c6a3", CefMessage::isV6, event -> event.destination().ip())
              .labelled("Destination IPv6 Address"),
          Attribute.number("src_port", "spt", event -> event.source().port()),
          Attribute.number("dst_port", "dpt", event -> event.destination().port()),
          Attribute.ip(
              "src_nat_ip", "sourceTranslatedAddress", Ip::isV4, e -> Attribute.nat(e.source())),
          Attribute.number(
              "src_nat_port", "sourceTranslatedPort", e -> Attribute.natPort(e.source())),
          Attribute.ip(
              "dst_nat_ip",
              "destinationTranslatedAddress",
              Ip::isV4,
              e -> Attribute.nat(e.destination())),
          Attribute.number(
              "dst_nat_port", "destinationTranslatedPort", e -> Attribute.natPort(e.destination())),
          Attribute.mac("src_mac", "smac", Event::source),
          Attribute.mac("dst_mac", "dmac", Event::destination),
          Attribute.number("bytes", "in", event -> event.source().bytes()),
          Attribute.number("reverse_bytes", "out", event -> event.destination().bytes()),
          Attribute.number("packets", "cn1", event -> event.source().packets()).labelled("packets"),
          Attribute.number("reverse_packets", "cn2", event -> event.destination().packets())
              .labelled("reverse packets"),
          Attribute.number("sampling_rate", "cn3", Attribute::rate).labelled("sampling rate"),
          Attribute.ip("exporter", "dvc", Ip::isV4, event -> event.origin().exporter()),
          Attribute.ip("exporter", "c6a1", CefMessage::isV6, event -> event.origin().exporter())
              .labelled("Device IPv6 Address"),
          Attribute.number(
              "ingress_if", "deviceInboundInterface", e -> e.traffic().ingressInterface()),
          Attribute.number(
              "egress_if", "deviceOutboundInterface", e -> e.traffic().egressInterface()),
          Attribute.text("network_direction", "deviceDirection", CefMessage::direction),
          Attribute.of("tenant", "cs1", Attribute::tenant).labelled("tenant"),
          Attribute.text(
                  "threat.matches",
                  "cs2",
                  e -> Attribute.threat(e, Enrichment.ThreatMatch::indicator))
              .labelled("threat indicator"),
          Attribute.text(
                  "threat.matches",
                  "cs3",
                  e -> Attribute.threat(e, Enrichment.ThreatMatch::category))
              .labelled("threat category"),
          Attribute.text("src_geo.country", "cs4", e -> Attribute.country(e, Enrichment::sourceGeo))
              .labelled("source country"),
          Attribute.text(
                  "dst_geo.country", "cs5", e -> Attribute.country(e, Enrichment::destinationGeo))
              .labelled("destination country"),
          Attribute.number("tcp_flags", "cs6", event -> event.traffic().tcpFlags())
              .labelled("TCP flags"),
          Attribute.number(
                  "src_asn.asn", "flexNumber1", e -> Attribute.system(e, Enrichment::sourceAs))
              .labelled("source AS"),
          Attribute.number(
                  "dst_asn.asn", "flexNumber2", e -> Attribute.system(e, Enrichment::destinationAs))
              .labelled("destination AS"),
          Attribute.state(Kept.REST, "msg"));

  private final byte[] head;
  private final List<Attribute> attributes;
  private final boolean tellsRisk;
  private final TextOutput text = new TextOutput(TextOutput.Escaping.CEF);

  /**
   * @param version of this server
   */
  CefMessage(String version, Kept kept) {
    this.head =
        ("CEF:0|Penstock|Penstock|" + version.replaceAll("[^0-9A-Za-z.+-]", "_") + "|")
            .getBytes(StandardCharsets.US_ASCII);
    this.attributes = ATTRIBUTES.stream().filter(a -> kept.keeps(a.member())).toList();
    this.tellsRisk = kept.keeps("risk_score");
  }

  @Override
  public void write(String tenant, Event event, ByteOutput to) {
    var out = text.over(to);
    out.ascii(head);
    out.ascii(event.kind().name());
    out.octet('|');
    out.ascii(SyslogItems.name(event.kind()));
    out.octet('|');
    out.number(severity(event));
    out.octet('|');
    int first = out.size();
    for (int i = 0; i < attributes.size(); i++) {
      write(attributes.get(i), tenant, event, out, first);
    }
  }

  private static void write(
      Attribute attribute, String tenant, Event event, TextOutput out, int first) {
    int before = out.size();
    if (before > first) {
      out.octet(' ');
    }
    out.ascii(attribute.key());
    out.octet('=');
    if (!attribute.value().write(tenant, event, out)) {
      out.truncate(before);
      return;
    }
    var label = attribute.label();
    if (label != null) {
      out.octet(' ');
      out.ascii(attribute.key());
      out.ascii("Label=");
      out.ascii(label);
    }
  }

  private static boolean isV6(Ip ip) {
    return !ip.isV4();
  }

  /** 0 to 10. */
  private long severity(Event event) {
    long risk = tellsRisk ? Attribute.risk(event) : Event.ABSENT;
    return risk == Event.ABSENT ? 0 : risk / 10;
  }

  /** 0 in, 1 out; traffic that is neither has none. */
  private static @Nullable String direction(Event event) {
    return switch (Attribute.direction(event)) {
      case INBOUND -> "0";
      case OUTBOUND -> "1";
      case INTERNAL, EXTERNAL, UNKNOWN -> null;
      case null -> null;
    };
  }
}
