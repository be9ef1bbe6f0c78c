package io.penstock.intercept;

import io.penstock.event.Ip;
import io.penstock.intercept.InterceptConfig.Limits;
import io.penstock.intercept.InterceptMetrics.Refusal;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** How many connections and handshakes there are room for. For any number of threads. */
final class Slots {

  private final Limits limits;
  private final InterceptMetrics metrics;
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger handshakes = new AtomicInteger();
  private final ConcurrentHashMap<Ip, Integer> ofAddress = new ConcurrentHashMap<>();

  Slots(Limits limits, InterceptMetrics metrics) {
    this.limits = limits;
    this.metrics = metrics;
  }

  /** Makes room for a connection, which {@link #leave} gives back; or counts its refusal. */
  boolean enter(Ip address) {
    if (connections.incrementAndGet() > limits.connections()) {
      connections.decrementAndGet();
      metrics.refused(Refusal.CONNECTIONS);
      return false;
    }
    if (ofAddress.merge(address, 1, Integer::sum) > limits.connectionsPerAddress()) {
      leave(address);
      metrics.refused(Refusal.CONNECTIONS_OF_ADDRESS);
      return false;
    }
    return true;
  }

  void leave(Ip address) {
    connections.decrementAndGet();
    ofAddress.computeIfPresent(address, (_, count) -> count == 1 ? null : count - 1);
  }

  /** Makes room for a handshake, which {@link #shaken} gives back; or counts its refusal. */
  boolean shake() {
    if (handshakes.incrementAndGet() > limits.handshakes()) {
      handshakes.decrementAndGet();
      metrics.refused(Refusal.HANDSHAKES);
      return false;
    }
    return true;
  }

  void shaken() {
    handshakes.decrementAndGet();
  }
}
