package io.penstock.decode;

import io.penstock.event.Traffic.Sampling.Algorithm;

/**
 * Which algorithm a number means that exporters send. NetFlow's numbers and IPFIX's differ: 2 is
 * random here and by time there.
 */
final class SamplingAlgorithms {

  private SamplingAlgorithms() {}

  /** By what IPFIX tells where it does, else by what NetFlow does; both may be ABSENT. */
  static Algorithm of(long selectorAlgorithm, long mode) {
    var algorithm = ofSelector(selectorAlgorithm);
    return algorithm == Algorithm.UNKNOWN ? ofMode(mode) : algorithm;
  }

  /** Element 304, by IANA's registry of PSAMP selector algorithms (RFC 5477 §8.2). */
  private static Algorithm ofSelector(long number) {
    return switch ((int) number) {
      case 1 -> Algorithm.SYSTEMATIC_COUNT_BASED;
      case 3 -> Algorithm.RANDOM_N_OUT_OF_N;
      case 4 -> Algorithm.UNIFORM_PROBABILISTIC;
      default -> Algorithm.UNKNOWN;
    };
  }

  /** Elements 35 and 49, and the mode in the header of NetFlow v5. */
  static Algorithm ofMode(long number) {
    return switch ((int) number) {
      case 1 -> Algorithm.DETERMINISTIC;
      case 2 -> Algorithm.RANDOM;
      default -> Algorithm.UNKNOWN;
    };
  }
}
