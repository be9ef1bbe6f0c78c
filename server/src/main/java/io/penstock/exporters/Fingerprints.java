package io.penstock.exporters;

/**
 * Recognises a datagram that came before. The latest fingerprints of one exporter, each in the one
 * place it can have, so that a look-up costs one comparison and a newer one may displace it.
 */
final class Fingerprints {

  private static final int PLACES = 256;

  /** Relays that mirror a datagram do so at once; seconds later it is sent again on purpose. */
  private static final long WINDOW_SECONDS = 10;

  private final long[] fingerprints = new long[PLACES];
  private final long[] seconds = new long[PLACES];

  /** Whether the same fingerprint was seen just before; takes note of it. */
  boolean isRepeated(long fingerprint, long nowSeconds) {
    int place = (int) (fingerprint >>> 32) & PLACES - 1;
    boolean isSame = fingerprints[place] == fingerprint;
    boolean isRepeated = isSame && Math.abs(nowSeconds - seconds[place]) <= WINDOW_SECONDS;
    fingerprints[place] = fingerprint;
    seconds[place] = nowSeconds;
    return isRepeated;
  }
}
