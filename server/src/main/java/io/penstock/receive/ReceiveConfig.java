package io.penstock.receive;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * How datagrams are received.
 *
 * @param listeners what to listen on
 * @param socketsPerListener sockets that share each listener's port (SO_REUSEPORT), each with a
 *     thread; the kernel spreads exporters over them by address and port
 * @param workers threads that handle datagrams; an exporter's address always meets the same one
 * @param bufferBytes receive buffer to ask of the kernel for each socket
 * @param queueBatches batches that may wait for each worker
 * @param batchBytes payload octets in a batch; at least one largest datagram
 * @param lull how long a socket that ran dry is left alone before it is read again, so that a batch
 *     gathers; zero reads on at once
 * @param patience how long a socket waits for room in a worker's queue before it drops a batch
 * @param drainMax how long a stopping socket goes on reading what the kernel still holds
 */
public record ReceiveConfig(
    List<Listener> listeners,
    int socketsPerListener,
    int workers,
    int bufferBytes,
    int queueBatches,
    int batchBytes,
    Duration lull,
    Duration patience,
    Duration drainMax) {

  /**
   * One UDP port.
   *
   * @param name as it appears in metrics and logs
   * @param address where to bind; port 0 lets the system choose
   */
  public record Listener(String name, InetSocketAddress address) {

    /** A listener on every address of both families. */
    public static Listener everywhere(String name, int port) {
      return new Listener(name, new InetSocketAddress(port));
    }
  }

  public ReceiveConfig {
    listeners = List.copyOf(listeners);
    atLeast(1, socketsPerListener, "socketsPerListener");
    atLeast(1, workers, "workers");
    atLeast(1, bufferBytes, "bufferBytes");
    atLeast(1, queueBatches, "queueBatches");
    atLeast(DatagramBatch.DATAGRAM_BYTES_MAX, batchBytes, "batchBytes");
  }

  private static void atLeast(int least, int value, String name) {
    if (value < least) {
      throw new IllegalArgumentException(name + " must be at least " + least + ", it is " + value);
    }
  }

  /** The defaults, with one worker per processor. */
  public static ReceiveConfig of(List<Listener> listeners) {
    return new ReceiveConfig(
        listeners,
        1,
        Runtime.getRuntime().availableProcessors(),
        64 << 20,
        32,
        256 << 10,
        Duration.ofMillis(2),
        Duration.ofSeconds(1),
        Duration.ofSeconds(2));
  }

  public ReceiveConfig withSocketsPerListener(int sockets) {
    return new ReceiveConfig(
        listeners,
        sockets,
        workers,
        bufferBytes,
        queueBatches,
        batchBytes,
        lull,
        patience,
        drainMax);
  }

  public ReceiveConfig withWorkers(int count) {
    return new ReceiveConfig(
        listeners,
        socketsPerListener,
        count,
        bufferBytes,
        queueBatches,
        batchBytes,
        lull,
        patience,
        drainMax);
  }

  public ReceiveConfig withBufferBytes(int bytes) {
    return new ReceiveConfig(
        listeners,
        socketsPerListener,
        workers,
        bytes,
        queueBatches,
        batchBytes,
        lull,
        patience,
        drainMax);
  }

  public ReceiveConfig withLull(Duration pause) {
    return new ReceiveConfig(
        listeners,
        socketsPerListener,
        workers,
        bufferBytes,
        queueBatches,
        batchBytes,
        pause,
        patience,
        drainMax);
  }

  /** Batches that may wait for each worker, and for how long a socket waits for room. */
  public ReceiveConfig withQueue(int batches, Duration wait) {
    return new ReceiveConfig(
        listeners,
        socketsPerListener,
        workers,
        bufferBytes,
        batches,
        batchBytes,
        lull,
        wait,
        drainMax);
  }
}
