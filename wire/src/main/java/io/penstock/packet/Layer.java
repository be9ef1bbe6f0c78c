package io.penstock.packet;

/**
 * What a frame, or a tunnel within it, carries: perhaps an Ethernet header, perhaps MPLS labels,
 * perhaps an IP packet. A view that {@link PacketHeaders} fills anew for each frame; whoever keeps
 * a value copies it.
 *
 * <p>What was not there is {@link #ABSENT}. Addresses are 128 bits, IPv4 in its mapped form {@code
 * ::ffff:a.b.c.d}; an address that was cut off is all zero.
 */
public final class Layer {

  public static final int ABSENT = -1;

  /** VLAN tags, labels, extension headers and segments that are kept, of each. */
  static final int LIST_MAX = 16;

  private static final long V4_MAPPED = 0xffff_0000_0000L;

  Tunnel tunnel = Tunnel.NONE;
  long tunnelId;

  boolean hasEthernet;
  long sourceMac;
  long destinationMac;
  int etherType;

  private final int[] vlans = new int[LIST_MAX];
  private int vlanCount;
  private final int[] labels = new int[LIST_MAX];
  private int labelCount;

  int version;
  int offset;
  long sourceHigh;
  long sourceLow;
  long destinationHigh;
  long destinationLow;
  int protocol;
  int trafficClass;
  int ttl;
  int flowLabel;
  int length;
  int flags;
  long fragmentId;
  int fragmentOffset;

  private final int[] extensions = new int[LIST_MAX];
  private int extensionCount;
  private final long[] segments = new long[2 * LIST_MAX];
  private int segmentCount;
  int segmentsLeft;

  int sourcePort;
  int destinationPort;
  int tcpFlags;
  long tcpSequence;
  int tcpWindow;
  int icmp;

  void begin(Tunnel by, long id) {
    tunnel = by;
    tunnelId = id;
    hasEthernet = false;
    sourceMac = ABSENT;
    destinationMac = ABSENT;
    etherType = ABSENT;
    vlanCount = 0;
    labelCount = 0;
    version = 0;
    offset = ABSENT;
    sourceHigh = 0;
    sourceLow = 0;
    destinationHigh = 0;
    destinationLow = 0;
    protocol = ABSENT;
    trafficClass = ABSENT;
    ttl = ABSENT;
    flowLabel = ABSENT;
    length = ABSENT;
    flags = ABSENT;
    fragmentId = ABSENT;
    fragmentOffset = ABSENT;
    extensionCount = 0;
    segmentCount = 0;
    segmentsLeft = ABSENT;
    sourcePort = ABSENT;
    destinationPort = ABSENT;
    tcpFlags = ABSENT;
    tcpSequence = ABSENT;
    tcpWindow = ABSENT;
    icmp = ABSENT;
  }

  void addVlan(int tag) {
    if (vlanCount < LIST_MAX) {
      vlans[vlanCount++] = tag;
    }
  }

  void addLabel(long entry) {
    if (labelCount < LIST_MAX) {
      labels[labelCount++] = (int) entry;
    }
  }

  void addExtension(int header) {
    if (extensionCount < LIST_MAX) {
      extensions[extensionCount++] = header;
    }
  }

  void addSegment(long high, long low) {
    if (segmentCount < LIST_MAX) {
      segments[2 * segmentCount] = high;
      segments[2 * segmentCount + 1] = low;
      segmentCount++;
    }
  }

  static long v4Low(long bits) {
    return V4_MAPPED | bits;
  }

  /** The tunnel that led here. */
  public Tunnel tunnel() {
    return tunnel;
  }

  /** What identifies the tunnel, where its protocol has such a thing: a key, a network, a label. */
  public long tunnelId() {
    return tunnelId;
  }

  /** Whether there is a MAC header, perhaps cut short. */
  public boolean hasEthernet() {
    return hasEthernet;
  }

  /** 48 bits. */
  public long sourceMac() {
    return sourceMac;
  }

  /** 48 bits. */
  public long destinationMac() {
    return destinationMac;
  }

  /** The type behind the VLAN tags and the SNAP header, if there is one. */
  public int etherType() {
    return etherType;
  }

  public int vlanCount() {
    return vlanCount;
  }

  /** A VLAN's id, without priority and drop eligibility; index 0 is the outermost tag. */
  public int vlan(int index) {
    return vlans[index] & 0xfff;
  }

  /** Priority of a VLAN tag. */
  public int vlanPriority(int index) {
    return vlans[index] >> 13 & 7;
  }

  public int labelCount() {
    return labelCount;
  }

  /** An MPLS label, 20 bits; index 0 is the top of the stack. */
  public int label(int index) {
    return labels[index] >>> 12;
  }

  /** A whole label stack entry: label, traffic class, bottom of stack, TTL (RFC 3032 §2.1). */
  public int labelEntry(int index) {
    return labels[index];
  }

  /** Whether there is an IP packet. */
  public boolean hasIp() {
    return version != 0;
  }

  /** 4 or 6; 0 where there is no IP packet. */
  public int version() {
    return version;
  }

  /** Where the IP packet begins in the octets that were read. */
  public int offset() {
    return offset;
  }

  public long sourceHigh() {
    return sourceHigh;
  }

  public long sourceLow() {
    return sourceLow;
  }

  public long destinationHigh() {
    return destinationHigh;
  }

  public long destinationLow() {
    return destinationLow;
  }

  /** The protocol above IP, behind the extension headers. */
  public int protocol() {
    return protocol;
  }

  /** The octet of DSCP and ECN: type of service, traffic class. */
  public int trafficClass() {
    return trafficClass;
  }

  /** Time to live, hop limit. */
  public int ttl() {
    return ttl;
  }

  /** Of IPv6. */
  public int flowLabel() {
    return flowLabel;
  }

  /** Octets of the whole IP packet, as its header states them. */
  public int length() {
    return length;
  }

  /** The three bits before the fragment offset of IPv4: 2 is "don't", 1 is "more". */
  public int flags() {
    return flags;
  }

  /** Identification; of IPv6 only where there is a fragment header. */
  public long fragmentId() {
    return fragmentId;
  }

  /** In octets; of IPv6 only where there is a fragment header. */
  public int fragmentOffset() {
    return fragmentOffset;
  }

  /** Whether this is a part of a packet. */
  public boolean isFragment() {
    return fragmentOffset > 0 || flags > 0 && (flags & 1) != 0;
  }

  public int extensionCount() {
    return extensionCount;
  }

  /** Number of an IPv6 extension header, in the order of the packet. */
  public int extension(int index) {
    return extensions[index];
  }

  /** Segments of a segment routing header (RFC 8754); the last one on the way stands first. */
  public int segmentCount() {
    return segmentCount;
  }

  public long segmentHigh(int index) {
    return segments[2 * index];
  }

  public long segmentLow(int index) {
    return segments[2 * index + 1];
  }

  public int segmentsLeft() {
    return segmentsLeft;
  }

  public int sourcePort() {
    return sourcePort;
  }

  public int destinationPort() {
    return destinationPort;
  }

  /** The lower twelve bits of the octets 12 and 13 of a TCP header (RFC 7125). */
  public int tcpFlags() {
    return tcpFlags;
  }

  public long tcpSequence() {
    return tcpSequence;
  }

  /** As sent, not scaled. */
  public int tcpWindow() {
    return tcpWindow;
  }

  /** Type times 256 and code, of ICMP and ICMPv6. */
  public int icmp() {
    return icmp;
  }
}
