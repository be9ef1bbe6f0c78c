package io.penstock.packet;

/** What a sampled header begins with, numbered as sFlow version 5 does (header_protocol). */
public enum HeaderProtocol {
  /** A number that the standard does not know; nothing is read. */
  UNKNOWN,
  ETHERNET,
  TOKEN_BUS,
  TOKEN_RING,
  FDDI,
  FRAME_RELAY,
  X25,
  PPP,
  SMDS,
  AAL5,
  /** AAL5 without LLC, as Cisco's AAL5 mux. */
  AAL5_IP,
  IPV4,
  IPV6,
  MPLS,
  /** Packet over SONET: PPP in HDLC-like framing (RFC 1662, RFC 2615). */
  POS,
  /** IEEE 802.11 MAC. */
  WLAN,
  /** IEEE 802.11 aggregated MPDU. */
  WLAN_AMPDU,
  /** A subframe of an IEEE 802.11 aggregated MSDU. */
  WLAN_AMSDU_SUBFRAME;

  private static final HeaderProtocol[] ALL = values();

  /** The protocol of a number on the wire. */
  public static HeaderProtocol of(long number) {
    return number > 0 && number < ALL.length ? ALL[(int) number] : UNKNOWN;
  }

  /** The number on the wire. */
  public int number() {
    return ordinal();
  }
}
