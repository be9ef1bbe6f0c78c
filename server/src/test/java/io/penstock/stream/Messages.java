package io.penstock.stream;

import io.penstock.traffic.MessageWriter;
import io.penstock.wire.FieldSpecifier;
import io.penstock.wire.MessageHeader;
import io.penstock.wire.ProtocolVersion;
import io.penstock.wire.Template;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** IPFIX messages as an exporter of a test sends them. */
final class Messages {

  static final int TEMPLATE_ID = 256;

  /** Source and destination port, octets: 12 octets a record. */
  static final Template PORTS = template(7, 11);

  /** The same id and length with source and destination the other way round. */
  static final Template PORTS_SWAPPED = template(11, 7);

  private Messages() {}

  private static Template template(int first, int second) {
    var fields =
        List.of(
            new FieldSpecifier(0, first, 2, false),
            new FieldSpecifier(0, second, 2, false),
            new FieldSpecifier(0, 1, 8, false));
    return new Template(ProtocolVersion.IPFIX, TEMPLATE_ID, fields, false);
  }

  static byte[] announcing(Template template) {
    var writer = begun();
    writer.template(template);
    return finished(writer);
  }

  /** Records with the ports 1 and 2 and these octet counts. */
  static byte[] records(Template template, long... octets) {
    var writer = begun();
    for (long count : octets) {
      writer
          .record(template)
          .put(
              ByteBuffer.allocate(12)
                  .putShort((short) 1)
                  .putShort((short) 2)
                  .putLong(count)
                  .array());
    }
    return finished(writer);
  }

  static byte[] withdrawal() {
    return ipfix(2, TEMPLATE_ID, 0);
  }

  /** A message with one set of 16-bit numbers. */
  static byte[] ipfix(int setId, int... numbers) {
    int length = 20 + 2 * numbers.length;
    var out = ByteBuffer.allocate(length);
    out.putShort((short) 10).putShort((short) length).putInt(1_700_000_000).putInt(0).putInt(7);
    out.putShort((short) setId).putShort((short) (length - 16));
    for (int number : numbers) {
      out.putShort((short) number);
    }
    return out.array();
  }

  static byte[] joined(byte[]... parts) {
    var out = new ByteArrayOutputStream();
    for (var part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static MessageWriter begun() {
    var writer = new MessageWriter(ProtocolVersion.IPFIX, 65_535);
    writer.begin(
        new MessageHeader(ProtocolVersion.IPFIX, 0, -1, 1_700_000_000, 0, 0, 7, -1, false, false));
    return writer;
  }

  private static byte[] finished(MessageWriter writer) {
    int length = writer.finish();
    return Arrays.copyOf(writer.bytes(), length);
  }
}
