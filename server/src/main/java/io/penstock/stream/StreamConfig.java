package io.penstock.stream;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How connections are received.
 *
 * @param listeners what to listen on
 * @param connectionsMax connections at a time; beyond it one that has sent no message yet makes
 *     room for the newest, and if there is none, the newest is refused
 * @param connectionsPerAddressMax connections of one address at a time
 * @param partialBytesMax memory that messages whose end has not come may take together; beyond it
 *     the connection goes whose message has been incomplete for longest
 * @param chunkBytes octets read at a time, a buffer of that size for each connection
 * @param handshakeTimeout how long a TLS handshake may take
 * @param messageTimeout how long a message may take from its first octet to its last
 * @param idleTimeout how long a connection may be silent; quiet networks export nothing for hours
 * @param drainMax how long a stop waits for exporters to close their end
 */
public record StreamConfig(
    List<Listener> listeners,
    int connectionsMax,
    int connectionsPerAddressMax,
    long partialBytesMax,
    int chunkBytes,
    Duration handshakeTimeout,
    Duration messageTimeout,
    Duration idleTimeout,
    Duration drainMax) {

  /**
   * One TCP port.
   *
   * @param name as it appears in metrics and logs
   * @param address where to bind; port 0 lets the system choose
   * @param tls the keys, if connections are to be encrypted
   */
  public record Listener(String name, InetSocketAddress address, Optional<TlsConfig> tls) {

    /** A plain listener on every address of both families. */
    public static Listener plain(String name, int port) {
      return new Listener(name, new InetSocketAddress(port), Optional.empty());
    }

    /** A TLS listener on every address of both families. */
    public static Listener tls(String name, int port, TlsConfig keys) {
      return new Listener(name, new InetSocketAddress(port), Optional.of(keys));
    }
  }

  public StreamConfig {
    listeners = List.copyOf(listeners);
    if (connectionsMax < 1 || connectionsPerAddressMax < 1 || chunkBytes < 1) {
      throw new IllegalArgumentException(
          "connectionsMax, connectionsPerAddressMax and chunkBytes must be at least 1");
    }
  }

  /** The defaults, with as many connections as a sixteenth of the heap has room for. */
  public static StreamConfig of(List<Listener> listeners) {
    int chunkBytes = 16 << 10;
    long heap = Runtime.getRuntime().maxMemory();
    return new StreamConfig(
        listeners,
        Math.clamp(heap / 16 / (chunkBytes + (8 << 10)), 16, 1_000),
        64,
        heap / 32,
        chunkBytes,
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofHours(24),
        Duration.ofSeconds(1));
  }

  /** Connections at a time, overall and of one address. */
  public StreamConfig withConnections(int most, int mostPerAddress) {
    return new StreamConfig(
        listeners,
        most,
        mostPerAddress,
        partialBytesMax,
        chunkBytes,
        handshakeTimeout,
        messageTimeout,
        idleTimeout,
        drainMax);
  }

  public StreamConfig withPartialBytesMax(long bytes) {
    return new StreamConfig(
        listeners,
        connectionsMax,
        connectionsPerAddressMax,
        bytes,
        chunkBytes,
        handshakeTimeout,
        messageTimeout,
        idleTimeout,
        drainMax);
  }

  /** How long a handshake, a message and a silence may take. */
  public StreamConfig withTimeouts(Duration handshake, Duration message, Duration idle) {
    return new StreamConfig(
        listeners,
        connectionsMax,
        connectionsPerAddressMax,
        partialBytesMax,
        chunkBytes,
        handshake,
        message,
        idle,
        drainMax);
  }
}
