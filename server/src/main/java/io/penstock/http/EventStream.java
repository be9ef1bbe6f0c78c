package io.penstock.http;

import io.helidon.common.socket.SocketWriterException;
import io.helidon.webserver.ServerConnectionException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes server-sent events (HTML Living Standard §9.2). What is added goes out with {@link
 * #flush}, or when it is a lot. For one thread; others may look at how long a write has taken.
 */
public final class EventStream {

  private static final int BUFFER_BYTES = 16 * 1024;

  private final OutputStream out;
  private final ByteArrayOutputStream buffer = new ByteArrayOutputStream(1024);
  private volatile long writingSinceNanos;
  private long flushes;

  EventStream(OutputStream out) {
    this.out = out;
  }

  /**
   * Adds an event.
   *
   * @param id what the client sends as {@code Last-Event-ID} when it comes again; null to leave it
   * @param event the event's type; null for {@code message}
   * @param data lines of text
   */
  public void event(@Nullable String id, @Nullable String event, String data) throws IOException {
    if (id != null) {
      line("id: ", id);
    }
    if (event != null) {
      line("event: ", event);
    }
    data.lines().forEach(text -> line("data: ", text));
    end();
  }

  /** Adds a line that clients pass over; it keeps proxies from closing a silent connection. */
  public void comment(String text) throws IOException {
    line(": ", text);
    end();
  }

  /** Tells the client how long to wait before it comes again once the connection is lost. */
  public void retry(long millis) throws IOException {
    line("retry: ", Long.toString(millis));
    end();
  }

  /** Sends what was added. */
  public void flush() throws IOException {
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

  /** How often something was sent. */
  long flushes() {
    return flushes;
  }

  /** How long the write that is going on has taken; 0 when there is none. */
  long writingNanos(long nowNanos) {
    long since = writingSinceNanos;
    return since == 0 ? 0 : nowNanos - since;
  }

  private void end() throws IOException {
    buffer.write('\n');
    if (buffer.size() >= BUFFER_BYTES) {
      flush();
    }
  }

  private void line(String field, String text) {
    buffer.writeBytes(field.getBytes(StandardCharsets.US_ASCII));
    for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
      // An id or a type cannot break out of its line.
      buffer.write(octet == '\n' || octet == '\r' || octet == 0 ? ' ' : octet);
    }
    buffer.write('\n');
  }
}
