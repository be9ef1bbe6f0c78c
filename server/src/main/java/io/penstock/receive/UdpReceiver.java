package io.penstock.receive;

import io.penstock.receive.ReceiveConfig.Listener;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives datagrams on every listener's port, over IPv4 and IPv6, and has workers handle them.
 *
 * <p>Sockets copy what arrives into batches, one for each worker, and queue these whole: a queue
 * that passes single datagrams would cost more than the decoding. Which worker a datagram goes to
 * depends on its sender's address alone, whatever listener or socket it came by, so that an
 * exporter's templates and data stay in order.
 */
public final class UdpReceiver implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(UdpReceiver.class);

  private final ReceiveConfig config;
  private final ReceiveMetrics metrics;
  private final InstantSource clock;
  private final KernelSockets kernel = new KernelSockets(Path.of("/proc"));
  private final BatchPool pool;
  private final List<Worker> workers = new ArrayList<>();
  private final List<UdpSocket> sockets = new ArrayList<>();
  private final Map<String, Integer> ports = new HashMap<>();
  private final Map<UdpSocket, Long> inodes = new HashMap<>();
  private final KernelDropWatch watch;
  private boolean closed;

  /**
   * Binds every port; nothing is read before {@link #start}.
   *
   * @param handlers makes the handler of each worker, numbered from 0
   * @throws UncheckedIOException when a port cannot be bound; then none is
   */
  public UdpReceiver(
      ReceiveConfig config,
      IntFunction<DatagramHandler> handlers,
      PrometheusRegistry registry,
      InstantSource clock) {
    this.config = config;
    this.metrics = new ReceiveMetrics(registry);
    this.clock = clock;
    this.pool = new BatchPool(config.batchBytes());
    for (int i = 0; i < config.workers(); i++) {
      workers.add(new Worker("decode-" + i, handlers.apply(i), config, pool, metrics, clock));
    }
    config.listeners().forEach(this::bind);
    this.watch = new KernelDropWatch(kernel, inodes, metrics, clock);
  }

  /**
   * The worker, from 0, that handles an exporter's datagrams: by address alone, so an exporter that
   * changes its port keeps its worker.
   */
  public static int workerOf(InetAddress exporter, int workers) {
    int hash = exporter.hashCode() * 0x9e3779b9;
    return (hash >>> 16) % workers;
  }

  /**
   * Has a worker run a task in its turn, and waits while too many of them are queued. For what
   * exporters send by other ways than datagrams: by the worker that {@link #workerOf} names, it
   * meets the state that their datagrams left.
   *
   * @return false if the receiver has stopped and the task was not taken
   */
  public boolean put(int worker, WorkerTask task) throws InterruptedException {
    return workers.get(worker).put(task);
  }

  /** Starts to read. */
  public void start() {
    workers.forEach(Worker::start);
    sockets.forEach(UdpSocket::start);
    watch.start();
    metrics.ready(true);
  }

  /** The port of a listener, chosen by the system if 0 was asked for. */
  public int port(String listener) {
    var port = ports.get(listener);
    if (port == null) {
      throw new IllegalArgumentException("no listener is called " + listener);
    }
    return port;
  }

  /** Every socket as it is now. */
  public List<SocketStatus> status() {
    return sockets.stream().map(socket -> socket.status(watch.drops(socket))).toList();
  }

  /** Stops within 10 seconds: {@link #stop}. */
  @Override
  public void close() {
    stop(Duration.ofSeconds(10));
  }

  /**
   * Stops in the order of the path: reads what the kernel still holds, closes the sockets, lets the
   * workers handle and flush what is queued. What time does not allow is dropped and counted.
   */
  public synchronized void stop(Duration atMost) {
    if (closed) {
      return;
    }
    closed = true;
    var deadline = Deadline.after(atMost);
    var drain =
        Deadline.after(atMost.compareTo(config.drainMax()) < 0 ? atMost : config.drainMax());
    metrics.ready(false);
    watch.stop();
    sockets.forEach(socket -> socket.stop(drain));
    sockets.forEach(socket -> socket.join(deadline));
    workers.forEach(worker -> worker.stop(deadline));
    LOG.atInfo().addKeyValue("sockets", sockets.size()).log("udp receiver stopped");
  }

  /** For tests: counts what the kernel dropped now, not at the watch's next look. */
  void checkKernelDrops() {
    watch.check();
  }

  private void bind(Listener listener) {
    var address = listener.address();
    for (int i = 0; i < config.socketsPerListener(); i++) {
      try {
        var before = kernel.own();
        var name = listener.name() + "-" + i;
        var socket = open(name, listener, address);
        sockets.add(socket);
        ports.put(listener.name(), socket.port());
        // Port 0: the others share what the first was given.
        address = new InetSocketAddress(address.getAddress(), socket.port());
        findInode(socket, before);
        report(socket);
      } catch (IOException e) {
        metrics.bindErrors.inc();
        sockets.forEach(UdpSocket::discard);
        throw new UncheckedIOException(
            "cannot listen on UDP port %d for %s: %s; stop what uses it or choose another port"
                .formatted(address.getPort(), listener.name(), e.getMessage()),
            e);
      }
    }
  }

  private UdpSocket open(String name, Listener listener, InetSocketAddress address)
      throws IOException {
    var channel = openBound(address);
    try {
      return new UdpSocket(name, listener.name(), config, channel, workers, pool, metrics, clock);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * A wildcard address means both families, by one IPv6 socket that takes IPv4 too (RFC 3493 §3.7);
   * where the system has no IPv6, IPv4 alone.
   */
  private DatagramChannel openBound(InetSocketAddress address) throws IOException {
    if (!address.getAddress().isAnyLocalAddress()) {
      return bound(null, address);
    }
    try {
      return bound(null, address);
    } catch (BindException e) {
      // The port is taken: IPv4 alone would hide that.
      throw e;
    } catch (IOException e) {
      try {
        var channel =
            bound(StandardProtocolFamily.INET, new InetSocketAddress(anyV4(), address.getPort()));
        LOG.atWarn()
            .addKeyValue("port", address.getPort())
            .addKeyValue("why", e.getMessage())
            .log("no IPv6 for UDP, listening on IPv4 only");
        return channel;
      } catch (IOException second) {
        second.addSuppressed(e);
        throw second;
      }
    }
  }

  private static InetAddress anyV4() throws UnknownHostException {
    return Inet4Address.getByAddress(new byte[4]);
  }

  private DatagramChannel bound(@Nullable StandardProtocolFamily family, InetSocketAddress address)
      throws IOException {
    var channel = family == null ? DatagramChannel.open() : DatagramChannel.open(family);
    try {
      if (config.socketsPerListener() > 1) {
        channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      }
      channel.setOption(StandardSocketOptions.SO_RCVBUF, config.bufferBytes());
      return channel.bind(address);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * The inode is what the kernel calls a socket in its table. Sockets on one port look alike there,
   * so it is the one that this process did not have before.
   */
  private void findInode(UdpSocket socket, Map<Long, KernelSockets.Row> before) {
    for (var row : kernel.own().values()) {
      if (row.port() == socket.port() && !before.containsKey(row.inode())) {
        inodes.put(socket, row.inode());
      }
    }
  }

  private void report(UdpSocket socket) {
    metrics.bufferGranted.labelValues(socket.name()).set(socket.bufferGranted());
    LOG.atInfo()
        .addKeyValue("socket", socket.name())
        .addKeyValue("port", socket.port())
        .addKeyValue("bufferBytes", socket.bufferGranted())
        .log("udp socket bound");
    if (socket.bufferGranted() < config.bufferBytes() && sockets.size() == 1) {
      LOG.atWarn()
          .addKeyValue("requestedBytes", config.bufferBytes())
          .addKeyValue("grantedBytes", socket.bufferGranted())
          .addKeyValue("remedy", "sysctl -w net.core.rmem_max=" + config.bufferBytes())
          .log("the kernel grants a smaller UDP receive buffer than asked for, bursts may be lost");
    }
  }
}
