package io.penstock.stream;

import io.penstock.receive.WorkerTask;
import io.penstock.wire.Exporter;
import io.penstock.wire.MessageFramer;
import io.penstock.wire.Rejection;
import io.penstock.wire.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection, which is one transport session (RFC 7011 §8), and the virtual thread that reads
 * it.
 *
 * <p>The thread reads a chunk, has the worker cut it into messages and decode them, and waits until
 * that is done: the chunk needs no copy, order is kept, and a worker that does not keep up stops
 * the reading, which TCP's window tells the exporter. The end of the session goes the same way,
 * behind the last chunk.
 *
 * <p>Time limits are not the thread's business, which may hang in a read or a handshake: {@link
 * #check} is called from outside now and then, and closes the socket under it.
 */
final class Connection implements Runnable {

  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  /** The versions allowed; RFC 7011 §11 forbids SSL, RFC 8996 TLS 1.0 and 1.1. */
  private static final String[] TLS_VERSIONS = {"TLSv1.3", "TLSv1.2"};

  private static final int TLS_HANDSHAKE_RECORD = 0x16;
  private static final Duration PATIENCE_AT_END = Duration.ofSeconds(5);

  /** What the thread does, for {@link #check}. */
  private enum Phase {
    HANDSHAKE,
    /** It waits for the exporter to begin a message. */
    BETWEEN_MESSAGES,
    /** It waits for the rest of a message. */
    INSIDE_MESSAGE,
    /** It waits for the worker, which is not the exporter's fault. */
    WORK
  }

  private final Socket socket;
  private final @Nullable TlsKeys keys;
  private final String listener;
  private final Exporter exporter;
  private final Lane lane;
  private final StreamConfig config;
  private final StreamMetrics metrics;
  private final InstantSource clock;
  private final Connections connections;
  private final MessageFramer framer = new MessageFramer(this::message);
  private final Chunk chunk;
  private final long openedNanos = System.nanoTime();
  private final AtomicReference<@Nullable Ending> ending = new AtomicReference<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private @Nullable Connection predecessor;

  private volatile Phase phase;
  private volatile long sinceNanos = openedNanos;
  private volatile boolean hasSpoken;
  private volatile @Nullable SSLSocket secured;

  /** Written by the worker's thread while this one waits for it. */
  private long messages;

  /** When the message that is incomplete began; moved on by the time that the worker took. */
  private volatile long partialNanos;

  private volatile boolean isPartial;

  Connection(
      Socket socket,
      @Nullable TlsKeys keys,
      String listener,
      Lane lane,
      StreamConfig config,
      StreamMetrics metrics,
      InstantSource clock,
      Connections connections) {
    this.socket = socket;
    this.keys = keys;
    this.listener = listener;
    this.exporter =
        new Exporter((InetSocketAddress) socket.getRemoteSocketAddress(), Transport.STREAM);
    this.lane = lane;
    this.config = config;
    this.metrics = metrics;
    this.clock = clock;
    this.connections = connections;
    this.chunk = new Chunk(config.chunkBytes());
    this.phase = keys == null ? Phase.BETWEEN_MESSAGES : Phase.HANDSHAKE;
  }

  InetSocketAddress remote() {
    return exporter.address();
  }

  String listener() {
    return listener;
  }

  long openedNanos() {
    return openedNanos;
  }

  /** Whether any message came. */
  boolean hasSpoken() {
    return hasSpoken;
  }

  boolean isPartial() {
    return isPartial;
  }

  long partialNanos() {
    return partialNanos;
  }

  /** Makes this one wait for the end of the connection whose exporter it has; before it starts. */
  void follow(Connection earlier) {
    predecessor = earlier;
  }

  /** Closes the socket for this reason, unless it is over for another one already. */
  void end(Ending why) {
    if (ending.compareAndSet(null, why)) {
      closeSocket();
    }
  }

  /** Ends it if it has taken too long for what it does. */
  void check(long nowNanos) {
    switch (phase) {
      case HANDSHAKE ->
          demand(nowNanos - sinceNanos, config.handshakeTimeout(), Ending.HANDSHAKE_TIMEOUT);
      case BETWEEN_MESSAGES -> demand(nowNanos - sinceNanos, config.idleTimeout(), Ending.IDLE);
      case INSIDE_MESSAGE ->
          demand(nowNanos - partialNanos, config.messageTimeout(), Ending.MESSAGE_TIMEOUT);
      case WORK -> {}
    }
  }

  private void demand(long nanos, Duration atMost, Ending otherwise) {
    if (nanos > atMost.toNanos()) {
      end(otherwise);
    }
  }

  /**
   * Tells the exporter that nothing more is wanted (RFC 7011 §10.4.2.2); what it has sent is still
   * read.
   */
  void hangUp() {
    var tls = secured;
    try {
      if (tls != null) {
        tls.shutdownOutput();
      } else if (keys == null) {
        socket.shutdownOutput();
      }
    } catch (IOException _) {
      // It is closed already, which is the aim.
    }
  }

  /** Whether it has waited for the exporter for so long. */
  boolean isQuietFor(Duration atLeast, long nowNanos) {
    return phase != Phase.WORK && nowNanos - sinceNanos > atLeast.toNanos();
  }

  /** Waits for the end; false if it has not come in time. */
  boolean awaitEnd(Duration atMost) throws InterruptedException {
    return over.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void run() {
    try {
      awaitPredecessor();
      read(secured());
      hangUp();
      end(Ending.CLOSED);
    } catch (SSLException e) {
      end(phase == Phase.HANDSHAKE ? Ending.HANDSHAKE_FAILED : Ending.BROKEN);
      LOG.atDebug().addKeyValue("exporter", remote()).setCause(e).log("tls failed");
    } catch (IOException e) {
      end(phase == Phase.HANDSHAKE ? Ending.HANDSHAKE_FAILED : Ending.BROKEN);
      LOG.atDebug().addKeyValue("exporter", remote()).setCause(e).log("connection broke");
    } catch (InterruptedException _) {
      end(Ending.STOPPED);
    } catch (RuntimeException | Error e) {
      end(Ending.FAILED);
      LOG.atError().addKeyValue("exporter", remote()).setCause(e).log("connection failed");
    } finally {
      finish();
    }
  }

  private void awaitPredecessor() throws InterruptedException {
    var earlier = predecessor;
    if (earlier != null) {
      var _ = earlier.awaitEnd(PATIENCE_AT_END);
      predecessor = null;
    }
  }

  private InputStream secured() throws IOException {
    if (keys == null) {
      return socket.getInputStream();
    }
    var tls = (SSLSocket) keys.context().getSocketFactory().createSocket(socket, null, false);
    tls.setUseClientMode(false);
    tls.setEnabledProtocols(TLS_VERSIONS);
    tls.setNeedClientAuth(keys.wantsClientCertificate());
    tls.startHandshake();
    secured = tls;
    enter(Phase.BETWEEN_MESSAGES);
    return tls.getInputStream();
  }

  private void enter(Phase next) {
    sinceNanos = System.nanoTime();
    phase = next;
  }

  private void read(InputStream in) throws IOException, InterruptedException {
    int length = in.read(chunk.bytes);
    while (length >= 0) {
      metrics.bytes.inc(length);
      chunk.length = length;
      chunk.receivedNanos = clock.millis() * 1_000_000;
      chunk.isLast = in.available() == 0;
      work();
      if (framer.isCorrupt()) {
        end(corruption());
        return;
      }
      length = in.read(chunk.bytes);
    }
  }

  /** Has the worker decode the chunk, and waits until it has. */
  private void work() throws InterruptedException {
    long before = System.nanoTime();
    phase = Phase.WORK;
    hand(chunk);
    long took = System.nanoTime() - before;
    metrics.waitSeconds.inc(took / 1e9);
    partialNanos = chunk.hasCompleted ? System.nanoTime() : partialNanos + took;
    isPartial = framer.held() > 0;
    enter(isPartial ? Phase.INSIDE_MESSAGE : Phase.BETWEEN_MESSAGES);
  }

  private void hand(Step step) throws InterruptedException {
    if (!lane.worker().put(step)) {
      step.abandoned();
    }
    step.done.acquire();
  }

  private Ending corruption() {
    int version = framer.version();
    if (version >> 8 == TLS_HANDSHAKE_RECORD && messages == 0 && keys == null) {
      return Ending.TLS_ON_PLAIN_PORT;
    }
    return switch (version) {
      case 1, 5, 7, 8, 9 -> Ending.NETFLOW;
      default -> Ending.CORRUPT;
    };
  }

  /** On the worker's thread: one message of the chunk. */
  private void message(byte[] buffer, int offset, int length) {
    messages++;
    hasSpoken = true;
    metrics.messages.inc();
    try {
      lane.handler().message(exporter, chunk.receivedNanos, buffer, offset, length);
    } catch (RuntimeException | Error e) {
      handlerFailed(e);
    }
  }

  private void handlerFailed(Throwable e) {
    metrics.handlerErrors.inc();
    LOG.atError().addKeyValue("exporter", remote()).setCause(e).log("message handler failed");
  }

  private void finish() {
    closeSocket();
    try {
      hand(new Last());
    } catch (InterruptedException _) {
      // The server stops, and the templates of this session go with it.
      Thread.currentThread().interrupt();
    }
    connections.hold(-framer.capacity());
    isPartial = false;
    connections.remove(this);
    over.countDown();
  }

  private void closeSocket() {
    try {
      socket.close();
    } catch (IOException _) {
      // There is nothing more to be had of it.
    }
  }

  /** The reason, once it is over. */
  Ending ending() {
    var why = ending.get();
    return why == null ? Ending.CLOSED : why;
  }

  /** Something for the worker that this thread waits for. */
  private abstract static class Step implements WorkerTask {

    final Semaphore done = new Semaphore(0);

    abstract void work();

    @Override
    public final void run() {
      try {
        work();
      } finally {
        done.release();
      }
    }
  }

  /** What was read at a time; used again and again. */
  private final class Chunk extends Step {

    final byte[] bytes;
    int length;
    long receivedNanos;

    /** Whether nothing more is at hand behind it. */
    boolean isLast;

    /** Whether a message ended in it, or it began one. */
    boolean hasCompleted;

    Chunk(int size) {
      this.bytes = new byte[size];
    }

    @Override
    void work() {
      long messagesBefore = messages;
      boolean wasPartial = isPartial;
      int capacityBefore = framer.capacity();
      int taken = framer.accept(bytes, 0, length);
      hasCompleted = messages > messagesBefore || !wasPartial;
      connections.hold(framer.capacity() - capacityBefore);
      if (framer.isCorrupt()) {
        lane.handler().rejected(exporter, rejection(), framer.held() + length - taken);
      }
      if (isLast) {
        flush();
      }
    }

    private Rejection rejection() {
      return framer.version() == 10 ? Rejection.TRUNCATED_HEADER : Rejection.UNKNOWN_VERSION;
    }

    @Override
    public void abandoned() {
      metrics.lostBytes.inc(length);
      done.release();
    }
  }

  private void flush() {
    try {
      lane.handler().flush();
    } catch (RuntimeException | Error e) {
      handlerFailed(e);
    }
  }

  /** The end of the session. */
  private final class Last extends Step {

    @Override
    void work() {
      try {
        if (framer.held() > 0 && !framer.isCorrupt()) {
          lane.handler().rejected(exporter, Rejection.TRUNCATED, framer.held());
        }
        lane.handler().closed(exporter);
      } catch (RuntimeException | Error e) {
        handlerFailed(e);
      }
      flush();
    }

    @Override
    public void abandoned() {
      done.release();
    }
  }
}
