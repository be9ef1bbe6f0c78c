package io.penstock.decode;

import io.penstock.event.Ip;
import io.penstock.event.Traffic.Sampling;
import io.penstock.event.Traffic.Sampling.Source;
import java.util.Comparator;
import java.util.List;

/**
 * The sampling rates that the operator configured, for exporters that announce none: by network,
 * the longest prefix first, and one for the rest. Immutable.
 */
public final class SamplingRates {

  /** Nothing is configured. */
  public static final SamplingRates NONE = new SamplingRates(0, List.of());

  /**
   * The rate of the exporters of a network.
   *
   * @param network any address of it
   * @param bits length of its prefix; up to 32 for an IPv4 network, up to 128 for an IPv6 one
   */
  public record Network(Ip network, int bits, long rate) {

    /**
     * Reads {@code 192.0.2.1=1000} or {@code 2001:db8::/32=512}.
     *
     * @throws IllegalArgumentException when it is neither
     */
    public static Network parse(String text) {
      int equals = text.lastIndexOf('=');
      if (equals < 0) {
        throw new IllegalArgumentException("no = in " + text);
      }
      var network = text.substring(0, equals).strip();
      int slash = network.indexOf('/');
      var ip =
          Ip.parse(slash < 0 ? network : network.substring(0, slash))
              .orElseThrow(() -> new IllegalArgumentException("no address: " + network));
      int widest = ip.isV4() ? 32 : 128;
      int bits = slash < 0 ? widest : Integer.parseInt(network.substring(slash + 1));
      long rate = Long.parseLong(text.substring(equals + 1).strip());
      if (bits < 0 || bits > widest || rate < 1 || rate > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("out of range: " + text);
      }
      return new Network(ip, bits, rate);
    }

    private boolean holds(Ip ip) {
      if (ip.isV4() != network.isV4()) {
        return false;
      }
      int whole = ip.isV4() ? bits + 96 : bits;
      long highMask = whole >= 64 ? -1 : mask(whole);
      long lowMask = whole <= 64 ? 0 : mask(whole - 64);
      return ((ip.high() ^ network.high()) & highMask) == 0
          && ((ip.low() ^ network.low()) & lowMask) == 0;
    }

    private static long mask(int bits) {
      return bits == 0 ? 0 : -1L << 64 - bits;
    }
  }

  private final Sampling standard;
  private final List<Network> longestFirst;

  /**
   * @param standard the rate of exporters in none of the networks, 0 when it is not known
   */
  public SamplingRates(long standard, List<Network> networks) {
    this.standard = of(standard);
    this.longestFirst =
        networks.stream().sorted(Comparator.comparingInt(Network::bits).reversed()).toList();
  }

  private static Sampling of(long rate) {
    return rate > 0 ? new Sampling(rate, Source.CONFIGURATION) : Sampling.UNKNOWN;
  }

  Sampling of(Ip exporter) {
    for (var network : longestFirst) {
      if (network.holds(exporter)) {
        return of(network.rate());
      }
    }
    return standard;
  }
}
