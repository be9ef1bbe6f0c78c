package io.penstock.decode;

import io.penstock.event.Ip;
import io.penstock.event.Traffic.Sampling;
import io.penstock.event.Traffic.Sampling.Source;
import io.penstock.prefix.Prefix;
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
   * @param prefix the network; one of IPv6 has no exporters of IPv4, not even as {@code ::/0}
   * @param rate packets for each that is sampled
   */
  public record Network(Prefix prefix, long rate) {

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
      var prefix =
          Prefix.parse(text.substring(0, equals).strip())
              .orElseThrow(() -> new IllegalArgumentException("no network: " + text));
      long rate = Long.parseLong(text.substring(equals + 1).strip());
      if (rate < 1 || rate > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("out of range: " + text);
      }
      return new Network(prefix, rate);
    }

    private boolean holds(Ip ip) {
      return ip.isV4() == prefix.isV4() && prefix.contains(ip);
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
        networks.stream()
            .sorted(Comparator.<Network>comparingInt(network -> network.prefix().bits()).reversed())
            .toList();
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
