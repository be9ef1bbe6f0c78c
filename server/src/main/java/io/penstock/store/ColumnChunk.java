package io.penstock.store;

import org.jspecify.annotations.Nullable;

/**
 * What the footer says of one column of one row group ({@code ColumnMetaData} in parquet.thrift).
 *
 * @param column which column
 * @param plain whether its values are PLAIN; else they are indices into a dictionary page
 * @param values how many rows, absent ones included
 * @param absent how many rows have no value
 * @param uncompressedBytes size of its pages with their headers, before compression
 * @param compressedBytes size of its pages with their headers, in the file
 * @param dictionaryOffset where its dictionary page starts, -1 when it has none
 * @param dataOffset where its data page starts
 * @param min smallest value in the file's own encoding, null when not kept
 * @param max largest value
 */
record ColumnChunk(
    Column column,
    boolean plain,
    long values,
    long absent,
    long uncompressedBytes,
    long compressedBytes,
    long dictionaryOffset,
    long dataOffset,
    byte @Nullable [] min,
    byte @Nullable [] max) {

  /** The same chunk {@code distance} bytes further on, in another file. */
  ColumnChunk moved(long distance) {
    return new ColumnChunk(
        column,
        plain,
        values,
        absent,
        uncompressedBytes,
        compressedBytes,
        dictionaryOffset < 0 ? -1 : dictionaryOffset + distance,
        dataOffset + distance,
        min,
        max);
  }
}
