package io.penstock.forward;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Set;

/**
 * Where this server itself receives: what is forwarded there comes back, and is forwarded again.
 *
 * @param ports of all listeners
 */
record Self(Set<Integer> ports) {

  boolean is(InetAddress address, int port) {
    return ports.contains(port) && isLocal(address);
  }

  private static boolean isLocal(InetAddress address) {
    if (address.isLoopbackAddress() || address.isAnyLocalAddress()) {
      return true;
    }
    try {
      return NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException _) {
      return false;
    }
  }
}
