package io.penstock.receive;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One bound socket and the thread that reads it.
 *
 * <p>The thread works in rounds: it reads until the socket is dry, hands the batches over, and then
 * leaves the socket alone for a moment (the lull) in which the kernel gathers the next ones. Being
 * woken for every datagram costs more than reading it; a short nap makes one wake-up serve all that
 * came in it. Only a socket that stayed dry through a lull is waited for, without limit. There is
 * no lull when a round brought so much that the kernel's buffer might overflow meanwhile.
 *
 * <p>The payload is received into one direct buffer, outside the heap, and copied once, into the
 * batch of the sender's worker: receiving into an array would make the same copy, but before the
 * sender, and thus the worker, is known. The numbers are in docs/decisions/0002-udp-receive.md.
 */
final class UdpSocket {

  private static final Logger LOG = LoggerFactory.getLogger(UdpSocket.class);

  /** Datagrams read before batches are handed over, full or not, though more are waiting. */
  private static final int ROUND_MAX = 1_024;

  /** What the kernel charges to the buffer beyond a datagram's payload, about. */
  private static final int KERNEL_OVERHEAD = 900;

  /** Slots of the cache of senders; a power of two. */
  private static final int SENDERS = 4_096;

  private static final Duration PAUSE_AFTER_ERROR = Duration.ofMillis(10);

  private final String name;
  private final String listener;
  private final ReceiveConfig config;
  private final DatagramChannel channel;
  private final Selector selector;
  private final InetSocketAddress local;
  private final int bufferGranted;
  private final List<Worker> workers;
  private final BatchPool pool;
  private final ReceiveMetrics metrics;
  private final InstantSource clock;
  private final SampledWarning errorWarning;
  private final Thread thread;

  private final ByteBuffer buffer = ByteBuffer.allocateDirect(DatagramBatch.DATAGRAM_BYTES_MAX);
  private final @Nullable DatagramBatch[] filling;
  private final @Nullable InetSocketAddress[] senders = new InetSocketAddress[SENDERS];

  /** Written by the thread alone, once a round. */
  private volatile Totals totals = new Totals(0, 0, 0);

  private volatile boolean stopping;
  private volatile Deadline drainUntil = new Deadline(Long.MAX_VALUE);

  /** What was received since the start. */
  private record Totals(long datagrams, long bytes, long lastMillis) {}

  /** Takes over an open, bound channel. */
  UdpSocket(
      String name,
      String listener,
      ReceiveConfig config,
      DatagramChannel channel,
      List<Worker> workers,
      BatchPool pool,
      ReceiveMetrics metrics,
      InstantSource clock)
      throws IOException {
    this.name = name;
    this.listener = listener;
    this.config = config;
    this.channel = channel;
    this.selector = Selector.open();
    channel.configureBlocking(false);
    channel.register(selector, SelectionKey.OP_READ);
    this.local = (InetSocketAddress) channel.getLocalAddress();
    this.bufferGranted = channel.getOption(StandardSocketOptions.SO_RCVBUF);
    this.workers = workers;
    this.pool = pool;
    this.metrics = metrics;
    this.clock = clock;
    this.errorWarning = new SampledWarning(clock);
    this.filling = new DatagramBatch[workers.size()];
    this.thread = Thread.ofPlatform().name("udp-" + name).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  String name() {
    return name;
  }

  int port() {
    return local.getPort();
  }

  int bufferGranted() {
    return bufferGranted;
  }

  /** Reads what the kernel holds now, then closes; {@link #join} waits for it. */
  void stop(Deadline drain) {
    drainUntil = drain;
    stopping = true;
    selector.wakeup();
    LockSupport.unpark(thread);
  }

  /** Closes a socket that was never started. */
  void discard() {
    closeBoth();
  }

  /** Waits for the thread's end; past the deadline it closes the socket under it. */
  void join(Deadline deadline) {
    try {
      if (thread.join(deadline.remaining())) {
        return;
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    thread.interrupt();
  }

  SocketStatus status(OptionalLong kernelDrops) {
    var now = totals;
    return new SocketStatus(
        listener,
        local.getAddress().getHostAddress(),
        local.getPort(),
        config.bufferBytes(),
        bufferGranted,
        now.datagrams,
        now.bytes,
        kernelDrops,
        now.datagrams == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(now.lastMillis)));
  }

  private void run() {
    try {
      while (!stopping) {
        round();
      }
      while (!drainUntil.isOver() && read() > 0) {
        handOver();
      }
    } catch (ClosedChannelException _) {
      // Interrupted at the end of the time to stop.
    } catch (IOException e) {
      throw new UncheckedIOException("selector of socket " + name, e);
    } finally {
      handOver();
      closeBoth();
    }
  }

  private void round() throws IOException {
    var before = totals;
    int count = read();
    handOver();
    if (count == 0) {
      selector.select(_ -> {});
      return;
    }
    long held = totals.bytes - before.bytes + (long) count * KERNEL_OVERHEAD;
    // The kernel doubles what it grants to make room for its overhead (socket(7), SO_RCVBUF).
    if (count < ROUND_MAX && held < bufferGranted / 4) {
      LockSupport.parkNanos(config.lull().toNanos());
    }
  }

  /** Reads until the socket is dry or the round is full; how many datagrams. */
  private int read() throws ClosedChannelException {
    int count = 0;
    long size = 0;
    while (count < ROUND_MAX) {
      var sender = receive();
      if (sender == null) {
        break;
      }
      count++;
      size += buffer.remaining();
      add(intern(sender));
    }
    if (count > 0) {
      var before = totals;
      totals = new Totals(before.datagrams + count, before.bytes + size, clock.millis());
    }
    return count;
  }

  private @Nullable InetSocketAddress receive() throws ClosedChannelException {
    try {
      buffer.clear();
      var sender = (InetSocketAddress) channel.receive(buffer);
      buffer.flip();
      return sender;
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      metrics.socketErrors.inc();
      errorWarning.warn(
          held ->
              LOG.atWarn()
                  .addKeyValue("socket", name)
                  .addKeyValue("repeated", held)
                  .setCause(e)
                  .log("receiving a datagram failed"));
      LockSupport.parkNanos(PAUSE_AFTER_ERROR.toNanos());
      return null;
    }
  }

  private void add(InetSocketAddress sender) {
    int worker = worker(sender);
    var batch = filling[worker];
    if (batch != null && !batch.hasRoomFor(buffer.remaining())) {
      workers.get(worker).offer(batch);
      batch = null;
    }
    if (batch == null) {
      batch = pool.take();
      batch.localPort(local.getPort());
      filling[worker] = batch;
    }
    batch.add(sender, clock.millis() * 1_000_000, buffer);
  }

  private int worker(InetSocketAddress sender) {
    return UdpReceiver.workerOf(sender.getAddress(), workers.size());
  }

  /**
   * The instance that stands for equal senders, so that the many short-lived ones the channel makes
   * die young. Two senders that share a slot only displace each other.
   */
  private InetSocketAddress intern(InetSocketAddress sender) {
    int slot = (sender.hashCode() * 0x9e3779b9 >>> 16) & (SENDERS - 1);
    var known = senders[slot];
    if (known != null && known.equals(sender)) {
      return known;
    }
    senders[slot] = sender;
    return sender;
  }

  private void handOver() {
    for (int i = 0; i < filling.length; i++) {
      var batch = filling[i];
      if (batch != null) {
        filling[i] = null;
        workers.get(i).offer(batch);
      }
    }
  }

  private void closeBoth() {
    try {
      channel.close();
      selector.close();
    } catch (IOException e) {
      LOG.atWarn().addKeyValue("socket", name).setCause(e).log("closing a socket failed");
    }
  }
}
