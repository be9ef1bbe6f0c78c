package io.penstock.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes server-sent events (HTML Living Standard §9.2). What is added goes out with {@link
 * #flush}, or when it is a lot. For one thread; others may look at how long a write has taken.
 */
public final class EventStream implements LiveOutput {

  private final Outgoing outgoing;

  EventStream(OutputStream out) {
    this.outgoing = new Outgoing(out);
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

  @Override
  public void flush() throws IOException {
    outgoing.flush();
  }

  @Override
  public void keepAlive() throws IOException {
    comment("keep-alive");
  }

  @Override
  public void interrupt(Thread teller) {
    outgoing.interrupt(teller);
  }

  @Override
  public long flushes() {
    return outgoing.flushes();
  }

  @Override
  public long writingNanos(long nowNanos) {
    return outgoing.writingNanos(nowNanos);
  }

  private void end() throws IOException {
    outgoing.add('\n');
    if (outgoing.isFull()) {
      flush();
    }
  }

  private void line(String field, String text) {
    outgoing.add(field.getBytes(StandardCharsets.US_ASCII));
    for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
      // An id or a type cannot break out of its line.
      outgoing.add(octet == '\n' || octet == '\r' || octet == 0 ? ' ' : octet);
    }
    outgoing.add('\n');
  }
}
