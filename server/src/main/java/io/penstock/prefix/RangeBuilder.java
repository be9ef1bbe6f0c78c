package io.penstock.prefix;

import io.penstock.event.Ip;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.IntBinaryOperator;

/**
 * Collects address spans with a number each, in any order, nested or not, and flattens them into
 * {@link AddressRanges}.
 *
 * <p>Flattening is one sweep over the spans ordered by their first address, wider ones first. A
 * stack holds the spans that the sweep is inside of; where a span begins or ends, a new range
 * starts, whose number is that of the innermost open span. What a span's number becomes inside
 * another is for the caller to say: geography takes the inner one, threat lists chain both. Memory
 * while building is 20 bytes a span for IPv4 and 36 for IPv6.
 */
public final class RangeBuilder {

  private static final long V4_FIRST = Ip.v4Low(0);
  private static final long V4_LAST = Ip.v4Low(-1);

  private final Spans v4 = new Spans(false);
  private final Spans v6 = new Spans(true);
  private boolean embedsV4;

  /** See {@link AddressRanges}. */
  public void embedV4() {
    embedsV4 = true;
  }

  public void add(Prefix prefix, int value) {
    add(prefix.first().high(), prefix.first().low(), prefix.bits(), value);
  }

  public void add(long high, long low, int bits, int value) {
    add(high, low, high | ~Prefix.highMask(bits), low | ~Prefix.lowMask(bits), value);
  }

  /** Adds the addresses from the first to the last, both inside. */
  public void add(long high, long low, long lastHigh, long lastLow, int value) {
    if (high == 0 && lastHigh == 0 && low >= V4_FIRST && lastLow <= V4_LAST) {
      v4.add(0, low & 0xffff_ffffL, 0, lastLow & 0xffff_ffffL, value);
      return;
    }
    v6.add(high, low, lastHigh, lastLow, value);
  }

  public int size() {
    return v4.size + v6.size;
  }

  /** The inner of two nested spans hides the outer one. */
  public AddressRanges build() {
    return build((_, inner) -> inner);
  }

  /**
   * @param nest what a span's number (second) becomes inside an outer one (first, 0 for none);
   *     called once for every span, outer spans before inner ones
   */
  public AddressRanges build(IntBinaryOperator nest) {
    return new AddressRanges(v4.flatten(nest), v6.flatten(nest), embedsV4);
  }

  /** Starts of ranges in order with the number of each; the first is address 0. */
  static final class Starts {

    private final boolean wide;
    private long[] highs = new long[0];
    private long[] lows = new long[16];
    private int[] values = new int[16];
    private int size;

    private Starts(boolean wide) {
      this.wide = wide;
      append(0, 0, 0);
    }

    public int size() {
      return size;
    }

    long high(int i) {
      return wide ? highs[i] : 0;
    }

    long low(int i) {
      return lows[i];
    }

    long[] highs() {
      return Arrays.copyOf(highs, size);
    }

    long[] lows() {
      return Arrays.copyOf(lows, size);
    }

    int[] values() {
      return Arrays.copyOf(values, size);
    }

    /** A range starts; it replaces one of the same start and melts into an equal neighbour. */
    private void append(long high, long low, int value) {
      if (size > 0 && lows[size - 1] == low && high(size - 1) == high) {
        size--;
      }
      if (size > 0 && values[size - 1] == value) {
        return;
      }
      if (size == lows.length) {
        lows = Arrays.copyOf(lows, size * 2);
        values = Arrays.copyOf(values, size * 2);
      }
      if (wide) {
        if (highs.length < lows.length) {
          highs = Arrays.copyOf(highs, lows.length);
        }
        highs[size] = high;
      }
      lows[size] = low;
      values[size++] = value;
    }
  }

  /** Spans of one family, a column for each number; the narrow family has no upper halves. */
  private static final class Spans {

    private final boolean wide;
    private long[] highs = new long[0];
    private long[] lows = new long[16];
    private long[] lastHighs = new long[0];
    private long[] lastLows = new long[16];
    private int[] values = new int[16];
    private int size;
    private boolean sorted = true;

    private Spans(boolean wide) {
      this.wide = wide;
    }

    private void add(long high, long low, long lastHigh, long lastLow, int value) {
      if (continuesLast(high, low, value)) {
        setLast(size - 1, lastHigh, lastLow);
        return;
      }
      if (size == lows.length) {
        lows = Arrays.copyOf(lows, size * 2);
        lastLows = Arrays.copyOf(lastLows, size * 2);
        values = Arrays.copyOf(values, size * 2);
      }
      if (wide && highs.length < lows.length) {
        highs = Arrays.copyOf(highs, lows.length);
        lastHighs = Arrays.copyOf(lastHighs, lows.length);
      }
      if (wide) {
        highs[size] = high;
      }
      lows[size] = low;
      setLast(size, lastHigh, lastLow);
      values[size++] = value;
      sorted = sorted && (size == 1 || order(size - 2, size - 1) <= 0);
    }

    private void setLast(int i, long lastHigh, long lastLow) {
      if (wide) {
        lastHighs[i] = lastHigh;
      }
      lastLows[i] = lastLow;
    }

    /** Neighbours of one value are one span: databases split them along powers of two. */
    private boolean continuesLast(long high, long low, int value) {
      if (size == 0 || values[size - 1] != value) {
        return false;
      }
      long nextLow = lastLows[size - 1] + 1;
      long nextHigh = wide ? lastHighs[size - 1] + (nextLow == 0 ? 1 : 0) : 0;
      return nextLow == low && nextHigh == high;
    }

    private long high(int i) {
      return wide ? highs[i] : 0;
    }

    private long lastHigh(int i) {
      return wide ? lastHighs[i] : 0;
    }

    /** By first address, the wider span first. */
    private int order(int a, int b) {
      int start = compare(high(a), lows[a], high(b), lows[b]);
      return start != 0 ? start : compare(lastHigh(b), lastLows[b], lastHigh(a), lastLows[a]);
    }

    private Starts flatten(IntBinaryOperator nest) {
      var starts = new Starts(wide);
      var open = new Open();
      var order = sorted ? null : sort();
      for (int i = 0; i < size; i++) {
        int span = order == null ? i : order[i];
        close(starts, open, high(span), lows[span]);
        int value = nest.applyAsInt(open.value(), values[span]);
        starts.append(high(span), lows[span], value);
        open.push(span, value);
      }
      while (!open.isEmpty()) {
        closeInnermost(starts, open);
      }
      return starts;
    }

    private Integer[] sort() {
      var order = new Integer[size];
      Arrays.setAll(order, i -> i);
      Comparator<Integer> byStart = this::order;
      Arrays.sort(order, byStart);
      return order;
    }

    /** Ends the spans that end before an address. */
    private void close(Starts starts, Open open, long high, long low) {
      while (!open.isEmpty()
          && compare(lastHigh(open.span()), lastLows[open.span()], high, low) < 0) {
        closeInnermost(starts, open);
      }
    }

    /** Ends the innermost span, and with it those around it that reach no further. */
    private void closeInnermost(Starts starts, Open open) {
      long lastHigh = lastHigh(open.span());
      long lastLow = lastLows[open.span()];
      while (!open.isEmpty()
          && compare(lastHigh(open.span()), lastLows[open.span()], lastHigh, lastLow) <= 0) {
        open.pop();
      }
      boolean lastOfSpace = wide ? (lastHigh & lastLow) == -1L : lastLow == 0xffff_ffffL;
      if (!lastOfSpace) {
        long nextLow = lastLow + 1;
        starts.append(lastHigh + (nextLow == 0 ? 1 : 0), nextLow, open.value());
      }
    }

    private static int compare(long highA, long lowA, long highB, long lowB) {
      int upper = Long.compareUnsigned(highA, highB);
      return upper != 0 ? upper : Long.compareUnsigned(lowA, lowB);
    }
  }

  /** The spans that the sweep is inside of, innermost last. */
  private static final class Open {

    private int[] spans = new int[32];
    private int[] values = new int[32];
    private int size;

    private boolean isEmpty() {
      return size == 0;
    }

    private int span() {
      return spans[size - 1];
    }

    private int value() {
      return size == 0 ? 0 : values[size - 1];
    }

    private void push(int span, int value) {
      if (size == spans.length) {
        spans = Arrays.copyOf(spans, size * 2);
        values = Arrays.copyOf(values, size * 2);
      }
      spans[size] = span;
      values[size++] = value;
    }

    private void pop() {
      size--;
    }
  }
}
