package io.penstock.http;

import io.helidon.common.socket.SocketWriterException;
import io.helidon.webserver.ServerConnectionException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

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
    }
    buffer.reset();
    flushes++;
  }

  long flushes() {
    return flushes;
  }

  long writingNanos(long nowNanos) {
    long since = writingSinceNanos;
    return since == 0 ? 0 : nowNanos - since;
  }
}
