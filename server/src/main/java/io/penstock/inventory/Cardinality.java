package io.penstock.inventory;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;

/**
 * How many different values a field had, without the values: linear counting (Whang et al., 1990)
 * over {@value #BITS} bits. Within about 2 % up to {@value #COUNTED_MAX}; beyond that it only says
 * more. A bit says nothing about a value to anybody without the seed, and little to others.
 */
final class Cardinality {

  static final int COUNTED_MAX = 1_000;

  private static final int BITS = 4_096;

  private final BitSet bits;

  Cardinality() {
    this(new BitSet());
  }

  private Cardinality(BitSet bits) {
    this.bits = bits;
  }

  /** Counts a value; the seed is secret and the same for the life of the inventory. */
  void add(String value, long seed) {
    bits.set((int) (hash(value, seed) >>> 52));
  }

  /** About how many; never more than {@link #COUNTED_MAX} + 1, which stands for more. */
  int estimate() {
    int zeros = BITS - bits.cardinality();
    double estimate = zeros == 0 ? BITS : -BITS * Math.log((double) zeros / BITS);
    return (int) Math.min(COUNTED_MAX + 1, Math.round(estimate));
  }

  private static long hash(String value, long seed) {
    long hash = seed;
    for (int i = 0; i < value.length(); i++) {
      hash = (hash ^ value.charAt(i)) * 0x9e3779b97f4a7c15L;
      hash ^= hash >>> 29;
    }
    hash = (hash ^ value.length()) * 0xbf58476d1ce4e5b9L;
    hash ^= hash >>> 32;
    return hash * 0x94d049bb133111ebL;
  }

  String text() {
    return HexFormat.of().formatHex(bits.toByteArray());
  }

  /** Reads {@link #text}; what is none counts nothing. */
  static Cardinality parse(String text) {
    if (text.length() > BITS / 4 || text.length() % 2 != 0) {
      return new Cardinality();
    }
    try {
      var octets = HexFormat.of().parseHex(text);
      return new Cardinality(BitSet.valueOf(Arrays.copyOf(octets, octets.length)));
    } catch (IllegalArgumentException e) {
      // A file that somebody edited: the count starts anew.
      return new Cardinality();
    }
  }
}
