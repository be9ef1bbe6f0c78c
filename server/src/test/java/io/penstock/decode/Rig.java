package io.penstock.decode;

import io.penstock.event.Event;
import io.penstock.event.Ip;
import io.penstock.traffic.MessageWriter;
import io.penstock.wire.FieldSpecifier;
import io.penstock.wire.MessageHeader;
import io.penstock.wire.ProtocolVersion;
import io.penstock.wire.Template;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** A decoder under test, and an exporter to send it made-up records. */
final class Rig {

  /** When everything is exported and received unless said otherwise. */
  static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  /** How long the exporter has been up, milliseconds. */
  static final long UPTIME = 86_400_000;

  final List<Event> events = new ArrayList<>();
  final PrometheusRegistry metrics = new PrometheusRegistry();
  final DatagramDecoder decoder;

  InetSocketAddress from = new InetSocketAddress(InetAddress.getLoopbackAddress(), 4000);
  Instant exported = NOW;
  Instant received = NOW;
  long uptime = UPTIME;
  long domain = 7;
  int v5Sampling;
  private int templateId = 256;

  Rig() {
    this(DecodeConfig.live());
  }

  Rig(DecodeConfig config) {
    decoder =
        new DatagramDecoder(
            config,
            Corpus.REGISTRY,
            events::add,
            new DecodeMetrics(metrics, config.exporterLabelsMax()),
            new EventIds(0));
  }

  static Fields fields() {
    return new Fields();
  }

  /** The event that an IPFIX record with these fields becomes. */
  Event ipfix(Fields fields) {
    return send(ProtocolVersion.IPFIX, fields, false);
  }

  /** The event that a NetFlow v9 record with these fields becomes. */
  Event v9(Fields fields) {
    return send(ProtocolVersion.NETFLOW_V9, fields, false);
  }

  Event ipfixOptions(Fields fields) {
    return send(ProtocolVersion.IPFIX, fields, true);
  }

  Event v9Options(Fields fields) {
    return send(ProtocolVersion.NETFLOW_V9, fields, true);
  }

  private Event send(ProtocolVersion version, Fields fields, boolean isOptions) {
    var template = new Template(version, templateId++, fields.specifiers, isOptions);
    var writer = new MessageWriter(version, 65_535);
    writer.begin(header(version));
    writer.template(template);
    var record = writer.record(template);
    for (int i = 0; i < fields.values.size(); i++) {
      if (fields.specifiers.get(i).isVariable()) {
        writer.variable(fields.values.get(i));
      } else {
        record.put(fields.values.get(i));
      }
    }
    return decode(writer.bytes(), writer.finish());
  }

  /** The event that a NetFlow v5 record with these values becomes. */
  Event v5(int protocol, int sourcePort, int destinationPort, long first, long last) {
    var out = ByteBuffer.allocate(72);
    out.putShort((short) 5).putShort((short) 1).putInt((int) uptime);
    out.putInt((int) exported.getEpochSecond()).putInt(exported.getNano()).putInt(1);
    out.putShort((short) domain).putShort((short) v5Sampling);
    out.putInt(0x0a000001).putInt(0x0a000002).putInt(0).putShort((short) 1).putShort((short) 2);
    out.putInt(10).putInt(1_000).putInt((int) first).putInt((int) last);
    out.putShort((short) sourcePort).putShort((short) destinationPort).put((byte) 0);
    out.put((byte) 0x12).put((byte) protocol).put((byte) 0);
    out.putShort((short) 64_500).putShort((short) 64_501).put((byte) 24).put((byte) 25);
    return decode(out.array(), out.capacity());
  }

  private Event decode(byte[] message, int length) {
    int before = events.size();
    long nanos = received.getEpochSecond() * 1_000_000_000L + received.getNano();
    decoder.decode(from, nanos, message, 0, length);
    if (events.size() != before + 1) {
      throw new AssertionError((events.size() - before) + " events instead of one");
    }
    return events.getLast();
  }

  private MessageHeader header(ProtocolVersion version) {
    boolean isV9 = version == ProtocolVersion.NETFLOW_V9;
    return new MessageHeader(
        version, 0, isV9 ? uptime : -1, exported.getEpochSecond(), 0, 1, domain, -1, false, false);
  }

  /** The value of a counter or a gauge without labels. */
  double metric(String name) {
    return metrics.scrape(name::startsWith).stream()
        .flatMap(snapshot -> snapshot.getDataPoints().stream())
        .mapToDouble(
            point ->
                switch (point) {
                  case CounterDataPointSnapshot counter -> counter.getValue();
                  case GaugeDataPointSnapshot gauge -> gauge.getValue();
                  default -> throw new AssertionError(name + " is neither");
                })
        .sum();
  }

  /** The extra members as text. */
  static String extra(Event event) {
    return new String(event.extra(), StandardCharsets.UTF_8);
  }

  static long nanos(Instant instant) {
    return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
  }

  /** Fields of one record, in wire order. */
  static final class Fields {

    private final List<FieldSpecifier> specifiers = new ArrayList<>();
    private final List<byte[]> values = new ArrayList<>();

    private Fields add(long enterprise, int id, int length, boolean scope, byte[] value) {
      specifiers.add(new FieldSpecifier(enterprise, id, length, scope));
      values.add(value);
      return this;
    }

    /** An unsigned integer in this many octets. */
    Fields number(int id, int octets, long value) {
      return number(0, id, octets, value);
    }

    Fields number(long enterprise, int id, int octets, long value) {
      return add(enterprise, id, octets, false, bigEndian(octets, value));
    }

    Fields scope(int id, int octets, long value) {
      return add(0, id, octets, true, bigEndian(octets, value));
    }

    Fields ip(int id, String address) {
      return octets(id, Ip.parse(address).orElseThrow().toBytes());
    }

    /** An IPv6 field, whatever the family of the address. */
    Fields ip6(int id, String address) {
      var ip = Ip.parse(address).orElseThrow();
      return octets(id, ByteBuffer.allocate(16).putLong(ip.high()).putLong(ip.low()).array());
    }

    Fields hex(int id, String digits) {
      return octets(id, HexFormat.of().parseHex(digits));
    }

    Fields octets(int id, byte[] value) {
      return add(0, id, value.length, false, value);
    }

    Fields octets(long enterprise, int id, byte[] value) {
      return add(enterprise, id, value.length, false, value);
    }

    Fields variable(int id, byte[] value) {
      return add(0, id, FieldSpecifier.VARIABLE, false, value);
    }

    /** Two ends, so that the record is a flow like any other. */
    Fields ends() {
      return ip(8, "10.0.0.1").ip(12, "10.0.0.2");
    }

    private static byte[] bigEndian(int octets, long value) {
      var bytes = new byte[octets];
      for (int i = 0; i < octets; i++) {
        int shift = 8 * (octets - 1 - i);
        bytes[i] = shift >= 64 ? 0 : (byte) (value >>> shift);
      }
      return bytes;
    }
  }
}
