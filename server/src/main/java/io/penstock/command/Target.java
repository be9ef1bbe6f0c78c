package io.penstock.command;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/**
 * Where to send, and how.
 *
 * @param transport what carries the messages
 * @param host a name or an address, IPv6 without its brackets
 * @param port a port of that transport
 */
record Target(Transport transport, String host, int port) {

  /** For the options that take one. */
  static final String HELP =
      "the collector, over UDP; with tcp:// or tls:// in front, IPFIX over TCP or TLS";

  private static final Pattern TEXT =
      Pattern.compile("(?:(udp|tcp|tls)://)?(?:\\[([0-9a-fA-F:.%]+)]|([^:/\\[\\]]+)):(\\d{1,5})");

  /** What carries messages. */
  enum Transport {
    UDP,
    TCP,
    TLS
  }

  static Target parse(String text) {
    var match = TEXT.matcher(text);
    int port = match.matches() ? Integer.parseInt(match.group(4)) : 0;
    if (port < 1 || port > 65_535) {
      throw new TypeConversionException(
          "'" + text + "' is no target: write HOST:PORT, for example 127.0.0.1:2055 or [::1]:2055");
    }
    var scheme = match.group(1);
    return new Target(
        scheme == null ? Transport.UDP : Transport.valueOf(scheme.toUpperCase(Locale.ROOT)),
        match.group(2) != null ? match.group(2) : match.group(3),
        port);
  }

  /** Asks the resolver; the first answer counts. */
  InetSocketAddress resolve() {
    try {
      return new InetSocketAddress(InetAddress.getAllByName(host)[0], port);
    } catch (UnknownHostException e) {
      throw new CommandFailure("nobody knows the host '" + host + "'", e);
    }
  }

  @Override
  public String toString() {
    var scheme =
        transport == Transport.UDP ? "" : transport.name().toLowerCase(Locale.ROOT) + "://";
    return scheme + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
