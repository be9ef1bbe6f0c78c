package io.penstock.dial;

import io.penstock.config.Environment;
import io.penstock.event.Ip;
import io.penstock.prefix.Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses may be connected to. Those that no destination has, and those where clouds tell
 * machines their secrets, may not; private and loopback addresses may, unless only public ones are
 * wanted. An IPv6 address that carries an IPv4 address is judged by both.
 *
 * @param allow networks that may be connected to although the rules say otherwise
 * @param deny networks that may not be connected to, whatever else is said
 * @param isPublicOnly whether private, shared and loopback addresses are out of bounds, too: for
 *     destinations that somebody outside names, and who has no business in the network around us
 */
public record DialPolicy(List<Prefix> allow, List<Prefix> deny, boolean isPublicOnly) {

  /** The rules alone. */
  public static final DialPolicy DEFAULT = new DialPolicy(List.of(), List.of());

  /** The first that matches tells why. */
  private static final List<Rule> RULES =
      List.of(
          // Amazon, Google, Azure and most others; Amazon over IPv6; Google over IPv6; Alibaba;
          // Azure's agent; Oracle.
          rule("a cloud's metadata address", "169.254.169.254", "fd00:ec2::254", "fd20:ce::254"),
          rule("a cloud's metadata address", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
          rule("link-local", "169.254.0.0/16", "fe80::/10"),
          rule("the unspecified address", "0.0.0.0/8", "::"),
          rule("multicast", "224.0.0.0/4", "ff00::/8"),
          rule("broadcast", "255.255.255.255"),
          rule("reserved", "240.0.0.0/4"));

  /** Addresses that mean another machine on every network. */
  private static final List<Rule> NOT_PUBLIC =
      List.of(
          rule("loopback", "127.0.0.0/8", "::1"),
          // RFC 1918; RFC 4193; RFC 3879, gone but still routed by some.
          rule("private", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
          rule("private", "fec0::/10"),
          rule("shared by a provider's customers", "100.64.0.0/10"),
          // RFC 6890 and RFC 2544: nodes of one network, and its test bench.
          rule("of a special purpose", "192.0.0.0/24", "198.18.0.0/15"));

  /** Well-known prefix of NAT64 (RFC 6052 §2.1), and the one for local use (RFC 8215). */
  private static final long NAT64_HIGH = 0x0064_ff9b_0000_0000L;

  private static final long NAT64_LOCAL = 0x0064_ff9b_0001L;

  private record Rule(String why, List<Prefix> networks) {}

  public DialPolicy(List<Prefix> allow, List<Prefix> deny) {
    this(allow, deny, false);
  }

  public DialPolicy {
    allow = List.copyOf(allow);
    deny = List.copyOf(deny);
  }

  /** As an operator has set it. */
  public static DialPolicy from(Environment env) {
    return new DialPolicy(networks(env, "DIAL_ALLOW"), networks(env, "DIAL_DENY"));
  }

  private static List<Prefix> networks(Environment env, String name) {
    var networks = new ArrayList<Prefix>();
    for (var entry : env.list(name)) {
      Prefix.parse(entry)
          .ifPresentOrElse(
              networks::add,
              () ->
                  env.problem(
                      name, "expected addresses or networks like 10.0.0.0/8, not '" + entry + "'"));
    }
    return networks;
  }

  private static Rule rule(String why, String... networks) {
    var parsed = new ArrayList<Prefix>();
    for (var network : networks) {
      parsed.add(Prefix.parse(network).orElseThrow());
    }
    return new Rule(why, List.copyOf(parsed));
  }

  /** The same, but nothing that is not public unless it is expressly allowed. */
  public DialPolicy publicOnly() {
    return new DialPolicy(allow, deny, true);
  }

  /** Why an address may not be connected to; empty when it may. */
  public Optional<String> refusal(Ip ip) {
    var carried = carried(ip);
    if (matches(deny, ip, carried)) {
      return Optional.of("denied by DIAL_DENY");
    }
    if (matches(allow, ip, carried)) {
      return Optional.empty();
    }
    var why = why(RULES, ip, carried);
    return why.isEmpty() && isPublicOnly ? why(NOT_PUBLIC, ip, carried) : why;
  }

  private static Optional<String> why(List<Rule> rules, Ip ip, @Nullable Ip carried) {
    for (var rule : rules) {
      if (matches(rule.networks, ip, carried)) {
        return Optional.of(rule.why);
      }
    }
    return Optional.empty();
  }

  private static boolean matches(List<Prefix> networks, Ip ip, @Nullable Ip carried) {
    for (var network : networks) {
      if (network.contains(ip) || carried != null && network.contains(carried)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The IPv4 address that a packet to an IPv6 address may end up at: translated (RFC 6052, RFC
   * 8215, RFC 2765 §2.1), tunnelled by 6to4 (RFC 3056 §2), Teredo (RFC 4380 §4, of which the client
   * is meant) or ISATAP (RFC 5214 §6.1), or merely compatible (RFC 4291 §2.5.5.1).
   */
  private static @Nullable Ip carried(Ip ip) {
    long high = ip.high();
    long low = ip.low();
    if (high >>> 48 == 0x2002) {
      return Ip.v4((int) (high >>> 16));
    }
    if (high >>> 32 == 0x2001_0000L) {
      return Ip.v4((int) ~low);
    }
    boolean isTranslated =
        high == NAT64_HIGH && low >>> 32 == 0
            || high >>> 16 == NAT64_LOCAL
            || high == 0 && low >>> 32 == 0xffff_0000L;
    boolean isCompatible = high == 0 && low >>> 32 == 0 && low > 1;
    boolean isIsatap = (low >>> 32 & ~0x0200_0000L) == 0x5efe;
    return isTranslated || isCompatible || isIsatap ? Ip.v4((int) low) : null;
  }
}
