package io.penstock.forward;

import io.penstock.receive.DatagramHandler;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/**
 * Sends datagrams on to other collectors. Each destination has a queue and a thread of its own, so
 * that one that is slow or away costs the others nothing, and the workers a copy.
 */
public final class Forwarder implements AutoCloseable {

  /** How long a stop waits for the destinations to get what waits for them. */
  private static final Duration STOP = Duration.ofMillis(500);

  private final List<Sender> senders;

  /** Ports and, beside them, which destinations want what comes there. */
  private volatile Wanted wanted = new Wanted(new int[0], new int[0]);

  private record Wanted(int[] ports, int[] senders) {}

  public Forwarder(ForwardConfig config, PrometheusRegistry registry, InstantSource clock) {
    this(config, Names.system(), Resolver.Rhythm.DEFAULT, registry, clock);
  }

  Forwarder(
      ForwardConfig config,
      Names names,
      Resolver.Rhythm rhythm,
      PrometheusRegistry registry,
      InstantSource clock) {
    var metrics = new ForwardMetrics(registry);
    this.senders =
        config.destinations().stream()
            .map(
                destination ->
                    new Sender(
                        destination,
                        config.queueBytes(),
                        new Resolver(destination, names, rhythm, clock),
                        metrics,
                        clock))
            .toList();
  }

  /**
   * A worker's handler that gives what it handles to the destinations first; the same handler when
   * there are none.
   */
  public DatagramHandler tap(DatagramHandler handler) {
    return senders.isEmpty() ? handler : new Tap(handler, this, senders);
  }

  /**
   * Starts to send; to be called before datagrams are handled.
   *
   * @param listeners their names by port
   * @throws IllegalStateException when a destination cannot be as it was asked for, with the line
   *     for the operator
   */
  public void start(Map<Integer, String> listeners) {
    var ports = listeners.keySet().stream().mapToInt(Integer::intValue).toArray();
    var masks = new int[ports.length];
    for (int i = 0; i < ports.length; i++) {
      masks[i] = wantedAt(listeners.getOrDefault(ports[i], ""));
    }
    wanted = new Wanted(ports, masks);
    var self = new Self(listeners.keySet());
    senders.forEach(sender -> sender.start(self));
  }

  private int wantedAt(String listener) {
    int mask = 0;
    for (int i = 0; i < senders.size(); i++) {
      mask |= senders.get(i).wants(listener) ? 1 << i : 0;
    }
    return mask;
  }

  /** The destinations, as bits, that want what comes to a port. */
  int wantedOn(int localPort) {
    var now = wanted;
    for (int i = 0; i < now.ports.length; i++) {
      if (now.ports[i] == localPort) {
        return now.senders[i];
      }
    }
    return 0;
  }

  /** Sends what waits, for a moment; nothing is handled any more. */
  @Override
  public void close() {
    long end = System.nanoTime() + STOP.toNanos();
    senders.forEach(Sender::finish);
    for (var sender : senders) {
      sender.stop(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
    }
  }
}
