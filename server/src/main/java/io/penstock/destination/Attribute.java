package io.penstock.destination;

import io.penstock.event.Endpoint;
import io.penstock.event.Endpoint.Nat;
import io.penstock.event.Enrichment;
import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.event.IpProtocol;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a LEEF or CEF message says about one member of an event.
 *
 * @param member of the telemetry document that it tells, dotted where nested
 * @param key its name in the message
 * @param label what it is, where the key does not tell; null where it does
 */
record Attribute(String member, String key, @Nullable String label, Value value) {

  /** Longest text of a message for people, as CEF has it. */
  private static final int EXTRA_BYTES_MAX = 1_000;

  /** Writes a value. */
  @FunctionalInterface
  interface Value {

    /** False when the event has none; then nothing may have been written. */
    boolean write(String tenant, Event event, TextOutput out);
  }

  static Attribute of(String member, String key, Value value) {
    return new Attribute(member, key, null, value);
  }

  /** The same where the key does not tell what it is. */
  Attribute labelled(String text) {
    return new Attribute(member, key, text, value);
  }

  static Attribute number(String member, String key, ToLongFunction<Event> number) {
    return of(
        member,
        key,
        (_, event, out) -> {
          long value = number.applyAsLong(event);
          if (value == Event.ABSENT) {
            return false;
          }
          out.number(value);
          return true;
        });
  }

  /** Milliseconds since 1970. */
  static Attribute time(String member, String key, ToLongFunction<Event> nanos) {
    return of(
        member,
        key,
        (_, event, out) -> {
          long value = nanos.applyAsLong(event);
          if (value == Event.ABSENT) {
            return false;
          }
          out.millis(value);
          return true;
        });
  }

  static Attribute text(String member, String key, Function<Event, @Nullable String> text) {
    return of(
        member,
        key,
        (_, event, out) -> {
          var value = text.apply(event);
          if (value == null || value.isEmpty()) {
            return false;
          }
          out.text(value);
          return true;
        });
  }

  /** A word in lower case. */
  static Attribute word(String member, String key, Function<Event, @Nullable Enum<?>> word) {
    return text(
        member,
        key,
        event -> {
          var value = word.apply(event);
          return value == null || value.name().equals("UNKNOWN")
              ? null
              : value.name().toLowerCase(Locale.ROOT);
        });
  }

  static Attribute ip(
      String member, String key, Predicate<Ip> family, Function<Event, @Nullable Ip> ip) {
    return of(
        member,
        key,
        (_, event, out) -> {
          var value = ip.apply(event);
          if (value == null || value.equals(Ip.NONE) || !family.test(value)) {
            return false;
          }
          out.ip(value.high(), value.low());
          return true;
        });
  }

  static Attribute mac(String member, String key, Function<Event, Endpoint> end) {
    return of(
        member,
        key,
        (_, event, out) -> {
          long mac = end.apply(event).mac();
          if (mac == Event.ABSENT) {
            return false;
          }
          out.mac(mac, ':');
          return true;
        });
  }

  /** What a record of a device's state says, as far as there is room for it. */
  static Attribute state(String member, String key) {
    return of(
        member,
        key,
        (_, event, out) -> {
          var extra = event.extra();
          if (isTraffic(event) || extra.length == 0) {
            return false;
          }
          out.text(extra, whole(extra, EXTRA_BYTES_MAX));
          return true;
        });
  }

  /** As many octets of UTF-8 as there is room for, without half a character at the end. */
  private static int whole(byte[] utf8, int max) {
    if (utf8.length <= max) {
      return utf8.length;
    }
    int end = max;
    while (end > 0 && (utf8[end] & 0xc0) == 0x80) {
      end--;
    }
    return end;
  }

  // What both formats ask of an event

  static boolean id(String tenant, Event event, TextOutput out) {
    out.uuid(event.idHigh(), event.idLow());
    return true;
  }

  static boolean tenant(String tenant, Event event, TextOutput out) {
    out.text(tenant);
    return true;
  }

  static long start(Event event) {
    return isTraffic(event) ? event.startNanos() : Event.ABSENT;
  }

  static long end(Event event) {
    return isTraffic(event) ? event.endNanos() : Event.ABSENT;
  }

  /** A state has a moment and no duration. */
  private static boolean isTraffic(Event event) {
    return event.kind() == Event.Kind.FLOW || event.kind() == Event.Kind.DROP;
  }

  /** Its name in upper case, or its number. */
  static @Nullable String protocol(Event event) {
    int number = event.traffic().protocol();
    var name = IpProtocol.name(number);
    if (name != null) {
      return name.toUpperCase(Locale.ROOT);
    }
    return number == Event.ABSENT ? null : Integer.toString(number);
  }

  static @Nullable Ip nat(Endpoint end) {
    var nat = end.nat();
    return nat == null ? null : nat.ip();
  }

  static long natPort(Endpoint end) {
    Nat nat = end.nat();
    return nat == null ? Event.ABSENT : nat.port();
  }

  static long rate(Event event) {
    long rate = event.traffic().sampling().rate();
    return rate > 0 ? rate : Event.ABSENT;
  }

  static long icmpType(Event event) {
    int icmp = event.traffic().icmp();
    return icmp == Event.ABSENT ? Event.ABSENT : icmp >>> 8;
  }

  static long icmpCode(Event event) {
    int icmp = event.traffic().icmp();
    return icmp == Event.ABSENT ? Event.ABSENT : icmp & 0xff;
  }

  static long risk(Event event) {
    var found = event.enrichment();
    return found == null ? Event.ABSENT : found.riskScore();
  }

  static @Nullable String country(
      Event event, Function<Enrichment, Enrichment.@Nullable Geo> side) {
    var found = event.enrichment();
    var geo = found == null ? null : side.apply(found);
    return geo == null ? null : geo.country();
  }

  static long system(
      Event event, Function<Enrichment, Enrichment.@Nullable AutonomousSystem> side) {
    var found = event.enrichment();
    var system = found == null ? null : side.apply(found);
    return system == null ? Event.ABSENT : system.number();
  }

  /** Of the first indicator that matched: what that is, with {@code part}. */
  static @Nullable String threat(Event event, Function<Enrichment.ThreatMatch, String> part) {
    var found = event.enrichment();
    return found == null || found.threats().isEmpty()
        ? null
        : part.apply(found.threats().getFirst());
  }

  static Enrichment.@Nullable Direction direction(Event event) {
    var found = event.enrichment();
    return found == null ? null : found.direction();
  }
}
