package io.penstock.event;

import io.avaje.json.JsonWriter;
import io.avaje.json.stream.JsonStream;
import io.penstock.event.Endpoint.Nat;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.Traffic.Direction;
import io.penstock.event.Traffic.Sampling.Algorithm;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An event as the JSON document that clients read: the legacy keys ({@code geo}, {@code asn},
 * {@code ti.matches}), the published enriched schema ({@code src_geo}, {@code threat}, ...) and
 * what else the event holds. What was not sent has no key. Stateless; safe for many threads.
 */
public final class EventJson {

  private static final JsonStream JSON = JsonStream.builder().serializeNulls(true).build();
  private static final CommunityId COMMUNITY_ID = new CommunityId();
  private static final Quirk[] QUIRKS = Quirk.values();

  private EventJson() {}

  /** The document in UTF-8, without a line end. */
  public static byte[] write(String tenant, Event event) {
    byte[] document;
    try (var out = JSON.bufferedWriterAsBytes()) {
      out.beginObject();
      identity(out, tenant, event);
      origin(out, event.origin());
      clockSkew(out, event);
      switch (event.kind()) {
        case FLOW, DROP -> flow(out, event);
        case OPTIONS, COUNTERS -> {
          // A moment's state: the whole message is among the extra members.
        }
      }
      if (event.enrichment() != null) {
        enrichment(out, event, event.enrichment());
      }
      quirks(out, event.quirks());
      out.endObject();
      document = out.result();
    }
    return withExtra(document, event.extra());
  }

  /** The document with the extra members before its closing brace. */
  private static byte[] withExtra(byte[] document, byte[] extra) {
    if (extra.length == 0) {
      return document;
    }
    int end = document.length - 1;
    var whole = Arrays.copyOf(document, document.length + 1 + extra.length);
    whole[end] = ',';
    System.arraycopy(extra, 0, whole, end + 1, extra.length);
    whole[whole.length - 1] = '}';
    return whole;
  }

  private static void identity(JsonWriter out, String tenant, Event event) {
    text(out, "id", new UUID(event.idHigh(), event.idLow()).toString());
    text(out, "kind", lower(event.kind()));
    text(out, "type", event.origin().protocol().name());
    text(out, "tenant", tenant);
    time(out, "@timestamp", event.startNanos());
    out.name("ts");
    out.rawValue(seconds(event.startNanos()));
  }

  private static void origin(JsonWriter out, Origin origin) {
    boolean isPosted =
        origin.protocol() == Protocol.ZEEK || origin.protocol() == Protocol.FLOW_JSON;
    if (!origin.exporter().equals(Ip.NONE)) {
      text(out, isPosted ? "client_ip" : "exporter", origin.exporter().toString());
    }
    if (!isPosted) {
      number(out, "exporter_port", origin.exporterPort());
    }
    number(out, "observation_domain", origin.observationDomain());
    number(out, "sequence", origin.sequence());
    time(out, "exported", origin.exportNanos());
    time(out, "received", origin.receivedNanos());
    text(out, "collector_id", origin.collector());
    text(out, "source_id", origin.sourceId());
    text(out, "trace_id", origin.requestId());
  }

  private static void flow(JsonWriter out, Event event) {
    time(out, "start", event.startNanos());
    time(out, "end", event.endNanos());
    var source = event.source();
    var destination = event.destination();
    ends(out, source, destination);
    traffic(out, event.traffic());
    number(out, "bytes", source.bytes());
    number(out, "packets", source.packets());
    number(out, "reverse_bytes", destination.bytes());
    number(out, "reverse_packets", destination.packets());
    sampling(out, event);
    text(out, "community_id", COMMUNITY_ID.of(event));
  }

  private static void ends(JsonWriter out, Endpoint source, Endpoint destination) {
    address(out, "src_ip", source);
    address(out, "dst_ip", destination);
    number(out, "src_port", source.port());
    number(out, "dst_port", destination.port());
    number(out, "src_mask", source.prefixLength());
    number(out, "dst_mask", destination.prefixLength());
    number(out, "src_as", source.as());
    number(out, "dst_as", destination.as());
    mac(out, "src_mac", source.mac());
    mac(out, "dst_mac", destination.mac());
    nat(out, "src_nat_ip", "src_nat_port", source.nat());
    nat(out, "dst_nat_ip", "dst_nat_port", destination.nat());
  }

  private static void traffic(JsonWriter out, Traffic traffic) {
    number(out, "proto", traffic.protocol());
    text(out, "protocol", IpProtocol.name(traffic.protocol()));
    number(out, "tcp_flags", traffic.tcpFlags());
    number(out, "tos", traffic.tos());
    if (traffic.icmp() != Event.ABSENT) {
      number(out, "icmp_type", traffic.icmp() >>> 8);
      number(out, "icmp_code", traffic.icmp() & 0xff);
    }
    number(out, "vlan_id", traffic.vlan());
    number(out, "inner_vlan_id", traffic.innerVlan());
    if (traffic.direction() != Direction.UNKNOWN) {
      text(out, "flow_direction", lower(traffic.direction()));
    }
    number(out, "ingress_if", traffic.ingressInterface());
    number(out, "egress_if", traffic.egressInterface());
    if (traffic.nextHop() != null) {
      text(out, "next_hop", traffic.nextHop().toString());
    }
    number(out, "end_reason", traffic.endReason());
    number(out, "firewall_event", traffic.firewallEvent());
    number(out, "forwarding_status", traffic.forwardingStatus());
  }

  /** The rate, who told it, how packets were picked, and the counters multiplied by the rate. */
  private static void sampling(JsonWriter out, Event event) {
    var sampling = event.traffic().sampling();
    long rate = sampling.rate();
    if (rate <= 0) {
      // Nothing can be told of it while it is unknown.
      return;
    }
    number(out, "sampling_rate", rate);
    out.name("sampling");
    out.beginObject();
    number(out, "rate", rate);
    text(out, "source", lower(sampling.from()));
    if (sampling.algorithm() != Algorithm.UNKNOWN) {
      text(out, "algorithm", lower(sampling.algorithm()));
    }
    out.endObject();
    scaled(out, "scaled_bytes", event.source().bytes(), rate);
    scaled(out, "scaled_packets", event.source().packets(), rate);
    scaled(out, "reverse_scaled_bytes", event.destination().bytes(), rate);
    scaled(out, "reverse_scaled_packets", event.destination().packets(), rate);
  }

  private static void scaled(JsonWriter out, String name, long count, long rate) {
    if (count == Event.ABSENT) {
      return;
    }
    out.name(name);
    if (Math.multiplyHigh(count, rate) == 0 && count * rate >= 0) {
      out.value(count * rate);
      return;
    }
    out.rawValue(BigInteger.valueOf(count).multiply(BigInteger.valueOf(rate)).toString());
  }

  /** By how much the exporter's clock is ahead of ours, where that is too much to believe it. */
  private static void clockSkew(JsonWriter out, Event event) {
    boolean isSkewed = (event.quirks() & Quirk.CLOCK_SKEW.bit()) != 0;
    if (isSkewed && event.origin().exportNanos() != Event.ABSENT) {
      long skew = event.origin().exportNanos() - event.origin().receivedNanos();
      out.name("clock_skew");
      out.rawValue((skew < 0 ? "-" : "") + seconds(Math.abs(skew)));
    }
  }

  private static void enrichment(JsonWriter out, Event event, Enrichment found) {
    var mainGeo = found.destinationGeo() != null ? found.destinationGeo() : found.sourceGeo();
    var mainAs = found.destinationAs() != null ? found.destinationAs() : found.sourceAs();
    geo(out, "geo", mainGeo);
    system(out, "asn", mainAs);
    geo(out, "src_geo", found.sourceGeo());
    geo(out, "dst_geo", found.destinationGeo());
    system(out, "src_asn", found.sourceAs());
    system(out, "dst_asn", found.destinationAs());
    legacyThreats(out, found);
    threats(out, found);
    number(out, "risk_score", found.riskScore());
    out.name("risk_10");
    out.value(found.riskScore() / 10.0);
    texts(out, "reasons", found.reasons());
    tags(out, found);
    if (found.direction() != Enrichment.Direction.UNKNOWN) {
      text(out, "network_direction", lower(found.direction()));
    }
    text(out, "_source", "telemetry-api");
    number(out, "_enqueued_ts", event.origin().receivedNanos() / 1_000_000);
    time(out, "_processed_at", event.origin().receivedNanos());
    out.name("_enriched");
    out.value(true);
  }

  private static void geo(JsonWriter out, String name, @Nullable Geo geo) {
    out.name(name);
    if (geo == null) {
      out.nullValue();
      return;
    }
    out.beginObject();
    text(out, "country", geo.country());
    text(out, "city", geo.city());
    if (!Double.isNaN(geo.latitude())) {
      out.name("lat");
      out.value(geo.latitude());
      out.name("lon");
      out.value(geo.longitude());
    }
    text(out, "timezone", geo.timeZone());
    out.endObject();
  }

  private static void system(JsonWriter out, String name, @Nullable AutonomousSystem system) {
    out.name(name);
    if (system == null) {
      out.nullValue();
      return;
    }
    out.beginObject();
    number(out, "asn", system.number());
    text(out, "org", system.organization());
    out.endObject();
  }

  private static void legacyThreats(JsonWriter out, Enrichment found) {
    out.name("ti");
    out.beginObject();
    matches(out, found);
    out.endObject();
  }

  private static void threats(JsonWriter out, Enrichment found) {
    out.name("threat");
    out.beginObject();
    out.name("matched");
    out.value(!found.threats().isEmpty());
    matches(out, found);
    out.endObject();
  }

  private static void matches(JsonWriter out, Enrichment found) {
    out.name("matches");
    out.beginArray();
    for (var threat : found.threats()) {
      threat(out, threat);
    }
    out.endArray();
  }

  /** One match under every name by which clients know its parts. */
  private static void threat(JsonWriter out, ThreatMatch threat) {
    out.beginObject();
    text(out, "type", threat.side() == ThreatMatch.Side.DOMAIN ? "domain" : "ip");
    text(out, "side", lower(threat.side()));
    text(out, "ip", threat.value());
    text(out, "value", threat.value());
    text(out, "match", threat.indicator());
    text(out, "indicator", threat.indicator());
    text(out, "category", threat.category());
    number(out, "confidence", threat.confidence());
    text(out, "source", threat.feed());
    out.endObject();
  }

  private static void tags(JsonWriter out, Enrichment found) {
    out.name("tags");
    out.beginArray();
    if (!found.threats().isEmpty()) {
      out.value("threat");
    }
    if (found.direction() != Enrichment.Direction.UNKNOWN) {
      out.value(lower(found.direction()));
    }
    out.endArray();
  }

  private static void quirks(JsonWriter out, int bits) {
    if (bits == 0) {
      return;
    }
    out.name("quirks");
    out.beginArray();
    for (var quirk : QUIRKS) {
      if ((bits & quirk.bit()) != 0) {
        out.value(lower(quirk));
      }
    }
    out.endArray();
  }

  private static void texts(JsonWriter out, String name, Iterable<String> values) {
    out.name(name);
    out.beginArray();
    for (var value : values) {
      out.value(value);
    }
    out.endArray();
  }

  private static void nat(JsonWriter out, String ipName, String portName, @Nullable Nat nat) {
    if (nat != null) {
      text(out, ipName, nat.ip().toString());
      number(out, portName, nat.port());
    }
  }

  private static void mac(JsonWriter out, String name, long mac) {
    if (mac != Event.ABSENT) {
      text(out, name, Mac.text(mac));
    }
  }

  private static void address(JsonWriter out, String name, Endpoint end) {
    if (end.hasIp()) {
      text(out, name, end.ip().toString());
    }
  }

  private static void text(JsonWriter out, String name, @Nullable String value) {
    if (value != null) {
      out.name(name);
      out.value(value);
    }
  }

  private static void number(JsonWriter out, String name, long value) {
    if (value != Event.ABSENT) {
      out.name(name);
      out.value(value);
    }
  }

  private static void time(JsonWriter out, String name, long nanos) {
    if (nanos != Event.ABSENT) {
      out.name(name);
      out.value(Nanos.instant(nanos).toString());
    }
  }

  /** Seconds since 1970 with as many decimals as needed, exact to the nanosecond. */
  static String seconds(long nanos) {
    long fraction = Math.floorMod(nanos, Nanos.SECOND);
    long whole = Math.floorDiv(nanos, Nanos.SECOND);
    if (fraction == 0 || nanos < 0) {
      return Long.toString(whole);
    }
    var digits = Long.toString(Nanos.SECOND + fraction).substring(1);
    int end = digits.length();
    while (digits.charAt(end - 1) == '0') {
      end--;
    }
    return whole + "." + digits.substring(0, end);
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
