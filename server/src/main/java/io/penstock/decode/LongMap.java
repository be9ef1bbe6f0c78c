package io.penstock.decode;

import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A map from numbers, without an object for each of them: what is looked up for every record. Open
 * addressing with linear probing.
 *
 * <p>The numbers come from the network, so the places they take depend on a secret: nobody can
 * choose numbers that all want the same place.
 */
final class LongMap<V> {

  private static final long SECRET = ThreadLocalRandom.current().nextLong();
  private static final int CAPACITY_MIN = 8;

  private static final long[] NO_KEYS = {};
  private static final @Nullable Object[] NO_VALUES = {};

  private long[] keys = NO_KEYS;
  private @Nullable Object[] values = NO_VALUES;
  private int size;

  /** A hash that nobody outside this process can foresee. */
  static long mix(long key) {
    long hash = (key ^ SECRET) * 0xff51_afd7_ed55_8ccdL;
    hash = (hash ^ hash >>> 32) * 0xc4ce_b9fe_1a85_ec53L;
    return hash ^ hash >>> 29;
  }

  /** Such a hash of octets, never negative. */
  static long mix(byte[] bytes, int offset, int length) {
    long hash = SECRET ^ length;
    for (int i = offset; i < offset + length; i++) {
      hash = (hash ^ bytes[i] & 0xff) * 0x0000_0100_0000_01b3L;
      hash ^= hash >>> 47;
    }
    return mix(hash) & Long.MAX_VALUE;
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** The value of a key; null when there is none. */
  @SuppressWarnings("unchecked") // only put() stores values
  @Nullable V get(long key) {
    if (size == 0) {
      return null;
    }
    return (V) values[place(key)];
  }

  /** Where the key is, or the free place where it belongs. */
  private int place(long key) {
    int mask = keys.length - 1;
    int place = (int) mix(key) & mask;
    while (values[place] != null && keys[place] != key) {
      place = place + 1 & mask;
    }
    return place;
  }

  void put(long key, V value) {
    // Half empty, so that a search soon meets a free place.
    if (2 * (size + 1) > keys.length) {
      grow();
    }
    int place = place(key);
    size += values[place] == null ? 1 : 0;
    keys[place] = key;
    values[place] = value;
  }

  private void grow() {
    var oldKeys = keys;
    var oldValues = values;
    int capacity = Math.max(CAPACITY_MIN, 2 * oldKeys.length);
    keys = new long[capacity];
    values = new @Nullable Object[capacity];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldValues[i] != null) {
        int place = place(oldKeys[i]);
        keys[place] = oldKeys[i];
        values[place] = oldValues[i];
      }
    }
  }

  /** Removes a key, and closes the gap that its place leaves in the searches of others. */
  void remove(long key) {
    if (size == 0) {
      return;
    }
    int gap = place(key);
    if (values[gap] == null) {
      return;
    }
    size--;
    int mask = keys.length - 1;
    for (int i = gap + 1 & mask; values[i] != null; i = i + 1 & mask) {
      int home = (int) mix(keys[i]) & mask;
      boolean mayMove = (i - home & mask) >= (i - gap & mask);
      if (mayMove) {
        keys[gap] = keys[i];
        values[gap] = values[i];
        gap = i;
      }
    }
    values[gap] = null;
  }

  void clear() {
    size = 0;
    keys = NO_KEYS;
    values = NO_VALUES;
  }

  /** Shows each value, in no particular order. */
  @SuppressWarnings("unchecked") // only put() stores values
  void forEach(Consumer<V> action) {
    for (var value : values) {
      if (value != null) {
        action.accept((V) value);
      }
    }
  }
}
