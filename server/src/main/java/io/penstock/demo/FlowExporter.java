package io.penstock.demo;

import io.penstock.event.Protocol;
import io.penstock.traffic.MessageWriter;
import io.penstock.wire.FieldSpecifier;
import io.penstock.wire.FixedLayouts;
import io.penstock.wire.MessageHeader;
import io.penstock.wire.ProtocolVersion;
import io.penstock.wire.Template;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A device that speaks NetFlow v5, v9 or IPFIX: one datagram at a time, in a buffer that is used
 * again. For one thread.
 */
final class FlowExporter implements Exporter {

  private static final int OCTETS = 1_400;
  private static final int TEMPLATE_INTERVAL = 20;
  private static final int NAME_OCTETS = 32;

  /** Elements of the other direction (RFC 5103 §6.1). */
  private static final long REVERSE = 29_305;

  private static final long UPTIME_AT_START = 7 * 86_400_000L;
  private static final List<String> INTERFACES = List.of("demo-inside", "demo-outside");

  private final ProtocolVersion version;
  private final MessageWriter writer;
  private final Template flows;
  private final Template interfaces;
  private long startMillis = -1;
  private long sequence;
  private long datagrams;

  FlowExporter(Protocol protocol) {
    this.version =
        switch (protocol) {
          case NETFLOW_V5 -> ProtocolVersion.NETFLOW_V5;
          case NETFLOW_V9 -> ProtocolVersion.NETFLOW_V9;
          case IPFIX -> ProtocolVersion.IPFIX;
          default -> throw new IllegalArgumentException("no flows over " + protocol);
        };
    this.writer = new MessageWriter(version, OCTETS);
    this.flows = flowTemplate(version);
    var scope = new FieldSpecifier(0, version == ProtocolVersion.IPFIX ? 10 : 2, 4, true);
    this.interfaces = new Template(version, 261, List.of(scope, field(82, NAME_OCTETS)), true);
  }

  private static Template flowTemplate(ProtocolVersion version) {
    var ends = List.of(field(8, 4), field(12, 4), field(7, 2), field(11, 2), field(4, 1));
    var counts = List.of(field(6, 1), field(10, 4), field(14, 4), field(1, 8), field(2, 8));
    return switch (version) {
      case NETFLOW_V9 -> template(version, ends, counts, List.of(field(22, 4), field(21, 4)));
      case IPFIX ->
          template(
              version,
              ends,
              counts,
              List.of(
                  field(152, 8),
                  field(153, 8),
                  new FieldSpecifier(REVERSE, 1, 8, false),
                  new FieldSpecifier(REVERSE, 2, 8, false)));
      default -> new FixedLayouts().v5;
    };
  }

  private static Template template(
      ProtocolVersion version,
      List<FieldSpecifier> ends,
      List<FieldSpecifier> counts,
      List<FieldSpecifier> rest) {
    var fields = new ArrayList<>(ends);
    fields.addAll(counts);
    fields.addAll(rest);
    return new Template(version, 260, fields, false);
  }

  private static FieldSpecifier field(int id, int length) {
    return new FieldSpecifier(0, id, length, false);
  }

  @Override
  public int write(List<Conversation> told, long nowMillis) {
    if (startMillis < 0) {
      startMillis = nowMillis;
    }
    long uptime = UPTIME_AT_START + nowMillis - startMillis;
    begin(nowMillis, uptime);
    if (version != ProtocolVersion.NETFLOW_V5 && datagrams++ % TEMPLATE_INTERVAL == 0) {
      announce();
    }
    for (var conversation : told) {
      record(conversation, true, uptime, nowMillis);
      boolean isAnswered = conversation.server().packets() > 0;
      if (version != ProtocolVersion.IPFIX && isAnswered) {
        record(conversation, false, uptime, nowMillis);
      }
    }
    // v9 counts datagrams (RFC 3954 §5.1), the others records (RFC 7011 §3.1).
    sequence += version == ProtocolVersion.NETFLOW_V9 ? 1 : writer.records();
    return writer.finish();
  }

  @Override
  public byte[] bytes() {
    return writer.bytes();
  }

  private void begin(long nowMillis, long uptime) {
    writer.begin(
        new MessageHeader(
            version,
            -1,
            uptime & 0xffff_ffffL,
            nowMillis / 1_000,
            nowMillis % 1_000 * 1_000_000,
            sequence & 0xffff_ffffL,
            0,
            0,
            false,
            false));
  }

  private void announce() {
    writer.template(flows);
    writer.template(interfaces);
    for (int i = 0; i < INTERFACES.size(); i++) {
      var name = INTERFACES.get(i).getBytes(StandardCharsets.UTF_8);
      writer.record(interfaces).putInt(i + 1).put(name).put(new byte[NAME_OCTETS - name.length]);
    }
  }

  private void record(Conversation told, boolean isFromClient, long uptime, long nowMillis) {
    var out = writer.record(flows);
    for (var field : flows.fields()) {
      put(out, value(field, told, isFromClient, uptime - nowMillis), field.length());
    }
  }

  /**
   * @param toUptime what makes a time since 1970 one since the device's start
   */
  private static long value(
      FieldSpecifier field, Conversation told, boolean isFromClient, long toUptime) {
    var from = isFromClient ? told.client() : told.server();
    var to = isFromClient ? told.server() : told.client();
    boolean isReverse = field.enterprise() == REVERSE;
    return switch (field.id()) {
      case 1 -> isReverse ? to.bytes() : from.bytes();
      case 2 -> isReverse ? to.packets() : from.packets();
      case 4 -> told.protocol();
      case 6 -> told.tcpFlags();
      case 7 -> from.port();
      case 8 -> from.ip();
      case 10 -> isFromClient ? 1 : 2;
      case 11 -> to.port();
      case 12 -> to.ip();
      case 14 -> isFromClient ? 2 : 1;
      case 22 -> told.startMillis() + toUptime;
      case 21 -> told.endMillis() + toUptime;
      case 152 -> told.startMillis();
      case 153 -> told.endMillis();
      // Next hop, systems, prefixes and padding: the device does not know.
      default -> 0;
    };
  }

  private static void put(ByteBuffer out, long value, int length) {
    for (int shift = 8 * (length - 1); shift >= 0; shift -= 8) {
      out.put((byte) (value >>> shift));
    }
  }
}
