package io.penstock.store;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import io.penstock.store.ColumnBuffer.Blobs;
import io.penstock.store.ColumnBuffer.Numbers;
import io.penstock.store.ColumnBuffer.Uuids;
import io.penstock.store.ColumnBuffer.Words;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns the buffered values of a column into Parquet pages: one dictionary page where that pays,
 * and one data page of version 1, or several of text that hardly repeats. For one thread; its
 * scratch arrays are reused.
 *
 * <p>A data page holds the definition levels (which rows have a value: one run when all or none do,
 * else one bit a row), then the present values. Repeated values become bit-packed indices into the
 * dictionary; the rest stays PLAIN and is left to zstd.
 */
final class ColumnEncoder implements AutoCloseable {

  private static final int ZSTD_LEVEL = 1;
  private static final int DICTIONARY_MAX = 8192;
  private static final int TABLE = 4 * DICTIONARY_MAX;
  private static final int STATISTIC_BYTES_MAX = 64;

  /** Most pages are far smaller, and the memory of a rare one is wanted elsewhere. */
  private static final int PAGE_KEPT_BYTES_MAX = 4 << 20;

  /** From which size on the rest of a column's text goes into another page. */
  private static final int TEXT_PAGE_BYTES = 1 << 20;

  private final ZstdCompressCtx zstd = new ZstdCompressCtx().setLevel(ZSTD_LEVEL);
  private Bytes page = new Bytes(1 << 16);
  private byte[] compressed = {};

  private long[] dense = {};
  private int[] codes = {};
  private final long[] tableKeys = new long[TABLE];
  private final int[] tableCodes = new int[TABLE];
  private final int[] tableRounds = new int[TABLE];
  private final long[] dictionary = new long[DICTIONARY_MAX];
  private int round;

  private byte @Nullable [] min;
  private byte @Nullable [] max;

  /**
   * Appends the column's pages to {@code out}.
   *
   * @param order the rows in the order of the file
   * @param base where {@code out} starts in the file
   */
  ColumnChunk encode(
      Column column, ColumnBuffer buffer, int[] order, int rows, Bytes out, long base) {
    if (page.array().length > PAGE_KEPT_BYTES_MAX) {
      page = new Bytes(1 << 16);
      compressed = new byte[0];
    }
    int start = out.size();
    min = null;
    max = null;
    int present = buffer.present();
    int dictionarySize =
        present == 0
            ? 0
            : switch (buffer) {
              case Numbers numbers -> dictionary(column, numbers, order, rows, present);
              case Words words -> dictionary(words, order, rows);
              case Blobs _, Uuids _ -> 0;
            };
    long uncompressed = 0;
    if (dictionarySize > 0) {
      uncompressed += dictionaryPage(column, buffer, dictionarySize, out);
    }
    int dataStart = out.size();
    uncompressed +=
        buffer instanceof Blobs blobs
            ? textPages(blobs, order, rows, out)
            : dataPage(column, buffer, order, rows, dictionarySize, out);
    return new ColumnChunk(
        column,
        dictionarySize == 0,
        rows,
        rows - present,
        uncompressed,
        out.size() - start,
        dictionarySize > 0 ? base + start : -1,
        base + dataStart,
        min,
        max);
  }

  /** Gathers the present numbers and looks for a dictionary; its size, or 0 if it does not pay. */
  private int dictionary(Column column, Numbers buffer, int[] order, int rows, int present) {
    if (dense.length < rows) {
      dense = new long[rows];
      codes = new int[rows];
    }
    gather(buffer, order, rows, present);
    numberStatistics(column, present);
    int limit = Math.min(DICTIONARY_MAX, present / 2 + 1);
    int size = 0;
    round++;
    for (int i = 0; i < present; i++) {
      long value = dense[i];
      int slot = (int) ((value * 0x9e37_79b9_7f4a_7c15L) >>> 49);
      while (tableRounds[slot] == round && tableKeys[slot] != value) {
        slot = slot + 1 & TABLE - 1;
      }
      if (tableRounds[slot] != round) {
        if (size == limit) {
          return 0;
        }
        tableRounds[slot] = round;
        tableKeys[slot] = value;
        tableCodes[slot] = size;
        dictionary[size++] = value;
      }
      codes[i] = tableCodes[slot];
    }
    return size;
  }

  private void gather(Numbers buffer, int[] order, int rows, int present) {
    var values = buffer.values();
    if (present == rows) {
      for (int i = 0; i < rows; i++) {
        dense[i] = values[order[i]];
      }
      return;
    }
    int count = 0;
    for (int i = 0; i < rows; i++) {
      if (buffer.has(order[i])) {
        dense[count++] = values[order[i]];
      }
    }
  }

  private void numberStatistics(Column column, int present) {
    if (column.type() == Column.Type.DOUBLE) {
      return;
    }
    long smallest = Long.MAX_VALUE;
    long largest = Long.MIN_VALUE;
    for (int i = 0; i < present; i++) {
      smallest = Math.min(smallest, dense[i]);
      largest = Math.max(largest, dense[i]);
    }
    min = plain(column, smallest);
    max = plain(column, largest);
  }

  private static byte[] plain(Column column, long value) {
    var bytes = new Bytes(8);
    putPlain(column, value, bytes);
    return bytes.toArray();
  }

  private static void putPlain(Column column, long value, Bytes out) {
    if (column.type() == Column.Type.INT) {
      out.putInt((int) value);
      return;
    }
    out.putLong(value);
  }

  /** Gathers the codes; the number of words, or 0 when most rows have their own. */
  private int dictionary(Words buffer, int[] order, int rows) {
    wordStatistics(buffer.words());
    if (buffer.words().size() > buffer.present() / 2 + 1) {
      return 0;
    }
    if (codes.length < rows) {
      dense = new long[rows];
      codes = new int[rows];
    }
    int count = 0;
    for (int i = 0; i < rows; i++) {
      if (buffer.has(order[i])) {
        codes[count++] = buffer.code(order[i]);
      }
    }
    return buffer.words().size();
  }

  private void wordStatistics(List<String> words) {
    if (words.size() > DICTIONARY_MAX) {
      return;
    }
    byte[] smallest = null;
    byte[] largest = null;
    for (var word : words) {
      var utf8 = word.getBytes(StandardCharsets.UTF_8);
      if (utf8.length > STATISTIC_BYTES_MAX) {
        return;
      }
      if (smallest == null || Arrays.compareUnsigned(utf8, smallest) < 0) {
        smallest = utf8;
      }
      if (largest == null || Arrays.compareUnsigned(utf8, largest) > 0) {
        largest = utf8;
      }
    }
    min = smallest;
    max = largest;
  }

  private int dictionaryPage(Column column, ColumnBuffer buffer, int size, Bytes out) {
    page.clear();
    switch (buffer) {
      case Words words -> {
        for (var word : words.words()) {
          putText(word.getBytes(StandardCharsets.UTF_8));
        }
      }
      case Numbers _ -> {
        for (int i = 0; i < size; i++) {
          putPlain(column, dictionary[i], page);
        }
      }
      case Blobs _, Uuids _ -> throw new IllegalStateException("no dictionary for " + column);
    }
    return finish(out, size, true, false);
  }

  private void putText(byte[] utf8) {
    page.putInt(utf8.length);
    page.put(utf8, 0, utf8.length);
  }

  private int dataPage(
      Column column, ColumnBuffer buffer, int[] order, int rows, int dictionarySize, Bytes out) {
    page.clear();
    int present = buffer.present();
    levels(buffer, order, 0, rows, present);
    if (dictionarySize > 0) {
      indices(present, dictionarySize);
    } else if (present > 0) {
      plainValues(column, buffer, order, rows);
    }
    return finish(out, rows, false, dictionarySize == 0);
  }

  /** As many pages as it takes, so that no array has to be as large as the column. */
  private long textPages(Blobs blobs, int[] order, int rows, Bytes out) {
    long uncompressed = 0;
    int from = 0;
    do {
      int to = from;
      for (int bytes = 0; to < rows && bytes < TEXT_PAGE_BYTES; to++) {
        bytes += blobs.bytes(order[to]);
      }
      uncompressed += textPage(blobs, order, from, to, out);
      from = to;
    } while (from < rows);
    return uncompressed;
  }

  private int textPage(Blobs blobs, int[] order, int from, int to, Bytes out) {
    page.clear();
    int present = 0;
    for (int i = from; i < to; i++) {
      present += blobs.has(order[i]) ? 1 : 0;
    }
    levels(blobs, order, from, to, present);
    for (int i = from; i < to; i++) {
      if (blobs.has(order[i])) {
        blobs.write(order[i], page);
      }
    }
    return finish(out, to - from, false, true);
  }

  /**
   * Definition levels in the RLE and bit-packing hybrid, behind their length.
   *
   * @param present how many of the rows have a value
   */
  private void levels(ColumnBuffer buffer, int[] order, int from, int to, int present) {
    int rows = to - from;
    page.putInt(0);
    int start = page.size();
    if (present == 0 || present == rows) {
      page.varint((long) rows << 1);
      page.put(present == 0 ? 0 : 1);
    } else {
      int groups = (rows + 7) >>> 3;
      page.varint((long) groups << 1 | 1);
      for (int group = 0; group < groups; group++) {
        int bits = 0;
        for (int i = group << 3; i < Math.min(rows, (group << 3) + 8); i++) {
          bits |= buffer.has(order[from + i]) ? 1 << (i & 7) : 0;
        }
        page.put(bits);
      }
    }
    page.putIntAt(start - 4, page.size() - start);
  }

  /** Dictionary indices: their width, then one run. */
  private void indices(int count, int dictionarySize) {
    if (dictionarySize == 1) {
      page.put(1);
      page.varint((long) count << 1);
      page.put(0);
      return;
    }
    int width = 32 - Integer.numberOfLeadingZeros(dictionarySize - 1);
    page.put(width);
    int groups = (count + 7) >>> 3;
    page.varint((long) groups << 1 | 1);
    page.reserve(groups * width + 8);
    long pending = 0;
    int pendingBits = 0;
    for (int i = 0; i < groups << 3; i++) {
      pending |= (i < count ? (long) codes[i] : 0) << pendingBits;
      pendingBits += width;
      if (pendingBits >= 32) {
        page.putInt((int) pending);
        pending >>>= 32;
        pendingBits -= 32;
      }
    }
    for (; pendingBits > 0; pendingBits -= 8) {
      page.put((int) pending);
      pending >>>= 8;
    }
  }

  private void plainValues(Column column, ColumnBuffer buffer, int[] order, int rows) {
    switch (buffer) {
      case Numbers numbers -> {
        page.reserve(8 * numbers.present());
        for (int i = 0; i < numbers.present(); i++) {
          putPlain(column, dense[i], page);
        }
      }
      case Words words -> {
        for (int i = 0; i < rows; i++) {
          if (words.has(order[i])) {
            putText(words.words().get(words.code(order[i])).getBytes(StandardCharsets.UTF_8));
          }
        }
      }
      case Blobs _ -> throw new IllegalStateException("text has pages of its own: " + column);
      case Uuids uuids -> {
        page.reserve(16 * rows);
        for (int i = 0; i < rows; i++) {
          page.putLongBigEndian(uuids.high(order[i]));
          page.putLongBigEndian(uuids.low(order[i]));
        }
      }
    }
  }

  /** Compresses the page behind its header into {@code out}; its size before compression. */
  private int finish(Bytes out, int values, boolean dictionaryPage, boolean plain) {
    int size = page.size();
    int bound = (int) Zstd.compressBound(size);
    if (compressed.length < bound) {
      compressed = new byte[bound];
    }
    int length = zstd.compressByteArray(compressed, 0, compressed.length, page.array(), 0, size);
    int headerStart = out.size();
    if (dictionaryPage) {
      ParquetFormat.dictionaryHeader(out, values, size, length);
    } else {
      ParquetFormat.dataHeader(out, values, plain, size, length);
    }
    int header = out.size() - headerStart;
    out.put(compressed, 0, length);
    return header + size;
  }

  @Override
  public void close() {
    zstd.close();
  }
}
