package io.penstock.store;

import io.penstock.store.ParquetFormat.RowGroupMeta;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Joins Parquet files of this store without decoding them: the pages are copied by the kernel and
 * the footers' offsets moved.
 */
final class ParquetJoin {

  /** Length of the footer and the closing magic. */
  private static final int TAIL = 8;

  private ParquetJoin() {}

  /**
   * Writes the row groups of all files, in their order, into a new one and waits until it is on the
   * disk; its size.
   */
  static long join(List<Path> files, Path joined) throws IOException {
    try (var out =
        FileChannel.open(joined, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      writeFully(out, ByteBuffer.wrap(ParquetFormat.MAGIC));
      var groups = new ArrayList<RowGroupMeta>();
      for (var file : files) {
        append(file, out, groups);
      }
      var footer = new Bytes(1 << 16);
      ParquetFormat.footer(footer, groups);
      writeFully(out, ByteBuffer.wrap(footer.array(), 0, footer.size()));
      out.force(true);
      return out.position();
    }
  }

  /** Bytes that a column of a file takes once its pages are inflated. */
  static long inflatedBytes(Path file, Column column) throws IOException {
    try (var in = FileChannel.open(file, StandardOpenOption.READ)) {
      int footerBytes = footerBytes(in, file);
      var footer = read(in, in.size() - TAIL - footerBytes, footerBytes);
      return new FooterReader(footer)
          .read().stream()
              .flatMap(group -> group.chunks().stream())
              .filter(chunk -> chunk.column() == column)
              .mapToLong(ColumnChunk::uncompressedBytes)
              .sum();
    }
  }

  private static void append(Path file, FileChannel out, List<RowGroupMeta> groups)
      throws IOException {
    try (var in = FileChannel.open(file, StandardOpenOption.READ)) {
      int footerBytes = footerBytes(in, file);
      long footerStart = in.size() - TAIL - footerBytes;
      var footer = read(in, footerStart, footerBytes);
      long distance = out.position() - ParquetFormat.MAGIC.length;
      for (var group : new FooterReader(footer).read()) {
        groups.add(group.moved(distance));
      }
      long from = ParquetFormat.MAGIC.length;
      while (from < footerStart) {
        long copied = in.transferTo(from, footerStart - from, out);
        if (copied <= 0) {
          throw new EOFException(file + " ends early");
        }
        from += copied;
      }
    }
  }

  private static int footerBytes(FileChannel in, Path file) throws IOException {
    var tail = ByteBuffer.wrap(read(in, in.size() - TAIL, TAIL)).order(ByteOrder.LITTLE_ENDIAN);
    int length = tail.getInt();
    var magic = Arrays.copyOfRange(tail.array(), 4, TAIL);
    if (!Arrays.equals(magic, ParquetFormat.MAGIC) || length < 0 || length > in.size() - TAIL) {
      throw new IOException(file + " is no Parquet file");
    }
    return length;
  }

  private static byte[] read(FileChannel in, long position, int length) throws IOException {
    var bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (in.read(bytes, position + bytes.position()) < 0) {
        throw new EOFException("the file ends early");
      }
    }
    return bytes.array();
  }

  private static void writeFully(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
