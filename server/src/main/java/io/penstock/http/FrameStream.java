package io.penstock.http;

import io.helidon.common.buffers.DataReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's end of a WebSocket (RFC 6455) on which only the server has something to say: texts
 * go out, pings are answered, and a client that sends messages is told that nobody reads them. One
 * thread tells; another one, which {@link #listen} starts, hears what the client sends.
 */
public final class FrameStream implements LiveOutput {

  private static final Logger LOG = LoggerFactory.getLogger(FrameStream.class);

  /** Status codes of a close (RFC 6455 §7.4.1, and 1013 of IANA's registry). */
  static final int GOING_AWAY = 1001;

  static final int PROTOCOL_ERROR = 1002;
  static final int UNSUPPORTED_DATA = 1003;
  static final int POLICY_VIOLATION = 1008;
  static final int TRY_AGAIN_LATER = 1013;

  private static final int NORMAL = 1000;

  /** What {@link #hear} says when the connection is gone, and nobody is left to answer. */
  private static final int GONE = 0;

  /** And when there is more to hear. */
  private static final int MORE = -1;

  private static final int FINAL = 0x80;
  private static final int TEXT = 0x1;
  private static final int CLOSE = 0x8;
  private static final int PING = 0x9;
  private static final int PONG = 0xa;
  private static final int MASKED = 0x80;

  /** RFC 6455 §5.5: control frames, the only ones that are read. */
  private static final int CONTROL_BYTES_MAX = 125;

  private final DataReader in;
  private final Outgoing outgoing;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile int heard = MORE;

  /**
   * @param head of the answer that makes the connection a WebSocket; goes out before everything
   */
  FrameStream(DataReader in, OutputStream out, byte[] head) {
    this.in = in;
    this.outgoing = new Outgoing(out);
    outgoing.add(head);
  }

  /** Adds a message. */
  public void text(String text) throws IOException, InterruptedException {
    lock.lockInterruptibly();
    try {
      frame(TEXT, text.getBytes(StandardCharsets.UTF_8));
      if (outgoing.isFull()) {
        outgoing.flush();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void keepAlive() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      frame(PING, new byte[0]);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void flush() throws IOException, InterruptedException {
    lock.lockInterruptibly();
    try {
      outgoing.flush();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void interrupt(Thread teller) {
    outgoing.interrupt(teller);
  }

  @Override
  public long flushes() {
    lock.lock();
    try {
      return outgoing.flushes();
    } finally {
      lock.unlock();
    }
  }

  /** Pongs count, too: whoever writes, a client that does not read holds it up. */
  @Override
  public long writingNanos(long nowNanos) {
    return outgoing.writingNanos(nowNanos);
  }

  /**
   * Hears the client on a thread of its own, which ends with the connection.
   *
   * @param ended is run once, when the client closes, breaks the rules or is gone
   */
  void listen(Runnable ended) {
    Thread.ofVirtual()
        .name("websocket-reader")
        .start(
            () -> {
              int code = MORE;
              while (code == MORE) {
                code = hear();
              }
              heard = code;
              wake(ended);
            });
  }

  /** Not while the other thread writes: an interrupt in a write closes the connection. */
  private void wake(Runnable ended) {
    lock.lock();
    try {
      ended.run();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Says goodbye (RFC 6455 §5.5.1), unless the client is gone or does not let us speak.
   *
   * @param code why; what was heard of the client goes before it
   */
  void end(int code) throws IOException {
    int answer = heard == MORE ? code : heard;
    if (answer == GONE || !isFree()) {
      return;
    }
    try {
      frame(CLOSE, new byte[] {(byte) (answer >>> 8), (byte) answer});
      outgoing.flush();
    } finally {
      lock.unlock();
    }
  }

  /** Whether the other thread is done with the connection; then it is locked. */
  private boolean isFree() {
    try {
      return lock.tryLock(1, TimeUnit.SECONDS);
    } catch (InterruptedException inAHurry) {
      // Closes without a word.
      return false;
    }
  }

  /** One frame of the client: {@link #MORE}, {@link #GONE}, or with which code to close. */
  private int hear() {
    try {
      in.ensureAvailable();
    } catch (UncheckedIOException e) {
      // A client need not say anything; one that went away is noticed by the next write.
      return e.getCause() instanceof SocketTimeoutException ? MORE : GONE;
    } catch (RuntimeException e) {
      return gone(e);
    }
    try {
      return frame();
    } catch (IOException | InterruptedException | RuntimeException e) {
      return gone(e);
    }
  }

  private static int gone(Exception e) {
    LOG.atDebug().setCause(e).log("a websocket's client is gone");
    return GONE;
  }

  /** RFC 6455 §5.2. */
  private int frame() throws IOException, InterruptedException {
    int first = in.read() & 0xff;
    int second = in.read() & 0xff;
    int opcode = first & 0x0f;
    int length = second & ~MASKED;
    if ((second & MASKED) == 0 || (first & 0x70) != 0 || opcode > PONG) {
      return PROTOCOL_ERROR;
    }
    if (opcode < CLOSE) {
      return UNSUPPORTED_DATA;
    }
    if ((first & FINAL) == 0 || length > CONTROL_BYTES_MAX) {
      return PROTOCOL_ERROR;
    }
    var mask = in.readBytes(4);
    var payload = in.readBytes(length);
    for (int i = 0; i < length; i++) {
      payload[i] ^= mask[i & 3];
    }
    return switch (opcode) {
      case CLOSE -> length == 1 ? PROTOCOL_ERROR : NORMAL;
      case PING -> {
        pong(payload);
        yield MORE;
      }
      case PONG -> MORE;
      default -> PROTOCOL_ERROR;
    };
  }

  private void pong(byte[] payload) throws IOException, InterruptedException {
    lock.lockInterruptibly();
    try {
      frame(PONG, payload);
      outgoing.flush();
    } finally {
      lock.unlock();
    }
  }

  /** Adds a frame; a server does not mask (RFC 6455 §5.1). */
  private void frame(int opcode, byte[] payload) {
    outgoing.add(FINAL | opcode);
    if (payload.length <= CONTROL_BYTES_MAX) {
      outgoing.add(payload.length);
    } else if (payload.length <= 0xffff) {
      outgoing.add(126);
      outgoing.add(payload.length >>> 8);
      outgoing.add(payload.length);
    } else {
      outgoing.add(127);
      for (int shift = 56; shift >= 0; shift -= 8) {
        outgoing.add((int) ((long) payload.length >>> shift));
      }
    }
    outgoing.add(payload);
  }
}
