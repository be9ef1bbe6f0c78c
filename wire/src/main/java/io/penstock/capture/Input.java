package io.penstock.capture;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** An input stream that knows its offset and can look ahead. Every failure names the offset. */
final class Input implements AutoCloseable {

  private final InputStream stream;
  private byte[] ahead = new byte[0];
  private int aheadAt;
  private boolean isAtEnd;
  private long offset;

  Input(InputStream stream) {
    this.stream = stream;
  }

  /** Octets consumed so far. */
  long offset() {
    return offset;
  }

  /** The next octets, at most {@code count}, without consuming them; fewer at the end. */
  byte[] peek(int count) throws CaptureException {
    int waiting = ahead.length - aheadAt;
    if (waiting < count && !isAtEnd) {
      var more = new byte[count];
      System.arraycopy(ahead, aheadAt, more, 0, waiting);
      int got = fill(more, waiting, count - waiting);
      ahead = Arrays.copyOf(more, waiting + got);
      aheadAt = 0;
    }
    return Arrays.copyOfRange(ahead, aheadAt, aheadAt + Math.min(count, ahead.length - aheadAt));
  }

  /**
   * Brings at least {@code least} octets into view, fewer at the end, and when it has to read, up
   * to {@code most}: whoever looks far ahead again and again then copies each octet only so often.
   */
  View view(int least, int most) throws CaptureException {
    int waiting = ahead.length - aheadAt;
    if (waiting < least && !isAtEnd) {
      var more = new byte[most];
      System.arraycopy(ahead, aheadAt, more, 0, waiting);
      int got = fill(more, waiting, most - waiting);
      ahead = waiting + got == most ? more : Arrays.copyOf(more, waiting + got);
      aheadAt = 0;
    }
    return new View(ahead, aheadAt, ahead.length);
  }

  /** Octets that are not consumed, valid until something is. */
  @SuppressWarnings("ArrayRecordComponent") // a view, not a value: it is never compared
  record View(byte[] bytes, int from, int to) {}

  /** Reads up to {@code count} octets; fewer only at the end. */
  int read(byte[] into, int at, int count) throws CaptureException {
    int taken = Math.min(count, ahead.length - aheadAt);
    System.arraycopy(ahead, aheadAt, into, at, taken);
    aheadAt += taken;
    int got = taken + fill(into, at + taken, count - taken);
    offset += got;
    return got;
  }

  /** Passes over octets; the result is smaller than {@code count} at the end. */
  long skip(long count) throws CaptureException {
    long left = count;
    var scrap = new byte[(int) Math.min(8192, count)];
    while (left > 0) {
      int got = read(scrap, 0, (int) Math.min(scrap.length, left));
      if (got == 0) {
        break;
      }
      left -= got;
    }
    return count - left;
  }

  private int fill(byte[] into, int at, int count) throws CaptureException {
    try {
      int got = stream.readNBytes(into, at, count);
      isAtEnd |= got < count;
      return got;
    } catch (IOException e) {
      throw new CaptureException("cannot read past offset " + offset + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
