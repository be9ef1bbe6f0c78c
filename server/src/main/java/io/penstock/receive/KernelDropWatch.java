package io.penstock.receive;

import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the kernel's drop counters every few seconds, into the metrics and a warning. */
final class KernelDropWatch {

  private static final Logger LOG = LoggerFactory.getLogger(KernelDropWatch.class);
  private static final Duration EVERY = Duration.ofSeconds(5);

  private final KernelSockets kernel;
  private final Map<UdpSocket, Long> inodes;
  private final ReceiveMetrics metrics;
  private final SampledWarning warning;
  private final Map<UdpSocket, Long> seen = new HashMap<>();
  private final CountDownLatch stopped = new CountDownLatch(1);

  /**
   * @param inodes the kernel's numbers of the sockets, of those for which it tells
   */
  KernelDropWatch(
      KernelSockets kernel,
      Map<UdpSocket, Long> inodes,
      ReceiveMetrics metrics,
      InstantSource clock) {
    this.kernel = kernel;
    this.inodes = Map.copyOf(inodes);
    this.metrics = metrics;
    this.warning = new SampledWarning(clock);
    // A series that starts at zero shows its first increase; one that appears with it does not.
    inodes.keySet().forEach(socket -> metrics.kernelDrops.labelValues(socket.name()).inc(0));
  }

  void start() {
    Thread.ofVirtual().name("udp-kernel-drops").start(this::run);
  }

  /** Ends the watch after a last look; the sockets must still be open. */
  void stop() {
    check();
    stopped.countDown();
  }

  /** Datagrams the kernel dropped at a socket so far; empty where it does not tell. */
  OptionalLong drops(UdpSocket socket) {
    var inode = inodes.get(socket);
    return inode == null ? OptionalLong.empty() : kernel.drops(inode);
  }

  private void run() {
    try {
      while (!stopped.await(EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        check();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  synchronized void check() {
    if (inodes.isEmpty() || stopped.getCount() == 0) {
      return;
    }
    var rows = kernel.all();
    inodes.forEach(
        (socket, inode) -> {
          var row = rows.get(inode);
          if (row != null) {
            count(socket, row.drops());
          }
        });
  }

  private void count(UdpSocket socket, long drops) {
    long before = seen.getOrDefault(socket, 0L);
    if (drops <= before) {
      return;
    }
    seen.put(socket, drops);
    metrics.kernelDrops.labelValues(socket.name()).inc(drops - before);
    warning.warn(
        held ->
            LOG.atError()
                .addKeyValue("socket", socket.name())
                .addKeyValue("dropped", drops - before)
                .addKeyValue("droppedSinceStart", drops)
                .addKeyValue("repeated", held)
                .addKeyValue("bufferBytes", socket.bufferGranted())
                .log("the kernel dropped datagrams, the receive buffer was full"));
  }
}
