package io.penstock.event;

import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Names of IP protocol numbers, by IANA's "Assigned Internet Protocol Numbers", for those that
 * occur in practice.
 */
public final class IpProtocol {

  public static final int ICMP = 1;
  public static final int TCP = 6;
  public static final int UDP = 17;
  public static final int ICMP6 = 58;
  public static final int SCTP = 132;

  private static final Map<String, Integer> NUMBERS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("hopopt", 0),
              Map.entry("icmp", ICMP),
              Map.entry("igmp", 2),
              Map.entry("ipv4", 4),
              Map.entry("tcp", TCP),
              Map.entry("egp", 8),
              Map.entry("igp", 9),
              Map.entry("udp", UDP),
              Map.entry("dccp", 33),
              Map.entry("ipv6", 41),
              Map.entry("ipv6-route", 43),
              Map.entry("ipv6-frag", 44),
              Map.entry("rsvp", 46),
              Map.entry("gre", 47),
              Map.entry("esp", 50),
              Map.entry("ah", 51),
              Map.entry("ipv6-icmp", ICMP6),
              Map.entry("ipv6-nonxt", 59),
              Map.entry("ipv6-opts", 60),
              Map.entry("eigrp", 88),
              Map.entry("ospf", 89),
              Map.entry("ipip", 94),
              Map.entry("etherip", 97),
              Map.entry("pim", 103),
              Map.entry("vrrp", 112),
              Map.entry("l2tp", 115),
              Map.entry("sctp", SCTP),
              Map.entry("udplite", 136),
              Map.entry("mpls-in-ip", 137)));

  /** Other spellings that clients send. */
  private static final Map<String, Integer> ALIASES = Map.of("icmp6", ICMP6, "icmpv6", ICMP6);

  private static final @Nullable String[] NAMES = names();

  private IpProtocol() {}

  private static @Nullable String[] names() {
    var names = new @Nullable String[256];
    NUMBERS.forEach((name, number) -> names[number] = name);
    return names;
  }

  /** The lower-case name of a protocol number; null when it has none here. */
  public static @Nullable String name(int number) {
    return number >= 0 && number < NAMES.length ? NAMES[number] : null;
  }

  /** The number of a protocol by name, in any case. */
  public static OptionalInt number(String name) {
    var key = name.toLowerCase(Locale.ROOT);
    var number = NUMBERS.get(key);
    if (number == null) {
      number = ALIASES.get(key);
    }
    return number == null ? OptionalInt.empty() : OptionalInt.of(number);
  }
}
