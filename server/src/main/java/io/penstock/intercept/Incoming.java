package io.penstock.intercept;

import io.netty.channel.Channel;
import io.penstock.event.Ip;
import io.penstock.exchange.Exchange;
import io.penstock.intercept.InterceptConfig.Kind;
import io.penstock.intercept.InterceptConfig.Listener;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of a client's connection. On its event loop. */
final class Incoming {

  private static final String LOCALHOST = "localhost";

  final Listener listener;
  final Ip ip;
  final int port;

  /** Where the client asked to be connected to, by CONNECT or SOCKS; null when it did not. */
  @Nullable Authority meant;

  /** The server name inside TLS (RFC 6066 §3); null when there was none. */
  @Nullable String sni;

  /** The host that TLS is with; null when nobody named one. */
  @Nullable String name;

  Exchange.@Nullable Tls tls;
  @Nullable Login login;

  Incoming(Listener listener, Channel channel) {
    this.listener = listener;
    var remote = (InetSocketAddress) channel.remoteAddress();
    this.ip = Ip.of(remote.getAddress());
    this.port = remote.getPort();
  }

  Kind kind() {
    return listener.kind();
  }

  boolean isSecure() {
    return tls != null;
  }

  /** Whether requests still name their servers themselves, as they do to a proxy. */
  boolean isOpenProxy() {
    return kind() == Kind.PROXY && meant == null && !isSecure();
  }

  /** Every host that the connection claims to be for; the one that is connected to comes first. */
  List<String> hosts() {
    var hosts = new ArrayList<String>(2);
    if (meant != null) {
      hosts.add(meant.host());
    }
    if (name != null && !hosts.contains(name)) {
      hosts.add(name);
    }
    return hosts;
  }

  /** The host that a certificate is made for; null when nobody named one. */
  @Nullable String certified() {
    if (name != null) {
      return name;
    }
    if (meant != null) {
      return meant.host();
    }
    return listener.host().orElse(kind() == Kind.MOCK ? LOCALHOST : null);
  }

  /** Where requests of this connection go; null when each of them says so itself. */
  @Nullable Authority destination() {
    if (meant != null) {
      // Whose address it is, is what TLS says: certificates are for names.
      return name != null && meant.isAddress() ? new Authority(name, meant.port()) : meant;
    }
    return isSecure() && name != null ? new Authority(name, towards(443)) : null;
  }

  /** The port that requests go to when they do not say. */
  int towards(int standard) {
    return listener.towards() == 0 ? standard : listener.towards();
  }

  Exchange.Client client() {
    return new Exchange.Client(ip, port, login == null ? null : login.user());
  }
}
