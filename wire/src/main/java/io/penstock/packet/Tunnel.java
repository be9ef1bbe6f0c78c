package io.penstock.packet;

/** What a layer was carried in. */
public enum Tunnel {
  /** Nothing: the outermost layer. */
  NONE("none"),
  /** RFC 2784, RFC 2890; the id is the key. Also Ethernet in GRE, and PPP in GRE (RFC 2637). */
  GRE("gre"),
  /** RFC 7637; the id is the virtual subnet. */
  NVGRE("nvgre"),
  /** Mirrored traffic, types I to III; the id is the session. */
  ERSPAN("erspan"),
  /** RFC 7348; the id is the network identifier. */
  VXLAN("vxlan"),
  /** Its generic protocol extension; the id is the network identifier. */
  VXLAN_GPE("vxlan-gpe"),
  /** RFC 8926; the id is the network identifier. */
  GENEVE("geneve"),
  /** An IP packet directly in another, of whichever versions (RFC 2003, 2473, 4213). */
  IPIP("ipip"),
  /** Ethernet in IP (RFC 3378). */
  ETHERIP("etherip"),
  /** 3GPP TS 29.281; the id is the endpoint. */
  GTP_U("gtp-u"),
  /** IPv6 in UDP (RFC 4380). */
  TEREDO("teredo"),
  /** A packet or frame behind a segment routing header (RFC 8754, RFC 8986). */
  SRV6("srv6"),
  /** A label stack in IP or UDP (RFC 4023, RFC 7510); the labels are the layer's own. */
  MPLS("mpls"),
  /** Ethernet behind a label stack (RFC 4448); the id is the bottom label. */
  EOMPLS("eompls"),
  /** Provider backbone bridging (IEEE 802.1ah); the id is the service instance. */
  PBB("pbb"),
  /** Service function chaining (RFC 8300); the id is the service path. */
  NSH("nsh");

  private final String word;

  Tunnel(String word) {
    this.word = word;
  }

  /** How an event names it. */
  public String word() {
    return word;
  }
}
