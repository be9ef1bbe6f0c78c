package io.penstock.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/**
 * Walks the frames of one segment file with a read-ahead buffer, and finds the next sound frame
 * behind a damaged one. Closes the channel it was given. For one thread.
 */
final class FrameScanner implements AutoCloseable {

  private static final int READ_AHEAD_BYTES = 256 << 10;

  /** A buffer that grew beyond this for one large frame is let go afterwards. */
  private static final int KEPT_BYTES_MAX = 4 << 20;

  private final FileChannel channel;
  private final long base;
  private final long salt;
  private ByteBuffer buffer = ByteBuffer.allocate(READ_AHEAD_BYTES).limit(0);

  /** Position of the first byte in the buffer. */
  private long bufferStart;

  FrameScanner(FileChannel channel, long base, long salt) {
    this.channel = channel;
    this.base = base;
    this.salt = salt;
  }

  /** What stands at a position. */
  sealed interface Step {

    /** Where to go on. */
    long next();
  }

  /** A frame; its payload lies in {@link #bytes} at {@code offset} until the next step. */
  record Found(Frame.Header header, int offset) implements Step {
    @Override
    public long next() {
      return header.next();
    }
  }

  /** A sound header of a frame without the wanted flags; its payload was not looked at. */
  record Passed(Frame.Header header) implements Step {
    @Override
    public long next() {
      return header.next();
    }
  }

  /** Bytes that are no sound frame; what follows is one, or the limit. */
  record Damaged(long position, long next) implements Step {}

  /** The array in which a {@link Found} frame lies. */
  byte[] bytes() {
    return buffer.array();
  }

  /**
   * Looks at {@code position}, which is before {@code limit}; nothing at or behind the limit is
   * read.
   *
   * @param flags flags of the frames wanted; 0 for all
   */
  Step step(long position, long limit, int flags) throws IOException {
    var header = header(position, limit);
    if (header == null || header.next() > limit) {
      return new Damaged(position, search(position + 1, limit));
    }
    if (flags != 0 && !header.is(flags | Frame.SEAL)) {
      return new Passed(header);
    }
    int length = Frame.HEADER_BYTES + header.length();
    if (!load(position, length, limit)) {
      return new Damaged(position, limit);
    }
    int payload = (int) (position - bufferStart) + Frame.HEADER_BYTES;
    boolean sound = Frame.crc(bytes(), payload, header.length()) == header.payloadCrc();
    return sound ? new Found(header, payload) : new Damaged(position, header.next());
  }

  private Frame.@Nullable Header header(long position, long limit) throws IOException {
    if (!load(position, Frame.HEADER_BYTES, limit)) {
      return null;
    }
    return Frame.header(buffer, (int) (position - bufferStart), position, salt);
  }

  /** Position of the next sound header, or the limit. */
  private long search(long from, long limit) throws IOException {
    for (long position = from; load(position, Frame.HEADER_BYTES, limit); position++) {
      int last = buffer.limit() - Frame.HEADER_BYTES;
      for (int i = (int) (position - bufferStart); i <= last; i++) {
        position = bufferStart + i;
        if (buffer.getInt(i) == Frame.MAGIC) {
          var header = Frame.header(buffer, i, position, salt);
          if (header != null && header.next() <= limit) {
            return position;
          }
        }
      }
    }
    return limit;
  }

  /** Whether so many bytes from {@code position} on are in the buffer, after reading them. */
  private boolean load(long position, int count, long limit) throws IOException {
    if (limit - position < count) {
      return false;
    }
    if (position >= bufferStart && position + count <= bufferStart + buffer.limit()) {
      return true;
    }
    reserve(count);
    // Never beyond the limit: what lies there may be half written, and would be kept as if it were
    // not.
    int wanted = (int) Math.min(buffer.capacity(), limit - position);
    buffer.clear().limit(wanted);
    bufferStart = position;
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position - base + buffer.position()) < 0) {
        break;
      }
    }
    buffer.flip();
    return buffer.limit() >= count;
  }

  private void reserve(int count) {
    boolean tooSmall = count > buffer.capacity();
    boolean tooLarge = buffer.capacity() > KEPT_BYTES_MAX && count <= READ_AHEAD_BYTES;
    if (tooSmall || tooLarge) {
      buffer = ByteBuffer.allocate(Math.max(count, READ_AHEAD_BYTES));
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
