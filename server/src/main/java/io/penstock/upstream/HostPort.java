package io.penstock.upstream;

import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** How a host and a port are written together (RFC 3986 §3.2). */
final class HostPort {

  private HostPort() {}

  static String text(String host, int port) {
    return host(host) + ":" + port;
  }

  /** An IPv6 address in its brackets. */
  static String host(String host) {
    return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
  }

  static String text(SocketAddress address) {
    return address instanceof InetSocketAddress internet
        ? text(NetUtil.toAddressString(internet.getAddress()), internet.getPort())
        : address.toString();
  }
}
