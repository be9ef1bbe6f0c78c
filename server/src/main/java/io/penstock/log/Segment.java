package io.penstock.log;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One file of the log: a header, then frames, then a seal once it is full. A position is the
 * segment's base plus the offset in its file.
 *
 * <p>The header stands there twice, so that a damaged block does not take the salt, and with it
 * every frame, along:
 *
 * <pre>
 *  0  long  magic
 *  8  int   version
 * 16  long  base position
 * 24  long  salt
 * 32  long  made, milliseconds since 1970 UTC
 * 60  int   CRC32C of the bytes 0 to 59
 * </pre>
 */
final class Segment {

  static final int HEADER_BYTES = 128;

  private static final int COPY_BYTES = 64;
  private static final int CRC = 60;
  private static final long MAGIC = 0x504e_5354_4b53_4547L;
  private static final int VERSION = 1;
  private static final String SUFFIX = ".segment";

  private final Path path;
  private final long base;
  private final long salt;

  /** Position behind the last durable frame. Written by recovery, then by the writer alone. */
  private volatile long dataEnd;

  Segment(Path path, long base, long salt, long dataEnd) {
    this.path = path;
    this.base = base;
    this.salt = salt;
    this.dataEnd = dataEnd;
  }

  Path path() {
    return path;
  }

  long base() {
    return base;
  }

  long salt() {
    return salt;
  }

  /** Where the first frame stands. */
  long dataStart() {
    return base + HEADER_BYTES;
  }

  long dataEnd() {
    return dataEnd;
  }

  void dataEnd(long position) {
    dataEnd = position;
  }

  static Path pathIn(Path folder, long base) {
    return folder.resolve("%020d%s".formatted(base, SUFFIX));
  }

  /** The base position in a file's name; empty when it is not the name of a segment. */
  static OptionalLong baseOf(Path path) {
    var name = path.getFileName().toString();
    if (!name.matches("\\d{20}\\.segment")) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(name.substring(0, 20)));
    } catch (NumberFormatException e) {
      // Twenty digits may exceed a long; then the file is not ours.
      return OptionalLong.empty();
    }
  }

  static ByteBuffer header(long base, long salt, long atMillis) {
    var header = ByteBuffer.allocate(HEADER_BYTES);
    for (int copy = 0; copy < HEADER_BYTES; copy += COPY_BYTES) {
      header
          .putLong(copy, MAGIC)
          .putInt(copy + 8, VERSION)
          .putLong(copy + 16, base)
          .putLong(copy + 24, salt)
          .putLong(copy + 32, atMillis);
      header.putInt(copy + CRC, Frame.crc(header.slice(copy, CRC)));
    }
    return header;
  }

  /**
   * The salt in a file's header; empty when neither copy is sound.
   *
   * @throws IOException also when a sound header is of a version we do not know
   */
  static OptionalLong readSalt(FileChannel channel, Path path) throws IOException {
    var header = readHeader(channel);
    int copy = soundCopy(header);
    if (copy < 0) {
      return OptionalLong.empty();
    }
    int version = header.getInt(copy + 8);
    if (version != VERSION) {
      throw new IOException(
          "segment %s has version %d, this program reads %d".formatted(path, version, VERSION));
    }
    return OptionalLong.of(header.getLong(copy + 24));
  }

  /** When it was begun; empty when neither copy of its header is sound. */
  Optional<Instant> made() throws IOException {
    try (var channel = FileChannel.open(path)) {
      var header = readHeader(channel);
      int copy = soundCopy(header);
      return copy < 0
          ? Optional.empty()
          : Optional.of(Instant.ofEpochMilli(header.getLong(copy + 32)));
    }
  }

  private static ByteBuffer readHeader(FileChannel channel) throws IOException {
    var header = ByteBuffer.allocate(HEADER_BYTES);
    while (header.hasRemaining() && channel.read(header, header.position()) >= 0) {
      // Until it is full or the file ends: what is missing stays zero and fails its checksum.
    }
    return header;
  }

  /** Where the first sound copy of a header begins; -1 when there is none. */
  private static int soundCopy(ByteBuffer header) {
    for (int copy = 0; copy < HEADER_BYTES; copy += COPY_BYTES) {
      if (header.getLong(copy) == MAGIC
          && header.getInt(copy + CRC) == Frame.crc(header.slice(copy, CRC))) {
        return copy;
      }
    }
    return -1;
  }

  /** Writes all of a buffer at an offset. */
  static void writeFully(FileChannel channel, ByteBuffer buffer, long offset) throws IOException {
    long at = offset;
    while (buffer.hasRemaining()) {
      int written = channel.write(buffer, at);
      if (written < 0) {
        throw new EOFException("the channel takes no bytes");
      }
      at += written;
    }
  }
}
