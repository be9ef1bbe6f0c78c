package io.penstock.store;

import java.nio.charset.StandardCharsets;

/**
 * Writes the Thrift compact protocol, in which Parquet keeps its page headers and its footer. Only
 * what Parquet needs: structs, integers, binaries, booleans and lists.
 */
final class CompactThrift {

  static final int TYPE_I32 = 5;
  static final int TYPE_BINARY = 8;
  static final int TYPE_STRUCT = 12;

  private static final int TYPE_TRUE = 1;
  private static final int TYPE_FALSE = 2;
  private static final int TYPE_I64 = 6;
  private static final int TYPE_LIST = 9;
  private static final int DEPTH_MAX = 12;

  private final Bytes out;
  private final int[] lastField = new int[DEPTH_MAX];
  private int depth;

  CompactThrift(Bytes out) {
    this.out = out;
  }

  CompactThrift i32(int field, int value) {
    header(field, TYPE_I32);
    out.varint(zigzag(value));
    return this;
  }

  CompactThrift i64(int field, long value) {
    header(field, TYPE_I64);
    out.varint(zigzag(value));
    return this;
  }

  CompactThrift bool(int field, boolean value) {
    header(field, value ? TYPE_TRUE : TYPE_FALSE);
    return this;
  }

  CompactThrift binary(int field, byte[] value) {
    header(field, TYPE_BINARY);
    return element(value);
  }

  CompactThrift text(int field, String value) {
    return binary(field, value.getBytes(StandardCharsets.UTF_8));
  }

  /** Opens a struct that is a field; close it with {@link #end}. */
  CompactThrift struct(int field) {
    header(field, TYPE_STRUCT);
    return element();
  }

  /** A list header; its elements follow with the {@code element} methods. */
  CompactThrift list(int field, int elementType, int size) {
    header(field, TYPE_LIST);
    if (size < 15) {
      out.put(size << 4 | elementType);
      return this;
    }
    out.put(0xf0 | elementType);
    out.varint(size);
    return this;
  }

  /** Opens a struct that is a list element or the whole message; close it with {@link #end}. */
  CompactThrift element() {
    lastField[++depth] = 0;
    return this;
  }

  CompactThrift element(int value) {
    out.varint(zigzag(value));
    return this;
  }

  CompactThrift element(byte[] value) {
    out.varint(value.length);
    out.put(value, 0, value.length);
    return this;
  }

  CompactThrift element(String value) {
    return element(value.getBytes(StandardCharsets.UTF_8));
  }

  CompactThrift end() {
    out.put(0);
    depth--;
    return this;
  }

  private void header(int field, int type) {
    int delta = field - lastField[depth];
    lastField[depth] = field;
    if (delta > 0 && delta <= 15) {
      out.put(delta << 4 | type);
      return;
    }
    out.put(type);
    out.varint(zigzag(field));
  }

  private static long zigzag(long value) {
    return value << 1 ^ value >> 63;
  }
}
