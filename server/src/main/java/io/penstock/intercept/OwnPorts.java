package io.penstock.intercept;

import io.penstock.event.Ip;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The ports that are listened on here, so that nobody is sent in circles. Only what can be told
 * without looking a name up; names that lead here are refused where they are dialed.
 */
final class OwnPorts {

  private final Set<Integer> ports = ConcurrentHashMap.newKeySet();

  void add(int port) {
    ports.add(port);
  }

  /** Whether that is a listener of ours. */
  boolean isOwn(String host, int port) {
    return ports.contains(port) && isHere(host);
  }

  private static boolean isHere(String host) {
    if (host.equals("localhost") || host.endsWith(".localhost")) {
      return true;
    }
    return Ip.parse(host).map(OwnPorts::isOfThisMachine).orElse(false);
  }

  private static boolean isOfThisMachine(Ip ip) {
    try {
      var address = InetAddress.getByAddress(ip.toBytes());
      return address.isLoopbackAddress()
          || address.isAnyLocalAddress()
          || NetworkInterface.getByInetAddress(address) != null;
    } catch (UnknownHostException | SocketException _) {
      // Not known: better one request too few than a circle.
      return true;
    }
  }
}
