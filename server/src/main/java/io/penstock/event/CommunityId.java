package io.penstock.event;

import static io.penstock.event.IpProtocol.ICMP;
import static io.penstock.event.IpProtocol.ICMP6;
import static io.penstock.event.IpProtocol.SCTP;
import static io.penstock.event.IpProtocol.TCP;
import static io.penstock.event.IpProtocol.UDP;

import java.nio.charset.StandardCharsets;
import java.security.DigestException;
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
public final class CommunityId {

  private static final int INPUT_MAX = 2 + 16 + 16 + 2 + 4;
  private static final int HASH_LENGTH = 20;
  private static final int TEXT_LENGTH = 2 + 28;
  private static final byte[] BASE64 =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
          .getBytes(StandardCharsets.ISO_8859_1);

  /** A few hundred octets for each thread that writes events. */
  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  private final int seed;
  private final boolean base64;

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
  }

  /** The id of an event, null when it has no two addresses of one family or no protocol. */
  public @Nullable String of(Event event) {
    var scratch = SCRATCH.get();
    int length = input(scratch.input, event);
    return length < 0 ? null : text(scratch.hash(length));
  }

  /** Writes the id of an event in base64 as a member, if it has one. */
  public void write(JsonOutput out, JsonOutput.Name name, Event event) {
    var scratch = SCRATCH.get();
    int length = input(scratch.input, event);
    if (length < 0) {
      return;
    }
    int at = out.name(name, TEXT_LENGTH + 2);
    var array = out.bytes().array();
    array[at] = '"';
    array[at + 1] = '1';
    array[at + 2] = ':';
    int end = base64(scratch.hash(length), array, at + 3);
    array[end] = '"';
    out.taken(end + 1);
  }

  /** RFC 4648 §4, of a hash: six times three octets and two more. */
  private static int base64(byte[] hash, byte[] to, int start) {
    int at = start;
    for (int i = 0; i < HASH_LENGTH; i += 3) {
      boolean isWhole = i + 2 < HASH_LENGTH;
      int bits =
          (hash[i] & 0xff) << 16 | (hash[i + 1] & 0xff) << 8 | (isWhole ? hash[i + 2] & 0xff : 0);
      to[at++] = BASE64[bits >>> 18];
      to[at++] = BASE64[bits >>> 12 & 0x3f];
      to[at++] = BASE64[bits >>> 6 & 0x3f];
      to[at++] = isWhole ? BASE64[bits & 0x3f] : (byte) '=';
    }
    return at;
  }

  private String text(byte[] hash) {
    return "1:"
        + (base64 ? Base64.getEncoder().encodeToString(hash) : HexFormat.of().formatHex(hash));
  }

  /** What is hashed for an event; its length, or -1 when it has no id. */
  private int input(byte[] input, Event event) {
    var source = event.source();
    var destination = event.destination();
    int protocol = event.traffic().protocol();
    if (!source.hasIp() || !destination.hasIp() || protocol < 0 || protocol > 255) {
      return -1;
    }
    int icmp = event.traffic().icmp();
    boolean isIcmp = protocol == ICMP || protocol == ICMP6;
    int sourcePort = source.port();
    int destinationPort = destination.port();
    if (isIcmp && icmp >= 0) {
      sourcePort = icmp >>> 8;
      destinationPort = icmp & 0xff;
    } else if (isIcmp && sourcePort <= 0 && destinationPort > 0xff) {
      // NetFlow puts type and code of ICMP into the destination port.
      sourcePort = destinationPort >>> 8;
      destinationPort &= 0xff;
    }
    return input(input, protocol, source.ip(), destination.ip(), sourcePort, destinationPort);
  }

  /**
   * The id of a flow, null when the addresses are of two families.
   *
   * @param sourcePort port, or the ICMP type; negative when there is none
   * @param destinationPort port, or the ICMP code; negative when there is none
   */
  public @Nullable String of(
      int protocol, Ip source, Ip destination, int sourcePort, int destinationPort) {
    var scratch = SCRATCH.get();
    int length = input(scratch.input, protocol, source, destination, sourcePort, destinationPort);
    return length < 0 ? null : text(scratch.hash(length));
  }

  private int input(
      byte[] input, int protocol, Ip source, Ip destination, int sourcePort, int destinationPort) {
    if (source.isV4() != destination.isV4()) {
      return -1;
    }
    if (!hasPorts(protocol) || sourcePort < 0 || destinationPort < 0) {
      boolean ordered = source.compareTo(destination) <= 0;
      return ordered
          ? fill(input, protocol, source, destination, -1, -1)
          : fill(input, protocol, destination, source, -1, -1);
    }
    if (protocol == ICMP || protocol == ICMP6) {
      int answer = protocol == ICMP ? answerV4(sourcePort) : answerV6(sourcePort);
      return answer < 0
          ? fill(input, protocol, source, destination, sourcePort, destinationPort)
          : ordered(input, protocol, source, destination, sourcePort, answer);
    }
    return ordered(input, protocol, source, destination, sourcePort, destinationPort);
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

  private int ordered(
      byte[] input, int protocol, Ip source, Ip destination, int sourcePort, int destinationPort) {
    int order = source.compareTo(destination);
    boolean swapped = order > 0 || order == 0 && sourcePort > destinationPort;
    return swapped
        ? fill(input, protocol, destination, source, destinationPort, sourcePort)
        : fill(input, protocol, source, destination, sourcePort, destinationPort);
  }

  private int fill(byte[] input, int protocol, Ip first, Ip second, int firstPort, int secondPort) {
    int length = put(input, 0, seed, 2);
    length = put(input, length, first);
    length = put(input, length, second);
    length = put(input, length, protocol << 8, 2);
    if (firstPort >= 0) {
      length = put(input, length, firstPort, 2);
      length = put(input, length, secondPort, 2);
    }
    return length;
  }

  /** What one thread needs for a hash, used again and again. */
  private static final class Scratch {
    private final byte[] input = new byte[INPUT_MAX];
    private final byte[] hash = new byte[HASH_LENGTH];
    private final MessageDigest digest;

    private Scratch() {
      try {
        digest = MessageDigest.getInstance("SHA-1");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-1", e);
      }
    }

    private byte[] hash(int length) {
      try {
        digest.update(input, 0, length);
        digest.digest(hash, 0, HASH_LENGTH);
        return hash;
      } catch (DigestException e) {
        throw new IllegalStateException("SHA-1 has %d octets".formatted(HASH_LENGTH), e);
      }
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
