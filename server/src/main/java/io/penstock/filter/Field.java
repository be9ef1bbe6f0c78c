package io.penstock.filter;

import io.penstock.event.Endpoint;
import io.penstock.event.Enrichment;
import io.penstock.event.Enrichment.AutonomousSystem;
import io.penstock.event.Enrichment.Geo;
import io.penstock.event.Event;
import io.penstock.event.HttpExchange;
import io.penstock.event.Ip;
import java.nio.charset.StandardCharsets;
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
  ID("", Kind.ID, text(e -> new UUID(e.idHigh(), e.idLow()).toString())),
  KIND("event.category", Kind.CODE, text(e -> e.kind().name())),
  TYPE("event.dataset", Kind.CODE, text(e -> e.origin().protocol().name())),
  RECEIVED("event.ingested", Kind.TIME, number(e -> e.origin().receivedNanos())),
  START("event.start ts @timestamp", Kind.TIME, number(Event::startNanos)),
  END("event.end", Kind.TIME, number(Event::endNanos)),
  EXPORTED("", Kind.TIME, number(e -> e.origin().exportNanos())),
  EXPORTER("observer.ip client_ip client.ip", Kind.ADDRESS, ip(e -> e.origin().exporter())),
  EXPORTER_PORT("", Kind.NUMBER, number(e -> e.origin().exporterPort())),
  OBSERVATION_DOMAIN("domain", Kind.NUMBER, number(e -> e.origin().observationDomain())),
  SEQUENCE("", Kind.NUMBER, number(e -> e.origin().sequence())),
  COLLECTOR_ID("collector", Kind.TEXT, text(e -> e.origin().collector())),
  SOURCE_ID("", Kind.TEXT, text(e -> e.origin().sourceId())),
  TRACE_ID("request_id trace.id", Kind.TEXT, text(e -> e.origin().requestId())),

  SRC_IP("source.ip source.address", Kind.ADDRESS, address(Event::source)),
  DST_IP("destination.ip destination.address", Kind.ADDRESS, address(Event::destination)),
  IP("address", SRC_IP, DST_IP),
  SRC_PORT("source.port", Kind.NUMBER, number(e -> e.source().port())),
  DST_PORT("destination.port", Kind.NUMBER, number(e -> e.destination().port())),
  PORT("", SRC_PORT, DST_PORT),
  SRC_MASK("", Kind.NUMBER, number(e -> e.source().prefixLength())),
  DST_MASK("", Kind.NUMBER, number(e -> e.destination().prefixLength())),
  SRC_AS("", Kind.NUMBER, number(e -> e.source().as())),
  DST_AS("", Kind.NUMBER, number(e -> e.destination().as())),
  SRC_MAC("source.mac", Kind.MAC, number(e -> e.source().mac())),
  DST_MAC("destination.mac", Kind.MAC, number(e -> e.destination().mac())),
  MAC("", SRC_MAC, DST_MAC),
  SRC_NAT_IP("source.nat.ip", Kind.ADDRESS, ip(e -> natIp(e.source()))),
  DST_NAT_IP("destination.nat.ip", Kind.ADDRESS, ip(e -> natIp(e.destination()))),
  NAT_IP("", SRC_NAT_IP, DST_NAT_IP),
  SRC_NAT_PORT("source.nat.port", Kind.NUMBER, number(e -> natPort(e.source()))),
  DST_NAT_PORT("destination.nat.port", Kind.NUMBER, number(e -> natPort(e.destination()))),

  BYTES("source.bytes", Kind.NUMBER, number(e -> e.source().bytes())),
  PACKETS("source.packets", Kind.NUMBER, number(e -> e.source().packets())),
  REVERSE_BYTES("destination.bytes", Kind.NUMBER, number(e -> e.destination().bytes())),
  REVERSE_PACKETS("destination.packets", Kind.NUMBER, number(e -> e.destination().packets())),
  PROTO(
      "protocol network.transport network.iana_number",
      Kind.PROTOCOL,
      number(e -> e.traffic().protocol())),
  TCP_FLAGS("", Kind.NUMBER, number(e -> e.traffic().tcpFlags())),
  TOS("", Kind.NUMBER, number(e -> e.traffic().tos())),
  ICMP_TYPE("", Kind.NUMBER, number(e -> icmp(e, 8))),
  ICMP_CODE("", Kind.NUMBER, number(e -> icmp(e, 0))),
  VLAN_ID("vlan network.vlan.id", Kind.NUMBER, number(e -> e.traffic().vlan())),
  INNER_VLAN_ID("network.inner.vlan.id", Kind.NUMBER, number(e -> e.traffic().innerVlan())),
  FLOW_DIRECTION("", Kind.CODE, text(e -> known(e.traffic().direction()))),
  INGRESS_IF(
      "observer.ingress.interface.id", Kind.NUMBER, number(e -> e.traffic().ingressInterface())),
  EGRESS_IF(
      "observer.egress.interface.id", Kind.NUMBER, number(e -> e.traffic().egressInterface())),
  NEXT_HOP("", Kind.ADDRESS, ip(e -> e.traffic().nextHop())),
  END_REASON("", Kind.NUMBER, number(e -> e.traffic().endReason())),
  FIREWALL_EVENT("", Kind.NUMBER, number(e -> e.traffic().firewallEvent())),
  FORWARDING_STATUS("", Kind.NUMBER, number(e -> e.traffic().forwardingStatus())),
  SAMPLING_RATE("", Kind.NUMBER, number(Field::samplingRate)),
  EXTRA("", Kind.TEXT, text(Field::extra)),

  SRC_COUNTRY("source.geo.country_iso_code", Kind.CODE, text(e -> country(sourceGeo(e)))),
  DST_COUNTRY("destination.geo.country_iso_code", Kind.CODE, text(e -> country(destinationGeo(e)))),
  COUNTRY("", SRC_COUNTRY, DST_COUNTRY),
  SRC_CITY("source.geo.city_name", Kind.TEXT, text(e -> city(sourceGeo(e)))),
  DST_CITY("destination.geo.city_name", Kind.TEXT, text(e -> city(destinationGeo(e)))),
  CITY("", SRC_CITY, DST_CITY),
  SRC_ASN("source.as.number", Kind.NUMBER, number(e -> asn(sourceAs(e)))),
  DST_ASN("destination.as.number", Kind.NUMBER, number(e -> asn(destinationAs(e)))),
  ASN("as.number", SRC_ASN, DST_ASN),
  SRC_AS_ORG("source.as.organization.name", Kind.TEXT, text(e -> organization(sourceAs(e)))),
  DST_AS_ORG(
      "destination.as.organization.name", Kind.TEXT, text(e -> organization(destinationAs(e)))),
  AS_ORG("", SRC_AS_ORG, DST_AS_ORG),
  THREAT("", Kind.FLAG, number(Field::isThreat)),
  RISK_SCORE("risk event.risk_score", Kind.NUMBER, number(Field::riskScore)),
  NETWORK_DIRECTION("network.direction", Kind.CODE, text(Field::networkDirection)),

  PRODUCT("service.name", Kind.TEXT, exchange(HttpExchange::product)),
  VERDICT("event.action", Kind.CODE, exchange(HttpExchange::verdict)),
  RULE("rule.name", Kind.TEXT, exchange(HttpExchange::rule)),
  SCHEME("url.scheme", Kind.TEXT, exchange(HttpExchange::scheme)),
  METHOD("http.request.method", Kind.CODE, exchange(HttpExchange::method)),
  HOST("url.domain", Kind.TEXT, exchange(HttpExchange::host)),
  PATH("url.path", Kind.TEXT, exchange(HttpExchange::path)),
  STATUS(
      "http.response.status_code",
      Kind.NUMBER,
      number(e -> e.http() == null ? Event.ABSENT : e.http().status())),
  FAILURE("error.code", Kind.CODE, exchange(HttpExchange::failure));

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
  private final List<Field> ends;
  private final Access access;

  Field(String aliases, Kind kind, Access access) {
    this(aliases, kind, access, List.of());
  }

  /** A field that stands for the same thing at both ends. */
  Field(String aliases, Field source, Field destination) {
    this(aliases, source.kind, Access.NONE, List.of(source, destination));
  }

  Field(String aliases, Kind kind, Access access, List<Field> ends) {
    this.aliases = aliases.isEmpty() ? List.of() : List.of(aliases.split(" "));
    this.kind = kind;
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

  boolean hasTwoEnds() {
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
