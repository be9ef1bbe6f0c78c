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
import io.penstock.event.Traffic;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An event in Splunk's Common Information Model, data model Network Traffic, or Web for an
 * exchange: flat, under the names that its searches use, so that no field aliases are needed. What
 * the model has no field for stands under {@code penstock}.
 */
final class CimDocument {

  private static final long NANOS_PER_MILLI = 1_000_000;

  private static final Word[] NETWORK_DIRECTIONS = Word.lower(Enrichment.Direction.values());
  private static final Word[] FLOW_DIRECTIONS = Word.lower(Traffic.Direction.values());

  private static final Name EVENT_ID = Name.of("event_id");
  private static final Name TIMESTAMP = Name.of("timestamp");
  private static final Name START_TIME = Name.of("start_time");
  private static final Name END_TIME = Name.of("end_time");
  private static final Name DURATION = Name.of("duration");
  private static final Name VENDOR_PRODUCT = Name.of("vendor_product");
  private static final Name DVC = Name.of("dvc");
  private static final Name DVC_IP = Name.of("dvc_ip");
  private static final Name SESSION_ID = Name.of("session_id");
  private static final Name ACTION = Name.of("action");
  private static final Name PROTOCOL = Name.of("protocol");
  private static final Name PROTOCOL_VERSION = Name.of("protocol_version");
  private static final Name TRANSPORT = Name.of("transport");
  private static final Name DIRECTION = Name.of("direction");
  private static final Name BYTES = Name.of("bytes");
  private static final Name BYTES_IN = Name.of("bytes_in");
  private static final Name BYTES_OUT = Name.of("bytes_out");
  private static final Name PACKETS = Name.of("packets");
  private static final Name PACKETS_IN = Name.of("packets_in");
  private static final Name PACKETS_OUT = Name.of("packets_out");
  private static final Name TCP_FLAG = Name.of("tcp_flag");
  private static final Name TOS = Name.of("tos");
  private static final Name ICMP_TYPE = Name.of("icmp_type");
  private static final Name ICMP_CODE = Name.of("icmp_code");
  private static final Name VLAN = Name.of("vlan");
  private static final Name SRC_INTERFACE = Name.of("src_interface");
  private static final Name DEST_INTERFACE = Name.of("dest_interface");
  private static final Name FLOW_ID = Name.of("flow_id");
  private static final Name RISK_SCORE = Name.of("risk_score");
  private static final Name THREAT_MATCH_FIELD = Name.of("threat_match_field");
  private static final Name THREAT_MATCH_VALUE = Name.of("threat_match_value");
  private static final Name THREAT_INDICATOR = Name.of("threat_indicator");
  private static final Name THREAT_CATEGORY = Name.of("threat_category");
  private static final Name THREAT_KEY = Name.of("threat_key");
  private static final Name THREAT_CONFIDENCE = Name.of("threat_confidence");
  private static final Name THREAT_COUNT = Name.of("threat_count");
  private static final Name HTTP_METHOD = Name.of("http_method");
  private static final Name STATUS = Name.of("status");
  private static final Name SITE = Name.of("site");
  private static final Name URL = Name.of("url");
  private static final Name URI_PATH = Name.of("uri_path");
  private static final Name URI_QUERY = Name.of("uri_query");
  private static final Name HTTP_USER_AGENT = Name.of("http_user_agent");
  private static final Name HTTP_REFERRER = Name.of("http_referrer");
  private static final Name HTTP_CONTENT_TYPE = Name.of("http_content_type");
  private static final Name APP = Name.of("app");
  private static final Name RULE = Name.of("rule");
  private static final Name ERROR_CODE = Name.of("error_code");
  private static final Name PENSTOCK = Name.of("penstock");

  private static final Word PRODUCT = Word.of("Penstock");
  private static final Word ALLOWED = Word.of("allowed");
  private static final Word BLOCKED = Word.of("blocked");
  private static final Word TEARDOWN = Word.of("teardown");
  private static final Word IP = Word.of("ip");
  private static final Word IPV4 = Word.of("ipv4");
  private static final Word IPV6 = Word.of("ipv6");
  private static final Word SRC = Word.of("src");
  private static final Word DEST = Word.of("dest");
  private static final Word QUERY = Word.of("query");

  private static final EndNames SOURCE = new EndNames("src");
  private static final EndNames DESTINATION = new EndNames("dest");

  /** The names of one end: the same with another prefix. */
  private static final class EndNames {
    private final Name end;
    private final Name ip;
    private final Name port;
    private final Name mac;
    private final Name translatedIp;
    private final Name translatedPort;
    private final Name country;
    private final Name city;
    private final Name lat;
    private final Name lon;
    private final Name asn;
    private final Name organization;

    private EndNames(String prefix) {
      end = Name.of(prefix);
      ip = Name.of(prefix + "_ip");
      port = Name.of(prefix + "_port");
      mac = Name.of(prefix + "_mac");
      translatedIp = Name.of(prefix + "_translated_ip");
      translatedPort = Name.of(prefix + "_translated_port");
      country = Name.of(prefix + "_country");
      city = Name.of(prefix + "_city");
      lat = Name.of(prefix + "_lat");
      lon = Name.of(prefix + "_long");
      asn = Name.of(prefix + "_asn");
      organization = Name.of(prefix + "_as_org");
    }
  }

  private CimDocument() {}

  static void write(String tenant, Event event, JsonOutput out) {
    var found = event.enrichment();
    out.begin();
    head(out, event);
    end(
        out,
        SOURCE,
        event.source(),
        null,
        found == null ? null : found.sourceGeo(),
        found == null ? null : found.sourceAs());
    end(
        out,
        DESTINATION,
        event.destination(),
        event.http() == null ? null : event.http().host(),
        found == null ? null : found.destinationGeo(),
        found == null ? null : found.destinationAs());
    if (event.http() != null) {
      web(out, event, event.http());
    } else {
      traffic(out, event);
    }
    counters(out, event.source(), event.destination());
    if (event.http() == null) {
      Shapes.COMMUNITY.write(out, FLOW_ID, event);
    }
    if (found != null) {
      out.number(RISK_SCORE, found.riskScore());
      threat(out, found.threats());
    }
    Remainder.write(out, PENSTOCK, tenant, event);
    out.end();
  }

  private static void head(JsonOutput out, Event event) {
    out.time(TIMESTAMP, event.startNanos());
    out.uuid(EVENT_ID, event.idHigh(), event.idLow());
    out.seconds(START_TIME, event.startNanos());
    out.seconds(END_TIME, event.endNanos());
    long nanos = Math.max(0, event.endNanos() - event.startNanos());
    if (event.http() == null) {
      out.seconds(DURATION, nanos);
    } else {
      // The data model Web counts milliseconds where Network Traffic counts seconds.
      out.any(DURATION, nanos / NANOS_PER_MILLI);
    }
    out.word(VENDOR_PRODUCT, PRODUCT);
    if (!Remainder.isPosted(event)) {
      var exporter = event.origin().exporter();
      out.ip(DVC, exporter.high(), exporter.low());
      out.ip(DVC_IP, exporter.high(), exporter.low());
    }
    out.text(SESSION_ID, event.origin().requestId());
    switch (Verdict.of(event)) {
      case ALLOWED ->
          out.word(
              ACTION, event.traffic().firewallEvent() == Verdict.FLOW_DELETED ? TEARDOWN : ALLOWED);
      case DENIED, DROPPED -> out.word(ACTION, BLOCKED);
      case UNKNOWN -> {
        // Nobody says.
      }
    }
  }

  private static void end(
      JsonOutput out,
      EndNames names,
      Endpoint end,
      @Nullable String host,
      @Nullable Geo geo,
      @Nullable AutonomousSystem system) {
    if (host == null) {
      out.ip(names.end, end.ipHigh(), end.ipLow());
    } else {
      out.text(names.end, host);
    }
    out.ip(names.ip, end.ipHigh(), end.ipLow());
    out.number(names.port, end.port());
    out.mac(names.mac, end.mac());
    if (end.nat() != null) {
      out.ip(names.translatedIp, end.nat().ip());
      out.number(names.translatedPort, end.nat().port());
    }
    if (system != null) {
      out.number(names.asn, system.number());
      out.text(names.organization, system.organization());
    } else if (end.as() > 0) {
      out.number(names.asn, end.as());
    }
    if (geo != null) {
      out.text(names.country, geo.country());
      out.text(names.city, geo.city());
      if (!Double.isNaN(geo.latitude())) {
        out.decimal(names.lat, geo.latitude());
        out.decimal(names.lon, geo.longitude());
      }
    }
  }

  private static void traffic(JsonOutput out, Event event) {
    var traffic = event.traffic();
    if (event.source().hasIp()) {
      out.word(PROTOCOL, IP);
      var source = event.source();
      out.word(PROTOCOL_VERSION, Ip.isV4(source.ipHigh(), source.ipLow()) ? IPV4 : IPV6);
    }
    var transport = IpProtocol.name(traffic.protocol());
    if (transport == null) {
      out.digits(TRANSPORT, traffic.protocol());
    } else {
      out.text(TRANSPORT, transport);
    }
    direction(out, event);
    out.number(TCP_FLAG, traffic.tcpFlags());
    out.number(TOS, traffic.tos());
    if (traffic.icmp() != Event.ABSENT) {
      out.number(ICMP_TYPE, traffic.icmp() >>> 8);
      out.number(ICMP_CODE, traffic.icmp() & 0xff);
    }
    out.number(VLAN, traffic.vlan());
    out.digits(SRC_INTERFACE, traffic.ingressInterface());
    out.digits(DEST_INTERFACE, traffic.egressInterface());
  }

  /** What the data model Web has of an exchange. */
  private static void web(JsonOutput out, Event event, HttpExchange http) {
    var details = ExchangeDetails.of(event);
    out.text(HTTP_METHOD, http.method());
    out.number(STATUS, http.status());
    out.text(SITE, http.host());
    out.text(URL, details.url());
    out.text(URI_PATH, http.path());
    out.text(URI_QUERY, details.query());
    out.text(HTTP_USER_AGENT, details.userAgent());
    out.text(HTTP_REFERRER, details.referrer());
    out.text(HTTP_CONTENT_TYPE, details.contentType());
    out.text(APP, http.product());
    out.text(RULE, http.rule());
    out.text(PROTOCOL, http.scheme());
    out.text(ERROR_CODE, http.failure());
  }

  private static void direction(JsonOutput out, Event event) {
    var found = event.enrichment();
    if (found != null && found.direction() != Enrichment.Direction.UNKNOWN) {
      out.word(DIRECTION, NETWORK_DIRECTIONS[found.direction().ordinal()]);
    } else if (event.traffic().direction() != Traffic.Direction.UNKNOWN) {
      out.word(DIRECTION, FLOW_DIRECTIONS[event.traffic().direction().ordinal()]);
    }
  }

  private static void counters(JsonOutput out, Endpoint source, Endpoint destination) {
    out.number(BYTES, EcsDocument.sum(source.bytes(), destination.bytes()));
    out.number(BYTES_OUT, source.bytes());
    out.number(BYTES_IN, destination.bytes());
    out.number(PACKETS, EcsDocument.sum(source.packets(), destination.packets()));
    out.number(PACKETS_OUT, source.packets());
    out.number(PACKETS_IN, destination.packets());
  }

  /** The match we are surest of, and how many there were: a flat document has room for one. */
  private static void threat(JsonOutput out, List<ThreatMatch> threats) {
    if (threats.isEmpty()) {
      return;
    }
    var surest = threats.getFirst();
    for (int i = 1; i < threats.size(); i++) {
      if (threats.get(i).confidence() > surest.confidence()) {
        surest = threats.get(i);
      }
    }
    out.word(
        THREAT_MATCH_FIELD,
        switch (surest.side()) {
          case SOURCE -> SRC;
          case DESTINATION -> DEST;
          case DOMAIN -> QUERY;
        });
    out.text(THREAT_MATCH_VALUE, surest.value());
    out.text(THREAT_INDICATOR, surest.indicator());
    out.text(THREAT_CATEGORY, surest.category());
    out.text(THREAT_KEY, surest.feed());
    out.number(THREAT_CONFIDENCE, surest.confidence());
    out.number(THREAT_COUNT, threats.size());
  }
}
