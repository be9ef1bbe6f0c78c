package io.penstock.wire;

/**
 * One data record in place: a view over the receive buffer, moved from record to record. Valid only
 * during {@link RecordHandler#record}; whoever keeps a value copies it.
 */
public final class DataRecord {

  private Template template;
  private MessageHeader header;
  private byte[] bytes;
  private int start;
  private int end;
  private boolean late;
  private int[] offsets = new int[64];
  private int[] lengths = new int[64];

  DataRecord(Template template, MessageHeader header, byte[] bytes) {
    this.template = template;
    this.header = header;
    this.bytes = bytes;
  }

  /** The layout; field indexes below count its {@link Template#fields()}. */
  public Template template() {
    return template;
  }

  /** The header of the message this record came in. */
  public MessageHeader header() {
    return header;
  }

  /** The buffer that {@link #offset} points into. Not to be modified. */
  public byte[] bytes() {
    return bytes;
  }

  /** Offset of the record's first octet in {@link #bytes()}. */
  public int start() {
    return start;
  }

  /** Offset behind the record's last octet. */
  public int end() {
    return end;
  }

  /** Offset of a field's value in {@link #bytes()}, behind a variable-length prefix. */
  public int offset(int field) {
    return offsets[field];
  }

  /** Octets of a field's value. */
  public int length(int field) {
    return lengths[field];
  }

  /** Whether the record waited for its template. */
  public boolean isLate() {
    return late;
  }

  /**
   * A field as an unsigned big-endian integer of up to 8 octets (RFC 7011 §6.2 reduced-size
   * encoding). The caller has checked the length.
   */
  public long unsigned(int field) {
    return unsigned(bytes, offsets[field], lengths[field]);
  }

  /** An unsigned big-endian integer of up to 8 octets. */
  public static long unsigned(byte[] bytes, int offset, int length) {
    long value = 0;
    for (int i = 0; i < length; i++) {
      value = value << 8 | bytes[offset + i] & 0xff;
    }
    return value;
  }
}
