package io.penstock.capture;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads pcapng (draft-ietf-opsawg-pcapng): sections of either byte order, several interfaces with
 * their own link type and clock, enhanced, simple and obsolete packet blocks. Other blocks are
 * passed over.
 */
final class PcapngReader implements FrameReader {

  private static final int SECTION_HEADER = 0x0a0d0d0a;
  private static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
  private static final int INTERFACE_DESCRIPTION = 1;
  private static final int OBSOLETE_PACKET = 2;
  private static final int SIMPLE_PACKET = 3;
  private static final int ENHANCED_PACKET = 6;
  private static final int OPTION_TIME_RESOLUTION = 9;
  private static final int OPTION_TIME_OFFSET = 14;

  private static final int INTERFACES_MAX = 4096;
  private static final int BLOCK_BYTES_MAX = FRAME_BYTES_MAX + 65_536;

  private final Input input;
  private ByteOrder order = ByteOrder.BIG_ENDIAN;
  private final List<Interface> interfaces = new ArrayList<>();

  PcapngReader(Input input) {
    this.input = input;
  }

  /** Whether a file that begins like this is a pcapng file. */
  static boolean isMagic(byte[] start) {
    return start.length >= 4 && ByteBuffer.wrap(start).getInt() == SECTION_HEADER;
  }

  private record Interface(int linkType, long snapLength, int timeResolution, long timeOffset) {

    long nanos(long ticks) {
      int exponent = timeResolution & 0x7f;
      return (timeResolution & 0x80) == 0 ? decimal(ticks, exponent) : binary(ticks, exponent);
    }

    private long decimal(long ticks, int exponent) {
      if (exponent > 18) {
        return seconds(0);
      }
      long perSecond = 1;
      for (int i = 0; i < exponent; i++) {
        perSecond *= 10;
      }
      long rest = Long.remainderUnsigned(ticks, perSecond);
      long nanos = perSecond <= 1_000_000_000L ? rest * (1_000_000_000L / perSecond) : 0;
      if (perSecond > 1_000_000_000L) {
        nanos = rest / (perSecond / 1_000_000_000L);
      }
      return seconds(Long.divideUnsigned(ticks, perSecond)) + nanos;
    }

    private long binary(long ticks, int exponent) {
      if (exponent > 63) {
        return seconds(0);
      }
      long rest = exponent == 0 ? 0 : ticks & -1L >>> 64 - exponent;
      // 30 bits are finer than a nanosecond, and their product fits.
      int kept = Math.min(exponent, 30);
      long nanos = (rest >>> exponent - kept) * 1_000_000_000L >>> kept;
      return seconds(ticks >>> exponent) + nanos;
    }

    /** Whole seconds as nanoseconds; a clock beyond what 63 bits can say stands at 1970. */
    private long seconds(long count) {
      long sum = count + timeOffset;
      return sum < 0 || sum > 9_000_000_000L ? 0 : sum * 1_000_000_000L;
    }
  }

  @Override
  public @Nullable Frame next() throws CaptureException {
    while (true) {
      long at = input.offset();
      var head = new byte[8];
      int got = input.read(head, 0, 8);
      if (got == 0) {
        return null;
      }
      if (got < 8) {
        throw cutOff(at);
      }
      var body = body(at, head);
      if (body == null) {
        continue;
      }
      var frame = read(at, ByteBuffer.wrap(head).order(order).getInt(0), body);
      if (frame != null) {
        return frame;
      }
    }
  }

  /** A block's octets between its two lengths; null when we have no use for them. */
  private @Nullable ByteBuffer body(long at, byte[] head) throws CaptureException {
    boolean isSection = ByteBuffer.wrap(head).getInt(0) == SECTION_HEADER;
    if (isSection) {
      order = sectionOrder(at);
    }
    var fields = ByteBuffer.wrap(head).order(order);
    int type = fields.getInt(0);
    long length = Integer.toUnsignedLong(fields.getInt(4));
    if (length < 12 || length % 4 != 0) {
      throw new CaptureException(
          "the block at offset %d has the impossible length %d".formatted(at, length));
    }
    boolean isWanted =
        isSection
            || type == INTERFACE_DESCRIPTION
            || type == ENHANCED_PACKET
            || type == SIMPLE_PACKET
            || type == OBSOLETE_PACKET;
    if (!isWanted) {
      if (input.skip(length - 8) < length - 8) {
        throw cutOff(at);
      }
      return null;
    }
    if (length > BLOCK_BYTES_MAX) {
      throw new CaptureException(
          "the block at offset %d claims %d octets, more than a packet has: the file is damaged"
              .formatted(at, length));
    }
    var bytes = new byte[(int) length - 8];
    if (input.read(bytes, 0, bytes.length) < bytes.length) {
      throw cutOff(at);
    }
    return ByteBuffer.wrap(bytes, 0, bytes.length - 4).slice().order(order);
  }

  private ByteOrder sectionOrder(long at) throws CaptureException {
    var magic = input.peek(4);
    if (magic.length < 4) {
      throw cutOff(at);
    }
    int value = ByteBuffer.wrap(magic).getInt();
    if (value == BYTE_ORDER_MAGIC) {
      return ByteOrder.BIG_ENDIAN;
    }
    if (Integer.reverseBytes(value) == BYTE_ORDER_MAGIC) {
      return ByteOrder.LITTLE_ENDIAN;
    }
    throw new CaptureException(
        "the section at offset %d has no byte-order magic: the file is damaged".formatted(at));
  }

  private @Nullable Frame read(long at, int type, ByteBuffer body) throws CaptureException {
    return switch (type) {
      case SECTION_HEADER -> {
        // Interface numbers count from zero in each section.
        interfaces.clear();
        yield null;
      }
      case INTERFACE_DESCRIPTION -> {
        addInterface(at, body);
        yield null;
      }
      case ENHANCED_PACKET -> {
        need(at, body, 20);
        yield packet(at, body, body.getInt(0), time(body, 4), body.getInt(12), body.getInt(16), 20);
      }
      case OBSOLETE_PACKET -> {
        need(at, body, 20);
        int number = Short.toUnsignedInt(body.getShort(0));
        yield packet(at, body, number, time(body, 4), body.getInt(12), body.getInt(16), 20);
      }
      case SIMPLE_PACKET -> {
        need(at, body, 4);
        long original = Integer.toUnsignedLong(body.getInt(0));
        long captured = Math.min(original, body.limit() - 4);
        var from = interfaceOf(at, 0);
        if (from.snapLength() > 0) {
          captured = Math.min(captured, from.snapLength());
        }
        yield packet(at, body, 0, 0, (int) captured, (int) original, 4);
      }
      default -> null;
    };
  }

  private static long time(ByteBuffer body, int at) {
    return (long) body.getInt(at) << 32 | Integer.toUnsignedLong(body.getInt(at + 4));
  }

  private Frame packet(
      long at, ByteBuffer body, int number, long ticks, int captured, int original, int dataAt)
      throws CaptureException {
    var from = interfaceOf(at, number);
    if (captured < 0 || captured > body.limit() - dataAt) {
      throw new CaptureException(
          "the packet block at offset %d claims %d octets and has room for %d"
              .formatted(at, Integer.toUnsignedLong(captured), body.limit() - dataAt));
    }
    var bytes = new byte[captured];
    body.get(dataAt, bytes);
    return new Frame(from.nanos(ticks), from.linkType(), bytes, Integer.toUnsignedLong(original));
  }

  private Interface interfaceOf(long at, int number) throws CaptureException {
    if (number < 0 || number >= interfaces.size()) {
      throw new CaptureException(
          "the packet block at offset %d names interface %d of %d"
              .formatted(at, Integer.toUnsignedLong(number), interfaces.size()));
    }
    return interfaces.get(number);
  }

  private void addInterface(long at, ByteBuffer body) throws CaptureException {
    need(at, body, 8);
    if (interfaces.size() == INTERFACES_MAX) {
      throw new CaptureException(
          "the section describes more than %d interfaces (offset %d)"
              .formatted(INTERFACES_MAX, at));
    }
    int resolution = 6;
    long offset = 0;
    int option = 8;
    while (option + 4 <= body.limit()) {
      int code = Short.toUnsignedInt(body.getShort(option));
      int length = Short.toUnsignedInt(body.getShort(option + 2));
      int value = option + 4;
      if (code == 0 || value + length > body.limit()) {
        break;
      }
      if (code == OPTION_TIME_RESOLUTION && length >= 1) {
        resolution = Byte.toUnsignedInt(body.get(value));
      } else if (code == OPTION_TIME_OFFSET && length >= 8) {
        offset = body.getLong(value);
      }
      option = value + (length + 3 & ~3);
    }
    int linkType = Short.toUnsignedInt(body.getShort(0));
    long snapLength = Integer.toUnsignedLong(body.getInt(4));
    interfaces.add(new Interface(linkType, snapLength, resolution, offset));
  }

  private static void need(long at, ByteBuffer body, int octets) throws CaptureException {
    if (body.limit() < octets) {
      throw new CaptureException("the block at offset %d is too short for its type".formatted(at));
    }
  }

  private static CaptureException cutOff(long at) {
    return new CaptureException("the file ends inside the block at offset %d".formatted(at));
  }
}
