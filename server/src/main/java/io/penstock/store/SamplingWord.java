package io.penstock.store;

import io.penstock.event.Traffic.Sampling;
import io.penstock.event.Traffic.Sampling.Algorithm;
import io.penstock.event.Traffic.Sampling.Source;

/**
 * How the column {@code sampling_source} says who tells a sampling rate and, behind a slash, by
 * which algorithm packets are sampled: {@code SAMPLER/RANDOM}. One word for both, because parts are
 * joined without being decoded, so all must have the same columns.
 */
final class SamplingWord {

  private static final char SEPARATOR = '/';
  private static final Algorithm[] ALGORITHMS = Algorithm.values();

  /** By source, then algorithm: nothing is put together for each row. */
  private static final String[][] WORDS = words();

  private SamplingWord() {}

  private static String[][] words() {
    var sources = Source.values();
    var words = new String[sources.length][ALGORITHMS.length];
    for (var source : sources) {
      for (var algorithm : ALGORITHMS) {
        boolean isKnown = algorithm != Algorithm.UNKNOWN;
        words[source.ordinal()][algorithm.ordinal()] =
            isKnown ? source.name() + SEPARATOR + algorithm.name() : source.name();
      }
    }
    return words;
  }

  static String of(Sampling sampling) {
    return WORDS[sampling.from().ordinal()][sampling.algorithm().ordinal()];
  }

  /** Reads what {@link #of} wrote. */
  static Sampling read(long rate, String word) {
    int end = word.indexOf(SEPARATOR);
    if (end < 0) {
      return new Sampling(rate, Source.valueOf(word));
    }
    return new Sampling(
        rate, Source.valueOf(word.substring(0, end)), Algorithm.valueOf(word.substring(end + 1)));
  }
}
