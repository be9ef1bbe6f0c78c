package io.penstock.capture;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Reads the classic pcap format: either byte order, microseconds or nanoseconds. */
final class PcapReader implements FrameReader {

  private static final int MICROSECONDS = 0xa1b2c3d4;
  private static final int NANOSECONDS = 0xa1b23c4d;
  private static final int FILE_HEADER = 24;
  private static final int PACKET_HEADER = 16;

  private final Input input;
  private final ByteOrder order;
  private final int nanosPerTick;
  private final int linkType;
  private long packets;

  PcapReader(Input input) throws CaptureException {
    this.input = input;
    var header = new byte[FILE_HEADER];
    if (input.read(header, 0, FILE_HEADER) < FILE_HEADER) {
      throw new CaptureException("the pcap file ends inside its header of 24 octets");
    }
    order = byteOrder(header);
    var fields = ByteBuffer.wrap(header).order(order);
    nanosPerTick = fields.getInt(0) == NANOSECONDS ? 1 : 1000;
    // The upper bits hold the frame check sequence's length, not the link type.
    linkType = fields.getInt(20) & 0xffff;
  }

  /** Whether a file that begins like this is a pcap file. */
  static boolean isMagic(byte[] start) {
    if (start.length < 4) {
      return false;
    }
    int magic = ByteBuffer.wrap(start).getInt();
    return isMagic(magic) || isMagic(Integer.reverseBytes(magic));
  }

  private static boolean isMagic(int magic) {
    return magic == MICROSECONDS || magic == NANOSECONDS;
  }

  private static ByteOrder byteOrder(byte[] header) {
    return isMagic(ByteBuffer.wrap(header).getInt())
        ? ByteOrder.BIG_ENDIAN
        : ByteOrder.LITTLE_ENDIAN;
  }

  @Override
  public @Nullable Frame next() throws CaptureException {
    long at = input.offset();
    var header = new byte[PACKET_HEADER];
    int got = input.read(header, 0, PACKET_HEADER);
    if (got == 0) {
      return null;
    }
    packets++;
    if (got < PACKET_HEADER) {
      throw cutOff(at, PACKET_HEADER, got);
    }
    var fields = ByteBuffer.wrap(header).order(order);
    long captured = Integer.toUnsignedLong(fields.getInt(8));
    if (captured > FRAME_BYTES_MAX) {
      throw new CaptureException(
          "packet %d at offset %d claims %d octets, more than a capture holds: the file is damaged"
              .formatted(packets, at, captured));
    }
    var bytes = new byte[(int) captured];
    got = input.read(bytes, 0, bytes.length);
    if (got < bytes.length) {
      throw cutOff(at, bytes.length, got);
    }
    long seconds = Integer.toUnsignedLong(fields.getInt(0));
    long ticks = Integer.toUnsignedLong(fields.getInt(4));
    long nanos = seconds * 1_000_000_000L + ticks * nanosPerTick;
    return new Frame(nanos, linkType, bytes, Integer.toUnsignedLong(fields.getInt(12)));
  }

  private CaptureException cutOff(long at, int expected, int got) {
    return new CaptureException(
        "the file ends inside packet %d at offset %d: %d octets expected, %d there"
            .formatted(packets, at, expected, got));
  }
}
