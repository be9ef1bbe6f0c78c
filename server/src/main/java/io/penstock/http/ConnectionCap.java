package io.penstock.http;

import io.penstock.event.Ip;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How many connections one address may have, so that one client cannot have them all. Trusted
 * proxies, who bring many clients, may have any number. For the one thread that accepts.
 */
final class ConnectionCap {

  /** After so many connections the closed ones of all addresses are forgotten. */
  private static final int SWEEP_EVERY = 1024;

  private final int perAddressMax;
  private final ProxyConfig proxies;
  private final Map<Ip, List<SocketChannel>> open = new HashMap<>();
  private final Counter refused;
  private int sinceSweep;

  ConnectionCap(HttpConfig.Clients config, PrometheusRegistry registry) {
    this.perAddressMax = config.connectionsPerAddressMax();
    this.proxies = config.proxies();
    this.refused =
        Counter.builder()
            .name("telemetry_http_connections_refused_total")
            .help("Connections closed at once because their address had too many.")
            .register(registry);
  }

  /** Notes a connection; false when its address has as many as it may have. */
  boolean admits(SocketChannel channel) throws IOException {
    if (!(channel.getRemoteAddress() instanceof InetSocketAddress peer)) {
      return true;
    }
    var ip = Ip.of(peer.getAddress());
    if (proxies.trusts(ip)) {
      return true;
    }
    if (++sinceSweep >= SWEEP_EVERY) {
      sweep();
    }
    var ofClient = open.computeIfAbsent(ClientAddress.ofOneClient(ip), _ -> new ArrayList<>());
    if (ofClient.size() >= perAddressMax) {
      ofClient.removeIf(other -> !other.isOpen());
    }
    if (ofClient.size() >= perAddressMax) {
      refused.inc();
      return false;
    }
    ofClient.add(channel);
    return true;
  }

  private void sweep() {
    sinceSweep = 0;
    open.values()
        .removeIf(
            ofClient -> {
              ofClient.removeIf(channel -> !channel.isOpen());
              return ofClient.isEmpty();
            });
  }
}
