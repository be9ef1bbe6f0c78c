package io.penstock.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A growing byte array with little-endian puts. For one thread; reused between pages. */
final class Bytes {

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] array;
  private int size;

  Bytes(int capacity) {
    array = new byte[capacity];
  }

  byte[] array() {
    return array;
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  /** Makes room for {@code count} more bytes. */
  void reserve(int count) {
    if (count > array.length - size) {
      array = Arrays.copyOf(array, Math.max(Math.addExact(size, count), 2 * array.length));
    }
  }

  /** Takes {@code count} bytes that were written straight into {@link #array}. */
  void skip(int count) {
    size += count;
  }

  void put(int value) {
    reserve(1);
    array[size++] = (byte) value;
  }

  void put(byte[] from, int offset, int length) {
    reserve(length);
    System.arraycopy(from, offset, array, size, length);
    size += length;
  }

  void putInt(int value) {
    reserve(4);
    INT.set(array, size, value);
    size += 4;
  }

  void putIntAt(int offset, int value) {
    INT.set(array, offset, value);
  }

  void putLong(long value) {
    reserve(8);
    LONG.set(array, size, value);
    size += 8;
  }

  void putLongBigEndian(long value) {
    putLong(Long.reverseBytes(value));
  }

  /** Unsigned LEB128. */
  void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      put((int) (rest & 0x7f | 0x80));
      rest >>>= 7;
    }
    put((int) rest);
  }

  byte[] toArray() {
    return Arrays.copyOf(array, size);
  }
}
