package io.penstock.stream;

import io.penstock.receive.SampledWarning;
import io.penstock.stream.StreamConfig.Listener;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Listens for TCP connections of IPFIX exporters (RFC 7011 §10.4), and sees to it that none stays
 * longer or takes more than allowed.
 *
 * <p>The JDK's blocking sockets on virtual threads: a session is straight-line code that way, and
 * some hundreds of connections that mostly wait need no event loop.
 */
public final class StreamReceiver implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(StreamReceiver.class);

  private static final int BACKLOG = 128;
  private static final Duration CHECK_INTERVAL = Duration.ofMillis(250);
  private static final Duration PAUSE_AFTER_ERROR = Duration.ofMillis(50);

  /** A stopping server closes a connection on which nothing came for so long. */
  private static final Duration QUIET = Duration.ofMillis(150);

  /** Seconds of silence after which the kernel asks whether an exporter is still there. */
  private static final int KEEPALIVE_IDLE_SECONDS = 60;

  private static final int KEEPALIVE_INTERVAL_SECONDS = 20;
  private static final int KEEPALIVE_PROBES = 3;

  private final StreamConfig config;
  private final Function<InetAddress, Lane> lanes;
  private final StreamMetrics metrics;
  private final InstantSource clock;
  private final Connections connections;
  private final List<Port> ports = new ArrayList<>();
  private final Map<Ending, SampledWarning> warnings = new EnumMap<>(Ending.class);
  private final SampledWarning refusalWarning;
  private final SampledWarning acceptWarning;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread watch = Thread.ofVirtual().name("stream-watch").unstarted(this::watch);

  private record Port(Listener listener, ServerSocket socket, @Nullable TlsKeys keys) {}

  /**
   * Binds every port; nothing is accepted before {@link #start}.
   *
   * @param lanes the way of the messages of an address
   * @throws UncheckedIOException when a port cannot be bound; then none is
   */
  public StreamReceiver(
      StreamConfig config,
      Function<InetAddress, Lane> lanes,
      PrometheusRegistry registry,
      InstantSource clock) {
    this.config = config;
    this.lanes = lanes;
    this.metrics = new StreamMetrics(registry);
    this.clock = clock;
    this.connections = new Connections(config, metrics);
    this.refusalWarning = new SampledWarning(clock);
    this.acceptWarning = new SampledWarning(clock);
    for (var ending : Ending.values()) {
      warnings.put(ending, new SampledWarning(clock));
    }
    config.listeners().forEach(this::bind);
  }

  private void bind(Listener listener) {
    try {
      // Keys first: they are what operators get wrong.
      var keys = listener.tls().map(TlsKeys::new).orElse(null);
      var socket = new ServerSocket();
      ports.add(new Port(listener, socket, keys));
      socket.setReuseAddress(true);
      socket.bind(listener.address(), BACKLOG);
      noteExpiry(listener, keys);
      LOG.atInfo()
          .addKeyValue("listener", listener.name())
          .addKeyValue("port", socket.getLocalPort())
          .log("tcp socket bound");
    } catch (IOException e) {
      closePorts();
      throw new UncheckedIOException(
          "cannot listen on TCP port %d for %s: %s; stop what uses it or choose another port"
              .formatted(listener.address().getPort(), listener.name(), e.getMessage()),
          e);
    } catch (IllegalArgumentException e) {
      closePorts();
      throw e;
    }
  }

  private void noteExpiry(Listener listener, @Nullable TlsKeys keys) {
    if (keys != null) {
      metrics
          .certificateExpiry
          .labelValues(listener.name())
          .set((double) keys.expiry().getEpochSecond());
    }
  }

  /** Starts to accept. */
  public void start() {
    for (var port : ports) {
      Thread.ofPlatform().name("accept-" + port.listener.name()).daemon().start(() -> accept(port));
    }
    watch.start();
  }

  /** How it is now; the ports are those that the system chose, if 0 was asked for. */
  public StreamStatus status() {
    var numbers = new LinkedHashMap<String, Integer>();
    for (var port : ports) {
      numbers.put(port.listener.name(), port.socket.getLocalPort());
    }
    return new StreamStatus(
        numbers, connections.count(), (long) metrics.messages.get(), (long) metrics.bytes.get());
  }

  private void accept(Port port) {
    while (stopping.getCount() > 0) {
      try {
        take(port, port.socket.accept());
      } catch (IOException e) {
        if (stopping.getCount() > 0) {
          acceptFailed(port, e);
        }
      }
    }
  }

  /** Most likely no file descriptors are left: it gets better, or an operator sees it. */
  private void acceptFailed(Port port, IOException e) {
    metrics.acceptErrors.inc();
    acceptWarning.warn(
        held ->
            LOG.atWarn()
                .addKeyValue("listener", port.listener.name())
                .addKeyValue("repeated", held)
                .setCause(e)
                .log("accepting a connection failed"));
    LockSupport.parkNanos(PAUSE_AFTER_ERROR.toNanos());
  }

  private void take(Port port, Socket socket) throws IOException {
    try {
      keepAlive(socket);
      var connection = connection(port, socket);
      var refusal = connections.admit(connection);
      if (refusal == null) {
        metrics.accepted.labelValues(port.listener.name()).inc();
        metrics.open.labelValues(port.listener.name()).inc();
        Thread.ofVirtual().name("stream-" + connection.remote()).start(() -> run(connection));
        return;
      }
      metrics.refused(refusal);
      refusalWarning.warn(
          held ->
              LOG.atWarn()
                  .addKeyValue("exporter", connection.remote())
                  .addKeyValue("why", refusal)
                  .addKeyValue("repeated", held)
                  .log("connection refused"));
      socket.close();
    } catch (IOException e) {
      // It went away before it was begun with.
      socket.close();
      LOG.atDebug().setCause(e).log("connection not taken");
    } catch (RuntimeException e) {
      socket.close();
      metrics.acceptErrors.inc();
      acceptWarning.warn(
          held ->
              LOG.atError().addKeyValue("repeated", held).setCause(e).log("connection not taken"));
    }
  }

  private Connection connection(Port port, Socket socket) throws IOException {
    if (!(socket.getRemoteSocketAddress() instanceof InetSocketAddress remote)) {
      throw new IOException("the connection is closed already");
    }
    return new Connection(
        socket,
        port.keys,
        port.listener.name(),
        lanes.apply(remote.getAddress()),
        config,
        metrics,
        clock,
        connections);
  }

  /** An exporter that lost its power says nothing, like one that has nothing to say. */
  private static void keepAlive(Socket socket) throws IOException {
    socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    if (socket.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPIDLE)) {
      socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS);
      socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, KEEPALIVE_INTERVAL_SECONDS);
      socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, KEEPALIVE_PROBES);
    }
  }

  private void run(Connection connection) {
    LOG.atDebug().addKeyValue("exporter", connection.remote()).log("connection opened");
    connection.run();
    var why = connection.ending();
    metrics.open.labelValues(connection.listener()).dec();
    metrics.ended(why);
    if (why.level() == Level.DEBUG) {
      LOG.atDebug()
          .addKeyValue("exporter", connection.remote())
          .addKeyValue("why", why)
          .log("connection over");
      return;
    }
    var warning = warnings.get(why);
    if (warning != null) {
      warning.warn(
          held ->
              LOG.atLevel(why.level())
                  .addKeyValue("exporter", connection.remote())
                  .addKeyValue("listener", connection.listener())
                  .addKeyValue("why", why)
                  .addKeyValue("repeated", held)
                  .log(why.message()));
    }
  }

  private void watch() {
    try {
      while (!stopping.await(CHECK_INTERVAL.toNanos(), TimeUnit.NANOSECONDS)) {
        long now = System.nanoTime();
        connections.all().forEach(connection -> connection.check(now));
        ports.forEach(this::lookAtKeys);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void lookAtKeys(Port port) {
    if (port.keys == null) {
      return;
    }
    switch (port.keys.look()) {
      case TAKEN -> {
        metrics.reloads.inc();
        noteExpiry(port.listener, port.keys);
      }
      case REFUSED -> metrics.failedReloads.inc();
      case UNCHANGED -> {}
    }
  }

  /** Stops within a second or two: {@link #stop}. */
  @Override
  public void close() {
    stop(config.drainMax().plusSeconds(1));
  }

  /**
   * Accepts no more, tells the exporters, and reads what they have sent until they close their end,
   * nothing more comes, or the time to drain is over. Everything read is decoded before this
   * returns, as long as the workers go on.
   */
  public synchronized void stop(Duration atMost) {
    if (stopping.getCount() == 0) {
      return;
    }
    stopping.countDown();
    closePorts();
    long end = System.nanoTime() + atMost.toNanos();
    long drainEnd = System.nanoTime() + Math.min(atMost.toNanos() / 2, config.drainMax().toNanos());
    connections.all().forEach(Connection::hangUp);
    try {
      var left = connections.all();
      while (!left.isEmpty() && System.nanoTime() - end < 0) {
        long now = System.nanoTime();
        for (var connection : left) {
          if (now - drainEnd > 0 || connection.isQuietFor(QUIET, now)) {
            connection.end(Ending.STOPPED);
          }
        }
        var _ = left.getFirst().awaitEnd(Duration.ofMillis(20));
        left = connections.all();
      }
      LOG.atInfo().addKeyValue("abandoned", left.size()).log("stream receiver stopped");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      connections.all().forEach(connection -> connection.end(Ending.STOPPED));
    }
  }

  private void closePorts() {
    for (var port : ports) {
      try {
        port.socket.close();
      } catch (IOException e) {
        LOG.atWarn().addKeyValue("listener", port.listener.name()).setCause(e).log("not closed");
      }
    }
  }
}
