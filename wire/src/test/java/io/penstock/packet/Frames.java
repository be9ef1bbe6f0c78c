package io.penstock.packet;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Builds frames from the inside out, header by header, with lengths and checksums as they should
 * be. The number that many headers take tells them apart: it is in their addresses.
 */
final class Frames {

  static final int SYN_ACK = 0x12;

  private Frames() {}

  static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  static byte[] join(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (var part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] u16(int... values) {
    var out = ByteBuffer.allocate(2 * values.length);
    for (int value : values) {
      out.putShort((short) value);
    }
    return out.array();
  }

  private static byte[] u32(long... values) {
    var out = ByteBuffer.allocate(4 * values.length);
    for (long value : values) {
      out.putInt((int) value);
    }
    return out.array();
  }

  static byte[] ethernet(int number, int type, byte[] payload) {
    var macs = ByteBuffer.allocate(14);
    macs.putShort((short) 0x0200).putInt(0xaa00 + number);
    macs.putShort((short) 0x0200).putInt(0xbb00 + number).putShort((short) type);
    return join(macs.array(), payload);
  }

  /** What stands behind a TPID: priority 5, drop eligible. */
  static byte[] vlan(int id, int type, byte[] payload) {
    return join(u16(0xb000 | id, type), payload);
  }

  /** IEEE 802.3 with LLC and SNAP, and octets of padding behind. */
  static byte[] snap(int number, int type, byte[] payload) {
    return ethernet(
        number, 8 + payload.length, join(hex("aaaa03000000"), u16(type), payload, new byte[6]));
  }

  static byte[] label(int label, boolean isBottom, byte[] payload) {
    return join(u32((long) label << 12 | (isBottom ? 0x100 : 0) | 64), payload);
  }

  static byte[] ipv4(int number, int protocol, byte[] payload) {
    return ipv4(number, protocol, 0x4000, new byte[0], payload);
  }

  /** With the flags and fragment offset as sent, and options of a multiple of four octets. */
  static byte[] ipv4(int number, int protocol, int fragment, byte[] options, byte[] payload) {
    int header = 20 + options.length;
    var out = ByteBuffer.allocate(header);
    out.put((byte) (0x40 | header / 4)).put((byte) 0xb8);
    out.putShort((short) (header + payload.length)).putShort((short) (1_000 + number));
    out.putShort((short) fragment).put((byte) 61).put((byte) protocol).putShort((short) 0);
    out.putInt(0x0a00_0001 | number << 16).putInt(0x0a00_0002 | number << 16).put(options);
    int sum = 0;
    for (int i = 0; i < header; i += 2) {
      sum += out.getShort(i) & 0xffff;
    }
    sum = (sum & 0xffff) + (sum >> 16);
    out.putShort(10, (short) ~((sum & 0xffff) + (sum >> 16)));
    return join(out.array(), payload);
  }

  static byte[] ipv6(int number, int next, byte[] payload) {
    var out = ByteBuffer.allocate(40);
    out.putInt(0x6000_0000 | 0x2e << 20 | 0x12300 + number).putShort((short) payload.length);
    out.put((byte) next).put((byte) 63);
    out.putLong(0x2001_0db8_0000_0000L | number).putLong(1);
    out.putLong(0x2001_0db8_0000_0000L | number).putLong(2);
    return join(out.array(), payload);
  }

  /** An IPv6 extension header of eight octets that are options to be ignored. */
  static byte[] options6(int next, byte[] payload) {
    return join(new byte[] {(byte) next, 0, 1, 4, 0, 0, 0, 0}, payload);
  }

  static byte[] fragment6(int next, int offset, boolean hasMore, byte[] payload) {
    return join(new byte[] {(byte) next, 0}, u16(offset | (hasMore ? 1 : 0)), u32(0xcafe), payload);
  }

  /** A segment routing header with segments 2001:db8:ff::1 and so on. */
  static byte[] segments(int next, int count, int left, byte[] payload) {
    var out = ByteBuffer.allocate(8 + 16 * count);
    out.put((byte) next).put((byte) (2 * count)).put((byte) 4).put((byte) left);
    out.put((byte) (count - 1)).put(new byte[3]);
    for (int i = 1; i <= count; i++) {
      out.putLong(0x2001_0db8_00ff_0000L).putLong(i);
    }
    return join(out.array(), payload);
  }

  static byte[] tcp(int from, int to, int flags) {
    var out = ByteBuffer.allocate(20);
    out.putShort((short) from).putShort((short) to).putInt(0x01020304).putInt(5);
    out.putShort((short) (0x5000 | flags)).putShort((short) 8_192);
    return out.array();
  }

  static byte[] tcp() {
    return tcp(40_000, 443, SYN_ACK);
  }

  static byte[] udp(int from, int to, byte[] payload) {
    return join(u16(from, to, 8 + payload.length, 0), payload);
  }

  static byte[] icmp(int type, int code) {
    return join(new byte[] {(byte) type, (byte) code}, new byte[6]);
  }

  static byte[] vxlan(int network, byte[] payload) {
    return join(u32(0x0800_0000, (long) network << 8), payload);
  }

  static byte[] vxlanGpe(int network, int protocol, byte[] payload) {
    return join(u32(0x0c00_0000 | protocol, (long) network << 8), payload);
  }

  /** With eight octets of options. */
  static byte[] geneve(int network, int type, byte[] payload) {
    return join(u16(0x0200, type), u32((long) network << 8), hex("0103000100000007"), payload);
  }

  static byte[] gre(int flags, int type, byte[] payload, long... words) {
    return join(u16(flags, type), u32(words), payload);
  }

  static byte[] gtp(long endpoint, byte[] payload) {
    return join(hex("30ff"), u16(payload.length), u32(endpoint), payload);
  }

  /** With a sequence number and the session container of 5G as extension header. */
  static byte[] gtpExtended(long endpoint, byte[] payload) {
    return join(
        hex("36ff"),
        u16(payload.length + 8),
        u32(endpoint),
        hex("00070085"),
        hex("01100900"),
        payload);
  }

  private static byte[] inner4() {
    return ipv4(9, 6, tcp());
  }

  private static byte[] inner6() {
    return ipv6(9, 17, udp(5_000, 53, new byte[4]));
  }

  private static byte[] innerFrame() {
    return ethernet(9, 0x8100, vlan(77, 0x0800, inner4()));
  }

  /** A frame in UDP in IPv4 in Ethernet. */
  private static byte[] inUdp(int port, byte[] payload) {
    return ethernet(1, 0x0800, ipv4(1, 17, udp(50_000, port, payload)));
  }

  private static byte[] inIpv4(int protocol, byte[] payload) {
    return ethernet(1, 0x0800, ipv4(1, protocol, payload));
  }

  private static byte[] inIpv6(int next, byte[] payload) {
    return ethernet(1, 0x86dd, ipv6(1, next, payload));
  }

  /** Ethernet frames of every kind that is understood, by what they hold. */
  static Map<String, byte[]> all() {
    var all = new LinkedHashMap<String, byte[]>();
    links(all);
    packets(all);
    labels(all);
    tunnels(all);
    return all;
  }

  static byte[] named(String name) {
    var frame = all().get(name);
    if (frame == null) {
      throw new IllegalArgumentException("no frame " + name);
    }
    return frame;
  }

  private static void links(Map<String, byte[]> all) {
    all.put("ipv4-tcp", inIpv4(6, tcp()));
    all.put("ipv6-udp", inIpv6(17, udp(1_000, 53, new byte[8])));
    all.put("vlan", ethernet(1, 0x8100, vlan(100, 0x0800, inner4())));
    all.put("vlan-88a8", ethernet(1, 0x88a8, vlan(200, 0x8100, vlan(100, 0x86dd, inner6()))));
    all.put("vlan-9100", ethernet(1, 0x9100, vlan(300, 0x8100, vlan(100, 0x0800, inner4()))));
    all.put("vlan-9200", ethernet(1, 0x9200, vlan(400, 0x8100, vlan(100, 0x0800, inner4()))));
    all.put(
        "vlan-three",
        ethernet(1, 0x8100, vlan(1, 0x8100, vlan(2, 0x8100, vlan(3, 0x0800, inner4())))));
    all.put("snap", snap(1, 0x0800, inner4()));
    all.put("vlan-snap", vlanSnap());
    all.put("arp", ethernet(1, 0x0806, hex("0001080006040001" + "00".repeat(20))));
    all.put("pppoe", ethernet(1, 0x8864, join(hex("11000007"), u16(42), hex("0021"), inner4())));
    all.put(
        "pppoe-ipv6", ethernet(1, 0x8864, join(hex("11000007"), u16(58), hex("0057"), inner6())));
    all.put("pbb", ethernet(1, 0x88e7, join(u32(0x0001_2345), innerFrame())));
    all.put("nsh", ethernet(1, 0x894f, join(hex("0fc2020100000aff"), inner4())));
  }

  private static byte[] vlanSnap() {
    var packet = join(hex("aaaa030000000800"), inner4());
    return ethernet(1, 0x8100, vlan(100, packet.length, packet));
  }

  private static void packets(Map<String, byte[]> all) {
    all.put("ipv4-options", ethernet(1, 0x0800, ipv4(1, 6, 0, hex("0101010107040400"), tcp())));
    all.put("ipv4-first-fragment", fragment4(0x2000, udp(7, 8, new byte[8])));
    all.put("ipv4-later-fragment", fragment4(0x2003, udp(7, 8, new byte[8])));
    all.put("ipv4-icmp", inIpv4(1, icmp(3, 4)));
    all.put("ipv4-sctp", inIpv4(132, hex("1f90005000000000" + "00000000")));
    all.put("ipv4-tcp-ns", inIpv4(6, tcp(1, 2, 0x1c2)));
    all.put("ipv6-icmp", inIpv6(58, icmp(135, 0)));
    all.put("ipv6-hop-by-hop", inIpv6(0, options6(6, tcp())));
    all.put(
        "ipv6-chain",
        inIpv6(0, options6(60, options6(44, fragment6(17, 0, true, udp(1, 2, new byte[8]))))));
    all.put("ipv6-later-fragment", inIpv6(44, fragment6(17, 1_448, false, new byte[16])));
    all.put("ipv6-authentication", inIpv6(51, join(hex("06040000" + "00".repeat(20)), tcp())));
    all.put("ipv6-segments", inIpv6(43, segments(6, 3, 1, tcp())));
  }

  private static byte[] fragment4(int fragment, byte[] payload) {
    return ethernet(1, 0x0800, ipv4(1, 17, fragment, new byte[0], payload));
  }

  private static void labels(Map<String, byte[]> all) {
    all.put("mpls-ipv4", ethernet(1, 0x8847, label(16, false, label(17, true, inner4()))));
    all.put("mpls-ipv6", ethernet(1, 0x8847, label(18, true, inner6())));
    all.put("mpls-explicit-null", ethernet(1, 0x8847, label(500, false, label(0, true, inner4()))));
    all.put(
        "mpls-explicit-null-6", ethernet(1, 0x8847, label(500, false, label(2, true, inner6()))));
    all.put(
        "eompls-control-word",
        ethernet(1, 0x8847, label(16, false, label(1_001, true, join(new byte[4], innerFrame())))));
    all.put("eompls", ethernet(1, 0x8847, label(16, false, label(1_002, true, innerFrame()))));
  }

  private static void tunnels(Map<String, byte[]> all) {
    all.put("vxlan", inUdp(4789, vxlan(5_001, innerFrame())));
    all.put("vxlan-8472", inUdp(8472, vxlan(5_002, innerFrame())));
    all.put("vxlan-gpe", inUdp(4790, vxlanGpe(5_003, 1, inner4())));
    all.put(
        "vxlan-gpe-nsh",
        inUdp(4790, vxlanGpe(5_004, 4, join(hex("0fc2020300000aff"), innerFrame()))));
    all.put("geneve", inUdp(6081, geneve(5_005, 0x6558, innerFrame())));
    all.put("geneve-ipv6", inUdp(6081, geneve(5_006, 0x86dd, inner6())));
    all.put("gtp-u", inUdp(2152, gtp(0xdead_beefL, inner4())));
    all.put("gtp-u-extended", inUdp(2152, gtpExtended(77, inner6())));
    all.put("mpls-in-udp", inUdp(6635, label(19, true, inner4())));
    all.put("teredo", inUdp(3544, inner6()));
    all.put("teredo-origin", inUdp(3544, join(hex("0000ffff01020304"), inner6())));
    all.put("gre", inIpv4(47, gre(0, 0x0800, inner4())));
    all.put("gre-key", inIpv4(47, gre(0x2000, 0x86dd, inner6(), 4_711)));
    all.put("gre-all", inIpv4(47, gre(0xb000, 0x0800, inner4(), 0x1234_0000L, 4_712, 9)));
    all.put("gre-mpls", inIpv4(47, gre(0, 0x8847, label(20, true, inner4()))));
    all.put("gre-ethernet", inIpv6(47, gre(0, 0x6558, innerFrame())));
    all.put("nvgre", inIpv4(47, gre(0x2000, 0x6558, innerFrame(), 0x0012_3456L << 8 | 1)));
    all.put("erspan-1", inIpv4(47, gre(0, 0x88be, innerFrame())));
    all.put("erspan-2", inIpv4(47, gre(0x1000, 0x88be, innerFrame(), 3, 0x1001_0064L, 0)));
    all.put(
        "erspan-3",
        inIpv4(47, gre(0x1000, 0x22eb, innerFrame(), 3, 0x2001_0065L, 0x0102_0304L, 0)));
    all.put("4in4", inIpv4(4, inner4()));
    all.put("6in4", inIpv4(41, inner6()));
    all.put("4in6", inIpv6(4, inner4()));
    all.put("6in6", inIpv6(41, inner6()));
    all.put("etherip", inIpv4(97, join(hex("3000"), innerFrame())));
    all.put("mpls-in-ip", inIpv4(137, label(21, true, inner4())));
    all.put("srv6-ipv4", inIpv6(43, segments(4, 2, 0, inner4())));
    all.put("srv6-ipv6", inIpv6(43, segments(41, 2, 1, inner6())));
    all.put("srv6-ethernet", inIpv6(43, segments(143, 1, 0, innerFrame())));
    all.put(
        "three-deep",
        inUdp(
            4789,
            vxlan(
                6_001,
                ethernet(2, 0x0800, ipv4(2, 47, gre(0x2000, 0x0800, ipv4(3, 4, inner4()), 5))))));
    all.put("pptp", inIpv4(47, gre(0x3001, 0x880b, join(hex("0021"), inner4()), 42L << 16 | 7, 1)));
  }
}
