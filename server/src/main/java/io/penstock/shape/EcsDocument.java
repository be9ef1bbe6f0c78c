package io.penstock.shape;

import io.penstock.event.Endpoint;
import io.penstock.event.Enrichment;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.Event;
import io.penstock.event.HttpExchange;
import io.penstock.event.Ip;
import io.penstock.event.IpProtocol;
import io.penstock.event.JsonOutput;
import io.penstock.event.JsonOutput.Name;
import io.penstock.event.JsonOutput.Word;
import io.penstock.event.Protocol;
import io.penstock.event.Traffic;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An event in the Elastic Common Schema: field sets and forms of values as ECS 8 has them. Keyword
 * fields are texts even where they hold numbers. What ECS has no field for stands under {@code
 * penstock}, as ECS asks of custom fields.
 */
final class EcsDocument {

  private static final Word VERSION = Word.of("8.11.0");
  private static final Word PENSTOCK_WORD = Word.of("penstock");
  private static final Word[] DATASETS = datasets();
  private static final Word[] FLOW_ACTIONS = actions("flow");
  private static final Word[] OPTIONS_ACTIONS = actions("options");
  private static final Word[] COUNTERS_ACTIONS = actions("counters");
  private static final Word[] DROP_ACTIONS = actions("drop");
  private static final Word[] EXCHANGE_ACTIONS = actions("exchange");
  private static final Word[] NETWORK_DIRECTIONS = Word.lower(Enrichment.Direction.values());
  private static final Word[] FLOW_DIRECTIONS = Word.lower(Traffic.Direction.values());

  private static final Word EVENT_WORD = Word.of("event");
  private static final Word METRIC_WORD = Word.of("metric");
  private static final Word NETWORK_WORD = Word.of("network");
  private static final Word WEB = Word.of("web");
  private static final Word ACCESS = Word.of("access");
  private static final Word CONNECTION = Word.of("connection");
  private static final Word ALLOWED = Word.of("allowed");
  private static final Word DENIED = Word.of("denied");
  private static final Word INFO = Word.of("info");
  private static final Word IPV4 = Word.of("ipv4");
  private static final Word IPV6 = Word.of("ipv6");

  private static final Name TIMESTAMP = Name.of("@timestamp");
  private static final Name ECS = Name.of("ecs");
  private static final Name VERSION_NAME = Name.of("version");
  private static final Name EVENT = Name.of("event");
  private static final Name ID = Name.of("id");
  private static final Name KIND = Name.of("kind");
  private static final Name CATEGORY = Name.of("category");
  private static final Name TYPE = Name.of("type");
  private static final Name ACTION = Name.of("action");
  private static final Name MODULE = Name.of("module");
  private static final Name DATASET = Name.of("dataset");
  private static final Name CREATED = Name.of("created");
  private static final Name START = Name.of("start");
  private static final Name END = Name.of("end");
  private static final Name DURATION = Name.of("duration");
  private static final Name SEQUENCE = Name.of("sequence");
  private static final Name RISK_SCORE = Name.of("risk_score");
  private static final Name TRACE = Name.of("trace");
  private static final Name OBSERVER = Name.of("observer");
  private static final Name IP = Name.of("ip");
  private static final Name INGRESS = Name.of("ingress");
  private static final Name EGRESS = Name.of("egress");
  private static final Name INTERFACE = Name.of("interface");
  private static final Name SOURCE = Name.of("source");
  private static final Name DESTINATION = Name.of("destination");
  private static final Name PORT = Name.of("port");
  private static final Name MAC = Name.of("mac");
  private static final Name BYTES = Name.of("bytes");
  private static final Name PACKETS = Name.of("packets");
  private static final Name NAT = Name.of("nat");
  private static final Name AS = Name.of("as");
  private static final Name NUMBER = Name.of("number");
  private static final Name ORGANIZATION = Name.of("organization");
  private static final Name NAME = Name.of("name");
  private static final Name GEO = Name.of("geo");
  private static final Name COUNTRY_ISO_CODE = Name.of("country_iso_code");
  private static final Name CITY_NAME = Name.of("city_name");
  private static final Name LOCATION = Name.of("location");
  private static final Name LAT = Name.of("lat");
  private static final Name LON = Name.of("lon");
  private static final Name TIMEZONE = Name.of("timezone");
  private static final Name NETWORK = Name.of("network");
  private static final Name TRANSPORT = Name.of("transport");
  private static final Name IANA_NUMBER = Name.of("iana_number");
  private static final Name DIRECTION = Name.of("direction");
  private static final Name COMMUNITY_ID = Name.of("community_id");
  private static final Name VLAN = Name.of("vlan");
  private static final Name INNER = Name.of("inner");
  private static final Name RELATED = Name.of("related");
  private static final Name THREAT = Name.of("threat");
  private static final Name FEED = Name.of("feed");
  private static final Name INDICATOR = Name.of("indicator");
  private static final Name ENRICHMENTS = Name.of("enrichments");
  private static final Name MATCHED = Name.of("matched");
  private static final Name ATOMIC = Name.of("atomic");
  private static final Name FIELD = Name.of("field");
  private static final Name PROVIDER = Name.of("provider");
  private static final Name CONFIDENCE = Name.of("confidence");
  private static final Name DESCRIPTION = Name.of("description");
  private static final Name URL = Name.of("url");
  private static final Name SCHEME = Name.of("scheme");
  private static final Name DOMAIN = Name.of("domain");
  private static final Name PATH = Name.of("path");
  private static final Name HTTP = Name.of("http");
  private static final Name REQUEST = Name.of("request");
  private static final Name METHOD = Name.of("method");
  private static final Name RESPONSE = Name.of("response");
  private static final Name STATUS_CODE = Name.of("status_code");
  private static final Name RULE = Name.of("rule");
  private static final Name SERVICE = Name.of("service");
  private static final Name ERROR = Name.of("error");
  private static final Name CODE = Name.of("code");
  private static final Name PENSTOCK = Name.of("penstock");

  private static final Word SOURCE_IP = Word.of("source.ip");
  private static final Word DESTINATION_IP = Word.of("destination.ip");
  private static final Word INDICATOR_MATCH = Word.of("indicator_match_rule");
  private static final Word DOMAIN_NAME = Word.of("domain-name");
  private static final Word IPV4_ADDRESS = Word.of("ipv4-addr");
  private static final Word IPV6_ADDRESS = Word.of("ipv6-addr");
  private static final Word NONE = Word.of("None");
  private static final Word LOW = Word.of("Low");
  private static final Word MEDIUM = Word.of("Medium");
  private static final Word HIGH = Word.of("High");

  private EcsDocument() {}

  static void write(String tenant, Event event, JsonOutput out) {
    boolean isFlow = isTraffic(event.kind());
    out.begin();
    out.time(TIMESTAMP, event.startNanos());
    out.begin(ECS);
    out.word(VERSION_NAME, VERSION);
    out.end();
    event(out, event, isFlow);
    trace(out, event.origin().requestId());
    observer(out, event);
    if (isFlow) {
      var found = event.enrichment();
      end(
          out,
          SOURCE,
          event.source(),
          found == null ? null : found.sourceGeo(),
          found == null ? null : found.sourceAs());
      end(
          out,
          DESTINATION,
          event.destination(),
          found == null ? null : found.destinationGeo(),
          found == null ? null : found.destinationAs());
      if (event.http() != null) {
        exchange(out, event.http());
      }
      network(out, event);
      related(out, event.source(), event.destination());
    }
    if (event.enrichment() != null && !event.enrichment().threats().isEmpty()) {
      threat(out, event.enrichment().threats());
    }
    Remainder.write(out, PENSTOCK, tenant, event);
    out.end();
  }

  /** Whether there are two ends, and a time between start and end. */
  private static boolean isTraffic(Event.Kind kind) {
    return switch (kind) {
      case FLOW, DROP, EXCHANGE -> true;
      case OPTIONS, COUNTERS -> false;
    };
  }

  private static void exchange(JsonOutput out, HttpExchange http) {
    out.begin(URL);
    out.text(SCHEME, http.scheme());
    out.text(DOMAIN, http.host());
    out.text(PATH, http.path());
    out.end();
    out.begin(HTTP);
    out.begin(REQUEST);
    out.text(METHOD, http.method());
    out.end();
    if (http.status() != Event.ABSENT) {
      out.begin(RESPONSE);
      out.number(STATUS_CODE, http.status());
      out.end();
    }
    out.end();
    out.begin(RULE);
    out.text(NAME, http.rule());
    out.end();
    if (http.product() != null) {
      out.begin(SERVICE);
      out.text(NAME, http.product());
      out.end();
    }
    if (http.failure() != null) {
      out.begin(ERROR);
      out.text(CODE, http.failure());
      out.end();
    }
  }

  private static void event(JsonOutput out, Event event, boolean isFlow) {
    int protocol = event.origin().protocol().ordinal();
    out.begin(EVENT);
    out.uuid(ID, event.idHigh(), event.idLow());
    out.word(KIND, isFlow ? EVENT_WORD : METRIC_WORD);
    out.beginArray(CATEGORY);
    out.word(NETWORK_WORD);
    if (event.http() != null) {
      out.word(WEB);
    }
    out.endArray();
    out.beginArray(TYPE);
    out.word(event.http() != null ? ACCESS : isFlow ? CONNECTION : INFO);
    if (isFlow) {
      verdict(out, Verdict.of(event));
    }
    out.endArray();
    out.word(ACTION, actions(event.kind())[protocol]);
    out.word(MODULE, PENSTOCK_WORD);
    out.word(DATASET, DATASETS[protocol]);
    out.time(CREATED, event.origin().receivedNanos());
    if (isFlow) {
      out.time(START, event.startNanos());
      out.time(END, event.endNanos());
      out.any(DURATION, Math.max(0, event.endNanos() - event.startNanos()));
    }
    out.number(SEQUENCE, event.origin().sequence());
    if (event.enrichment() != null) {
      out.number(RISK_SCORE, event.enrichment().riskScore());
    }
    out.end();
  }

  private static void verdict(JsonOutput out, Verdict verdict) {
    switch (verdict) {
      case ALLOWED -> out.word(ALLOWED);
      case DENIED, DROPPED -> out.word(DENIED);
      case UNKNOWN -> {
        // Nobody says.
      }
    }
  }

  private static Word[] actions(Event.Kind kind) {
    return switch (kind) {
      case FLOW -> FLOW_ACTIONS;
      case OPTIONS -> OPTIONS_ACTIONS;
      case COUNTERS -> COUNTERS_ACTIONS;
      case DROP -> DROP_ACTIONS;
      case EXCHANGE -> EXCHANGE_ACTIONS;
    };
  }

  private static void trace(JsonOutput out, @Nullable String id) {
    if (id != null) {
      out.begin(TRACE);
      out.text(ID, id);
      out.end();
    }
  }

  private static void observer(JsonOutput out, Event event) {
    int start = out.begin(OBSERVER);
    if (!Remainder.isPosted(event)) {
      var exporter = event.origin().exporter();
      out.ip(IP, exporter.high(), exporter.low());
    }
    networkInterface(out, INGRESS, event.traffic().ingressInterface());
    networkInterface(out, EGRESS, event.traffic().egressInterface());
    out.endUnlessEmpty(start);
  }

  private static void networkInterface(JsonOutput out, Name side, long index) {
    if (index != Event.ABSENT) {
      out.begin(side);
      out.begin(INTERFACE);
      out.digits(ID, index);
      out.end();
      out.end();
    }
  }

  private static void end(
      JsonOutput out,
      Name name,
      Endpoint end,
      @Nullable Geo geo,
      @Nullable AutonomousSystem system) {
    int start = out.begin(name);
    out.ip(IP, end.ipHigh(), end.ipLow());
    out.number(PORT, end.port());
    out.macHyphens(MAC, end.mac());
    out.number(BYTES, end.bytes());
    out.number(PACKETS, end.packets());
    if (end.nat() != null) {
      int nat = out.begin(NAT);
      out.ip(IP, end.nat().ip());
      out.number(PORT, end.nat().port());
      out.endUnlessEmpty(nat);
    }
    system(out, end.as(), system);
    geo(out, geo);
    out.endUnlessEmpty(start);
  }

  /** What we know of the network, else what the exporter says; 0 is no AS. */
  private static void system(JsonOutput out, long sent, @Nullable AutonomousSystem known) {
    if (known == null && sent <= 0) {
      return;
    }
    out.begin(AS);
    out.number(NUMBER, known == null ? sent : known.number());
    if (known != null && known.organization() != null) {
      out.begin(ORGANIZATION);
      out.text(NAME, known.organization());
      out.end();
    }
    out.end();
  }

  private static void geo(JsonOutput out, @Nullable Geo geo) {
    if (geo == null) {
      return;
    }
    out.begin(GEO);
    out.text(COUNTRY_ISO_CODE, geo.country());
    out.text(CITY_NAME, geo.city());
    if (!Double.isNaN(geo.latitude())) {
      out.begin(LOCATION);
      out.decimal(LAT, geo.latitude());
      out.decimal(LON, geo.longitude());
      out.end();
    }
    out.text(TIMEZONE, geo.timeZone());
    out.end();
  }

  private static void network(JsonOutput out, Event event) {
    var traffic = event.traffic();
    int start = out.begin(NETWORK);
    if (event.source().hasIp() || event.destination().hasIp()) {
      var end = event.source().hasIp() ? event.source() : event.destination();
      out.word(TYPE, Ip.isV4(end.ipHigh(), end.ipLow()) ? IPV4 : IPV6);
    }
    out.text(TRANSPORT, IpProtocol.name(traffic.protocol()));
    out.digits(IANA_NUMBER, traffic.protocol());
    direction(out, event);
    out.number(BYTES, sum(event.source().bytes(), event.destination().bytes()));
    out.number(PACKETS, sum(event.source().packets(), event.destination().packets()));
    Shapes.COMMUNITY.write(out, COMMUNITY_ID, event);
    vlan(out, traffic.vlan());
    if (traffic.innerVlan() != Event.ABSENT) {
      out.begin(INNER);
      vlan(out, traffic.innerVlan());
      out.end();
    }
    out.endUnlessEmpty(start);
  }

  private static void vlan(JsonOutput out, int id) {
    if (id != Event.ABSENT) {
      out.begin(VLAN);
      out.digits(ID, id);
      out.end();
    }
  }

  /** Between inside and outside if we know that, else as the exporter saw it. */
  private static void direction(JsonOutput out, Event event) {
    var found = event.enrichment();
    if (found != null && found.direction() != Enrichment.Direction.UNKNOWN) {
      out.word(DIRECTION, NETWORK_DIRECTIONS[found.direction().ordinal()]);
    } else if (event.traffic().direction() != Traffic.Direction.UNKNOWN) {
      out.word(DIRECTION, FLOW_DIRECTIONS[event.traffic().direction().ordinal()]);
    }
  }

  /**
   * The sum of two counters of which either may not have been sent; absent when neither was, and
   * the largest number when it does not fit.
   */
  static long sum(long one, long other) {
    if (one == Event.ABSENT) {
      return other;
    }
    if (other == Event.ABSENT) {
      return one;
    }
    long sum = one + other;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  private static void related(JsonOutput out, Endpoint source, Endpoint destination) {
    int related = out.begin(RELATED);
    int ips = out.beginArray(IP);
    address(out, source);
    boolean isSame =
        source.ipHigh() == destination.ipHigh() && source.ipLow() == destination.ipLow();
    if (!isSame) {
      address(out, destination);
    }
    translated(out, source);
    translated(out, destination);
    out.endArrayUnlessEmpty(ips);
    out.endUnlessEmpty(related);
  }

  private static void address(JsonOutput out, Endpoint end) {
    if (end.hasIp()) {
      out.ip(end.ipHigh(), end.ipLow());
    }
  }

  /** The address after translation, where there was one. */
  private static void translated(JsonOutput out, Endpoint end) {
    var nat = end.nat();
    if (nat != null && (nat.ip().high() != end.ipHigh() || nat.ip().low() != end.ipLow())) {
      out.ip(nat.ip().high(), nat.ip().low());
    }
  }

  /** Every match as an enrichment; the first one also where rules look for an indicator. */
  private static void threat(JsonOutput out, List<ThreatMatch> threats) {
    var first = threats.getFirst();
    out.begin(THREAT);
    out.begin(FEED);
    out.text(NAME, first.feed());
    out.end();
    indicator(out, first);
    out.beginArray(ENRICHMENTS);
    for (int i = 0; i < threats.size(); i++) {
      var match = threats.get(i);
      out.beginElement();
      indicator(out, match);
      out.begin(MATCHED);
      out.text(ATOMIC, match.value());
      if (match.side() != ThreatMatch.Side.DOMAIN) {
        // A domain stands among what the sender named itself.
        out.word(FIELD, match.side() == ThreatMatch.Side.SOURCE ? SOURCE_IP : DESTINATION_IP);
      }
      out.word(TYPE, INDICATOR_MATCH);
      out.end();
      out.end();
    }
    out.endArray();
    out.end();
  }

  /** A list's entry; its address is only named as one where it is a single address. */
  private static void indicator(JsonOutput out, ThreatMatch match) {
    boolean isDomain = match.side() == ThreatMatch.Side.DOMAIN;
    boolean isV6 = match.value().indexOf(':') >= 0;
    out.begin(INDICATOR);
    out.word(TYPE, isDomain ? DOMAIN_NAME : isV6 ? IPV6_ADDRESS : IPV4_ADDRESS);
    if (!isDomain && match.indicator().equals(match.value())) {
      out.text(IP, match.value());
    }
    out.text(NAME, match.indicator());
    out.text(DESCRIPTION, match.category());
    out.word(CONFIDENCE, confidence(match.confidence()));
    out.text(PROVIDER, match.feed());
    out.end();
  }

  /** The words of STIX 2.1 for its scale of confidence, which ECS expects (appendix A). */
  private static Word confidence(int confidence) {
    if (confidence <= 0) {
      return NONE;
    }
    return confidence < 30 ? LOW : confidence < 70 ? MEDIUM : HIGH;
  }

  private static Word[] datasets() {
    var names = new Word[Protocol.values().length];
    for (var protocol : Protocol.values()) {
      names[protocol.ordinal()] = Word.of("penstock." + lower(protocol));
    }
    return names;
  }

  /** {@code netflow_flow} is what Filebeat calls flows of NetFlow and IPFIX alike. */
  private static Word[] actions(String what) {
    var names = new Word[Protocol.values().length];
    for (var protocol : Protocol.values()) {
      var family =
          switch (protocol) {
            case NETFLOW_V1, NETFLOW_V5, NETFLOW_V7, NETFLOW_V8, NETFLOW_V9, IPFIX -> "netflow_";
            case SFLOW_5 -> "sflow_";
            case ZEEK -> "zeek_";
            case FLOW_JSON -> "network_";
            case HTTP -> "http_";
          };
      names[protocol.ordinal()] = Word.of(family + what);
    }
    return names;
  }

  private static String lower(Protocol protocol) {
    return protocol.name().toLowerCase(Locale.ROOT);
  }
}
