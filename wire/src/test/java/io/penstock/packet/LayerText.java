package io.penstock.packet;

/** All that was read of a frame, in one string, to compare and to show. */
final class LayerText {

  private LayerText() {}

  static String of(PacketHeaders headers) {
    var out = new StringBuilder();
    for (int i = 0; i < headers.layerCount(); i++) {
      layer(headers.layer(i), out);
    }
    out.append(headers.isCut() ? " cut" : "").append(headers.isDeeper() ? " deeper" : "");
    return out.toString();
  }

  private static void layer(Layer layer, StringBuilder out) {
    out.append('[').append(layer.tunnel()).append(' ').append(layer.tunnelId());
    add(out, layer.hasEthernet() ? 1 : 0, layer.sourceMac(), layer.destinationMac());
    add(out, layer.etherType());
    for (int i = 0; i < layer.vlanCount(); i++) {
      add(out, layer.vlan(i), layer.vlanPriority(i));
    }
    for (int i = 0; i < layer.labelCount(); i++) {
      add(out, layer.labelEntry(i));
    }
    add(out, layer.version(), layer.sourceHigh(), layer.sourceLow());
    add(out, layer.destinationHigh(), layer.destinationLow(), layer.protocol());
    add(out, layer.trafficClass(), layer.ttl(), layer.flowLabel(), layer.length());
    add(out, layer.flags(), layer.fragmentId(), layer.fragmentOffset());
    for (int i = 0; i < layer.extensionCount(); i++) {
      add(out, layer.extension(i));
    }
    for (int i = 0; i < layer.segmentCount(); i++) {
      add(out, layer.segmentHigh(i), layer.segmentLow(i));
    }
    add(out, layer.segmentsLeft(), layer.sourcePort(), layer.destinationPort());
    add(out, layer.tcpFlags(), layer.tcpSequence(), layer.tcpWindow(), layer.icmp());
    out.append(']');
  }

  private static void add(StringBuilder out, long... values) {
    for (long value : values) {
      out.append(' ').append(value);
    }
  }
}
