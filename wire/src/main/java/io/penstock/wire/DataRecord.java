package io.penstock.wire;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One data record in place: a view over the receive buffer, moved from record to record. Valid only
 * during {@link RecordHandler#record}; whoever keeps a value copies it.
 */
public final class DataRecord {

  private static final int[] NONE = {};

  /** Where {@link #template(int)} looks; null for a record of its own, which left its session. */
  private final @Nullable Sessions sessions;

  private @Nullable Session session;
  private Template template;
  private MessageHeader header;
  private byte[] bytes = {};
  private int start;
  private int end;
  private long receivedMillis;
  private boolean late;

  /** Relative to the record's start; the template's own arrays where its records never vary. */
  private int[] offsets = NONE;

  private int[] lengths = NONE;

  /** Reused for the records that vary. */
  private int[] ownOffsets;

  private int[] ownLengths;

  DataRecord(Template template, MessageHeader header, Sessions sessions) {
    this(template, header, sessions, new int[64], new int[64]);
  }

  private DataRecord(
      Template template,
      MessageHeader header,
      @Nullable Sessions sessions,
      int[] ownOffsets,
      int[] ownLengths) {
    this.template = template;
    this.header = header;
    this.sessions = sessions;
    this.ownOffsets = ownOffsets;
    this.ownLengths = ownLengths;
  }

  /**
   * A record of these octets and no others, as {@link #octets} gave them; empty when the template
   * does not describe exactly so many. The octets are kept, not copied.
   */
  public static Optional<DataRecord> of(Template template, MessageHeader header, byte[] octets) {
    int fields = template.isVariable() ? template.fields().size() : 0;
    var record = new DataRecord(template, header, null, new int[fields], new int[fields]);
    record.enter(null, template, header, octets, 0, false);
    if (!template.isVariable()) {
      record.move(0);
      return record.end == octets.length ? Optional.of(record) : Optional.empty();
    }
    boolean fits = record.measure(0, octets.length) && record.end == octets.length;
    return fits ? Optional.of(record) : Optional.empty();
  }

  /** A copy of the whole record, the prefixes of its variable-length fields included. */
  public byte[] octets() {
    return Arrays.copyOfRange(bytes, start, end);
  }

  /** A view of its own for the records that a list inside another record holds. */
  DataRecord(DataRecord outer) {
    this(outer.template, outer.header, outer.sessions, new int[64], new int[64]);
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
    return start + offsets[field];
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
   * When its message reached the decoder, milliseconds since 1970 UTC; for a record that waited,
   * before it waited.
   */
  public long receivedMillis() {
    return receivedMillis;
  }

  /**
   * A field as an unsigned big-endian integer of up to 8 octets (RFC 7011 §6.2 reduced-size
   * encoding). The caller has checked the length.
   */
  public long unsigned(int field) {
    return unsigned(bytes, start + offsets[field], lengths[field]);
  }

  /** An unsigned big-endian integer of up to 8 octets. */
  public static long unsigned(byte[] bytes, int offset, int length) {
    long value = 0;
    for (int i = 0; i < length; i++) {
      value = value << 8 | bytes[offset + i] & 0xff;
    }
    return value;
  }

  /** The template of this id in the session and domain that the record itself came in. */
  @Nullable Template template(int id) {
    if (session == null || sessions == null) {
      return null;
    }
    long key = Session.key(header.version(), header.domain(), id);
    var own = sessions.template(session, key, receivedMillis);
    return own != null ? own : sessions.borrow(session, key, receivedMillis);
  }

  /**
   * Turns to the records of another set.
   *
   * @param session whose templates they use; null for the older versions, which have none
   */
  void enter(
      @Nullable Session session,
      Template template,
      MessageHeader header,
      byte[] bytes,
      long receivedMillis,
      boolean late) {
    this.session = session;
    this.header = header;
    this.bytes = bytes;
    this.receivedMillis = receivedMillis;
    this.late = late;
    enter(template);
  }

  /** Turns to records of this template inside a record that holds a list of them. */
  void enter(Template template, DataRecord outer) {
    this.session = outer.session;
    this.header = outer.header;
    this.bytes = outer.bytes;
    this.receivedMillis = outer.receivedMillis;
    this.late = outer.late;
    enter(template);
  }

  private void enter(Template template) {
    this.template = template;
    if (!template.isVariable()) {
      offsets = template.offsets();
      lengths = template.lengths();
      return;
    }
    int fields = template.fields().size();
    if (ownOffsets.length < fields) {
      ownOffsets = new int[fields];
      ownLengths = new int[fields];
    }
    offsets = ownOffsets;
    lengths = ownLengths;
  }

  /** Moves to the record of fixed length that starts here; the caller has checked that it fits. */
  void move(int at) {
    start = at;
    end = at + template.minLength();
  }

  /**
   * Moves to the record of variable length that starts here (RFC 7011 §7).
   *
   * @return false if the record does not end before {@code limit}
   */
  boolean measure(int at, int limit) {
    int[] fixed = template.lengths();
    int position = at;
    for (int i = 0; i < fixed.length; i++) {
      int length = fixed[i];
      if (length == FieldSpecifier.VARIABLE) {
        if (position >= limit) {
          return false;
        }
        length = Octets.u8(bytes, position++);
        if (length == 255) {
          if (limit - position < 2) {
            return false;
          }
          length = Octets.u16(bytes, position);
          position += 2;
        }
      }
      if (length > limit - position) {
        return false;
      }
      ownOffsets[i] = position - at;
      ownLengths[i] = length;
      position += length;
    }
    start = at;
    end = position;
    return true;
  }
}
