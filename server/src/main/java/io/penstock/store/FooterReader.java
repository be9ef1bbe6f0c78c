package io.penstock.store;

import io.penstock.store.ParquetFormat.RowGroupMeta;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the row groups out of a footer that {@link ParquetFormat} wrote: the Thrift compact
 * protocol, skipping every field it does not need. For one footer.
 */
final class FooterReader {

  private static final int TYPE_TRUE = 1;
  private static final int TYPE_FALSE = 2;
  private static final int TYPE_I16 = 4;
  private static final int TYPE_I32 = 5;
  private static final int TYPE_I64 = 6;
  private static final int TYPE_BINARY = 8;
  private static final int TYPE_LIST = 9;
  private static final int TYPE_STRUCT = 12;
  private static final int STOP = 0;
  private static final int SKIP_DEPTH_MAX = 16;

  private final byte[] bytes;
  private int at;

  FooterReader(byte[] bytes) {
    this.bytes = bytes;
  }

  /** What happens with a field of a struct; returns whether it was read. */
  private interface FieldReader {
    boolean read(int field, int type) throws IOException;
  }

  List<RowGroupMeta> read() throws IOException {
    var groups = new ArrayList<RowGroupMeta>();
    try {
      struct(
          (field, type) -> {
            if (field != 4 || type != TYPE_LIST) {
              return false;
            }
            int size = listSize();
            for (int i = 0; i < size; i++) {
              groups.add(rowGroup());
            }
            return true;
          });
    } catch (IndexOutOfBoundsException | NegativeArraySizeException e) {
      throw new IOException("damaged Parquet footer", e);
    }
    return groups;
  }

  private void struct(FieldReader reader) throws IOException {
    int field = 0;
    while (true) {
      int header = bytes[at++] & 0xff;
      if (header == STOP) {
        return;
      }
      int type = header & 0x0f;
      field = header >>> 4 == 0 ? (int) zigzag() : field + (header >>> 4);
      if (!reader.read(field, type)) {
        skip(type, 0);
      }
    }
  }

  private RowGroupMeta rowGroup() throws IOException {
    var chunks = new ArrayList<ColumnChunk>();
    var rows = new long[1];
    struct(
        (field, type) -> {
          if (field == 1 && type == TYPE_LIST) {
            int size = listSize();
            for (int i = 0; i < size; i++) {
              chunks.add(columnChunk(i));
            }
            return true;
          }
          if (field == 3 && type == TYPE_I64) {
            rows[0] = zigzag();
            return true;
          }
          return false;
        });
    return new RowGroupMeta(rows[0], chunks);
  }

  private ColumnChunk columnChunk(int column) throws IOException {
    if (column >= Column.values().length) {
      throw new IOException("more columns than this version knows");
    }
    var meta = new Chunk();
    struct(
        (field, type) -> {
          if (field != 3 || type != TYPE_STRUCT) {
            return false;
          }
          struct(meta::read);
          return true;
        });
    return meta.chunk(Column.values()[column]);
  }

  /** Collects the fields of one ColumnMetaData. */
  private final class Chunk {
    private boolean isPlain;
    private long values;
    private long absent;
    private long uncompressed;
    private long compressed;
    private long dictionary = -1;
    private long data;
    private byte @Nullable [] min;
    private byte @Nullable [] max;

    boolean read(int field, int type) throws IOException {
      switch (field) {
        case 2 -> encodings();
        case 5 -> values = zigzag();
        case 6 -> uncompressed = zigzag();
        case 7 -> compressed = zigzag();
        case 9 -> data = zigzag();
        case 11 -> dictionary = zigzag();
        case 12 -> struct(this::statistic);
        default -> {
          return false;
        }
      }
      return true;
    }

    private void encodings() {
      int size = listSize();
      isPlain = true;
      for (int i = 0; i < size; i++) {
        isPlain &= zigzag() != ParquetFormat.RLE_DICTIONARY;
      }
    }

    private boolean statistic(int field, int type) {
      switch (field) {
        case 3 -> absent = zigzag();
        case 5 -> max = binary();
        case 6 -> min = binary();
        default -> {
          return false;
        }
      }
      return true;
    }

    ColumnChunk chunk(Column column) {
      return new ColumnChunk(
          column, isPlain, values, absent, uncompressed, compressed, dictionary, data, min, max);
    }
  }

  private void skip(int type, int depth) throws IOException {
    if (depth > SKIP_DEPTH_MAX) {
      throw new IOException("damaged Parquet footer: nested too deeply");
    }
    switch (type) {
      case TYPE_TRUE, TYPE_FALSE -> {}
      case TYPE_I16, TYPE_I32, TYPE_I64 -> zigzag();
      case TYPE_BINARY -> binary();
      case TYPE_LIST -> {
        int elementType = bytes[at] & 0x0f;
        int size = listSize();
        for (int i = 0; i < size; i++) {
          skip(elementType, depth + 1);
        }
      }
      case TYPE_STRUCT ->
          struct(
              (_, inner) -> {
                skip(inner, depth + 1);
                return true;
              });
      default -> throw new IOException("damaged Parquet footer: type " + type);
    }
  }

  private int listSize() {
    int header = bytes[at++] & 0xff;
    return header >>> 4 == 15 ? (int) varint() : header >>> 4;
  }

  private byte[] binary() {
    int length = (int) varint();
    at += length;
    return Arrays.copyOfRange(bytes, at - length, at);
  }

  private long zigzag() {
    long value = varint();
    return value >>> 1 ^ -(value & 1);
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = bytes[at++];
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        break;
      }
    }
    return value;
  }
}
