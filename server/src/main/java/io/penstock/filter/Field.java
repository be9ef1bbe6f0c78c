package io.penstock.filter;

import io.penstock.event.Endpoint;
import io.penstock.event.Enrichment;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Event;
import io.penstock.event.HttpExchange;
import io.penstock.event.Ip;
import io.penstock.event.Protocol;
import io.penstock.event.Traffic.Direction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a filter can ask about. A field has the name that events have in JSON, and most have an ECS
 * name as well. A field of both ends ({@code ip}, {@code port}, ...) matches when either end does.
 */
@SuppressWarnings("ImmutableEnumChecker") // copied lists, and lambdas that hold nothing
public enum Field {
  ID("", "The event's id.", Kind.ID, text(e -> new UUID(e.idHigh(), e.idLow()).toString())),
  KIND(
      "event.category",
      "What it tells of: a flow, what an exporter says of itself, counters, a discarded packet, an"
          + " intercepted request.",
      words(Event.Kind.values()),
      text(e -> e.kind().name())),
  TYPE(
      "event.dataset",
      "How it reached us.",
      words(Protocol.values()),
      text(e -> e.origin().protocol().name())),
  RECEIVED(
      "event.ingested", "When it reached us.", Kind.TIME, number(e -> e.origin().receivedNanos())),
  START(
      "event.start ts @timestamp", "When the traffic began.", Kind.TIME, number(Event::startNanos)),
  END("event.end", "When the traffic ended.", Kind.TIME, number(Event::endNanos)),
  EXPORTED(
      "",
      "When the exporter sent it, by the exporter's clock.",
      Kind.TIME,
      number(e -> e.origin().exportNanos())),
  EXPORTER(
      "observer.ip client_ip client.ip",
      "Who sent it: the device, or the client of a post.",
      Kind.ADDRESS,
      ip(e -> e.origin().exporter())),
  EXPORTER_PORT(
      "", "The port that it was sent from.", Kind.NUMBER, number(e -> e.origin().exporterPort())),
  OBSERVATION_DOMAIN(
      "domain",
      "The exporter's observation domain, source id or sub-agent.",
      Kind.NUMBER,
      number(e -> e.origin().observationDomain())),
  SEQUENCE(
      "", "Number of its datagram or message.", Kind.NUMBER, number(e -> e.origin().sequence())),
  COLLECTOR_ID(
      "collector", "The collector that posted it.", Kind.TEXT, text(e -> e.origin().collector())),
  SOURCE_ID("", "The source as which it was let in.", Kind.TEXT, text(e -> e.origin().sourceId())),
  TRACE_ID(
      "request_id trace.id",
      "The request with which it was posted.",
      Kind.TEXT,
      text(e -> e.origin().requestId())),

  SRC_IP("source.ip source.address", "Address that sent.", Kind.ADDRESS, address(Event::source)),
  DST_IP(
      "destination.ip destination.address",
      "Address that was sent to.",
      Kind.ADDRESS,
      address(Event::destination)),
  IP("address", "Either address.", SRC_IP, DST_IP),
  SRC_PORT("source.port", "Port that sent.", Kind.NUMBER, number(e -> e.source().port())),
  DST_PORT(
      "destination.port",
      "Port that was sent to.",
      Kind.NUMBER,
      number(e -> e.destination().port())),
  PORT("", "Either port.", SRC_PORT, DST_PORT),
  SRC_MASK(
      "",
      "Prefix length of the source's route.",
      Kind.NUMBER,
      number(e -> e.source().prefixLength())),
  DST_MASK(
      "",
      "Prefix length of the destination's route.",
      Kind.NUMBER,
      number(e -> e.destination().prefixLength())),
  SRC_AS(
      "",
      "The source's autonomous system, as the exporter says.",
      Kind.NUMBER,
      number(e -> e.source().as())),
  DST_AS(
      "",
      "The destination's autonomous system, as the exporter says.",
      Kind.NUMBER,
      number(e -> e.destination().as())),
  SRC_MAC("source.mac", "The source's MAC address.", Kind.MAC, number(e -> e.source().mac())),
  DST_MAC(
      "destination.mac",
      "The destination's MAC address.",
      Kind.MAC,
      number(e -> e.destination().mac())),
  MAC("", "Either MAC address.", SRC_MAC, DST_MAC),
  SRC_NAT_IP(
      "source.nat.ip",
      "The source's address behind translation.",
      Kind.ADDRESS,
      ip(e -> natIp(e.source()))),
  DST_NAT_IP(
      "destination.nat.ip",
      "The destination's address behind translation.",
      Kind.ADDRESS,
      ip(e -> natIp(e.destination()))),
  NAT_IP("", "Either address behind translation.", SRC_NAT_IP, DST_NAT_IP),
  SRC_NAT_PORT(
      "source.nat.port",
      "The source's port behind translation.",
      Kind.NUMBER,
      number(e -> natPort(e.source()))),
  DST_NAT_PORT(
      "destination.nat.port",
      "The destination's port behind translation.",
      Kind.NUMBER,
      number(e -> natPort(e.destination()))),

  BYTES(
      "source.bytes",
      "Octets from source to destination.",
      Kind.NUMBER,
      number(e -> e.source().bytes())),
  PACKETS(
      "source.packets",
      "Packets from source to destination.",
      Kind.NUMBER,
      number(e -> e.source().packets())),
  REVERSE_BYTES(
      "destination.bytes",
      "Octets from destination to source.",
      Kind.NUMBER,
      number(e -> e.destination().bytes())),
  REVERSE_PACKETS(
      "destination.packets",
      "Packets from destination to source.",
      Kind.NUMBER,
      number(e -> e.destination().packets())),
  PROTO(
      "protocol network.transport network.iana_number",
      "IP protocol, by name or number.",
      Kind.PROTOCOL,
      number(e -> e.traffic().protocol())),
  TCP_FLAGS(
      "",
      "All TCP flags that were seen, as one number.",
      Kind.NUMBER,
      number(e -> e.traffic().tcpFlags())),
  TOS("", "The octet of DSCP and ECN.", Kind.NUMBER, number(e -> e.traffic().tos())),
  ICMP_TYPE("", "Type of the ICMP message.", Kind.NUMBER, number(e -> icmp(e, 8))),
  ICMP_CODE("", "Code of the ICMP message.", Kind.NUMBER, number(e -> icmp(e, 0))),
  VLAN_ID(
      "vlan network.vlan.id",
      "The VLAN, or the outer one.",
      Kind.NUMBER,
      number(e -> e.traffic().vlan())),
  INNER_VLAN_ID(
      "network.inner.vlan.id",
      "The inner VLAN.",
      Kind.NUMBER,
      number(e -> e.traffic().innerVlan())),
  FLOW_DIRECTION(
      "",
      "Which way it passed the interface.",
      words(Direction.values()),
      text(e -> known(e.traffic().direction()))),
  INGRESS_IF(
      "observer.ingress.interface.id",
      "Index of the interface it came in by.",
      Kind.NUMBER,
      number(e -> e.traffic().ingressInterface())),
  EGRESS_IF(
      "observer.egress.interface.id",
      "Index of the interface it went out by.",
      Kind.NUMBER,
      number(e -> e.traffic().egressInterface())),
  NEXT_HOP(
      "", "The router that it was passed on to.", Kind.ADDRESS, ip(e -> e.traffic().nextHop())),
  END_REASON(
      "",
      "Why the flow was reported: flowEndReason of IPFIX.",
      Kind.NUMBER,
      number(e -> e.traffic().endReason())),
  FIREWALL_EVENT(
      "",
      "What the firewall did: firewallEvent of IPFIX.",
      Kind.NUMBER,
      number(e -> e.traffic().firewallEvent())),
  FORWARDING_STATUS(
      "",
      "Whether it was passed on, and why not: forwardingStatus of IPFIX.",
      Kind.NUMBER,
      number(e -> e.traffic().forwardingStatus())),
  SAMPLING_RATE(
      "", "One of how many packets was looked at.", Kind.NUMBER, number(Field::samplingRate)),
  EXTRA("", "What has no field of its own, as JSON text.", Kind.TEXT, text(Field::extra)),

  SRC_COUNTRY(
      "source.geo.country_iso_code",
      "The source's country, by ISO 3166-1.",
      Kind.CODE,
      text(e -> country(sourceGeo(e)))),
  DST_COUNTRY(
      "destination.geo.country_iso_code",
      "The destination's country, by ISO 3166-1.",
      Kind.CODE,
      text(e -> country(destinationGeo(e)))),
  COUNTRY("", "Either country, by ISO 3166-1.", SRC_COUNTRY, DST_COUNTRY),
  SRC_CITY("source.geo.city_name", "The source's city.", Kind.TEXT, text(e -> city(sourceGeo(e)))),
  DST_CITY(
      "destination.geo.city_name",
      "The destination's city.",
      Kind.TEXT,
      text(e -> city(destinationGeo(e)))),
  CITY("", "Either city.", SRC_CITY, DST_CITY),
  SRC_ASN(
      "source.as.number",
      "Number of the source's autonomous system.",
      Kind.NUMBER,
      number(e -> asn(sourceAs(e)))),
  DST_ASN(
      "destination.as.number",
      "Number of the destination's autonomous system.",
      Kind.NUMBER,
      number(e -> asn(destinationAs(e)))),
  ASN("as.number", "Number of either autonomous system.", SRC_ASN, DST_ASN),
  SRC_AS_ORG(
      "source.as.organization.name",
      "Who runs the source's autonomous system.",
      Kind.TEXT,
      text(e -> organization(sourceAs(e)))),
  DST_AS_ORG(
      "destination.as.organization.name",
      "Who runs the destination's autonomous system.",
      Kind.TEXT,
      text(e -> organization(destinationAs(e)))),
  AS_ORG("", "Who runs either autonomous system.", SRC_AS_ORG, DST_AS_ORG),
  THREAT("", "Whether an indicator matched.", Kind.FLAG, number(Field::isThreat)),
  RISK_SCORE(
      "risk event.risk_score",
      "How risky it looks, from 0 to 100.",
      Kind.NUMBER,
      number(Field::riskScore)),
  NETWORK_DIRECTION(
      "network.direction",
      "Which way it went between our networks and others.",
      words(Enrichment.Direction.values()),
      text(Field::networkDirection)),

  PRODUCT("service.name", "The product that asked.", Kind.TEXT, exchange(HttpExchange::product)),
  VERDICT(
      "event.action",
      "What was done with the request.",
      List.of("MOCK", "OBSERVE", "BLOCK", "TUNNEL"),
      exchange(HttpExchange::verdict)),
  RULE("rule.name", "The rule that decided.", Kind.TEXT, exchange(HttpExchange::rule)),
  SCHEME(
      "url.scheme",
      "Scheme of the URL that was asked for.",
      Kind.TEXT,
      exchange(HttpExchange::scheme)),
  METHOD(
      "http.request.method",
      "The method of the request.",
      Kind.CODE,
      exchange(HttpExchange::method)),
  HOST("url.domain", "The host that was asked.", Kind.TEXT, exchange(HttpExchange::host)),
  PATH("url.path", "The path that was asked for.", Kind.TEXT, exchange(HttpExchange::path)),
  STATUS(
      "http.response.status_code",
      "Status of the response.",
      Kind.NUMBER,
      number(e -> e.http() == null ? Event.ABSENT : e.http().status())),
  FAILURE("error.code", "Why there was no response.", Kind.CODE, exchange(HttpExchange::failure));

  /** What values a field has, and so how it can be compared. */
  public enum Kind {
    /** Integers. */
    NUMBER,
    /** IANA protocol numbers, also by name. */
    PROTOCOL,
    /** Times in nanoseconds since 1970 UTC. */
    TIME,
    /** MAC addresses, as numbers of 48 bits. */
    MAC,
    /** IPv4 and IPv6 addresses. */
    ADDRESS,
    /** True (1) or false (0). */
    FLAG,
    /** Words in upper case; compared without regard to case. */
    CODE,
    /** Any text. */
    TEXT,
    /** UUIDs as text in lower case. */
    ID;

    /** Whether a part of a value can be asked for. */
    public boolean hasParts() {
      return this == CODE || this == TEXT;
    }

    /** The operators that a condition on such a field may have, as the language writes them. */
    public List<String> operators() {
      var symbols = new ArrayList<String>();
      for (var operator : Filter.Operator.values()) {
        if (isOrdered() || !operator.isOrder()) {
          symbols.add(operator.symbol());
        }
      }
      if (hasParts()) {
        symbols.add("~");
      }
      symbols.addAll(List.of("in", "not in", "exists"));
      return List.copyOf(symbols);
    }

    /** Whether the values have an order. */
    public boolean isOrdered() {
      return switch (this) {
        case NUMBER, PROTOCOL, TIME, MAC, ADDRESS -> true;
        case FLAG, CODE, TEXT, ID -> false;
      };
    }
  }

  private static final Map<String, Field> BY_NAME = byName();

  private final Kind kind;
  private final List<String> aliases;
  private final String description;
  private final List<String> codes;
  private final List<Field> ends;
  private final Access access;

  Field(String aliases, String description, Kind kind, Access access) {
    this(aliases, description, kind, List.of(), access, List.of());
  }

  /** A code of which all words are known. */
  Field(String aliases, String description, List<String> codes, Access access) {
    this(aliases, description, Kind.CODE, codes, access, List.of());
  }

  /** A field that stands for the same thing at both ends. */
  Field(String aliases, String description, Field source, Field destination) {
    this(
        aliases, description, source.kind, source.codes, Access.NONE, List.of(source, destination));
  }

  Field(
      String aliases,
      String description,
      Kind kind,
      List<String> codes,
      Access access,
      List<Field> ends) {
    this.aliases = aliases.isEmpty() ? List.of() : List.of(aliases.split(" "));
    this.description = description;
    this.kind = kind;
    this.codes = codes;
    this.access = access;
    this.ends = ends;
  }

  /** How to get a field's value out of an event; one of them gives it. */
  private record Access(
      ToLongFunction<Event> number,
      Function<Event, @Nullable String> text,
      Function<Event, @Nullable Ip> ip,
      Function<Event, @Nullable Endpoint> end) {
    private static final Access NONE =
        new Access(_ -> Event.ABSENT, _ -> null, _ -> null, _ -> null);
  }

  private static Access number(ToLongFunction<Event> number) {
    return new Access(number, _ -> null, _ -> null, _ -> null);
  }

  private static Access text(Function<Event, @Nullable String> text) {
    return new Access(_ -> Event.ABSENT, text, _ -> null, _ -> null);
  }

  private static Access exchange(Function<HttpExchange, @Nullable String> text) {
    return text(e -> e.http() == null ? null : text.apply(e.http()));
  }

  private static Access ip(Function<Event, @Nullable Ip> ip) {
    return new Access(_ -> Event.ABSENT, _ -> null, ip, _ -> null);
  }

  /** The address of an end, which is no object of its own there. */
  private static Access address(Function<Event, @Nullable Endpoint> end) {
    return new Access(_ -> Event.ABSENT, _ -> null, _ -> null, end);
  }

  /** The words of an enum, without the one that stands for none. */
  private static List<String> words(Enum<?>[] constants) {
    return Arrays.stream(constants)
        .map(Enum::name)
        .filter(name -> !name.equals("UNKNOWN"))
        .toList();
  }

  private static Map<String, Field> byName() {
    var names = new HashMap<String, Field>();
    for (var field : values()) {
      names.put(field.title(), field);
      field.aliases.forEach(alias -> names.put(alias, field));
    }
    return Map.copyOf(names);
  }

  /** The field with that name or alias, whatever the case. */
  public static Optional<Field> named(String name) {
    return Optional.ofNullable(BY_NAME.get(name.toLowerCase(Locale.ROOT)));
  }

  /** The field's name in the language. */
  public String title() {
    return name().toLowerCase(Locale.ROOT);
  }

  public Kind kind() {
    return kind;
  }

  /** Other names under which it is known. */
  public List<String> aliases() {
    return aliases;
  }

  /** What it tells, in a sentence for a person. */
  public String description() {
    return description;
  }

  /** The words that it can be; empty when it is no code, or when there may be others. */
  public List<String> codes() {
    return codes;
  }

  /**
   * Whether groups of its values tell something: nearly every event has a value of its own else.
   */
  public boolean isGroupable() {
    return kind != Kind.ID && kind != Kind.TIME && this != EXTRA && this != SEQUENCE;
  }

  /** The fields it stands for: both ends, or only itself. */
  public List<Field> ends() {
    return ends.isEmpty() ? List.of(this) : ends;
  }

  /** The field itself, or the first that it stands for. */
  Field first() {
    return ends.isEmpty() ? this : ends.getFirst();
  }

  /** The field itself, or the last that it stands for. */
  Field last() {
    return ends.isEmpty() ? this : ends.getLast();
  }

  /** Whether it stands for the same thing at both ends. */
  public boolean hasTwoEnds() {
    return !ends.isEmpty();
  }

  /** The number of this field, {@link Event#ABSENT} when the event has none. */
  long number(Event event) {
    return access.number().applyAsLong(event);
  }

  @Nullable String text(Event event) {
    return access.text().apply(event);
  }

  boolean hasAddress(Event event) {
    var end = access.end().apply(event);
    return end == null ? access.ip().apply(event) != null : end.hasIp();
  }

  /** How the address of this field, which the event has, compares with another. */
  int compare(Event event, Ip other) {
    var end = access.end().apply(event);
    if (end != null) {
      int high = Long.compareUnsigned(end.ipHigh(), other.high());
      return high != 0 ? high : Long.compareUnsigned(end.ipLow(), other.low());
    }
    var ip = access.ip().apply(event);
    return ip == null ? -1 : ip.compareTo(other);
  }

  boolean isPresent(Event event) {
    if (this == EXTRA) {
      // Without making a text of it.
      return event.extra().length > 0;
    }
    return number(event) != Event.ABSENT || text(event) != null || hasAddress(event);
  }

  private static @Nullable Ip natIp(Endpoint end) {
    return end.nat() == null ? null : end.nat().ip();
  }

  private static long natPort(Endpoint end) {
    return end.nat() == null ? Event.ABSENT : end.nat().port();
  }

  private static long icmp(Event event, int shift) {
    int icmp = event.traffic().icmp();
    return icmp == Event.ABSENT ? Event.ABSENT : icmp >>> shift & 0xff;
  }

  private static @Nullable String known(Enum<?> constant) {
    return constant.name().equals("UNKNOWN") ? null : constant.name();
  }

  private static long samplingRate(Event event) {
    var sampling = event.traffic().sampling();
    return sampling.rate() == 0 ? Event.ABSENT : sampling.rate();
  }

  private static @Nullable String extra(Event event) {
    return event.extra().length == 0 ? null : new String(event.extra(), StandardCharsets.UTF_8);
  }

  private static @Nullable Geo sourceGeo(Event event) {
    return event.enrichment() == null ? null : event.enrichment().sourceGeo();
  }

  private static @Nullable Geo destinationGeo(Event event) {
    return event.enrichment() == null ? null : event.enrichment().destinationGeo();
  }

  private static @Nullable String country(@Nullable Geo geo) {
    return geo == null ? null : geo.country();
  }

  private static @Nullable String city(@Nullable Geo geo) {
    return geo == null ? null : geo.city();
  }

  private static @Nullable AutonomousSystem sourceAs(Event event) {
    return event.enrichment() == null ? null : event.enrichment().sourceAs();
  }

  private static @Nullable AutonomousSystem destinationAs(Event event) {
    return event.enrichment() == null ? null : event.enrichment().destinationAs();
  }

  private static long asn(@Nullable AutonomousSystem system) {
    return system == null ? Event.ABSENT : system.number();
  }

  private static @Nullable String organization(@Nullable AutonomousSystem system) {
    return system == null ? null : system.organization();
  }

  private static long isThreat(Event event) {
    return event.enrichment() == null
        ? Event.ABSENT
        : event.enrichment().threats().isEmpty() ? 0 : 1;
  }

  private static long riskScore(Event event) {
    return event.enrichment() == null ? Event.ABSENT : event.enrichment().riskScore();
  }

  private static @Nullable String networkDirection(Event event) {
    Enrichment found = event.enrichment();
    return found == null ? null : known(found.direction());
  }
}
