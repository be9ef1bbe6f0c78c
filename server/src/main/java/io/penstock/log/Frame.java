package io.penstock.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The layout of a frame: a header of 36 bytes, big-endian, then the payload.
 *
 * <pre>
 *  0  int   magic
 *  4  int   flags
 *  8  int   payload length as stored
 * 12  int   payload length after decompression
 * 16  int   events in the batch
 * 20  int   CRC32C of the payload as stored
 * 24  long  position of this frame in the log
 * 32  int   CRC32C of the log's salt and the bytes 0 to 31
 * </pre>
 *
 * <p>Two checksums, because they answer two questions: a header that is sound says where the next
 * frame starts even when its payload is damaged, so a flipped bit costs one frame and no search.
 * The position and the salt make a header impossible to forge: whoever gets the bytes of a frame
 * stored inside an event, hoping that a search for the next frame finds it, knows neither.
 */
final class Frame {

  static final int HEADER_BYTES = 36;
  static final int MAGIC = 0x50_4e_46_52;

  /** Largest payload, stored or not; far above the largest batch that ingest takes. */
  static final int PAYLOAD_BYTES_MAX = 256 << 20;

  /** The payload is a zstd frame. */
  static final int COMPRESSED = 1;

  /** The batch has a receipt. */
  static final int RECEIPT = 2;

  /** No batch: the segment ends here, and every frame before was durable when this was written. */
  static final int SEAL = 4;

  /** A flag that no frame has: of such frames, only headers are looked at. */
  static final int NEVER = 1 << 31;

  private static final int POSITION = 24;
  private static final int HEADER_CRC = 32;

  private Frame() {}

  /** The fields of a sound header. */
  record Header(int flags, int length, int rawLength, int events, int payloadCrc, long position) {

    boolean is(int flag) {
      return (flags & flag) != 0;
    }

    long next() {
      return position + HEADER_BYTES + length;
    }
  }

  /** Writes everything but position and checksum, which are known when the frame has its place. */
  static void begin(
      ByteBuffer frame, int flags, int length, int rawLength, int events, int payloadCrc) {
    frame
        .putInt(0, MAGIC)
        .putInt(4, flags)
        .putInt(8, length)
        .putInt(12, rawLength)
        .putInt(16, events)
        .putInt(20, payloadCrc);
  }

  /** Gives a begun frame its place. */
  static void place(ByteBuffer frame, long position, long salt) {
    frame.putLong(POSITION, position);
    frame.putInt(HEADER_CRC, headerCrc(frame, 0, salt));
  }

  /** Where a placed frame stands. */
  static long position(ByteBuffer frame) {
    return frame.getLong(POSITION);
  }

  static ByteBuffer seal(long position, long salt) {
    var frame = ByteBuffer.allocate(HEADER_BYTES);
    begin(frame, SEAL, 0, 0, 0, 0);
    place(frame, position, salt);
    return frame;
  }

  /** The header at {@code index} of an array-backed buffer; null when there is no sound one. */
  static @Nullable Header header(ByteBuffer buffer, int index, long position, long salt) {
    if (buffer.getInt(index) != MAGIC
        || buffer.getLong(index + POSITION) != position
        || buffer.getInt(index + HEADER_CRC) != headerCrc(buffer, index, salt)) {
      return null;
    }
    var header =
        new Header(
            buffer.getInt(index + 4),
            buffer.getInt(index + 8),
            buffer.getInt(index + 12),
            buffer.getInt(index + 16),
            buffer.getInt(index + 20),
            position);
    boolean plausible =
        header.length >= 0
            && header.length <= PAYLOAD_BYTES_MAX
            && header.rawLength >= 0
            && header.rawLength <= PAYLOAD_BYTES_MAX;
    return plausible ? header : null;
  }

  static int crc(byte[] bytes, int offset, int length) {
    var crc = new CRC32C();
    crc.update(bytes, offset, length);
    return (int) crc.getValue();
  }

  /** Of all that remains of a buffer, which is left as read. */
  static int crc(ByteBuffer bytes) {
    var crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  private static int headerCrc(ByteBuffer buffer, int index, long salt) {
    var crc = new CRC32C();
    for (int shift = 56; shift >= 0; shift -= 8) {
      crc.update((int) (salt >>> shift) & 0xff);
    }
    crc.update(buffer.array(), buffer.arrayOffset() + index, HEADER_CRC);
    return (int) crc.getValue();
  }
}
