package io.penstock.sflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.traffic.SflowWriter;
import io.penstock.wire.DecoderCounters;
import io.penstock.wire.DecoderCounters.Count;
import io.penstock.wire.Rejection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A decoder under test and everything it says, as text that does not change any more. */
public final class Collected implements SflowHandler {

  /** A sample: its numbers, and its records as {@code name{field=value, ...}}. */
  public record Sample(
      SflowSample.Kind kind,
      long sequence,
      long sourceType,
      long sourceIndex,
      long rate,
      long pool,
      long drops,
      String input,
      String output,
      long reason,
      boolean isTruncated,
      List<String> records) {}

  /** A datagram: its header, and how many samples it gave. */
  public record Datagram(
      String agent, long subAgent, long sequence, long uptime, int samples, boolean isComplete) {}

  public final DecoderCounters counters = new DecoderCounters();
  public final List<Sample> samples = new ArrayList<>();
  public final List<Datagram> datagrams = new ArrayList<>();
  public final List<Rejection> rejections = new ArrayList<>();

  private final SflowDecoder decoder = new SflowDecoder(counters, this);
  private final StructureReader reader = new StructureReader();

  /** Decodes a datagram that stands in the middle of other octets, and checks the books. */
  public Collected decode(byte[] datagram, int length) {
    var buffer = new byte[length + 7];
    System.arraycopy(datagram, 0, buffer, 3, length);
    for (int i = length + 3; i < buffer.length; i++) {
      buffer[i] = (byte) 0xee;
    }
    decoder.decode(buffer, 3, length);
    assertBalanced();
    return this;
  }

  public Collected decode(SflowWriter writer) {
    int length = writer.finish();
    return decode(writer.bytes(), length);
  }

  public void assertBalanced() {
    assertThat(counters.get(Count.OCTETS))
        .isEqualTo(
            counters.get(Count.FRAMING_OCTETS)
                + counters.get(Count.RECORD_OCTETS)
                + counters.get(Count.PADDING_OCTETS)
                + counters.rejectedOctets());
    assertThat(counters.get(Count.RECORDS) + counters.get(Count.COUNTER_SAMPLES))
        .isEqualTo(samples.size());
  }

  public Sample only() {
    assertThat(samples).hasSize(1);
    return samples.getFirst();
  }

  @Override
  public void sample(SflowDatagram datagram, SflowSample sample) {
    samples.add(
        new Sample(
            sample.kind(),
            sample.sequence(),
            sample.sourceType(),
            sample.sourceIndex(),
            sample.rate(),
            sample.pool(),
            sample.drops(),
            sample.inputPort() + " " + sample.input(),
            sample.outputPort() + " " + sample.output(),
            sample.reason(),
            sample.isTruncated(),
            IntStream.range(0, sample.recordCount()).mapToObj(i -> text(sample, i)).toList()));
  }

  @Override
  public void datagram(SflowDatagram datagram, int count, boolean isComplete) {
    datagrams.add(
        new Datagram(
            Long.toHexString(datagram.agentHigh()) + ":" + Long.toHexString(datagram.agentLow()),
            datagram.subAgent(),
            datagram.sequence(),
            datagram.uptimeMillis(),
            count,
            isComplete));
  }

  @Override
  public void rejected(Rejection reason, int octets) {
    rejections.add(reason);
  }

  private String text(SflowSample sample, int record) {
    int format = sample.dataFormat(record);
    boolean isCounters = sample.kind() == SflowSample.Kind.COUNTERS;
    var structure = isCounters ? Structures.ofCounters(format) : Structures.ofFlow(format);
    int offset = sample.offset(record);
    int length = sample.length(record);
    if (structure == null) {
      return (format >>> 12) + "/" + (format & 0xfff) + " " + hex(sample.bytes(), offset, length);
    }
    reader.begin(structure, sample.bytes(), offset, length);
    var fields = new ArrayList<String>();
    while (reader.next()) {
      fields.add(reader.field().name() + "=" + value());
    }
    var rest = reader.restLength() == 0 ? "" : " +" + reader.restLength();
    return fields.stream().collect(Collectors.joining(", ", structure.name() + "{", "}")) + rest;
  }

  private String value() {
    var bytes = reader.bytes();
    int at = reader.offset();
    return switch (reader.field().type()) {
      case U32 -> Long.toString(Xdr.unsigned(bytes, at));
      case S32 -> Integer.toString(Xdr.bits(bytes, at));
      case U64 -> Long.toUnsignedString(Xdr.hyper(bytes, at));
      case FLOAT -> Float.toString(Float.intBitsToFloat(Xdr.bits(bytes, at)));
      case MAC -> hex(bytes, at, 6);
      case TEXT -> new String(bytes, at, reader.length(), StandardCharsets.UTF_8);
      default -> hex(bytes, at, reader.length());
    };
  }

  private static String hex(byte[] bytes, int offset, int length) {
    return HexFormat.of().formatHex(bytes, offset, offset + length);
  }
}
