package io.penstock.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.wire.Collected;
import io.penstock.wire.Exporter;
import io.penstock.wire.FieldSpecifier;
import io.penstock.wire.FixedLayouts;
import io.penstock.wire.FlowDecoder;
import io.penstock.wire.Limits;
import io.penstock.wire.MessageHeader;
import io.penstock.wire.ProtocolVersion;
import io.penstock.wire.Template;
import io.penstock.wire.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is written is what is read, for made-up templates and values. */
class MessageWriterTest {

  private static final int ROUNDS = 400;
  private static final Exporter EXPORTER =
      new Exporter(new InetSocketAddress(InetAddress.getLoopbackAddress(), 2055), Transport.UDP);

  private final Collected collected = new Collected();
  private final FlowDecoder decoder =
      new FlowDecoder(Limits.DEFAULT, InstantSource.system(), collected);
  private final FixedLayouts fixed = new FixedLayouts();

  private void decode(MessageWriter writer) {
    decoder.decode(EXPORTER, writer.bytes(), 0, writer.finish());
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void whatIsWrittenIsRead(ProtocolVersion version) {
    var random = new SplittableRandom(version.number());
    var writer = new MessageWriter(version, 65_535);
    for (int round = 0; round < ROUNDS; round++) {
      int scheme = 1 + round % 14;
      var templates = templates(version, scheme, random);
      var header = header(version, scheme, random);
      writer.begin(header);
      if (version == ProtocolVersion.NETFLOW_V9 || version == ProtocolVersion.IPFIX) {
        templates.forEach(writer::template);
      }
      var expected = write(writer, templates, random);

      collected.records.clear();
      decode(writer);

      assertThat(collected.refusals).isEmpty();
      assertThat(collected.texts()).as("seed of round %d", round).isEqualTo(expected);
      for (var record : collected.records) {
        assertSameHeader(record.header(), header);
      }
    }
  }

  private static void assertSameHeader(MessageHeader read, MessageHeader written) {
    assertThat(read.exportSeconds()).isEqualTo(written.exportSeconds());
    assertThat(read.sysUptimeMillis()).isEqualTo(written.sysUptimeMillis());
    assertThat(read.exportNanos()).isEqualTo(written.exportNanos());
    assertThat(read.sequence()).isEqualTo(written.sequence());
    assertThat(read.domain()).isEqualTo(written.domain());
    assertThat(read.sampling()).isEqualTo(written.sampling());
    assertThat(read.aggregation()).isEqualTo(written.aggregation());
    assertThat(read.countMismatch()).isFalse();
    assertThat(read.truncated()).isFalse();
  }

  private static List<String> write(
      MessageWriter writer, List<Template> templates, SplittableRandom random) {
    var expected = new ArrayList<String>();
    int records = 1 + random.nextInt(25);
    for (int i = 0; i < records; i++) {
      var template = templates.get(random.nextInt(templates.size()));
      var out = writer.record(template);
      var values = new ArrayList<String>();
      for (var field : template.fields()) {
        var value = new byte[field.isVariable() ? random.nextInt(300) : field.length()];
        random.nextBytes(value);
        if (field.isVariable()) {
          writer.variable(value);
        } else {
          out.put(value);
        }
        values.add(HexFormat.of().formatHex(value));
      }
      expected.add(String.join(" ", values));
    }
    return expected;
  }

  private List<Template> templates(ProtocolVersion version, int scheme, SplittableRandom random) {
    return switch (version) {
      case NETFLOW_V1 -> List.of(fixed.v1);
      case NETFLOW_V5 -> List.of(fixed.v5);
      case NETFLOW_V7 -> List.of(fixed.v7);
      case NETFLOW_V8 -> Stream.ofNullable(fixed.v8(scheme)).toList();
      case NETFLOW_V9, IPFIX -> {
        var templates = new ArrayList<Template>();
        int count = 1 + random.nextInt(5);
        for (int i = 0; i < count; i++) {
          templates.add(template(version, 256 + i, random));
        }
        yield templates;
      }
    };
  }

  private static Template template(ProtocolVersion version, int id, SplittableRandom random) {
    boolean isIpfix = version == ProtocolVersion.IPFIX;
    boolean isOptions = random.nextInt(4) == 0;
    int count = 1 + random.nextInt(12);
    int scopes = isOptions ? 1 + random.nextInt(count) : 0;
    var fields = new ArrayList<FieldSpecifier>();
    for (int i = 0; i < count; i++) {
      boolean isVendors = isIpfix && random.nextInt(4) == 0;
      boolean isVariable = isIpfix && random.nextInt(5) == 0;
      // One field of at least 4 octets, so that no padding can be taken for a record.
      int length = i == 0 ? 4 : random.nextInt(20);
      fields.add(
          new FieldSpecifier(
              isVendors ? 1 + random.nextInt(50_000) : 0,
              1 + random.nextInt(isIpfix ? 0x7fff : 0xffff),
              isVariable && i > 0 ? FieldSpecifier.VARIABLE : length,
              i < scopes));
    }
    return new Template(version, id, fields, isOptions);
  }

  /** A header with what this protocol carries, -1 and 0 for what it does not. */
  private static MessageHeader header(
      ProtocolVersion version, int scheme, SplittableRandom random) {
    boolean isIpfix = version == ProtocolVersion.IPFIX;
    boolean isV5 = version == ProtocolVersion.NETFLOW_V5;
    boolean isV8 = version == ProtocolVersion.NETFLOW_V8;
    boolean isOld = version.number() < 9;
    return new MessageHeader(
        version,
        -1,
        isIpfix ? -1 : random.nextLong(1L << 32),
        random.nextLong(1L << 32),
        isOld ? random.nextLong(1_000_000_000) : 0,
        version == ProtocolVersion.NETFLOW_V1 ? -1 : random.nextLong(1L << 32),
        isV5 || isV8 ? random.nextLong(1 << 16) : isOld ? -1 : 0xffff_fff0L + random.nextInt(16),
        isV5 ? random.nextInt(1 << 16) : -1,
        false,
        false,
        isV8 ? scheme << 8 | random.nextInt(1 << 8) : -1);
  }

  @Test
  @Tag("rfc3954-5.3-aligned-by-zeros")
  @Tag("rfc7011-3.3.1-padding-is-zero")
  void shortRecordsAreNotFollowedByPaddingThatLooksLikeThem() {
    var template =
        new Template(
            ProtocolVersion.IPFIX, 300, List.of(new FieldSpecifier(0, 4, 1, false)), false);
    var writer = new MessageWriter(ProtocolVersion.IPFIX, 1400);
    writer.begin(new MessageHeader(ProtocolVersion.IPFIX, -1, -1, 1, 0, 1, 1, -1, false, false));
    writer.template(template);
    writer.record(template).put((byte) 6);

    decode(writer);

    assertThat(collected.texts()).containsExactly("06");
  }
}
