package io.penstock.capture;

/**
 * What became of a capture's packets. Written by the reading thread, read by it or after it is
 * done.
 */
public final class CaptureCounts {

  long packets;
  long payloads;
  long truncated;
  long skipped;
  long malformed;
  long fragmentsLost;
  long streamsBroken;
  long damages;
  long damagedOctets;
  long firstDamage = -1;
  long checksums;
  long wrongChecksums;

  CaptureCounts() {}

  /** Packets read from the file; messages, when the file holds no packets. */
  public long packets() {
    return packets;
  }

  /** Payloads handed out. */
  public long payloads() {
    return payloads;
  }

  /** Payloads that the capture cut short (snaplen), or a stream's last message without its end. */
  public long truncated() {
    return truncated;
  }

  /** Packets that carry neither UDP nor an IPFIX stream: ARP, ICMP, other TCP, unknown links. */
  public long skipped() {
    return skipped;
  }

  /** Packets whose headers contradict themselves or end early. */
  public long malformed() {
    return malformed;
  }

  /** Fragmented datagrams of which a part never came, or that did not fit the limits. */
  public long fragmentsLost() {
    return fragmentsLost;
  }

  /** TCP streams given up: octets missing from the capture, or not IPFIX any more. */
  public long streamsBroken() {
    return streamsBroken;
  }

  /** Places in a file of messages where no message began; reading went on at the next one. */
  public long damages() {
    return damages;
  }

  /** Octets passed over to find the next message. */
  public long damagedOctets() {
    return damagedOctets;
  }

  /** The offset of the first of these places; -1 when there is none. */
  public long firstDamage() {
    return firstDamage;
  }

  /** Messages that carry their checksum (RFC 5655 §8.1.1). */
  public long checksums() {
    return checksums;
  }

  /** Of them, those whose checksum is not that of their octets. */
  public long wrongChecksums() {
    return wrongChecksums;
  }
}
