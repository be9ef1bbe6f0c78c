package io.penstock.shape;

import io.penstock.event.Endpoint;
import io.penstock.event.Enrichment;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Enrichment.ThreatMatch;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.IpProtocol;
import io.penstock.event.JsonOutput;
import io.penstock.event.JsonOutput.Name;
import io.penstock.event.JsonOutput.Word;
import io.penstock.event.Protocol;
import org.jspecify.annotations.Nullable;

/**
 * A flow as Network Activity (4001) of the Open Cybersecurity Schema Framework 1.5, activity
 * Traffic, with the profiles it needs: host for the device that saw it, security control where the
 * device says what it did with it, OSINT for threats. Counters are multiplied by the sampling rate.
 * What OCSF has no attribute for stands in {@code unmapped}. An exchange is another class: {@link
 * OcsfHttpActivity}.
 */
final class OcsfDocument {

  private static final int CATEGORY = 4;
  private static final int CLASS = 4001;
  private static final int TRAFFIC_ACTIVITY = 6;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private static final Word VERSION = Word.of("1.5.0");
  private static final Word PENSTOCK = Word.of("Penstock");
  private static final Word HOST = Word.of("host");
  private static final Word SECURITY_CONTROL = Word.of("security_control");
  private static final Word OSINT_PROFILE = Word.of("osint");
  private static final Word[] LOG_NAMES = logNames();

  private static final Name CATEGORY_UID = Name.of("category_uid");
  private static final Name CATEGORY_NAME = Name.of("category_name");
  private static final Name CLASS_UID = Name.of("class_uid");
  private static final Name CLASS_NAME = Name.of("class_name");
  private static final Name ACTIVITY_ID = Name.of("activity_id");
  private static final Name ACTIVITY_NAME = Name.of("activity_name");
  private static final Name TYPE_UID = Name.of("type_uid");
  private static final Name SEVERITY_ID = Name.of("severity_id");
  private static final Name SEVERITY = Name.of("severity");
  private static final Name TIME = Name.of("time");
  private static final Name START_TIME = Name.of("start_time");
  private static final Name END_TIME = Name.of("end_time");
  private static final Name DURATION = Name.of("duration");
  private static final Name METADATA = Name.of("metadata");
  private static final Name VERSION_NAME = Name.of("version");
  private static final Name PRODUCT = Name.of("product");
  private static final Name NAME = Name.of("name");
  private static final Name VENDOR_NAME = Name.of("vendor_name");
  private static final Name UID = Name.of("uid");
  private static final Name TENANT_UID = Name.of("tenant_uid");
  private static final Name CORRELATION_UID = Name.of("correlation_uid");
  private static final Name LOG_NAME = Name.of("log_name");
  private static final Name LOGGED_TIME = Name.of("logged_time");
  private static final Name SEQUENCE = Name.of("sequence");
  private static final Name PROFILES = Name.of("profiles");
  private static final Name DEVICE = Name.of("device");
  private static final Name IP = Name.of("ip");
  private static final Name TYPE_ID = Name.of("type_id");
  private static final Name SRC_ENDPOINT = Name.of("src_endpoint");
  private static final Name DST_ENDPOINT = Name.of("dst_endpoint");
  private static final Name PORT = Name.of("port");
  private static final Name MAC = Name.of("mac");
  private static final Name INTERFACE_UID = Name.of("interface_uid");
  private static final Name VLAN_UID = Name.of("vlan_uid");
  private static final Name INTERMEDIATE_IPS = Name.of("intermediate_ips");
  private static final Name AUTONOMOUS_SYSTEM = Name.of("autonomous_system");
  private static final Name NUMBER = Name.of("number");
  private static final Name LOCATION = Name.of("location");
  private static final Name COUNTRY = Name.of("country");
  private static final Name CITY = Name.of("city");
  private static final Name LAT = Name.of("lat");
  private static final Name LONG = Name.of("long");
  private static final Name CONNECTION_INFO = Name.of("connection_info");
  private static final Name DIRECTION_ID = Name.of("direction_id");
  private static final Name DIRECTION = Name.of("direction");
  private static final Name PROTOCOL_NUM = Name.of("protocol_num");
  private static final Name PROTOCOL_NAME = Name.of("protocol_name");
  private static final Name PROTOCOL_VER_ID = Name.of("protocol_ver_id");
  private static final Name TCP_FLAGS = Name.of("tcp_flags");
  private static final Name COMMUNITY_UID = Name.of("community_uid");
  private static final Name TRAFFIC = Name.of("traffic");
  private static final Name BYTES = Name.of("bytes");
  private static final Name PACKETS = Name.of("packets");
  private static final Name BYTES_IN = Name.of("bytes_in");
  private static final Name BYTES_OUT = Name.of("bytes_out");
  private static final Name PACKETS_IN = Name.of("packets_in");
  private static final Name PACKETS_OUT = Name.of("packets_out");
  private static final Name ACTION_ID = Name.of("action_id");
  private static final Name ACTION = Name.of("action");
  private static final Name DISPOSITION_ID = Name.of("disposition_id");
  private static final Name DISPOSITION = Name.of("disposition");
  private static final Name RISK_SCORE = Name.of("risk_score");
  private static final Name OSINT = Name.of("osint");
  private static final Name ENRICHMENTS = Name.of("enrichments");
  private static final Name VALUE = Name.of("value");
  private static final Name TYPE = Name.of("type");
  private static final Name PROVIDER = Name.of("provider");
  private static final Name DATA = Name.of("data");
  private static final Name CATEGORY_WORD = Name.of("category");
  private static final Name INDICATOR = Name.of("indicator");
  private static final Name CONFIDENCE = Name.of("confidence");
  private static final Name CONFIDENCE_ID = Name.of("confidence_id");
  static final Name UNMAPPED = Name.of("unmapped");
  private static final Name SRC_PORT = Name.of("src_port");
  private static final Name DST_PORT = Name.of("dst_port");
  private static final Name SRC_NAT_IP = Name.of("src_nat_ip");
  private static final Name DST_NAT_IP = Name.of("dst_nat_ip");
  private static final Name VLAN_ID = Name.of("vlan_id");
  private static final Name SRC_NAT_PORT = Name.of("src_nat_port");
  private static final Name DST_NAT_PORT = Name.of("dst_nat_port");

  private static final Word NETWORK_ACTIVITY = Word.of("Network Activity");
  private static final Word TRAFFIC_WORD = Word.of("Traffic");
  private static final Word THREAT = Word.of("threat");
  private static final Word SRC_IP = Word.of("src_endpoint.ip");
  private static final Word DST_IP = Word.of("dst_endpoint.ip");
  private static final Word DOMAIN = Word.of("domain");
  private static final Word IP_ADDRESS = Word.of("IP Address");
  private static final Word DOMAIN_TYPE = Word.of("Domain");

  private OcsfDocument() {}

  static void write(String tenant, Event event, JsonOutput out) {
    if (event.http() != null) {
      OcsfHttpActivity.write(tenant, event, event.http(), out);
      return;
    }
    var verdict = Verdict.of(event);
    out.begin();
    classification(out, event, CLASS, NETWORK_ACTIVITY, TRAFFIC_ACTIVITY, TRAFFIC_WORD);
    metadata(out, tenant, event, verdict);
    device(out, event);
    var found = event.enrichment();
    end(
        out,
        SRC_ENDPOINT,
        event.source(),
        event.traffic().ingressInterface(),
        event.traffic().vlan(),
        found == null ? null : found.sourceGeo(),
        found == null ? null : found.sourceAs());
    end(
        out,
        DST_ENDPOINT,
        event.destination(),
        event.traffic().egressInterface(),
        Event.ABSENT,
        found == null ? null : found.destinationGeo(),
        found == null ? null : found.destinationAs());
    connection(out, event);
    traffic(out, event);
    verdict(out, verdict);
    threats(out, found);
    unmapped(out, event);
    out.end();
  }

  /** What sort of event of which class it is, how bad, and when. */
  static void classification(
      JsonOutput out, Event event, int ofClass, Word className, int activity, Word activityName) {
    out.number(CATEGORY_UID, CATEGORY);
    out.word(CATEGORY_NAME, NETWORK_ACTIVITY);
    out.number(CLASS_UID, ofClass);
    out.word(CLASS_NAME, className);
    out.number(ACTIVITY_ID, activity);
    out.word(ACTIVITY_NAME, activityName);
    out.number(TYPE_UID, ofClass * 100L + activity);
    var severity = Severity.of(event.enrichment());
    out.number(SEVERITY_ID, severity.id);
    out.word(SEVERITY, severity.caption);
    long start = Math.floorDiv(event.startNanos(), NANOS_PER_MILLI);
    long end = Math.floorDiv(event.endNanos(), NANOS_PER_MILLI);
    out.any(TIME, start);
    out.any(START_TIME, start);
    out.any(END_TIME, end);
    out.any(DURATION, Math.max(0, end - start));
  }

  /** How bad it is, by the risk score; without one it is information. */
  private enum Severity {
    INFORMATIONAL(1, "Informational"),
    LOW(2, "Low"),
    MEDIUM(3, "Medium"),
    HIGH(4, "High"),
    CRITICAL(5, "Critical");

    private final int id;

    @SuppressWarnings("ImmutableEnumChecker") // bytes that nobody else sees
    private final Word caption;

    Severity(int id, String caption) {
      this.id = id;
      this.caption = Word.of(caption);
    }

    private static Severity of(@Nullable Enrichment found) {
      int risk = found == null ? 0 : found.riskScore();
      if (risk < 20) {
        return INFORMATIONAL;
      }
      if (risk < 40) {
        return LOW;
      }
      if (risk < 70) {
        return MEDIUM;
      }
      return risk < 90 ? HIGH : CRITICAL;
    }
  }

  static void metadata(JsonOutput out, String tenant, Event event, Verdict verdict) {
    var origin = event.origin();
    out.begin(METADATA);
    out.word(VERSION_NAME, VERSION);
    out.begin(PRODUCT);
    out.word(NAME, PENSTOCK);
    out.word(VENDOR_NAME, PENSTOCK);
    out.end();
    out.uuid(UID, event.idHigh(), event.idLow());
    out.text(TENANT_UID, tenant);
    out.text(CORRELATION_UID, origin.requestId());
    out.word(LOG_NAME, LOG_NAMES[origin.protocol().ordinal()]);
    out.any(LOGGED_TIME, Math.floorDiv(origin.receivedNanos(), NANOS_PER_MILLI));
    out.number(SEQUENCE, origin.sequence());
    int profiles = out.beginArray(PROFILES);
    if (hasDevice(event)) {
      out.word(HOST);
    }
    if (verdict != Verdict.UNKNOWN) {
      out.word(SECURITY_CONTROL);
    }
    if (event.enrichment() != null && !event.enrichment().threats().isEmpty()) {
      out.word(OSINT_PROFILE);
    }
    out.endArrayUnlessEmpty(profiles);
    out.end();
  }

  private static boolean hasDevice(Event event) {
    return !Remainder.isPosted(event) && !event.origin().exporter().equals(Ip.NONE);
  }

  private static void device(JsonOutput out, Event event) {
    if (hasDevice(event)) {
      out.begin(DEVICE);
      out.ip(IP, event.origin().exporter());
      out.number(TYPE_ID, 0);
      out.end();
    }
  }

  private static void end(
      JsonOutput out,
      Name name,
      Endpoint end,
      long interfaceIndex,
      int vlan,
      @Nullable Geo geo,
      @Nullable AutonomousSystem system) {
    if (!isKnown(end, interfaceIndex)) {
      return;
    }
    out.begin(name);
    out.ip(IP, end.ipHigh(), end.ipLow());
    out.number(PORT, end.port());
    out.mac(MAC, end.mac());
    if (!end.hasIp() && interfaceIndex == Event.ABSENT) {
      out.mac(UID, end.mac());
    }
    out.digits(INTERFACE_UID, interfaceIndex);
    out.digits(VLAN_UID, vlan);
    if (end.nat() != null) {
      out.beginArray(INTERMEDIATE_IPS);
      out.ip(end.nat().ip().high(), end.nat().ip().low());
      out.endArray();
    }
    system(out, end.as(), system);
    location(out, geo);
    out.end();
  }

  /** An endpoint must have an address, an interface or a uid: a constraint of the object. */
  private static boolean isKnown(Endpoint end, long interfaceIndex) {
    return end.hasIp() || interfaceIndex != Event.ABSENT || end.mac() != Event.ABSENT;
  }

  private static void system(JsonOutput out, long sent, @Nullable AutonomousSystem known) {
    if (known == null && sent <= 0) {
      return;
    }
    out.begin(AUTONOMOUS_SYSTEM);
    out.number(NUMBER, known == null ? sent : known.number());
    if (known != null) {
      out.text(NAME, known.organization());
    }
    out.end();
  }

  private static void location(JsonOutput out, @Nullable Geo geo) {
    if (geo == null) {
      return;
    }
    out.begin(LOCATION);
    out.text(COUNTRY, geo.country());
    out.text(CITY, geo.city());
    if (!Double.isNaN(geo.latitude())) {
      out.decimal(LAT, geo.latitude());
      out.decimal(LONG, geo.longitude());
    }
    out.end();
  }

  private static void connection(JsonOutput out, Event event) {
    var traffic = event.traffic();
    var direction = Direction.of(event.enrichment());
    out.begin(CONNECTION_INFO);
    out.number(DIRECTION_ID, direction.id);
    out.word(DIRECTION, direction.caption);
    out.number(PROTOCOL_NUM, traffic.protocol());
    out.text(PROTOCOL_NAME, IpProtocol.name(traffic.protocol()));
    if (event.source().hasIp()) {
      out.number(PROTOCOL_VER_ID, event.source().ip().isV4() ? 4 : 6);
    }
    out.number(TCP_FLAGS, traffic.tcpFlags());
    Shapes.COMMUNITY.write(out, COMMUNITY_UID, event);
    out.end();
  }

  private enum Direction {
    UNKNOWN(0, "Unknown"),
    INBOUND(1, "Inbound"),
    OUTBOUND(2, "Outbound"),
    LATERAL(3, "Lateral"),
    EXTERNAL(99, "External");

    private final int id;

    @SuppressWarnings("ImmutableEnumChecker") // bytes that nobody else sees
    private final Word caption;

    Direction(int id, String caption) {
      this.id = id;
      this.caption = Word.of(caption);
    }

    private static Direction of(@Nullable Enrichment found) {
      if (found == null) {
        return UNKNOWN;
      }
      return switch (found.direction()) {
        case INBOUND -> INBOUND;
        case OUTBOUND -> OUTBOUND;
        case INTERNAL -> LATERAL;
        case EXTERNAL -> EXTERNAL;
        case UNKNOWN -> UNKNOWN;
      };
    }
  }

  /** Out is from the source to the destination, in is what came back. */
  static void traffic(JsonOutput out, Event event) {
    long rate = Math.max(1, event.traffic().sampling().rate());
    long bytesOut = scaled(event.source().bytes(), rate);
    long bytesIn = scaled(event.destination().bytes(), rate);
    long packetsOut = scaled(event.source().packets(), rate);
    long packetsIn = scaled(event.destination().packets(), rate);
    int start = out.begin(TRAFFIC);
    out.number(BYTES, EcsDocument.sum(bytesOut, bytesIn));
    out.number(PACKETS, EcsDocument.sum(packetsOut, packetsIn));
    out.number(BYTES_OUT, bytesOut);
    out.number(PACKETS_OUT, packetsOut);
    out.number(BYTES_IN, bytesIn);
    out.number(PACKETS_IN, packetsIn);
    out.endUnlessEmpty(start);
  }

  /** A product too large for the schema's 64 bits is the largest number. */
  private static long scaled(long count, long rate) {
    if (count == Event.ABSENT) {
      return count;
    }
    boolean isExact = Math.multiplyHigh(count, rate) == 0 && count * rate >= 0;
    return isExact ? count * rate : Long.MAX_VALUE;
  }

  static void verdict(JsonOutput out, Verdict verdict) {
    switch (verdict) {
      case ALLOWED -> verdict(out, 1, ALLOWED, 1, ALLOWED);
      case DENIED -> verdict(out, 2, DENIED, 2, BLOCKED);
      case DROPPED -> verdict(out, 2, DENIED, 6, DROPPED);
      case UNKNOWN -> {
        // The profile is not used.
      }
    }
  }

  private static final Word ALLOWED = Word.of("Allowed");
  private static final Word DENIED = Word.of("Denied");
  private static final Word BLOCKED = Word.of("Blocked");
  private static final Word DROPPED = Word.of("Dropped");

  private static void verdict(
      JsonOutput out, int actionId, Word action, int dispositionId, Word disposition) {
    out.number(ACTION_ID, actionId);
    out.word(ACTION, action);
    out.number(DISPOSITION_ID, dispositionId);
    out.word(DISPOSITION, disposition);
  }

  static void threats(JsonOutput out, @Nullable Enrichment found) {
    if (found == null) {
      return;
    }
    out.number(RISK_SCORE, found.riskScore());
    var threats = found.threats();
    if (threats.isEmpty()) {
      return;
    }
    out.beginArray(OSINT);
    for (int i = 0; i < threats.size(); i++) {
      osint(out, threats.get(i));
    }
    out.endArray();
    out.beginArray(ENRICHMENTS);
    for (int i = 0; i < threats.size(); i++) {
      enrichment(out, threats.get(i));
    }
    out.endArray();
  }

  private static void osint(JsonOutput out, ThreatMatch match) {
    boolean isDomain = match.side() == ThreatMatch.Side.DOMAIN;
    out.beginElement();
    out.text(VALUE, match.indicator());
    out.number(TYPE_ID, isDomain ? 2 : 1);
    out.word(TYPE, isDomain ? DOMAIN_TYPE : IP_ADDRESS);
    out.text(VENDOR_NAME, match.feed());
    out.text(CATEGORY_WORD, match.category());
    out.number(CONFIDENCE_ID, confidence(match.confidence()));
    out.end();
  }

  /** Low, medium or high. */
  private static int confidence(int confidence) {
    if (confidence <= 0) {
      return 0;
    }
    return confidence < 30 ? 1 : confidence < 70 ? 2 : 3;
  }

  private static void enrichment(JsonOutput out, ThreatMatch match) {
    out.beginElement();
    out.word(
        NAME,
        switch (match.side()) {
          case SOURCE -> SRC_IP;
          case DESTINATION -> DST_IP;
          case DOMAIN -> DOMAIN;
        });
    out.text(VALUE, match.value());
    out.word(TYPE, THREAT);
    out.text(PROVIDER, match.feed());
    out.begin(DATA);
    out.text(INDICATOR, match.indicator());
    out.text(CATEGORY_WORD, match.category());
    out.number(CONFIDENCE, match.confidence());
    out.end();
    out.end();
  }

  private static void unmapped(JsonOutput out, Event event) {
    var traffic = event.traffic();
    out.begin(UNMAPPED);
    if (!isKnown(event.source(), traffic.ingressInterface())) {
      unmapped(out, event.source(), SRC_PORT, SRC_NAT_IP);
      out.number(VLAN_ID, traffic.vlan());
    }
    if (!isKnown(event.destination(), traffic.egressInterface())) {
      unmapped(out, event.destination(), DST_PORT, DST_NAT_IP);
    }
    if (event.source().nat() != null) {
      out.number(SRC_NAT_PORT, event.source().nat().port());
    }
    if (event.destination().nat() != null) {
      out.number(DST_NAT_PORT, event.destination().nat().port());
    }
    Remainder.members(out, event);
    out.end();
  }

  /** What is told of an end that is no endpoint. */
  private static void unmapped(JsonOutput out, Endpoint end, Name port, Name natIp) {
    out.number(port, end.port());
    if (end.nat() != null) {
      out.ip(natIp, end.nat().ip());
    }
  }

  private static Word[] logNames() {
    var names = new Word[Protocol.values().length];
    for (var protocol : Protocol.values()) {
      names[protocol.ordinal()] = Word.of(protocol.name());
    }
    return names;
  }
}
