package io.penstock.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The values of one column while a row group fills. A row is either added or absent; a column
 * nobody adds to takes no memory. For one thread; cleared and filled again.
 */
sealed interface ColumnBuffer {

  /** The row has no value. */
  void absent();

  void clear();

  /** How many rows have a value. */
  int present();

  /** Whether the row has a value. */
  boolean has(int row);

  /** A buffer for a column of that type. */
  static ColumnBuffer of(Column column) {
    if (column == Column.EXTRA) {
      return new Blobs();
    }
    return switch (column.type()) {
      case INT, LONG, TIME, DOUBLE -> new Numbers();
      case TEXT -> new Words();
      case UUID -> new Uuids();
    };
  }

  private static boolean has(long[] bits, int row) {
    int word = row >>> 6;
    return word < bits.length && (bits[word] >>> row & 1) != 0;
  }

  /** Integers, times, and doubles as their bits. */
  final class Numbers implements ColumnBuffer {
    private long[] values = {};
    private long[] bits = {};
    private int rows;
    private int present;

    void add(long value) {
      if (rows >= values.length) {
        values = Arrays.copyOf(values, Math.max(256, rows + (rows >> 1) + 1));
        bits = Arrays.copyOf(bits, (values.length + 63) >>> 6);
      }
      values[rows] = value;
      bits[rows >>> 6] |= 1L << rows;
      rows++;
      present++;
    }

    /** Adds the value, or leaves the row absent when it is {@code absent}. */
    void addUnless(long absent, long value) {
      if (value == absent) {
        rows++;
        return;
      }
      add(value);
    }

    void add(double value) {
      if (Double.isNaN(value)) {
        rows++;
        return;
      }
      add(Double.doubleToRawLongBits(value));
    }

    long[] values() {
      return values;
    }

    @Override
    public void absent() {
      rows++;
    }

    @Override
    public void clear() {
      Arrays.fill(bits, 0);
      rows = 0;
      present = 0;
    }

    @Override
    public int present() {
      return present;
    }

    @Override
    public boolean has(int row) {
      return ColumnBuffer.has(bits, row);
    }
  }

  /** Text that tends to repeat, kept as codes into the words seen so far. */
  final class Words implements ColumnBuffer {
    private final Map<String, Integer> codes = new HashMap<>();
    private final List<String> words = new ArrayList<>();
    private int[] rowCodes = {};
    private int rows;
    private int present;
    private @Nullable String last;
    private int lastCode;

    void add(@Nullable String word) {
      if (word == null) {
        rows++;
        return;
      }
      if (rows >= rowCodes.length) {
        rowCodes = Arrays.copyOf(rowCodes, Math.max(256, rows + (rows >> 1) + 1));
      }
      rowCodes[rows++] = code(word) + 1;
      present++;
    }

    @SuppressWarnings("ReferenceEquality") // only a shortcut: neighbours often share an instance
    private int code(String word) {
      if (word == last) {
        return lastCode;
      }
      var known = codes.get(word);
      int code = known != null ? known : words.size();
      if (known == null) {
        codes.put(word, code);
        words.add(word);
      }
      last = word;
      lastCode = code;
      return code;
    }

    List<String> words() {
      return words;
    }

    /** The code of a row that has a value. */
    int code(int row) {
      return rowCodes[row] - 1;
    }

    @Override
    public void absent() {
      rows++;
    }

    @Override
    public void clear() {
      Arrays.fill(rowCodes, 0);
      codes.clear();
      words.clear();
      last = null;
      rows = 0;
      present = 0;
    }

    @Override
    public int present() {
      return present;
    }

    @Override
    public boolean has(int row) {
      return row < rowCodes.length && rowCodes[row] != 0;
    }
  }

  /**
   * Text that hardly repeats, as UTF-8: one behind the other in one array, as a page has them. As
   * objects of their own the collector would carry them along until the group is full.
   */
  final class Blobs implements ColumnBuffer {

    /** A larger array is rare, and its memory is wanted elsewhere. */
    private static final int KEPT_BYTES_MAX = 16 << 20;

    private Bytes values = new Bytes(0);

    /** Where a row ends in there; where the row before it does when it has no value. */
    private int[] ends = {};

    /** Rows whose end is set: all up to the last one that has a value. */
    private int ended;

    private int rows;
    private int present;

    void add(byte[] value) {
      if (rows >= ends.length) {
        ends = Arrays.copyOf(ends, Math.max(256, rows + (rows >> 1) + 1));
      }
      Arrays.fill(ends, ended, rows, values.size());
      values.putInt(value.length);
      values.put(value, 0, value.length);
      ends[rows++] = values.size();
      ended = rows;
      present++;
    }

    /** What the value of a row takes behind its length; 0 when it has none. */
    int bytes(int row) {
      return row < ended ? ends[row] - start(row) : 0;
    }

    /** Writes the value of a row that has one, behind its length. */
    void write(int row, Bytes out) {
      out.put(values.array(), start(row), bytes(row));
    }

    private int start(int row) {
      return row == 0 ? 0 : ends[row - 1];
    }

    @Override
    public void absent() {
      rows++;
    }

    @Override
    public void clear() {
      if (values.array().length > KEPT_BYTES_MAX) {
        values = new Bytes(0);
      }
      values.clear();
      ended = 0;
      rows = 0;
      present = 0;
    }

    @Override
    public int present() {
      return present;
    }

    @Override
    public boolean has(int row) {
      return bytes(row) > 0;
    }
  }

  /** Pairs of 64 bits; every row has one. */
  final class Uuids implements ColumnBuffer {
    private long[] halves = {};
    private int rows;

    void add(long high, long low) {
      if (2 * rows >= halves.length) {
        halves = Arrays.copyOf(halves, 2 * Math.max(256, rows + (rows >> 1) + 1));
      }
      halves[2 * rows] = high;
      halves[2 * rows + 1] = low;
      rows++;
    }

    long high(int row) {
      return halves[2 * row];
    }

    long low(int row) {
      return halves[2 * row + 1];
    }

    @Override
    public void absent() {
      throw new IllegalStateException("every event has an id");
    }

    @Override
    public void clear() {
      rows = 0;
    }

    @Override
    public int present() {
      return rows;
    }

    @Override
    public boolean has(int row) {
      return row < rows;
    }
  }
}
