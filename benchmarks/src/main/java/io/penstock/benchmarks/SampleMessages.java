package io.penstock.benchmarks;

import io.penstock.traffic.MessageWriter;
import io.penstock.wire.FieldSpecifier;
import io.penstock.wire.MessageHeader;
import io.penstock.wire.ProtocolVersion;
import io.penstock.wire.Template;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Datagrams of one exporter, filled to what fits a path of 1,500 octets: NetFlow v5, or v9 and
 * IPFIX with a template of 20 fields.
 */
final class SampleMessages {

  private static final int OCTETS_MAX = 1_472;
  private static final int UPTIME_MILLIS = 90_000_000;
  private static final int TEMPLATE_ID = 256;
  private static final int V5_RECORD = 48;

  /** Element and length; the two times differ between v9 and IPFIX. */
  private static final int[][] FIELDS = {
    {8, 4}, {12, 4}, {7, 2}, {11, 2}, {4, 1}, {6, 1}, {5, 1}, {1, 4}, {2, 4}, {10, 4}, {14, 4},
    {15, 4}, {16, 4}, {17, 4}, {9, 1}, {13, 1}, {61, 1}, {58, 2},
  };

  private static final int[][] V9_TIMES = {{22, 4}, {21, 4}};
  private static final int[][] IPFIX_TIMES = {{152, 8}, {153, 8}};

  private final ProtocolVersion version;
  private final long exportSeconds;
  private final SplittableRandom random;
  private final MessageWriter writer;
  private final Template template;
  private long sequence;

  /** One message and how many data records it holds. */
  record Message(byte[] bytes, int records) {}

  /**
   * @param exportSeconds the exporter's clock, seconds since 1970 UTC
   */
  SampleMessages(ProtocolVersion version, long seed, long exportSeconds) {
    this.version = version;
    this.exportSeconds = exportSeconds;
    this.random = new SplittableRandom(seed);
    this.writer = new MessageWriter(version, OCTETS_MAX);
    this.template = template(version);
  }

  private static Template template(ProtocolVersion version) {
    var fields = new ArrayList<FieldSpecifier>();
    add(fields, FIELDS);
    add(fields, version == ProtocolVersion.IPFIX ? IPFIX_TIMES : V9_TIMES);
    return new Template(version, TEMPLATE_ID, fields, false);
  }

  private static void add(List<FieldSpecifier> fields, int[][] specifiers) {
    for (var specifier : specifiers) {
      fields.add(new FieldSpecifier(0, specifier[0], specifier[1], false));
    }
  }

  /** A message that announces the template; for v5, which has none, one without records. */
  Message announcement() {
    begin();
    if (version != ProtocolVersion.NETFLOW_V5) {
      writer.template(template);
    }
    return finish();
  }

  /** A message full of data records, or of {@code recordsMax} if fewer. */
  Message data(int recordsMax) {
    begin();
    boolean isV5 = version == ProtocolVersion.NETFLOW_V5;
    int size = isV5 ? V5_RECORD : template.minLength();
    while (writer.records() < recordsMax && writer.room() >= size) {
      var record = writer.record(template);
      if (isV5) {
        v5(record);
      } else {
        template.fields().forEach(field -> put(record, field));
      }
    }
    return finish();
  }

  /** As many messages as it takes for so many data records. */
  List<Message> messages(int records) {
    var messages = new ArrayList<Message>();
    for (int left = records; left > 0; left -= messages.getLast().records()) {
      messages.add(data(left));
    }
    return messages;
  }

  private void begin() {
    writer.begin(
        new MessageHeader(
            version, -1, UPTIME_MILLIS, exportSeconds, 0, sequence, 1, 0, false, false));
  }

  private Message finish() {
    int length = writer.finish();
    int records = writer.records();
    sequence += version == ProtocolVersion.NETFLOW_V9 ? 1 : records;
    return new Message(Arrays.copyOf(writer.bytes(), length), records);
  }

  private void v5(ByteBuffer record) {
    int ended = random.nextInt(60_000);
    record.putInt(inside()).putInt(outside()).putInt(0x0a0000fe);
    record.putShort((short) random.nextInt(48)).putShort((short) random.nextInt(48));
    record.putInt(1 + random.nextInt(200)).putInt(40 + random.nextInt(200_000));
    record.putInt(UPTIME_MILLIS - ended - random.nextInt(30_000)).putInt(UPTIME_MILLIS - ended);
    record.putShort((short) (1_024 + random.nextInt(60_000))).putShort((short) 443);
    record.put((byte) 0).put((byte) random.nextInt(64)).put((byte) 6).put((byte) 0);
    record.putShort((short) 64_500).putShort((short) 64_501);
    record.put((byte) 24).put((byte) 16).putShort((short) 0);
  }

  private void put(ByteBuffer record, FieldSpecifier field) {
    switch (field.id()) {
      case 8 -> record.putInt(inside());
      case 12 -> record.putInt(outside());
      case 15 -> record.putInt(0x0a0000fe);
      case 7 -> record.putShort((short) (1_024 + random.nextInt(60_000)));
      case 11 -> record.putShort((short) 443);
      case 4 -> record.put((byte) (random.nextInt(4) == 0 ? 17 : 6));
      case 21 -> record.putInt(UPTIME_MILLIS - random.nextInt(10_000));
      case 22 -> record.putInt(UPTIME_MILLIS - 10_000 - random.nextInt(30_000));
      case 152 -> record.putLong(exportSeconds * 1_000 - 10_000 - random.nextInt(30_000));
      case 153 -> record.putLong(exportSeconds * 1_000 - random.nextInt(10_000));
      default -> small(record, field.length());
    }
  }

  private void small(ByteBuffer record, int length) {
    switch (length) {
      case 1 -> record.put((byte) random.nextInt(2));
      case 2 -> record.putShort((short) random.nextInt(48));
      default -> record.putInt(1 + random.nextInt(100_000));
    }
  }

  private int inside() {
    return 0x0a000000 + random.nextInt(1 << 16);
  }

  private int outside() {
    return 0x50000000 + random.nextInt(0x60000000);
  }
}
