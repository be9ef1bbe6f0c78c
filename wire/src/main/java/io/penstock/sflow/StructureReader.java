package io.penstock.sflow;

import io.penstock.sflow.Structure.Field;
import org.jspecify.annotations.Nullable;

/**
 * Walks over the fields of a record, one after the other, and never beyond the record's own length:
 * a record may be shorter than its structure (older agents leave the last fields out) or longer.
 * Used again for every record.
 */
public final class StructureReader {

  private static final Field NONE = new Field("", FieldType.U32);

  private byte[] bytes = {};
  private @Nullable Structure structure;
  private Field field = NONE;
  private int index;
  private int next;
  private int end;
  private int offset;
  private int length;

  /** Turns to a record. */
  public void begin(Structure of, byte[] from, int at, int octets) {
    structure = of;
    bytes = from;
    index = -1;
    next = at;
    end = at + octets;
    offset = at;
    length = 0;
  }

  /** Moves to the next field; false when there is none, or the record ends before it does. */
  public boolean next() {
    var fields = structure;
    if (fields == null || index + 1 >= fields.fields().size()) {
      return false;
    }
    var candidate = fields.fields().get(index + 1);
    int octets = candidate.type().octets;
    boolean isThere = octets >= 0 ? enterFixed(octets) : enterVariable(candidate.type());
    if (!isThere) {
      structure = null;
      return false;
    }
    field = candidate;
    index++;
    return true;
  }

  private boolean enterFixed(int octets) {
    if (end - next < octets) {
      return false;
    }
    offset = next;
    length = octets;
    next += octets;
    return true;
  }

  private boolean enterVariable(FieldType type) {
    if (end - next < Xdr.UNIT) {
      return false;
    }
    long count = Xdr.unsigned(bytes, next);
    int from = next + Xdr.UNIT;
    long octets =
        switch (type) {
          case ADDRESS -> count == 0 ? 0 : count == 1 ? 4 : count == 2 ? 16 : -1;
          case TEXT, OPAQUE -> count;
          case AS_PATH -> nested(from, count, 1);
          case ADAPTERS -> nested(from, count, 2);
          case LANES -> count * FieldType.LANE_FIELDS * Xdr.UNIT;
          default -> count * Xdr.UNIT;
        };
    if (octets < 0 || octets > end - from) {
      return false;
    }
    offset = from;
    length = (int) octets;
    // The last value of a record may lack its padding.
    next = (int) Math.min(end, from + Xdr.padded(octets));
    return true;
  }

  /** Octets of {@code count} entries, each a number, a count and that many times some units. */
  private long nested(int from, long count, int units) {
    long at = from;
    for (long i = 0; i < count; i++) {
      if (end - at < 2 * Xdr.UNIT) {
        return -1;
      }
      at += 2 * Xdr.UNIT + Xdr.unsigned(bytes, (int) at + Xdr.UNIT) * units * Xdr.UNIT;
    }
    return at - from;
  }

  /** The field at hand. */
  public Field field() {
    return field;
  }

  /** Its place in the structure, from 0. */
  public int index() {
    return index;
  }

  /** What the offsets count in. */
  public byte[] bytes() {
    return bytes;
  }

  /** Where the value begins, behind its length, count or type. */
  public int offset() {
    return offset;
  }

  /** Octets of the value, without padding. */
  public int length() {
    return length;
  }

  /** Where the octets begin that follow the last field read. */
  public int restOffset() {
    return next;
  }

  /** How many they are. */
  public int restLength() {
    return end - next;
  }
}
