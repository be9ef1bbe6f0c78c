package io.penstock.event;

import static io.penstock.event.IpProtocol.ICMP;
import static io.penstock.event.IpProtocol.ICMP6;
import static io.penstock.event.IpProtocol.SCTP;
import static io.penstock.event.IpProtocol.TCP;
import static io.penstock.event.IpProtocol.UDP;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Community ID v1: one text for a flow, whichever tool saw it and in whichever direction, so that
 * our events can be joined with those of Zeek, Suricata and others.
 *
 * <p>It is the SHA-1 of seed, addresses, protocol and ports, the lower address and port first. ICMP
 * has no ports: its type stands for the port of the sender and the type of the answer for that of
 * the receiver, so that a request and its answer are one flow. A type without an answer keeps its
 * direction and its code. A hash costs about 200 ns; make it where it is put out, not for every
 * event. Safe for use by many threads.
 */
final class CommunityId {

  private static final int INPUT_MAX = 2 + 16 + 16 + 2 + 4;

  private final int seed;
  private final boolean base64;
  private final MessageDigest pristine;

  /** With the usual seed of 0, in base64. */
  public CommunityId() {
    this(0, true);
  }

  /**
   * @param seed separates the ids of sites that must not be joined, 0 to 65535
   * @param base64 whether the hash is written in base64, as everyone does, or in hex
   */
  public CommunityId(int seed, boolean base64) {
    this.seed = seed;
    this.base64 = base64;
    try {
      this.pristine = MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }

  /** The id of an event, null when it has no two addresses of one family or no protocol. */
  public @Nullable String of(Event event) {
    var source = event.source();
    var destination = event.destination();
    int protocol = event.traffic().protocol();
    if (!source.hasIp() || !destination.hasIp() || protocol < 0 || protocol > 255) {
      return null;
    }
    int icmp = event.traffic().icmp();
    boolean isIcmp = protocol == ICMP || protocol == ICMP6;
    if (isIcmp && icmp >= 0) {
      return of(protocol, source.ip(), destination.ip(), icmp >>> 8, icmp & 0xff);
    }
    if (isIcmp && source.port() <= 0 && destination.port() > 0xff) {
      // NetFlow puts type and code of ICMP into the destination port.
      int typeAndCode = destination.port();
      return of(protocol, source.ip(), destination.ip(), typeAndCode >>> 8, typeAndCode & 0xff);
    }
    return of(protocol, source.ip(), destination.ip(), source.port(), destination.port());
  }

  /**
   * The id of a flow, null when the addresses are of two families.
   *
   * @param sourcePort port, or the ICMP type; negative when there is none
   * @param destinationPort port, or the ICMP code; negative when there is none
   */
  public @Nullable String of(
      int protocol, Ip source, Ip destination, int sourcePort, int destinationPort) {
    if (source.isV4() != destination.isV4()) {
      return null;
    }
    if (!hasPorts(protocol) || sourcePort < 0 || destinationPort < 0) {
      boolean ordered = source.compareTo(destination) <= 0;
      return ordered
          ? hash(protocol, source, destination, -1, -1)
          : hash(protocol, destination, source, -1, -1);
    }
    if (protocol == ICMP || protocol == ICMP6) {
      int answer = protocol == ICMP ? answerV4(sourcePort) : answerV6(sourcePort);
      return answer < 0
          ? hash(protocol, source, destination, sourcePort, destinationPort)
          : ordered(protocol, source, destination, sourcePort, answer);
    }
    return ordered(protocol, source, destination, sourcePort, destinationPort);
  }

  private static boolean hasPorts(int protocol) {
    return switch (protocol) {
      case ICMP, TCP, UDP, ICMP6, SCTP -> true;
      default -> false;
    };
  }

  /** The ICMP type that answers a type, or that it answers; -1 when the type goes one way. */
  private static int answerV4(int type) {
    return switch (type) {
      case 0 -> 8; // echo reply
      case 8 -> 0;
      case 9 -> 10; // router advertisement, solicitation
      case 10 -> 9;
      case 13 -> 14; // timestamp
      case 14 -> 13;
      case 15 -> 16; // information
      case 16 -> 15;
      case 17 -> 18; // address mask
      case 18 -> 17;
      default -> -1;
    };
  }

  private static int answerV6(int type) {
    return switch (type) {
      case 128 -> 129; // echo
      case 129 -> 128;
      case 130 -> 131; // multicast listener query, report
      case 131 -> 130;
      case 133 -> 134; // router solicitation, advertisement
      case 134 -> 133;
      case 135 -> 136; // neighbour solicitation, advertisement
      case 136 -> 135;
      case 139 -> 140; // node information
      case 140 -> 139;
      case 144 -> 145; // home agent address discovery
      case 145 -> 144;
      default -> -1;
    };
  }

  private String ordered(
      int protocol, Ip source, Ip destination, int sourcePort, int destinationPort) {
    int order = source.compareTo(destination);
    boolean swapped = order > 0 || order == 0 && sourcePort > destinationPort;
    return swapped
        ? hash(protocol, destination, source, destinationPort, sourcePort)
        : hash(protocol, source, destination, sourcePort, destinationPort);
  }

  private String hash(int protocol, Ip first, Ip second, int firstPort, int secondPort) {
    var input = new byte[INPUT_MAX];
    int length = put(input, 0, seed, 2);
    length = put(input, length, first);
    length = put(input, length, second);
    length = put(input, length, protocol << 8, 2);
    if (firstPort >= 0) {
      length = put(input, length, firstPort, 2);
      length = put(input, length, secondPort, 2);
    }
    var digest = digest();
    digest.update(input, 0, length);
    var hash = digest.digest();
    return "1:"
        + (base64 ? Base64.getEncoder().encodeToString(hash) : HexFormat.of().formatHex(hash));
  }

  /** A copy of one that was never fed: cheaper than asking the security providers for a new one. */
  private MessageDigest digest() {
    try {
      return (MessageDigest) pristine.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("SHA-1 of this platform cannot be copied", e);
    }
  }

  private static int put(byte[] input, int at, Ip ip) {
    if (ip.isV4()) {
      return put(input, at, ip.v4Bits() & 0xffff_ffffL, 4);
    }
    return put(input, put(input, at, ip.high(), 8), ip.low(), 8);
  }

  private static int put(byte[] input, int at, long value, int octets) {
    for (int i = 0; i < octets; i++) {
      input[at + i] = (byte) (value >>> 8 * (octets - 1 - i));
    }
    return at + octets;
  }
}
