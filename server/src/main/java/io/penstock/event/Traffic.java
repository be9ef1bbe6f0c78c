package io.penstock.event;

import org.jspecify.annotations.Nullable;

/**
 * What was observed between the two ends. Numbers that were not sent are {@link Event#ABSENT}.
 *
 * @param protocol IANA protocol number
 * @param tcpFlags union of the TCP flags, 16 bits as RFC 7125
 * @param tos IPv4 TOS or IPv6 traffic class
 * @param icmp ICMP type in the high byte, code in the low byte
 * @param vlan outer VLAN id
 * @param innerVlan inner VLAN id
 * @param direction as the exporter says it (IE 61)
 * @param ingressInterface SNMP index of the input interface
 * @param egressInterface SNMP index of the output interface
 * @param nextHop next hop; null when none
 * @param endReason IPFIX flowEndReason
 * @param firewallEvent IPFIX firewallEvent (NSEL)
 * @param forwardingStatus RFC 7270 §4.12, one byte
 * @param sampling at which rate packets were sampled, and who says so
 */
public record Traffic(
    int protocol,
    int tcpFlags,
    int tos,
    int icmp,
    int vlan,
    int innerVlan,
    Direction direction,
    long ingressInterface,
    long egressInterface,
    @Nullable Ip nextHop,
    int endReason,
    int firewallEvent,
    int forwardingStatus,
    Sampling sampling) {

  /** Traffic about which nothing was sent. */
  public static final Traffic NONE =
      new Traffic(
          Event.ABSENT,
          Event.ABSENT,
          Event.ABSENT,
          Event.ABSENT,
          Event.ABSENT,
          Event.ABSENT,
          Direction.UNKNOWN,
          Event.ABSENT,
          Event.ABSENT,
          null,
          Event.ABSENT,
          Event.ABSENT,
          Event.ABSENT,
          Sampling.UNKNOWN);

  /** Direction at the observation point, IE 61 flowDirection. */
  public enum Direction {
    INGRESS,
    EGRESS,
    UNKNOWN
  }

  /**
   * The sampling rate of a flow and where it comes from. Shared instances.
   *
   * @param rate one packet in {@code rate} was sampled; 1 means unsampled, 0 means unknown
   * @param from who says so
   * @param algorithm how the packets were picked
   */
  public record Sampling(long rate, Source from, Algorithm algorithm) {

    /** Nobody said anything about sampling. */
    public static final Sampling UNKNOWN = new Sampling(0, Source.UNKNOWN);

    /** Nobody said how the packets were picked. */
    public Sampling(long rate, Source from) {
      this(rate, from, Algorithm.UNKNOWN);
    }

    /** Where a sampling rate comes from, in the order in which they are believed. */
    public enum Source {
      RECORD,
      SAMPLER,
      DOMAIN,
      EXPORTER,
      CONFIGURATION,
      UNKNOWN
    }

    /**
     * How packets are picked where that has a rate: one of the two words of NetFlow, or a PSAMP
     * selector algorithm (RFC 5475 §5).
     */
    public enum Algorithm {
      UNKNOWN,
      /** NetFlow: every n-th packet. */
      DETERMINISTIC,
      /** NetFlow: one of every n packets at random. */
      RANDOM,
      SYSTEMATIC_COUNT_BASED,
      RANDOM_N_OUT_OF_N,
      UNIFORM_PROBABILISTIC
    }
  }
}
