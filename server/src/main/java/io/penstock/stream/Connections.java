package io.penstock.stream;

import io.penstock.stream.StreamMetrics.Refusal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The open connections by their exporter, and the limits on what they take. Safe for all threads.
 */
final class Connections {

  private final StreamConfig config;
  private final StreamMetrics metrics;
  private final Map<InetSocketAddress, Connection> open = new HashMap<>();
  private final Map<InetAddress, Integer> perAddress = new HashMap<>();
  private final AtomicLong partialBytes = new AtomicLong();

  Connections(StreamConfig config, StreamMetrics metrics) {
    this.config = config;
    this.metrics = metrics;
  }

  /**
   * Takes a connection in, if the limits allow it.
   *
   * <p>An exporter that connects again from the same port has lost its earlier connection, which we
   * may not know yet. The earlier one has to end first, or else its end would take the templates of
   * the new one with it.
   *
   * @return why not; null if it was taken in
   */
  synchronized @Nullable Refusal admit(Connection connection) {
    var remote = connection.remote();
    var earlier = open.get(remote);
    if (earlier != null) {
      remove(earlier);
      connection.follow(earlier);
      earlier.end(Ending.REPLACED);
    }
    if (perAddress.getOrDefault(remote.getAddress(), 0) >= config.connectionsPerAddressMax()) {
      return Refusal.TOO_MANY_OF_ADDRESS;
    }
    if (open.size() >= config.connectionsMax() && !displaceSilent()) {
      return Refusal.TOO_MANY;
    }
    open.put(remote, connection);
    perAddress.merge(remote.getAddress(), 1, Integer::sum);
    return null;
  }

  /** Ends the eldest connection that has sent no message yet. */
  private boolean displaceSilent() {
    Connection eldest = null;
    for (var connection : open.values()) {
      if (!connection.hasSpoken()
          && (eldest == null || connection.openedNanos() - eldest.openedNanos() < 0)) {
        eldest = connection;
      }
    }
    if (eldest == null) {
      return false;
    }
    remove(eldest);
    eldest.end(Ending.DISPLACED);
    return true;
  }

  /** Lets go of a connection that is over; again does nothing. */
  synchronized void remove(Connection connection) {
    if (open.remove(connection.remote(), connection)) {
      perAddress.computeIfPresent(
          connection.remote().getAddress(), (_, count) -> count == 1 ? null : count - 1);
    }
  }

  synchronized int count() {
    return open.size();
  }

  synchronized List<Connection> all() {
    return List.copyOf(open.values());
  }

  /** Accounts for memory of incomplete messages, and ends whose is the eldest if it is too much. */
  void hold(int change) {
    metrics.partialBytes.inc(change);
    if (partialBytes.addAndGet(change) <= config.partialBytesMax() || change <= 0) {
      return;
    }
    Connection eldest = null;
    for (var connection : all()) {
      if (connection.isPartial()
          && (eldest == null || connection.partialNanos() - eldest.partialNanos() < 0)) {
        eldest = connection;
      }
    }
    if (eldest != null) {
      eldest.end(Ending.MEMORY);
    }
  }
}
