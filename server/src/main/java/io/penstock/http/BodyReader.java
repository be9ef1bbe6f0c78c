package io.penstock.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.RequestException;
import io.helidon.webserver.ServerConnectionException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Reads one request's body into memory under four limits: bytes on the wire, bytes after inflating
 * (checked while inflating, so a bomb costs what is allowed and no more), bytes of all requests
 * together, and time. Gzip is recognised by its header or, for clients that do not say so, by its
 * first two bytes (RFC 1952 §2.3.1).
 */
final class BodyReader implements AutoCloseable {

  /** How much of a refused body is still read, so that the client gets to see the refusal. */
  private static final long DRAIN_MAX = 32L << 20;

  /** No DEFLATE stream inflates to more than this many times its size. */
  private static final long DEFLATE_RATIO_MAX = 1032;

  private static final int FIRST_BUFFER = 16 * 1024;

  private final BodyBudget budget;
  private final long deadlineNanos;
  private long taken;

  BodyReader(BodyBudget budget, Duration timeout) {
    this.budget = budget;
    this.deadlineNanos = System.nanoTime() + timeout.toNanos();
  }

  /**
   * @param declaredLength {@code Content-Length}, -1 when not sent
   * @param declaredEncoding {@code Content-Encoding}, null when not sent
   */
  Body read(
      InputStream in,
      long declaredLength,
      @Nullable String declaredEncoding,
      int wireMax,
      int inflatedMax)
      throws IOException {
    String encoding =
        declaredEncoding == null ? "identity" : declaredEncoding.strip().toLowerCase(Locale.ROOT);
    if (encoding.equals("x-gzip")) {
      encoding = "gzip";
    }
    try {
      if (!encoding.equals("identity") && !encoding.equals("gzip")) {
        drain(in, 0);
        return new Body.Unsupported(encoding);
      }
      if (declaredLength > wireMax) {
        drain(in, 0);
        return new Body.TooLarge(wireMax, declaredLength, encoding);
      }
      var wire = readAll(in, (int) Math.max(declaredLength, -1), wireMax);
      if (wire == null) {
        drain(in, 0);
        return new Body.Busy();
      }
      if (wire.tooLarge) {
        return new Body.TooLarge(wireMax, drain(in, wire.length), encoding);
      }
      boolean magic =
          wire.length >= 2 && wire.bytes[0] == (byte) 0x1f && wire.bytes[1] == (byte) 0x8b;
      if (!magic && encoding.equals("identity")) {
        return new Body.Bytes(wire.bytes, wire.length, wire.length, encoding);
      }
      return inflate(wire, inflatedMax);
    } catch (SocketTimeoutException
        | ServerConnectionException
        | DataReader.InsufficientDataAvailableException e) {
      // The web server's words for a peer that stopped sending, or is gone.
      return new Body.Late();
    } catch (IllegalArgumentException | RequestException e) {
      // The web server's words for chunks that it cannot read (RFC 9112 §7.1).
      return new Body.Malformed();
    }
  }

  /** The body without taking memory for it. */
  InputStream stream(InputStream in, long bytesMax) {
    return new BodyStream(in, bytesMax, deadlineNanos);
  }

  private Body inflate(Read wire, int inflatedMax) throws IOException {
    try (var gzip =
        new GZIPInputStream(new ByteArrayInputStream(wire.bytes, 0, wire.length), 32 * 1024)) {
      var plain = readAll(gzip, inflatedGuess(wire, inflatedMax), inflatedMax);
      if (plain == null) {
        return new Body.Busy();
      }
      return plain.tooLarge
          ? new Body.TooLarge(inflatedMax, plain.length, "gzip")
          : new Body.Bytes(plain.bytes, plain.length, wire.length, "gzip");
    } catch (ZipException | EOFException e) {
      String message = e.getMessage();
      return new Body.Corrupt(message == null ? "damaged gzip stream" : message);
    }
  }

  /** The size that the trailer states (RFC 1952 §2.3.1, ISIZE), as far as it can be true. */
  private static int inflatedGuess(Read wire, int inflatedMax) {
    if (wire.length < 18) {
      return FIRST_BUFFER;
    }
    long stated = 0;
    for (int i = 1; i <= 4; i++) {
      stated = stated << 8 | wire.bytes[wire.length - i] & 0xff;
    }
    return (int) Math.min(Math.min(stated, inflatedMax), wire.length * DEFLATE_RATIO_MAX);
  }

  /** What was read; {@code tooLarge} when there was more than the limit. */
  private record Read(byte[] bytes, int length, boolean tooLarge) {}

  /** Null when the budget is used up. */
  private @Nullable Read readAll(InputStream in, int expected, int max) throws IOException {
    // One byte more than expected lets the end be seen without growing.
    int capacity = Math.min(expected >= 0 ? expected : FIRST_BUFFER, max) + 1;
    if (!take(capacity)) {
      return null;
    }
    var bytes = new byte[capacity];
    int length = 0;
    while (true) {
      int n = in.read(bytes, length, bytes.length - length);
      if (n < 0) {
        return new Read(bytes, length, false);
      }
      length += n;
      if (length > max) {
        return new Read(bytes, length, true);
      }
      checkDeadline();
      if (length == bytes.length) {
        int larger = (int) Math.min(2L * length + FIRST_BUFFER, max + 1L);
        if (!take(larger - bytes.length)) {
          return null;
        }
        bytes = Arrays.copyOf(bytes, larger);
      }
    }
  }

  private boolean take(long bytes) {
    if (!budget.tryTake(bytes)) {
      return false;
    }
    taken += bytes;
    return true;
  }

  /** Reads and forgets; returns how many bytes the body had, as far as it was read. */
  private long drain(InputStream in, long alreadyRead) throws IOException {
    var waste = new byte[FIRST_BUFFER];
    long total = alreadyRead;
    while (total < DRAIN_MAX) {
      int n = in.read(waste);
      if (n < 0) {
        break;
      }
      total += n;
      checkDeadline();
    }
    return total;
  }

  private void checkDeadline() throws SocketTimeoutException {
    if (System.nanoTime() - deadlineNanos > 0) {
      throw new SocketTimeoutException("body takes too long");
    }
  }

  /** Gives the memory back; the body must not be used any more. */
  @Override
  public void close() {
    budget.giveBack(taken);
    taken = 0;
  }
}
