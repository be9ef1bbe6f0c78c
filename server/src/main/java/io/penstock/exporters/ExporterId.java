package io.penstock.exporters;

import io.penstock.event.Ip;
import java.util.Optional;

/**
 * Which device a page is about: an address, and for sFlow the agent that speaks through it, which
 * is another one behind a relay.
 *
 * @param address who sent the datagrams
 * @param agent who the datagrams say they are from; the address itself when they do not say
 */
public record ExporterId(Ip address, Ip agent) implements Comparable<ExporterId> {

  /** A device that sends for itself. */
  public ExporterId(Ip address) {
    this(address, address);
  }

  /** Reads what {@link #toString} writes. */
  public static Optional<ExporterId> parse(String text) {
    int tilde = text.indexOf('~');
    if (tilde < 0) {
      return Ip.parse(text).map(ExporterId::new);
    }
    var agent = Ip.parse(text.substring(tilde + 1));
    return Ip.parse(text.substring(0, tilde))
        .flatMap(address -> agent.map(found -> new ExporterId(address, found)));
  }

  /** Whoever picks addresses of equal hash finds the map's buckets sorted. */
  @Override
  public int compareTo(ExporterId other) {
    int byAddress = address.compareTo(other.address);
    return byAddress != 0 ? byAddress : agent.compareTo(other.agent);
  }

  /** Whether another device than the agent sends. */
  public boolean isRelayed() {
    return !agent.equals(address);
  }

  /**
   * The same over restarts, and fit for a path: {@code 192.0.2.1} or {@code 192.0.2.1~10.0.0.1}.
   */
  @Override
  public String toString() {
    return isRelayed() ? address + "~" + agent : address.toString();
  }
}
