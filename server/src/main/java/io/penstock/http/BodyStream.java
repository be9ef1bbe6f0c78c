package io.penstock.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.RequestException;
import io.helidon.webserver.ServerConnectionException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;

/**
 * A body that is too large for memory, as it comes: at most so many bytes, and not slower than 64
 * KiB a second in the long run. What is wrong with it is a {@link Refusal}, after which the
 * connection closes; what the client still sends is read first, up to a bound, so that it gets to
 * see the refusal.
 */
final class BodyStream extends InputStream {

  private static final long DRAIN_MAX = 32L << 20;
  private static final long BYTES_PER_SECOND_MIN = 64 * 1024;
  private static final long SECOND_NANOS = 1_000_000_000L;

  private final InputStream in;
  private final long bytesMax;
  private final long deadlineNanos;
  private long count;
  private boolean isRefused;

  /**
   * @param deadlineNanos when the body must be there, for its first bytes; {@link System#nanoTime}
   */
  BodyStream(InputStream in, long bytesMax, long deadlineNanos) {
    this.in = in;
    this.bytesMax = bytesMax;
    this.deadlineNanos = deadlineNanos;
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int n = readOrRefuse(buffer, offset, length);
    if (n > 0) {
      count += n;
      if (count > bytesMax && !isRefused) {
        throw tooLarge();
      }
    }
    return n;
  }

  private int readOrRefuse(byte[] buffer, int offset, int length) throws IOException {
    try {
      int n = in.read(buffer, offset, length);
      long late = System.nanoTime() - deadlineNanos;
      if (late > 0 && late / SECOND_NANOS > count / BYTES_PER_SECOND_MIN) {
        throw late();
      }
      return n;
    } catch (SocketTimeoutException
        | ServerConnectionException
        | DataReader.InsufficientDataAvailableException e) {
      throw late();
    } catch (IllegalArgumentException | RequestException e) {
      throw closing(Answer.problem(400, "bad_request", "Malformed chunks"));
    }
  }

  private Refusal tooLarge() throws IOException {
    isRefused = true;
    drain();
    return closing(
        Answer.problem(413, "too_large", "Payload too large (max " + bytesMax + " bytes)"));
  }

  private Refusal late() {
    isRefused = true;
    return closing(Answer.problem(408, "request_timeout", "The body did not come in time"));
  }

  private static Refusal closing(Answer answer) {
    return new Refusal(answer.with("Connection", "close"));
  }

  /** Reads and forgets what the client still sends, up to a bound. */
  private void drain() throws IOException {
    var waste = new byte[16 * 1024];
    long left = DRAIN_MAX;
    for (int n = 0; n >= 0 && left > 0; left -= n) {
      n = readOrRefuse(waste, 0, waste.length);
    }
  }

  /** Reads what a handler left, so that it can answer; must be called by one that stops early. */
  @Override
  public void close() throws IOException {
    if (!isRefused) {
      isRefused = true;
      drain();
    }
  }
}
