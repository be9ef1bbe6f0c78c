package io.penstock.decode;

import io.penstock.decode.DecodeConfig.Primary;
import io.penstock.decode.DecodeConfig.Tunnels;
import io.penstock.event.Event;
import io.penstock.event.IpProtocol;
import io.penstock.packet.HeaderProtocol;
import io.penstock.packet.Layer;
import io.penstock.packet.PacketHeaders;
import java.util.Set;

/**
 * Tells an event what the headers of a sampled frame say. Of the packets within one another, the
 * primary one fills the event's own places, as far as the record left them empty; the others stand
 * in the member {@code tunnels}, from the outermost to the innermost. There, each entry names the
 * one tunnel header between it and its neighbour on the primary's side.
 *
 * <p>MAC addresses, VLANs and labels are those of the primary packet's own layer, or else of the
 * nearest layer around it.
 */
final class SampledPacket {

  /** The extra members that this may write. */
  static final Set<String> MEMBERS =
      Set.of(
          "ethertype",
          "vlan_ids",
          "mpls_labels",
          "ttl",
          "flow_label",
          "ip_flags",
          "fragment_id",
          "fragment_offset",
          "ipv6_extensions",
          "srv6",
          "tunnels",
          "tunnels_deeper",
          "headers_cut");

  private static final byte[] SOURCE_MAC = ExtraField.encoded("src_mac");
  private static final byte[] DESTINATION_MAC = ExtraField.encoded("dst_mac");
  private static final byte[] VLAN = ExtraField.encoded("vlan_id");
  private static final byte[] INNER_VLAN = ExtraField.encoded("inner_vlan_id");
  private static final byte[] SOURCE_IP = ExtraField.encoded("src_ip");
  private static final byte[] DESTINATION_IP = ExtraField.encoded("dst_ip");
  private static final byte[] PROTOCOL = ExtraField.encoded("proto");
  private static final byte[] SOURCE_PORT = ExtraField.encoded("src_port");
  private static final byte[] DESTINATION_PORT = ExtraField.encoded("dst_port");
  private static final byte[] TCP_FLAGS = ExtraField.encoded("tcp_flags");
  private static final byte[] TOS = ExtraField.encoded("tos");
  private static final byte[] ICMP_TYPE = ExtraField.encoded("icmp_type");
  private static final byte[] ICMP_CODE = ExtraField.encoded("icmp_code");

  private static final byte[] ETHER_TYPE = ExtraField.encoded("ethertype");
  private static final byte[] VLANS = ExtraField.encoded("vlan_ids");
  private static final byte[] LABELS = ExtraField.encoded("mpls_labels");
  private static final byte[] TTL = ExtraField.encoded("ttl");
  private static final byte[] FLOW_LABEL = ExtraField.encoded("flow_label");
  private static final byte[] IP_FLAGS = ExtraField.encoded("ip_flags");
  private static final byte[] FRAGMENT_ID = ExtraField.encoded("fragment_id");
  private static final byte[] FRAGMENT_OFFSET = ExtraField.encoded("fragment_offset");
  private static final byte[] EXTENSIONS = ExtraField.encoded("ipv6_extensions");
  private static final byte[] SRV6 = ExtraField.encoded("srv6");
  private static final byte[] TUNNELS = ExtraField.encoded("tunnels");
  private static final byte[] DEEPER = ExtraField.encoded("tunnels_deeper");
  private static final byte[] CUT = ExtraField.encoded("headers_cut");

  private static final int NONE = -1;

  private final PacketHeaders headers;
  private final boolean prefersInner;

  private boolean isTold;
  private boolean areLabelsTold;
  private ExtraMembers extra = new ExtraMembers();

  /** Whether members are written into the event itself, not into an entry of its tunnels. */
  private boolean isTop;

  SampledPacket(Tunnels tunnels) {
    this.headers = new PacketHeaders(tunnels.depthMax());
    this.prefersInner = tunnels.primary() == Primary.INNER;
  }

  /** Turns to the next record. */
  void begin() {
    isTold = false;
    areLabelsTold = false;
  }

  /**
   * Fills the empty slots of {@code to} and its extra members. Of several sections of one record,
   * only the first that makes sense is told; but a label stack may precede what it carries.
   *
   * @return whether there was an IP packet
   */
  boolean tell(HeaderProtocol protocol, byte[] bytes, int offset, int length, EventBuilder to) {
    if (isTold || !headers.read(protocol, bytes, offset, length)) {
      return false;
    }
    extra = to.extra();
    int primary = primary(to);
    int link = around(primary, true);
    int stack = around(primary, false);
    isTold = link != NONE || headers.layer(primary).hasIp();
    if (link != NONE) {
      fillLink(headers.layer(link), to);
    }
    var layer = headers.layer(primary);
    fillPacket(layer, to);
    writeTop(layer, link, stack);
    writeTunnels(primary, link, stack);
    return layer.hasIp();
  }

  /** Octets of the outermost IP packet, ABSENT when that is not known. */
  int octets() {
    for (int i = 0; isTold && i < headers.layerCount(); i++) {
      if (headers.layer(i).hasIp()) {
        return headers.layer(i).length();
      }
    }
    return Event.ABSENT;
  }

  /**
   * The layer that the event is about. A record that names its ends has decided; else the operator
   * has.
   */
  private int primary(EventBuilder record) {
    int named = ip(record, true);
    int any = named == NONE ? ip(record, false) : named;
    int without = prefersInner ? headers.layerCount() - 1 : 0;
    return any == NONE ? without : any;
  }

  /** The IP layer that is wanted; if its header was cut short, the one around it. */
  private int ip(EventBuilder record, boolean asNamed) {
    int best = NONE;
    for (int i = 0; i < headers.layerCount(); i++) {
      var layer = headers.layer(i);
      boolean hasBoth = (layer.destinationHigh() | layer.destinationLow()) != 0;
      boolean isBetter = best == NONE || prefersInner && hasBoth;
      if (layer.hasIp() && isBetter && (!asNamed || isNamed(layer, record))) {
        best = i;
      }
    }
    return best;
  }

  private static boolean isNamed(Layer layer, EventBuilder record) {
    return record.agrees(Slot.SOURCE_V4, Slot.SOURCE_V6, layer.sourceHigh(), layer.sourceLow())
        && record.agrees(
            Slot.DESTINATION_V4,
            Slot.DESTINATION_V6,
            layer.destinationHigh(),
            layer.destinationLow());
  }

  /** The nearest layer with Ethernet, or with labels, from the primary outwards. */
  private int around(int primary, boolean ethernet) {
    for (int i = primary; i >= 0; i--) {
      var layer = headers.layer(i);
      if (ethernet ? layer.hasEthernet() : layer.labelCount() > 0) {
        return i;
      }
    }
    return NONE;
  }

  private static void fillLink(Layer layer, EventBuilder to) {
    to.offer(Slot.SOURCE_MAC, layer.sourceMac());
    to.offer(Slot.DESTINATION_MAC, layer.destinationMac());
    if (layer.vlanCount() > 0) {
      to.offer(Slot.VLAN, layer.vlan(0));
    }
    if (layer.vlanCount() > 1) {
      to.offer(Slot.INNER_VLAN, layer.vlan(1));
    }
  }

  private static void fillPacket(Layer layer, EventBuilder to) {
    if (!layer.hasIp()) {
      return;
    }
    boolean isV6 = layer.version() == 6;
    to.offerAddress(Slot.SOURCE_V4, Slot.SOURCE_V6, isV6, layer.sourceHigh(), layer.sourceLow());
    to.offerAddress(
        Slot.DESTINATION_V4,
        Slot.DESTINATION_V6,
        isV6,
        layer.destinationHigh(),
        layer.destinationLow());
    to.offer(Slot.PROTOCOL, layer.protocol());
    to.offer(Slot.TOS, layer.trafficClass());
    to.offer(Slot.SOURCE_PORT, layer.sourcePort());
    to.offer(Slot.DESTINATION_PORT, layer.destinationPort());
    to.offer(Slot.TCP_FLAGS, layer.tcpFlags());
    to.offer(layer.protocol() == IpProtocol.ICMP6 ? Slot.ICMP_V6 : Slot.ICMP_V4, layer.icmp());
  }

  private void writeTop(Layer layer, int link, int stack) {
    isTop = true;
    if (link != NONE) {
      vlans(headers.layer(link));
    }
    if (stack != NONE && !areLabelsTold) {
      labels(headers.layer(stack));
      areLabelsTold = true;
    }
    packet(layer);
    flag(CUT, isTold && headers.isCut());
    flag(DEEPER, headers.isDeeper());
  }

  private void flag(byte[] name, boolean isSet) {
    if (isSet) {
      extra.member(name);
      extra.raw("true");
    }
  }

  private void writeTunnels(int primary, int link, int stack) {
    if (headers.layerCount() == 1) {
      return;
    }
    isTop = false;
    extra.member(TUNNELS);
    extra.raw('[');
    for (int i = 0; i < headers.layerCount(); i++) {
      if (i == primary) {
        continue;
      }
      boolean isFirst = i == (primary == 0 ? 1 : 0);
      extra.raw(isFirst ? "{\"type\":" : ",{\"type\":");
      var layer = headers.layer(i);
      // Outside the primary packet, the header that leads on; inside, the one that led here.
      var way = i < primary ? headers.layer(i + 1) : layer;
      extra.plain(way.tunnel().word());
      if (way.tunnelId() != Layer.ABSENT) {
        extra.raw(",\"id\":");
        extra.unsigned(way.tunnelId());
      }
      if (i != link) {
        ethernet(layer);
      }
      if (i != stack) {
        labels(layer);
      }
      ends(layer);
      packet(layer);
      extra.raw('}');
    }
    extra.raw(']');
  }

  /** What the event has places of its own for. */
  private void ethernet(Layer layer) {
    mac(SOURCE_MAC, layer.sourceMac());
    mac(DESTINATION_MAC, layer.destinationMac());
    number(VLAN, layer.vlanCount() > 0 ? layer.vlan(0) : Layer.ABSENT);
    number(INNER_VLAN, layer.vlanCount() > 1 ? layer.vlan(1) : Layer.ABSENT);
    vlans(layer);
  }

  private void ends(Layer layer) {
    address(SOURCE_IP, layer.sourceHigh(), layer.sourceLow());
    address(DESTINATION_IP, layer.destinationHigh(), layer.destinationLow());
    number(PROTOCOL, layer.protocol());
    number(SOURCE_PORT, layer.sourcePort());
    number(DESTINATION_PORT, layer.destinationPort());
    number(TCP_FLAGS, layer.tcpFlags());
    number(TOS, layer.trafficClass());
    if (layer.icmp() != Layer.ABSENT) {
      number(ICMP_TYPE, layer.icmp() >> 8);
      number(ICMP_CODE, layer.icmp() & 0xff);
    }
  }

  /** What the event has no place for. */
  private void packet(Layer layer) {
    if (!layer.hasIp()) {
      number(ETHER_TYPE, layer.etherType());
      return;
    }
    number(TTL, layer.ttl());
    number(FLOW_LABEL, layer.flowLabel());
    number(IP_FLAGS, layer.flags());
    if (layer.isFragment()) {
      number(FRAGMENT_ID, layer.fragmentId());
      number(FRAGMENT_OFFSET, layer.fragmentOffset());
    }
    if (layer.extensionCount() > 0) {
      extensions(layer);
    }
    if (layer.segmentsLeft() != Layer.ABSENT) {
      segments(layer);
    }
  }

  /** All VLANs, where there are more than the event has places for. */
  private void vlans(Layer layer) {
    if (layer.vlanCount() <= 2) {
      return;
    }
    name(VLANS);
    for (int i = 0; i < layer.vlanCount(); i++) {
      element(i, layer.vlan(i));
    }
    extra.raw(']');
  }

  private void labels(Layer layer) {
    if (layer.labelCount() == 0) {
      return;
    }
    name(LABELS);
    for (int i = 0; i < layer.labelCount(); i++) {
      element(i, layer.label(i));
    }
    extra.raw(']');
  }

  private void extensions(Layer layer) {
    name(EXTENSIONS);
    for (int i = 0; i < layer.extensionCount(); i++) {
      element(i, layer.extension(i));
    }
    extra.raw(']');
  }

  private void element(int index, int value) {
    extra.raw(index == 0 ? '[' : ',');
    extra.unsigned(value);
  }

  private void segments(Layer layer) {
    name(SRV6);
    extra.raw("{\"segments_left\":");
    extra.unsigned(layer.segmentsLeft());
    extra.raw(",\"segments\":[");
    for (int i = 0; i < layer.segmentCount(); i++) {
      if (i > 0) {
        extra.raw(',');
      }
      extra.address(layer.segmentHigh(i), layer.segmentLow(i));
    }
    extra.raw("]}");
  }

  private void number(byte[] name, long value) {
    if (value != Layer.ABSENT) {
      name(name);
      extra.unsigned(value);
    }
  }

  private void mac(byte[] name, long value) {
    if (value != Layer.ABSENT) {
      name(name);
      extra.mac(value);
    }
  }

  private void address(byte[] name, long high, long low) {
    if ((high | low) != 0) {
      name(name);
      extra.address(high, low);
    }
  }

  private void name(byte[] name) {
    if (isTop) {
      extra.member(name);
    } else {
      extra.innerMember(name);
    }
  }
}
