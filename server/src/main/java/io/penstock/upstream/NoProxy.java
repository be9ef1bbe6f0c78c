package io.penstock.upstream;

import io.penstock.event.Ip;
import io.penstock.exchange.HostName;
import io.penstock.prefix.Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Servers that are reached without the proxy in between, as environments have them in {@code
 * NO_PROXY}: separated by commas or spaces, each a name, which stands for the names below it, too,
 * with or without a dot in front, as curl takes it; {@code *.name} for the names below alone; an
 * address; a network such as {@code 10.0.0.0/8}; or {@code *} for all. A port may follow.
 *
 * @param unread the entries that are none of these
 */
public record NoProxy(List<Rule> rules, List<String> unread) {

  /** Everything goes through the proxy. */
  public static final NoProxy NONE = new NoProxy(List.of(), List.of());

  /** One entry. */
  public sealed interface Rule {

    /**
     * @param ip the host when it is an address
     */
    boolean matches(String host, @Nullable Ip ip, int port);
  }

  private record Everything(int port) implements Rule {
    @Override
    public boolean matches(String host, @Nullable Ip ip, int port) {
      return this.port == 0 || this.port == port;
    }
  }

  /** A name, or the names below it, or both; port 0 is any. */
  private record Named(String name, boolean isItself, int port) implements Rule {
    @Override
    public boolean matches(String host, @Nullable Ip ip, int port) {
      if (this.port != 0 && this.port != port) {
        return false;
      }
      return isItself && host.equals(name)
          || host.length() > name.length() + 1
              && host.endsWith(name)
              && host.charAt(host.length() - name.length() - 1) == '.';
    }
  }

  private record Network(Prefix prefix, int port) implements Rule {
    @Override
    public boolean matches(String host, @Nullable Ip ip, int port) {
      return ip != null && prefix.contains(ip) && (this.port == 0 || this.port == port);
    }
  }

  public NoProxy {
    rules = List.copyOf(rules);
    unread = List.copyOf(unread);
  }

  public static NoProxy parse(String text) {
    var rules = new ArrayList<Rule>();
    var unread = new ArrayList<String>();
    for (var entry : text.split("[,\\s]+")) {
      if (!entry.isEmpty()) {
        rule(entry).ifPresentOrElse(rules::add, () -> unread.add(entry));
      }
    }
    return new NoProxy(rules, unread);
  }

  private static Optional<Rule> rule(String entry) {
    if (entry.equals("*")) {
      return Optional.of(new Everything(0));
    }
    // An IPv6 address has colons of its own, and a port behind it only when it is in brackets.
    var network = Prefix.parse(bare(entry));
    if (network.isPresent()) {
      return Optional.of(new Network(network.get(), 0));
    }
    int colon = entry.lastIndexOf(':');
    if (colon < 0) {
      return entry.indexOf('/') >= 0 ? Optional.empty() : named(entry, 0);
    }
    int port = port(entry.substring(colon + 1));
    var host = entry.substring(0, colon);
    if (port == 0) {
      return Optional.empty();
    }
    if (host.equals("*")) {
      return Optional.of(new Everything(port));
    }
    var portedNetwork = Prefix.parse(bare(host));
    return portedNetwork.isPresent()
        ? Optional.of(new Network(portedNetwork.get(), port))
        : named(host, port);
  }

  private static Optional<Rule> named(String text, int port) {
    boolean isBelow = text.startsWith("*.");
    var name = isBelow ? text.substring(2) : text.startsWith(".") ? text.substring(1) : text;
    return HostName.of(name).map(host -> new Named(host, !isBelow, port));
  }

  private static String bare(String host) {
    boolean isBracketed = host.startsWith("[") && host.endsWith("]");
    return isBracketed ? host.substring(1, host.length() - 1) : host;
  }

  private static int port(String text) {
    boolean isNumber =
        !text.isEmpty() && text.length() <= 5 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    int port = isNumber ? Integer.parseInt(text) : 0;
    return port <= 65_535 ? port : 0;
  }

  /**
   * Whether a server is reached directly.
   *
   * @param host as {@link HostName} writes it
   */
  public boolean matches(String host, int port) {
    if (rules.isEmpty()) {
      return false;
    }
    var ip = Ip.parse(host).orElse(null);
    for (var rule : rules) {
      if (rule.matches(host, ip, port)) {
        return true;
      }
    }
    return false;
  }
}
