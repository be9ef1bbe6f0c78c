package io.penstock.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing byte array that documents are written into, one behind the other. For one thread. */
public final class ByteOutput {

  private byte[] array;
  private int size;

  public ByteOutput(int capacity) {
    array = new byte[capacity];
  }

  /** What was written, from 0 to {@link #size}; another array once more is written. */
  public byte[] array() {
    return array;
  }

  public int size() {
    return size;
  }

  /** Forgets what was written from {@code size} on. */
  public void truncate(int size) {
    if (size > this.size) {
      throw new IllegalArgumentException("%d of %d bytes".formatted(size, this.size));
    }
    this.size = size;
  }

  /**
   * Makes room for {@code count} more bytes, so that they can be written straight into the array.
   */
  public void reserve(int count) {
    if (count > array.length - size) {
      array = Arrays.copyOf(array, Math.max(Math.addExact(size, count), 2 * array.length));
    }
  }

  /** Takes {@code count} bytes that were written straight into the array. */
  public void skip(int count) {
    size += count;
  }

  public void put(int value) {
    reserve(1);
    array[size++] = (byte) value;
  }

  public void put(byte[] bytes) {
    put(bytes, 0, bytes.length);
  }

  public void put(byte[] from, int offset, int length) {
    reserve(length);
    System.arraycopy(from, offset, array, size, length);
    size += length;
  }

  /** A text in UTF-8. */
  public void put(String text) {
    put(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A copy of what was written. */
  public byte[] toBytes() {
    return Arrays.copyOf(array, size);
  }
}
