package io.penstock.store;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The framing of a Parquet file: page headers and the footer, as parquet.thrift of the Apache
 * Parquet format 2.x defines them.
 */
final class ParquetFormat {

  static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);

  static final int PLAIN = 0;
  static final int RLE = 3;
  static final int RLE_DICTIONARY = 8;

  private static final int CODEC_ZSTD = 6;
  private static final int OPTIONAL = 1;
  private static final int CONVERTED_UTF8 = 0;
  private static final int DATA_PAGE = 0;
  private static final int DICTIONARY_PAGE = 2;
  private static final int UUID_BYTES = 16;

  private ParquetFormat() {}

  /** One row group as the footer lists it. */
  record RowGroupMeta(long rows, List<ColumnChunk> chunks) {

    RowGroupMeta moved(long distance) {
      return new RowGroupMeta(rows, chunks.stream().map(c -> c.moved(distance)).toList());
    }

    long compressedBytes() {
      return chunks.stream().mapToLong(ColumnChunk::compressedBytes).sum();
    }

    long uncompressedBytes() {
      return chunks.stream().mapToLong(ColumnChunk::uncompressedBytes).sum();
    }
  }

  static void dictionaryHeader(Bytes out, int values, int uncompressed, int compressed) {
    new CompactThrift(out)
        .i32(1, DICTIONARY_PAGE)
        .i32(2, uncompressed)
        .i32(3, compressed)
        .struct(7)
        .i32(1, values)
        .i32(2, PLAIN)
        .end()
        .end();
  }

  static void dataHeader(Bytes out, int values, boolean plain, int uncompressed, int compressed) {
    new CompactThrift(out)
        .i32(1, DATA_PAGE)
        .i32(2, uncompressed)
        .i32(3, compressed)
        .struct(5)
        .i32(1, values)
        .i32(2, plain ? PLAIN : RLE_DICTIONARY)
        .i32(3, RLE)
        .i32(4, RLE)
        .end()
        .end();
  }

  /** The footer with its length and the closing magic. */
  static void footer(Bytes out, List<RowGroupMeta> groups) {
    int start = out.size();
    var thrift = new CompactThrift(out);
    thrift.i32(1, 2);
    schema(thrift);
    thrift.i64(3, groups.stream().mapToLong(RowGroupMeta::rows).sum());
    thrift.list(4, CompactThrift.TYPE_STRUCT, groups.size());
    for (var group : groups) {
      rowGroup(thrift, group);
    }
    thrift.text(6, "penstock");
    thrift.list(7, CompactThrift.TYPE_STRUCT, Column.values().length);
    for (int i = 0; i < Column.values().length; i++) {
      thrift.element().struct(1).end().end();
    }
    thrift.end();
    out.putInt(out.size() - start);
    out.put(MAGIC, 0, MAGIC.length);
  }

  private static void schema(CompactThrift thrift) {
    var columns = Column.values();
    thrift.list(2, CompactThrift.TYPE_STRUCT, columns.length + 1);
    thrift.element().text(4, "event").i32(5, columns.length).end();
    for (var column : columns) {
      thrift.element().i32(1, physical(column));
      if (column.type() == Column.Type.UUID) {
        thrift.i32(2, UUID_BYTES);
      }
      thrift.i32(3, OPTIONAL).text(4, column.title());
      switch (column.type()) {
        case TEXT -> thrift.i32(6, CONVERTED_UTF8).struct(10).struct(1).end().end();
        case UUID -> thrift.struct(10).struct(14).end().end();
        case TIME ->
            // Not "adjusted to UTC": DuckDB would cut such a time to microseconds.
            thrift.struct(10).struct(8).bool(1, false).struct(2).struct(3).end().end().end().end();
        case INT, LONG, DOUBLE -> {}
      }
      thrift.end();
    }
  }

  private static int physical(Column column) {
    return switch (column.type()) {
      case INT -> 1;
      case LONG, TIME -> 2;
      case DOUBLE -> 5;
      case TEXT -> 6;
      case UUID -> 7;
    };
  }

  private static void rowGroup(CompactThrift thrift, RowGroupMeta group) {
    thrift.element().list(1, CompactThrift.TYPE_STRUCT, group.chunks().size());
    for (var chunk : group.chunks()) {
      thrift.element().i64(2, 0).struct(3);
      columnChunk(thrift, chunk);
      thrift.end().end();
    }
    thrift.i64(2, group.uncompressedBytes()).i64(3, group.rows());
    thrift.i64(6, group.compressedBytes());
    thrift.end();
  }

  private static void columnChunk(CompactThrift thrift, ColumnChunk chunk) {
    thrift
        .i32(1, physical(chunk.column()))
        .list(2, CompactThrift.TYPE_I32, 2)
        .element(RLE)
        .element(chunk.plain() ? PLAIN : RLE_DICTIONARY)
        .list(3, CompactThrift.TYPE_BINARY, 1)
        .element(chunk.column().title())
        .i32(4, CODEC_ZSTD)
        .i64(5, chunk.values())
        .i64(6, chunk.uncompressedBytes())
        .i64(7, chunk.compressedBytes())
        .i64(9, chunk.dataOffset());
    if (chunk.dictionaryOffset() >= 0) {
      thrift.i64(11, chunk.dictionaryOffset());
    }
    thrift.struct(12).i64(3, chunk.absent());
    var max = chunk.max();
    var min = chunk.min();
    if (max != null && min != null) {
      thrift.binary(5, max).binary(6, min);
    }
    thrift.end();
  }
}
