package io.penstock.records;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/**
 * A closed set of names with a number for each, found by the bytes of a name without making a
 * String of it.
 */
final class FieldNames {

  private final byte[][] names;
  private final int[] values;
  private final int mask;

  FieldNames(Map<String, Integer> valueOf) {
    int size = Integer.highestOneBit(Math.max(8, valueOf.size() * 4));
    this.names = new byte[size][];
    this.values = new int[size];
    this.mask = size - 1;
    valueOf.forEach(
        (name, value) -> {
          var bytes = name.getBytes(StandardCharsets.UTF_8);
          int slot = spread(hash(bytes, 0, bytes.length)) & mask;
          while (names[slot] != null) {
            slot = slot + 1 & mask;
          }
          names[slot] = bytes;
          values[slot] = value;
        });
  }

  /** The value of a name; -1 when it is not in the set. */
  int find(byte[] in, int start, int end, int hash) {
    int slot = spread(hash) & mask;
    while (names[slot] != null) {
      var name = names[slot];
      if (Arrays.equals(name, 0, name.length, in, start, end)) {
        return values[slot];
      }
      slot = slot + 1 & mask;
    }
    return -1;
  }

  static int hash(byte[] in, int start, int end) {
    int hash = 0;
    for (int i = start; i < end; i++) {
      hash = hash * 31 + in[i];
    }
    return hash;
  }

  private static int spread(int hash) {
    return hash ^ hash >>> 15;
  }
}
