package io.penstock.event;

import io.penstock.event.Endpoint.Nat;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.JsonOutput.Name;
import io.penstock.event.JsonOutput.Word;
import io.penstock.event.Traffic.Direction;
import io.penstock.event.Traffic.Sampling;
import io.penstock.event.Traffic.Sampling.Algorithm;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An event as the JSON document that clients read: the legacy keys ({@code geo}, {@code asn},
 * {@code ti.matches}), the published enriched schema ({@code src_geo}, {@code threat}, ...) and
 * what else the event holds. What was not sent has no key. Stateless; safe for many threads.
 */
public final class EventJson {

  private static final CommunityId COMMUNITY = new CommunityId();
  private static final Quirk[] QUIRK_BITS = Quirk.values();

  private static final Word[] KINDS = Word.lower(Event.Kind.values());
  private static final Word[] PROTOCOLS = words(Protocol.values());
  private static final Word[] DIRECTIONS = Word.lower(Direction.values());
  private static final Word[] NETWORK_DIRECTIONS = Word.lower(Enrichment.Direction.values());
  private static final Word[] RATE_SOURCES = Word.lower(Sampling.Source.values());
  private static final Word[] ALGORITHMS = Word.lower(Algorithm.values());
  private static final Word[] SIDES = Word.lower(ThreatMatch.Side.values());
  private static final Word[] QUIRK_WORDS = Word.lower(QUIRK_BITS);
  private static final Word THREAT_TAG = Word.of("threat");
  private static final Word SERVICE = Word.of("telemetry-api");
  private static final Word AN_IP = Word.of("ip");
  private static final Word A_DOMAIN = Word.of("domain");

  // In the order in which they are written.
  private static final Name ID = Name.of("id");
  private static final Name KIND = Name.of("kind");
  private static final Name TYPE = Name.of("type");
  private static final Name TENANT = Name.of("tenant");
  private static final Name TIMESTAMP = Name.of("@timestamp");
  private static final Name TS = Name.of("ts");

  private static final Name CLIENT_IP = Name.of("client_ip");
  private static final Name EXPORTER = Name.of("exporter");
  private static final Name EXPORTER_PORT = Name.of("exporter_port");
  private static final Name OBSERVATION_DOMAIN = Name.of("observation_domain");
  private static final Name SEQUENCE = Name.of("sequence");
  private static final Name EXPORTED = Name.of("exported");
  private static final Name RECEIVED = Name.of("received");
  private static final Name COLLECTOR_ID = Name.of("collector_id");
  private static final Name SOURCE_ID = Name.of("source_id");
  private static final Name TRACE_ID = Name.of("trace_id");
  private static final Name CLOCK_SKEW = Name.of("clock_skew");

  private static final Name START = Name.of("start");
  private static final Name END = Name.of("end");
  private static final Name SRC_IP = Name.of("src_ip");
  private static final Name DST_IP = Name.of("dst_ip");
  private static final Name SRC_PORT = Name.of("src_port");
  private static final Name DST_PORT = Name.of("dst_port");
  private static final Name SRC_MASK = Name.of("src_mask");
  private static final Name DST_MASK = Name.of("dst_mask");
  private static final Name SRC_AS = Name.of("src_as");
  private static final Name DST_AS = Name.of("dst_as");
  private static final Name SRC_MAC = Name.of("src_mac");
  private static final Name DST_MAC = Name.of("dst_mac");
  private static final Name SRC_NAT_IP = Name.of("src_nat_ip");
  private static final Name SRC_NAT_PORT = Name.of("src_nat_port");
  private static final Name DST_NAT_IP = Name.of("dst_nat_ip");
  private static final Name DST_NAT_PORT = Name.of("dst_nat_port");

  private static final Name PROTO = Name.of("proto");
  private static final Name PROTOCOL = Name.of("protocol");
  private static final Name TCP_FLAGS = Name.of("tcp_flags");
  private static final Name TOS = Name.of("tos");
  private static final Name ICMP_TYPE = Name.of("icmp_type");
  private static final Name ICMP_CODE = Name.of("icmp_code");
  private static final Name VLAN_ID = Name.of("vlan_id");
  private static final Name INNER_VLAN_ID = Name.of("inner_vlan_id");
  private static final Name FLOW_DIRECTION = Name.of("flow_direction");
  private static final Name INGRESS_IF = Name.of("ingress_if");
  private static final Name EGRESS_IF = Name.of("egress_if");
  private static final Name NEXT_HOP = Name.of("next_hop");
  private static final Name END_REASON = Name.of("end_reason");
  private static final Name FIREWALL_EVENT = Name.of("firewall_event");
  private static final Name FORWARDING_STATUS = Name.of("forwarding_status");

  private static final Name BYTES = Name.of("bytes");
  private static final Name PACKETS = Name.of("packets");
  private static final Name REVERSE_BYTES = Name.of("reverse_bytes");
  private static final Name REVERSE_PACKETS = Name.of("reverse_packets");
  private static final Name SAMPLING_RATE = Name.of("sampling_rate");
  private static final Name SAMPLING = Name.of("sampling");
  private static final Name RATE = Name.of("rate");
  private static final Name SOURCE = Name.of("source");
  private static final Name ALGORITHM = Name.of("algorithm");
  private static final Name SCALED_BYTES = Name.of("scaled_bytes");
  private static final Name SCALED_PACKETS = Name.of("scaled_packets");
  private static final Name REVERSE_SCALED_BYTES = Name.of("reverse_scaled_bytes");
  private static final Name REVERSE_SCALED_PACKETS = Name.of("reverse_scaled_packets");
  private static final Name COMMUNITY_ID = Name.of("community_id");

  private static final Name EXCHANGE = Name.of("exchange");
  private static final Name PRODUCT = Name.of("product");
  private static final Name VERDICT = Name.of("verdict");
  private static final Name RULE = Name.of("rule");
  private static final Name SCHEME = Name.of("scheme");
  private static final Name METHOD = Name.of("method");
  private static final Name HOST = Name.of("host");
  private static final Name PATH = Name.of("path");
  private static final Name STATUS = Name.of("status");
  private static final Name FAILURE = Name.of("failure");

  private static final Name GEO = Name.of("geo");
  private static final Name ASN = Name.of("asn");
  private static final Name SRC_GEO = Name.of("src_geo");
  private static final Name DST_GEO = Name.of("dst_geo");
  private static final Name SRC_ASN = Name.of("src_asn");
  private static final Name DST_ASN = Name.of("dst_asn");
  private static final Name COUNTRY = Name.of("country");
  private static final Name CITY = Name.of("city");
  private static final Name LAT = Name.of("lat");
  private static final Name LON = Name.of("lon");
  private static final Name TIMEZONE = Name.of("timezone");
  private static final Name ORG = Name.of("org");
  private static final Name TI = Name.of("ti");
  private static final Name THREAT = Name.of("threat");
  private static final Name MATCHED = Name.of("matched");
  private static final Name MATCHES = Name.of("matches");
  private static final Name SIDE = Name.of("side");
  private static final Name IP = Name.of("ip");
  private static final Name VALUE = Name.of("value");
  private static final Name MATCH = Name.of("match");
  private static final Name INDICATOR = Name.of("indicator");
  private static final Name CATEGORY = Name.of("category");
  private static final Name CONFIDENCE = Name.of("confidence");
  private static final Name RISK_SCORE = Name.of("risk_score");
  private static final Name RISK_10 = Name.of("risk_10");
  private static final Name REASONS = Name.of("reasons");
  private static final Name TAGS = Name.of("tags");
  private static final Name NETWORK_DIRECTION = Name.of("network_direction");
  private static final Name WRITTEN_BY = Name.of("_source");
  private static final Name ENQUEUED_TS = Name.of("_enqueued_ts");
  private static final Name PROCESSED_AT = Name.of("_processed_at");
  private static final Name ENRICHED = Name.of("_enriched");
  private static final Name QUIRKS = Name.of("quirks");

  /** Room for a document of a flow with what we know of it. */
  private static final int DOCUMENT_GUESS = 2_048;

  private EventJson() {}

  /** The document in UTF-8, without a line end. */
  public static byte[] write(String tenant, Event event) {
    var out = new ByteOutput(DOCUMENT_GUESS + event.extra().length);
    write(tenant, event, new JsonOutput(out));
    return out.toBytes();
  }

  /** Writes the document behind what {@code out} holds, without a line end. */
  public static void write(String tenant, Event event, JsonOutput out) {
    out.begin();
    identity(out, tenant, event);
    origin(out, event.origin());
    clockSkew(out, event);
    switch (event.kind()) {
      case FLOW, DROP -> flow(out, event);
      case OPTIONS, COUNTERS -> {
        // A moment's state: the whole message is among the extra members.
      }
      case EXCHANGE -> exchange(out, event);
    }
    if (event.enrichment() != null) {
      enrichment(out, event, event.enrichment());
    }
    quirks(out, event.quirks());
    out.members(event.extra());
    out.end();
  }

  private static void identity(JsonOutput out, String tenant, Event event) {
    out.uuid(ID, event.idHigh(), event.idLow());
    out.word(KIND, KINDS[event.kind().ordinal()]);
    out.word(TYPE, PROTOCOLS[event.origin().protocol().ordinal()]);
    out.text(TENANT, tenant);
    out.time(TIMESTAMP, event.startNanos());
    out.seconds(TS, event.startNanos());
  }

  private static void origin(JsonOutput out, Origin origin) {
    boolean isPosted =
        origin.protocol() == Protocol.ZEEK
            || origin.protocol() == Protocol.FLOW_JSON
            || origin.protocol() == Protocol.HTTP;
    var exporter = origin.exporter();
    out.ip(isPosted ? CLIENT_IP : EXPORTER, exporter.high(), exporter.low());
    if (!isPosted) {
      out.number(EXPORTER_PORT, origin.exporterPort());
    }
    out.number(OBSERVATION_DOMAIN, origin.observationDomain());
    out.number(SEQUENCE, origin.sequence());
    out.time(EXPORTED, origin.exportNanos());
    out.time(RECEIVED, origin.receivedNanos());
    out.text(COLLECTOR_ID, origin.collector());
    out.text(SOURCE_ID, origin.sourceId());
    out.text(TRACE_ID, origin.requestId());
  }

  private static void flow(JsonOutput out, Event event) {
    out.time(START, event.startNanos());
    out.time(END, event.endNanos());
    var source = event.source();
    var destination = event.destination();
    ends(out, source, destination);
    traffic(out, event.traffic());
    out.number(BYTES, source.bytes());
    out.number(PACKETS, source.packets());
    out.number(REVERSE_BYTES, destination.bytes());
    out.number(REVERSE_PACKETS, destination.packets());
    sampling(out, event);
    COMMUNITY.write(out, COMMUNITY_ID, event);
  }

  private static void exchange(JsonOutput out, Event event) {
    out.time(START, event.startNanos());
    out.time(END, event.endNanos());
    ends(out, event.source(), event.destination());
    out.number(BYTES, event.source().bytes());
    out.number(REVERSE_BYTES, event.destination().bytes());
    var http = event.http();
    if (http == null) {
      return;
    }
    out.begin(EXCHANGE);
    out.text(PRODUCT, http.product());
    out.text(VERDICT, http.verdict());
    out.text(RULE, http.rule());
    out.text(SCHEME, http.scheme());
    out.text(METHOD, http.method());
    out.text(HOST, http.host());
    out.text(PATH, http.path());
    out.number(STATUS, http.status());
    out.text(FAILURE, http.failure());
    out.end();
  }

  private static void ends(JsonOutput out, Endpoint source, Endpoint destination) {
    out.ip(SRC_IP, source.ipHigh(), source.ipLow());
    out.ip(DST_IP, destination.ipHigh(), destination.ipLow());
    out.number(SRC_PORT, source.port());
    out.number(DST_PORT, destination.port());
    out.number(SRC_MASK, source.prefixLength());
    out.number(DST_MASK, destination.prefixLength());
    out.number(SRC_AS, source.as());
    out.number(DST_AS, destination.as());
    out.mac(SRC_MAC, source.mac());
    out.mac(DST_MAC, destination.mac());
    nat(out, SRC_NAT_IP, SRC_NAT_PORT, source.nat());
    nat(out, DST_NAT_IP, DST_NAT_PORT, destination.nat());
  }

  private static void traffic(JsonOutput out, Traffic traffic) {
    out.number(PROTO, traffic.protocol());
    out.text(PROTOCOL, IpProtocol.name(traffic.protocol()));
    out.number(TCP_FLAGS, traffic.tcpFlags());
    out.number(TOS, traffic.tos());
    if (traffic.icmp() != Event.ABSENT) {
      out.number(ICMP_TYPE, traffic.icmp() >>> 8);
      out.number(ICMP_CODE, traffic.icmp() & 0xff);
    }
    out.number(VLAN_ID, traffic.vlan());
    out.number(INNER_VLAN_ID, traffic.innerVlan());
    if (traffic.direction() != Direction.UNKNOWN) {
      out.word(FLOW_DIRECTION, DIRECTIONS[traffic.direction().ordinal()]);
    }
    out.number(INGRESS_IF, traffic.ingressInterface());
    out.number(EGRESS_IF, traffic.egressInterface());
    out.ip(NEXT_HOP, traffic.nextHop());
    out.number(END_REASON, traffic.endReason());
    out.number(FIREWALL_EVENT, traffic.firewallEvent());
    out.number(FORWARDING_STATUS, traffic.forwardingStatus());
  }

  /** The rate, who told it, how packets were picked, and the counters multiplied by the rate. */
  private static void sampling(JsonOutput out, Event event) {
    var sampling = event.traffic().sampling();
    long rate = sampling.rate();
    if (rate <= 0) {
      // Nothing can be told of it while it is unknown.
      return;
    }
    out.number(SAMPLING_RATE, rate);
    out.begin(SAMPLING);
    out.number(RATE, rate);
    out.word(SOURCE, RATE_SOURCES[sampling.from().ordinal()]);
    if (sampling.algorithm() != Algorithm.UNKNOWN) {
      out.word(ALGORITHM, ALGORITHMS[sampling.algorithm().ordinal()]);
    }
    out.end();
    scaled(out, SCALED_BYTES, event.source().bytes(), rate);
    scaled(out, SCALED_PACKETS, event.source().packets(), rate);
    scaled(out, REVERSE_SCALED_BYTES, event.destination().bytes(), rate);
    scaled(out, REVERSE_SCALED_PACKETS, event.destination().packets(), rate);
  }

  private static void scaled(JsonOutput out, Name name, long count, long rate) {
    if (count == Event.ABSENT) {
      return;
    }
    if (Math.multiplyHigh(count, rate) == 0 && count * rate >= 0) {
      out.any(name, count * rate);
      return;
    }
    var product = BigInteger.valueOf(count).multiply(BigInteger.valueOf(rate)).toString();
    out.raw(name, product.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** By how much the exporter's clock is ahead of ours, where that is too much to believe it. */
  private static void clockSkew(JsonOutput out, Event event) {
    boolean isSkewed = (event.quirks() & Quirk.CLOCK_SKEW.bit()) != 0;
    if (isSkewed && event.origin().exportNanos() != Event.ABSENT) {
      long skew = event.origin().exportNanos() - event.origin().receivedNanos();
      var seconds = (skew < 0 ? "-" : "") + seconds(Math.abs(skew));
      out.raw(CLOCK_SKEW, seconds.getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  private static void enrichment(JsonOutput out, Event event, Enrichment found) {
    var mainGeo = found.destinationGeo() != null ? found.destinationGeo() : found.sourceGeo();
    var mainAs = found.destinationAs() != null ? found.destinationAs() : found.sourceAs();
    geo(out, GEO, mainGeo);
    system(out, ASN, mainAs);
    geo(out, SRC_GEO, found.sourceGeo());
    geo(out, DST_GEO, found.destinationGeo());
    system(out, SRC_ASN, found.sourceAs());
    system(out, DST_ASN, found.destinationAs());
    legacyThreats(out, found);
    threats(out, found);
    out.number(RISK_SCORE, found.riskScore());
    out.decimal(RISK_10, found.riskScore() / 10.0);
    texts(out, REASONS, found.reasons());
    tags(out, found);
    if (found.direction() != Enrichment.Direction.UNKNOWN) {
      out.word(NETWORK_DIRECTION, NETWORK_DIRECTIONS[found.direction().ordinal()]);
    }
    out.word(WRITTEN_BY, SERVICE);
    out.number(ENQUEUED_TS, event.origin().receivedNanos() / 1_000_000);
    out.time(PROCESSED_AT, event.origin().receivedNanos());
    out.truth(ENRICHED, true);
  }

  private static void geo(JsonOutput out, Name name, @Nullable Geo geo) {
    if (geo == null) {
      out.nothing(name);
      return;
    }
    out.begin(name);
    out.text(COUNTRY, geo.country());
    out.text(CITY, geo.city());
    if (!Double.isNaN(geo.latitude())) {
      out.decimal(LAT, geo.latitude());
      out.decimal(LON, geo.longitude());
    }
    out.text(TIMEZONE, geo.timeZone());
    out.end();
  }

  private static void system(JsonOutput out, Name name, @Nullable AutonomousSystem system) {
    if (system == null) {
      out.nothing(name);
      return;
    }
    out.begin(name);
    out.number(ASN, system.number());
    out.text(ORG, system.organization());
    out.end();
  }

  private static void legacyThreats(JsonOutput out, Enrichment found) {
    out.begin(TI);
    matches(out, found);
    out.end();
  }

  private static void threats(JsonOutput out, Enrichment found) {
    out.begin(THREAT);
    out.truth(MATCHED, !found.threats().isEmpty());
    matches(out, found);
    out.end();
  }

  private static void matches(JsonOutput out, Enrichment found) {
    out.beginArray(MATCHES);
    for (var threat : found.threats()) {
      threat(out, threat);
    }
    out.endArray();
  }

  /** One match under every name by which clients know its parts. */
  private static void threat(JsonOutput out, ThreatMatch threat) {
    out.beginElement();
    out.word(TYPE, threat.side() == ThreatMatch.Side.DOMAIN ? A_DOMAIN : AN_IP);
    out.word(SIDE, SIDES[threat.side().ordinal()]);
    out.text(IP, threat.value());
    out.text(VALUE, threat.value());
    out.text(MATCH, threat.indicator());
    out.text(INDICATOR, threat.indicator());
    out.text(CATEGORY, threat.category());
    out.number(CONFIDENCE, threat.confidence());
    out.text(SOURCE, threat.feed());
    out.end();
  }

  private static void tags(JsonOutput out, Enrichment found) {
    out.beginArray(TAGS);
    if (!found.threats().isEmpty()) {
      out.word(THREAT_TAG);
    }
    if (found.direction() != Enrichment.Direction.UNKNOWN) {
      out.word(NETWORK_DIRECTIONS[found.direction().ordinal()]);
    }
    out.endArray();
  }

  private static void quirks(JsonOutput out, int bits) {
    if (bits == 0) {
      return;
    }
    out.beginArray(QUIRKS);
    for (var quirk : QUIRK_BITS) {
      if ((bits & quirk.bit()) != 0) {
        out.word(QUIRK_WORDS[quirk.ordinal()]);
      }
    }
    out.endArray();
  }

  private static void texts(JsonOutput out, Name name, List<String> values) {
    out.beginArray(name);
    for (int i = 0; i < values.size(); i++) {
      out.text(values.get(i));
    }
    out.endArray();
  }

  private static void nat(JsonOutput out, Name ipName, Name portName, @Nullable Nat nat) {
    if (nat != null) {
      out.ip(ipName, nat.ip());
      out.number(portName, nat.port());
    }
  }

  /** Seconds since 1970 with as many decimals as needed, exact to the nanosecond. */
  static String seconds(long nanos) {
    var text = new byte[Digits.LONG_MAX + 10];
    return new String(text, 0, Digits.seconds(text, 0, nanos), StandardCharsets.ISO_8859_1);
  }

  private static Word[] words(Enum<?>[] constants) {
    var words = new Word[constants.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = Word.of(constants[i].name());
    }
    return words;
  }
}
