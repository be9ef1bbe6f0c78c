package io.penstock.dial;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * A request's body, as slices of arrays that are written without being copied. Slices that adjoin
 * in one array become one. The arrays must not change until the call is over. For one thread.
 */
public final class Body {

  /** Written at a time: between two pieces it is seen whether the answer is already there. */
  private static final int PIECE_BYTES = 64 * 1024;

  private byte[][] arrays = new byte[4][];
  private int[] starts = new int[4];
  private int[] ends = new int[4];
  private int count;
  private long length;

  public static Body of(byte[] bytes) {
    return new Body().add(bytes, 0, bytes.length);
  }

  /** Appends the bytes of an array from one offset up to another. */
  public Body add(byte[] bytes, int start, int end) {
    if (start == end) {
      return this;
    }
    length += end - start;
    if (continues(bytes, start)) {
      ends[count - 1] = end;
      return this;
    }
    if (count == arrays.length) {
      arrays = Arrays.copyOf(arrays, 2 * count);
      starts = Arrays.copyOf(starts, 2 * count);
      ends = Arrays.copyOf(ends, 2 * count);
    }
    arrays[count] = bytes;
    starts[count] = start;
    ends[count++] = end;
    return this;
  }

  @SuppressWarnings("ReferenceEquality") // The same array, not one with the same bytes.
  private boolean continues(byte[] bytes, int start) {
    return count > 0 && arrays[count - 1] == bytes && ends[count - 1] == start;
  }

  /** Bytes of all slices. */
  public long length() {
    return length;
  }

  int slices() {
    return count;
  }

  byte[] array(int slice) {
    return arrays[slice];
  }

  int start(int slice) {
    return starts[slice];
  }

  int end(int slice) {
    return ends[slice];
  }

  void writeTo(OutputStream out) throws IOException {
    for (int i = 0; i < count; i++) {
      for (int at = starts[i]; at < ends[i]; at += PIECE_BYTES) {
        out.write(arrays[i], at, Math.min(PIECE_BYTES, ends[i] - at));
      }
    }
  }
}
