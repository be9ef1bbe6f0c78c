package io.penstock.destination;

import io.penstock.event.ByteOutput;
import io.penstock.event.Event;
import io.penstock.shape.Shape;
import io.penstock.sink.Batch;
import java.util.Arrays;

/**
 * What a record is made of: the event's id as text, which is a header and may be the key, and the
 * value behind it.
 */
final class KafkaItem implements Shape {

  private static final int ID_LENGTH = 36;
  private static final byte[] HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
  };

  private final Shape document;
  private final boolean isDelimited;

  /**
   * @param isDelimited whether the length of the value stands before it, as protobuf writes it
   */
  KafkaItem(Shape document, boolean isDelimited) {
    this.document = document;
    this.isDelimited = isDelimited;
  }

  @Override
  public void write(String tenant, Event event, ByteOutput out) {
    id(event, out);
    int start = out.size();
    document.write(tenant, event, out);
    if (isDelimited) {
      delimit(out, start);
    }
  }

  /** As {@link java.util.UUID#toString} prints it. */
  private static void id(Event event, ByteOutput out) {
    out.reserve(ID_LENGTH);
    var array = out.array();
    int at = hex(event.idHigh(), 60, 8, array, out.size());
    array[at] = '-';
    at = hex(event.idHigh(), 28, 4, array, at + 1);
    array[at] = '-';
    at = hex(event.idHigh(), 12, 4, array, at + 1);
    array[at] = '-';
    at = hex(event.idLow(), 60, 4, array, at + 1);
    array[at] = '-';
    hex(event.idLow(), 44, 12, array, at + 1);
    out.skip(ID_LENGTH);
  }

  private static int hex(long bits, int shift, int digits, byte[] array, int at) {
    for (int i = 0; i < digits; i++) {
      array[at + i] = HEX[(int) (bits >>> shift - 4 * i) & 0xf];
    }
    return at + digits;
  }

  /** Puts the length of what was written from {@code start} on before it, as a varint. */
  private static void delimit(ByteOutput out, int start) {
    int length = out.size() - start;
    int octets = 1;
    for (int rest = length >>> 7; rest != 0; rest >>>= 7) {
      octets++;
    }
    out.reserve(octets);
    var array = out.array();
    System.arraycopy(array, start, array, start + octets, length);
    int rest = length;
    for (int i = 0; i < octets; i++) {
      array[start + i] = (byte) (i < octets - 1 ? rest & 0x7f | 0x80 : rest);
      rest >>>= 7;
    }
    out.skip(octets);
  }

  static byte[] id(Batch batch, int index) {
    int start = batch.start(index);
    return Arrays.copyOfRange(batch.bytes(), start, start + ID_LENGTH);
  }

  static byte[] value(Batch batch, int index) {
    return Arrays.copyOfRange(batch.bytes(), batch.start(index) + ID_LENGTH, batch.end(index));
  }
}
