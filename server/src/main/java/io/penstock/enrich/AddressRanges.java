package io.penstock.enrich;

import io.penstock.event.Ip;
import java.util.function.IntUnaryOperator;

/**
 * An immutable map from addresses to small numbers, flattened into sorted, adjoining ranges that
 * cover the whole space; 0 means that nothing is known.
 *
 * <p>A range is the address it starts at and the number that holds until the next one starts, so a
 * look-up is a search for the last start that is not above the address. The top 16 bits of an
 * address choose where to search: an index holds, for each of their 65,536 values, the range in
 * which that block begins. What remains is a binary search over the few ranges of one block, in
 * arrays of primitives, without following a pointer and without allocating. IPv4 has its own arrays
 * of 32-bit numbers: most look-ups touch two cache lines.
 *
 * <p>Nested prefixes cost nothing here: {@link RangeBuilder} resolves them once.
 */
final class AddressRanges {

  /** Nothing is known of any address. */
  static final AddressRanges EMPTY = new RangeBuilder().build();

  private static final int BLOCKS = 1 << 16;
  private static final long SIX_TO_FOUR = 0x2002L;
  private static final long TEREDO = 0x2001_0000L;

  /** Starts with the sign bit flipped, so that signed comparison orders them as unsigned. */
  private final int[] v4Starts;

  private final int[] v4Values;
  private final int[] v4Index;
  private final long[] v6Highs;
  private final long[] v6Lows;
  private final int[] v6Values;
  private final int[] v6Index;
  private final boolean embedsV4;

  /**
   * @param v4 ranges of the IPv4 space
   * @param v6 ranges of the whole space
   * @param embedsV4 whether 6to4, Teredo and IPv4-compatible addresses are looked up as the IPv4
   *     address they contain, as a MaxMind database does by aliases in its tree
   */
  AddressRanges(RangeBuilder.Starts v4, RangeBuilder.Starts v6, boolean embedsV4) {
    this.v4Starts = new int[v4.size()];
    for (int i = 0; i < v4Starts.length; i++) {
      v4Starts[i] = (int) v4.low(i) ^ Integer.MIN_VALUE;
    }
    this.v4Values = v4.values();
    this.v4Index = index(v4.size(), i -> (int) (v4.low(i) >>> 16));
    this.v6Highs = v6.highs();
    this.v6Lows = v6.lows();
    this.v6Values = v6.values();
    this.v6Index = index(v6.size(), i -> (int) (v6.high(i) >>> 48));
    this.embedsV4 = embedsV4;
  }

  /** For each block the last range that starts before it, where the search in the block begins. */
  private static int[] index(int size, IntUnaryOperator blockOf) {
    var index = new int[BLOCKS + 1];
    int range = 0;
    for (int block = 0; block <= BLOCKS; block++) {
      while (range + 1 < size && blockOf.applyAsInt(range + 1) < block) {
        range++;
      }
      index[block] = range;
    }
    return index;
  }

  /** The number of an address. */
  int find(long high, long low) {
    if (Ip.isV4(high, low)) {
      return findV4((int) low);
    }
    if (embedsV4) {
      if (high >>> 48 == SIX_TO_FOUR) {
        return findV4((int) (high >>> 16));
      }
      if (high >>> 32 == TEREDO) {
        return findV4((int) high);
      }
      if (high == 0 && low >>> 32 == 0) {
        return findV4((int) low);
      }
    }
    return findV6(high, low);
  }

  int find(Ip ip) {
    return find(ip.high(), ip.low());
  }

  private int findV4(int bits) {
    int block = bits >>> 16;
    int low = v4Index[block];
    int high = v4Index[block + 1];
    int wanted = bits ^ Integer.MIN_VALUE;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (v4Starts[middle] <= wanted) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return v4Values[low];
  }

  private int findV6(long high, long low) {
    int block = (int) (high >>> 48);
    int from = v6Index[block];
    int to = v6Index[block + 1];
    while (from < to) {
      int middle = (from + to + 1) >>> 1;
      int upper = Long.compareUnsigned(v6Highs[middle], high);
      if (upper < 0 || upper == 0 && Long.compareUnsigned(v6Lows[middle], low) <= 0) {
        from = middle;
      } else {
        to = middle - 1;
      }
    }
    return v6Values[from];
  }

  /** Number of ranges, both families, those without a value not counted. */
  int size() {
    int size = 0;
    for (int value : v4Values) {
      size += value == 0 ? 0 : 1;
    }
    for (int value : v6Values) {
      size += value == 0 ? 0 : 1;
    }
    return size;
  }

  /** Who is told of ranges in the order of their addresses. */
  interface Visitor {

    void range(long high, long low, long lastHigh, long lastLow, int value);
  }

  /** Tells the ranges that have a value, IPv4 in its mapped form first. */
  void forEach(Visitor visitor) {
    for (int i = 0; i < v4Starts.length; i++) {
      int first = v4Starts[i] ^ Integer.MIN_VALUE;
      int last = i + 1 < v4Starts.length ? (v4Starts[i + 1] ^ Integer.MIN_VALUE) - 1 : -1;
      if (v4Values[i] != 0) {
        visitor.range(0, Ip.v4Low(first), 0, Ip.v4Low(last), v4Values[i]);
      }
    }
    for (int i = 0; i < v6Lows.length; i++) {
      boolean end = i + 1 == v6Lows.length;
      long lastLow = end ? -1 : v6Lows[i + 1] - 1;
      long lastHigh = end ? -1 : v6Highs[i + 1] - (lastLow == -1 ? 1 : 0);
      if (v6Values[i] != 0) {
        visitor.range(v6Highs[i], v6Lows[i], lastHigh, lastLow, v6Values[i]);
      }
    }
  }
}
