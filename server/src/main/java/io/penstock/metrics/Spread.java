package io.penstock.metrics;

import java.util.Arrays;

/**
 * How a duration is spread, for percentiles: counts in buckets that are an eighth of an octave
 * wide, so that a percentile is within seven per cent of the truth. Only the octaves between the
 * shortest and the longest duration are held, which for most uses is a hundred bytes. Guarded by
 * its owner.
 */
final class Spread {

  private static final int PER_OCTAVE = 8;

  /** Twelve days in microseconds. */
  private static final long LONGEST = 1L << 40;

  private static final int[] NOTHING = {};

  private int[] counts = NOTHING;

  /** Bucket of the first count. */
  private int first;

  private long count;

  void add(long micros) {
    int bucket = bucket(Math.clamp(micros, 0, LONGEST));
    reach(bucket, bucket);
    counts[bucket - first]++;
    count++;
  }

  void addAll(Spread other) {
    if (other.count == 0) {
      return;
    }
    reach(other.first, other.first + other.counts.length - 1);
    for (int i = 0; i < other.counts.length; i++) {
      counts[other.first + i - first] += other.counts[i];
    }
    count += other.count;
  }

  /** Makes room for the buckets between two, in whole octaves. */
  private void reach(int low, int high) {
    int from = low - low % PER_OCTAVE;
    int to = high - high % PER_OCTAVE + PER_OCTAVE;
    if (counts.length == 0) {
      first = from;
      counts = new int[to - from];
      return;
    }
    if (from >= first && to <= first + counts.length) {
      return;
    }
    int newFirst = Math.min(from, first);
    var wider = new int[Math.max(to, first + counts.length) - newFirst];
    System.arraycopy(counts, 0, wider, first - newFirst, counts.length);
    counts = wider;
    first = newFirst;
  }

  /** The microseconds within which this share of the durations lies; 0 while there are none. */
  double percentile(double share) {
    long rank = Math.max(1, (long) Math.ceil(share * count));
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= rank) {
        return middle(first + i);
      }
    }
    return 0;
  }

  void clear() {
    Arrays.fill(counts, 0);
    count = 0;
  }

  /** Below 8 each number has its bucket; from there on the three bits behind the first decide. */
  private static int bucket(long micros) {
    if (micros < PER_OCTAVE) {
      return (int) micros;
    }
    int exponent = 63 - Long.numberOfLeadingZeros(micros);
    return (exponent - 2) * PER_OCTAVE + (int) (micros >> (exponent - 3) & 7);
  }

  private static double middle(int bucket) {
    if (bucket < PER_OCTAVE) {
      return bucket;
    }
    int shift = bucket / PER_OCTAVE - 1;
    double lower = (double) ((long) (PER_OCTAVE + bucket % PER_OCTAVE) << shift);
    return lower + ((1L << shift) - 1) / 2.0;
  }
}
