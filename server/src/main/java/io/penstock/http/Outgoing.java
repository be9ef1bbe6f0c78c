package io.penstock.http;

import io.helidon.common.socket.SocketWriterException;
import io.helidon.webserver.ServerConnectionException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Octets that wait to be sent together, and how long the sending takes. For one thread; others may
 * ask for the time.
 */
final class Outgoing {

  private static final int BUFFER_BYTES = 16 * 1024;

  private final OutputStream out;
  private final ByteArrayOutputStream buffer = new ByteArrayOutputStream(1024);
  private volatile long writingSinceNanos;
  private long flushes;

  /** The thread that writes at this moment; guarded by this. */
  private @Nullable Thread writer;

  /** Who is interrupted when its write is done; guarded by this. */
  private @Nullable Thread postponed;

  /** A thread was interrupted before it wrote. */
  static final class StoppedException extends IOException {
    StoppedException() {
      super("told to stop", null);
    }
  }

  Outgoing(OutputStream out) {
    this.out = out;
  }

  void add(int octet) {
    buffer.write(octet);
  }

  void add(byte[] octets) {
    buffer.writeBytes(octets);
  }

  /** Whether there is so much that it should go out at once. */
  boolean isFull() {
    return buffer.size() >= BUFFER_BYTES;
  }

  void flush() throws IOException {
    if (buffer.size() == 0) {
      return;
    }
    begin();
    // 0 says that nothing is being written, and may be a time, too.
    writingSinceNanos = System.nanoTime() | 1;
    try {
      buffer.writeTo(out);
      out.flush();
    } catch (SocketWriterException | ServerConnectionException e) {
      // The web server's words for a connection that is gone.
      throw new IOException(e);
    } finally {
      writingSinceNanos = 0;
      end();
    }
    buffer.reset();
    flushes++;
  }

  private synchronized void begin() throws StoppedException {
    if (Thread.interrupted()) {
      throw new StoppedException();
    }
    writer = Thread.currentThread();
  }

  private synchronized void end() {
    writer = null;
    if (postponed != null) {
      postponed.interrupt();
      postponed = null;
    }
  }

  /** Interrupts a thread, but not in a write: there an interrupt closes the connection. */
  synchronized void interrupt(Thread thread) {
    if (thread.equals(writer)) {
      postponed = thread;
    } else {
      thread.interrupt();
    }
  }

  long flushes() {
    return flushes;
  }

  long writingNanos(long nowNanos) {
    long since = writingSinceNanos;
    return since == 0 ? 0 : nowNanos - since;
  }
}
