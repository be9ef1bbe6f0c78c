package io.penstock.prefix;

import io.penstock.event.Ip;
import java.util.function.IntUnaryOperator;

/**
 * An immutable map from addresses to small numbers, flattened into sorted, adjoining ranges that
 * cover the whole space; 0 means that nothing is known.
 *
 * <p>A range is the address it starts at and the number that holds until the next one starts, so a
 * look-up is a search for the last start that is not above the address. The first bits of an
 * address choose where to search: an index holds, for each of their values, the range in which that
 * block of addresses begins. What remains is a binary search over the few ranges of one block, in
 * arrays of primitives, without following a pointer and without allocating. An IPv4 range is one
 * {@code long}, start above and number below: most look-ups touch two cache lines, which is all
 * that they cost. The index has up to 16 bits, fewer when there are fewer ranges, so that a small
 * table stays small.
 *
 * <p>Nested prefixes cost nothing here: {@link RangeBuilder} resolves them once.
 */
public final class AddressRanges {

  /** Nothing is known of any address. */
  public static final AddressRanges EMPTY = new RangeBuilder().build();

  private static final int INDEX_BITS_MAX = 16;
  private static final long SIX_TO_FOUR = 0x2002L;
  private static final long TEREDO = 0x2001_0000L;

  /**
   * Start in the upper half, its sign bit flipped so that signed comparison orders starts as
   * unsigned; number in the lower half.
   */
  private final long[] v4Ranges;

  private final int[] v4Index;
  private final int v4Shift;
  private final long[] v6Highs;
  private final long[] v6Lows;
  private final int[] v6Values;
  private final int[] v6Index;
  private final int v6Shift;
  private final boolean embedsV4;

  /**
   * @param v4 ranges of the IPv4 space
   * @param v6 ranges of the whole space
   * @param embedsV4 whether 6to4, Teredo and IPv4-compatible addresses are looked up as the IPv4
   *     address they contain, as a MaxMind database does by aliases in its tree
   */
  AddressRanges(RangeBuilder.Starts v4, RangeBuilder.Starts v6, boolean embedsV4) {
    var values = v4.values();
    this.v4Ranges = new long[v4.size()];
    for (int i = 0; i < v4Ranges.length; i++) {
      v4Ranges[i] = key((int) v4.low(i)) | values[i];
    }
    int v4Bits = indexBits(v4.size());
    this.v4Shift = 32 - v4Bits;
    this.v4Index = index(v4.size(), v4Bits, i -> (int) (v4.low(i) >>> v4Shift));
    this.v6Highs = v6.highs();
    this.v6Lows = v6.lows();
    this.v6Values = v6.values();
    int v6Bits = indexBits(v6.size());
    this.v6Shift = 64 - v6Bits;
    this.v6Index = index(v6.size(), v6Bits, i -> block(v6.high(i), v6Shift));
    this.embedsV4 = embedsV4;
  }

  private static long key(int start) {
    return (long) (start ^ Integer.MIN_VALUE) << 32;
  }

  private static int indexBits(int size) {
    return Math.clamp(32 - Integer.numberOfLeadingZeros(size), 1, INDEX_BITS_MAX);
  }

  private static int block(long high, int shift) {
    return (int) (high >>> shift);
  }

  /** For each block the last range that starts before it, where the search in the block begins. */
  private static int[] index(int size, int bits, IntUnaryOperator blockOf) {
    int blocks = 1 << bits;
    var index = new int[blocks + 1];
    int range = 0;
    for (int block = 0; block <= blocks; block++) {
      while (range + 1 < size && blockOf.applyAsInt(range + 1) < block) {
        range++;
      }
      index[block] = range;
    }
    return index;
  }

  /** The number of an address. */
  public int find(long high, long low) {
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

  public int find(Ip ip) {
    return find(ip.high(), ip.low());
  }

  private int findV4(int bits) {
    int block = bits >>> v4Shift;
    int from = v4Index[block];
    long wanted = key(bits) | 0xffff_ffffL;
    // Addresses are random to the branch predictor: halving the length instead of moving one of two
    // ends lets the compiler choose without a branch.
    for (int length = v4Index[block + 1] - from + 1; length > 1; ) {
      int half = length >>> 1;
      from = v4Ranges[from + half] <= wanted ? from + half : from;
      length -= half;
    }
    return (int) v4Ranges[from];
  }

  private int findV6(long high, long low) {
    int block = block(high, v6Shift);
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
  public int size() {
    int size = 0;
    for (long range : v4Ranges) {
      size += (int) range == 0 ? 0 : 1;
    }
    for (int value : v6Values) {
      size += value == 0 ? 0 : 1;
    }
    return size;
  }

  /** Who is told of ranges in the order of their addresses. */
  public interface Visitor {

    void range(long high, long low, long lastHigh, long lastLow, int value);
  }

  /** Tells the ranges that have a value, IPv4 in its mapped form first. */
  public void forEach(Visitor visitor) {
    for (int i = 0; i < v4Ranges.length; i++) {
      int value = (int) v4Ranges[i];
      int last = i + 1 < v4Ranges.length ? v4Start(i + 1) - 1 : -1;
      if (value != 0) {
        visitor.range(0, Ip.v4Low(v4Start(i)), 0, Ip.v4Low(last), value);
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

  private int v4Start(int range) {
    return (int) (v4Ranges[range] >>> 32) ^ Integer.MIN_VALUE;
  }
}
