package io.penstock.log;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * The durable position of one consumer: a file with two slots that are written in turn, so that a
 * crash while one is written leaves the other. Both blocks exist from the start: moving on needs no
 * space on a full disk.
 *
 * <p>A {@link RandomAccessFile}, because an interrupt of the consumer's thread closes a channel.
 */
final class CursorFile implements AutoCloseable {

  private static final int SLOT_BYTES = 4096;
  private static final int USED_BYTES = 28;
  private static final int CRC = 24;
  private static final int MAGIC = 0x50_4e_43_55;
  private static final int VERSION = 1;

  private final RandomAccessFile file;
  private long generation;

  private CursorFile(RandomAccessFile file) {
    this.file = file;
  }

  static CursorFile open(Path path) throws IOException {
    return new CursorFile(new RandomAccessFile(path.toFile(), "rw"));
  }

  /** The newest position that was written whole; empty when there is none. */
  OptionalLong read() throws IOException {
    var position = OptionalLong.empty();
    for (int slot = 0; slot < 2; slot++) {
      var bytes = ByteBuffer.allocate(USED_BYTES);
      file.seek((long) slot * SLOT_BYTES);
      int length = file.read(bytes.array());
      boolean sound =
          length == USED_BYTES
              && bytes.getInt(0) == MAGIC
              && bytes.getInt(4) == VERSION
              && bytes.getInt(CRC) == Frame.crc(bytes.array(), 0, CRC);
      if (sound && bytes.getLong(8) > generation) {
        generation = bytes.getLong(8);
        position = OptionalLong.of(bytes.getLong(16));
      }
    }
    return position;
  }

  /** Writes both slots. */
  void create(long position) throws IOException {
    write(position);
    write(position);
  }

  /** Writes the older slot; durable when this returns. */
  void write(long position) throws IOException {
    long next = generation + 1;
    var slot = ByteBuffer.allocate(SLOT_BYTES);
    slot.putInt(0, MAGIC).putInt(4, VERSION).putLong(8, next).putLong(16, position);
    slot.putInt(CRC, Frame.crc(slot.array(), 0, CRC));
    file.seek((next & 1) * SLOT_BYTES);
    file.write(slot.array());
    file.getFD().sync();
    // Only now: a slot that failed is the one to be written again.
    generation = next;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
