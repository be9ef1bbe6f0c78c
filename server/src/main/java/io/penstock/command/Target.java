package io.penstock.command;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/**
 * Where to send.
 *
 * @param host a name or an address, IPv6 without its brackets
 * @param port a UDP port
 */
record Target(String host, int port) {

  private static final Pattern TEXT =
      Pattern.compile("(?:\\[([0-9a-fA-F:.%]+)]|([^:\\[\\]]+)):(\\d{1,5})");

  static Target parse(String text) {
    var match = TEXT.matcher(text);
    int port = match.matches() ? Integer.parseInt(match.group(3)) : 0;
    if (port < 1 || port > 65_535) {
      throw new TypeConversionException(
          "'" + text + "' is no target: write HOST:PORT, for example 127.0.0.1:2055 or [::1]:2055");
    }
    return new Target(match.group(1) != null ? match.group(1) : match.group(2), port);
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
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
