package io.penstock.wire;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes the lists inside records apart (RFC 6313): a basicList holds values of one Information
 * Element, a subTemplateList records of one template, a subTemplateMultiList records of several.
 * Used again for every list; not thread-safe.
 *
 * <p>A value or a record's field may be a list itself: the visitor then calls {@link #read} again,
 * from within its own callback, down to {@link #DEPTH_MAX}. Each octet of a list is looked at a
 * bounded number of times for each level, and nothing is allocated for a length that a list claims.
 */
public final class ListReader {

  /** Lists in lists, the outermost included. Exporters in the field nest two or three. */
  public static final int DEPTH_MAX = 6;

  private static final int ENTERPRISE_BIT = 0x8000;
  private static final int FIRST_TEMPLATE = 256;
  private static final int BLOCK_HEADER = 4;

  /** How the reading of a list ended. */
  public enum Outcome {
    /** At its last octet. */
    WHOLE,
    /** Its lengths contradict each other, or its lists are nested too deeply. */
    MALFORMED,
    /** It holds records of a template that the session does not know. */
    TEMPLATE_UNKNOWN,
    /** The visitor had enough. */
    STOPPED
  }

  /** Who is shown what a list holds, in wire order; until a fault is met, so to be taken back. */
  public interface Visitor {

    /** A basicList begins. {@code semantic} is one of RFC 6313 §4.4, as sent. */
    void values(int semantic, FieldSpecifier element);

    /** A value of the basicList; false to stop. */
    boolean value(byte[] bytes, int offset, int length);

    /** A subTemplateList or a subTemplateMultiList begins. */
    void records(int semantic);

    /** A record of it, valid for the call; false to stop. */
    boolean record(DataRecord record);
  }

  /** A record view for each level, because an outer one is still in use below it. */
  private final List<DataRecord> views = new ArrayList<>(2);

  private int depth;

  /**
   * Shows a list to a visitor.
   *
   * @param type which of the three kinds it is
   * @param in the record that holds it, whose session's templates its records use
   * @param offset where it begins in the record's buffer
   * @param length its octets
   */
  public Outcome read(DataType type, DataRecord in, int offset, int length, Visitor visitor) {
    if (depth == DEPTH_MAX) {
      return Outcome.MALFORMED;
    }
    depth++;
    try {
      return switch (type) {
        case BASIC_LIST -> basicList(in.bytes(), offset, offset + length, visitor);
        case SUB_TEMPLATE_LIST -> subTemplateList(in, offset, offset + length, visitor);
        case SUB_TEMPLATE_MULTI_LIST -> multiList(in, offset, offset + length, visitor);
        default -> Outcome.MALFORMED;
      };
    } finally {
      depth--;
    }
  }

  /** RFC 6313 §4.5.1: semantic, element, length of each value, enterprise if any, values. */
  private static Outcome basicList(byte[] bytes, int from, int end, Visitor visitor) {
    if (end - from < 5) {
      return Outcome.MALFORMED;
    }
    int id = Octets.u16(bytes, from + 1);
    int length = Octets.u16(bytes, from + 3);
    int at = from + 5;
    long enterprise = 0;
    if ((id & ENTERPRISE_BIT) != 0) {
      if (end - at < 4) {
        return Outcome.MALFORMED;
      }
      enterprise = Octets.u32(bytes, at);
      at += 4;
    }
    var element = new FieldSpecifier(enterprise, id & ~ENTERPRISE_BIT, length, false);
    visitor.values(Octets.u8(bytes, from), element);
    return element.isVariable()
        ? variableValues(bytes, at, end, visitor)
        : fixedValues(bytes, at, end, length, visitor);
  }

  private static Outcome fixedValues(byte[] bytes, int from, int end, int length, Visitor visitor) {
    // Values of no octets cannot be counted: only a list without any may have them.
    boolean isUneven = length == 0 ? from < end : (end - from) % length != 0;
    if (isUneven) {
      return Outcome.MALFORMED;
    }
    for (int at = from; at < end; at += length) {
      if (!visitor.value(bytes, at, length)) {
        return Outcome.STOPPED;
      }
    }
    return Outcome.WHOLE;
  }

  /** Each value has its own length before it (RFC 7011 §7). */
  private static Outcome variableValues(byte[] bytes, int from, int end, Visitor visitor) {
    int at = from;
    while (at < end) {
      int length = Octets.u8(bytes, at++);
      if (length == 255) {
        if (end - at < 2) {
          return Outcome.MALFORMED;
        }
        length = Octets.u16(bytes, at);
        at += 2;
      }
      if (length > end - at) {
        return Outcome.MALFORMED;
      }
      if (!visitor.value(bytes, at, length)) {
        return Outcome.STOPPED;
      }
      at += length;
    }
    return Outcome.WHOLE;
  }

  /** RFC 6313 §4.5.2: semantic, template, records. */
  private Outcome subTemplateList(DataRecord in, int from, int end, Visitor visitor) {
    if (end - from < 3) {
      return Outcome.MALFORMED;
    }
    visitor.records(Octets.u8(in.bytes(), from));
    return records(in, Octets.u16(in.bytes(), from + 1), from + 3, end, visitor);
  }

  /** RFC 6313 §4.5.3: semantic, then blocks of template, length with this header, records. */
  private Outcome multiList(DataRecord in, int from, int end, Visitor visitor) {
    if (end - from < 1) {
      return Outcome.MALFORMED;
    }
    byte[] bytes = in.bytes();
    visitor.records(Octets.u8(bytes, from));
    int at = from + 1;
    while (at < end) {
      int length = end - at < BLOCK_HEADER ? 0 : Octets.u16(bytes, at + 2);
      if (length < BLOCK_HEADER || length > end - at) {
        return Outcome.MALFORMED;
      }
      int id = Octets.u16(bytes, at);
      var outcome = records(in, id, at + BLOCK_HEADER, at + length, visitor);
      if (outcome != Outcome.WHOLE) {
        return outcome;
      }
      at += length;
    }
    return Outcome.WHOLE;
  }

  private Outcome records(DataRecord in, int id, int from, int end, Visitor visitor) {
    // Without records the template does not matter: some send 0, never having had a record.
    if (from == end) {
      return Outcome.WHOLE;
    }
    if (id < FIRST_TEMPLATE) {
      return Outcome.MALFORMED;
    }
    var template = in.template(id);
    if (template == null) {
      return Outcome.TEMPLATE_UNKNOWN;
    }
    var record = view(in);
    record.enter(template, in);
    int at = from;
    while (at < end) {
      if (end - at < Math.max(1, template.minLength())) {
        return Outcome.MALFORMED;
      }
      if (!template.isVariable()) {
        record.move(at);
      } else if (!record.measure(at, end)) {
        return Outcome.MALFORMED;
      }
      if (!visitor.record(record)) {
        return Outcome.STOPPED;
      }
      at = record.end();
    }
    return Outcome.WHOLE;
  }

  private DataRecord view(DataRecord in) {
    while (views.size() < depth) {
      views.add(new DataRecord(in));
    }
    return views.get(depth - 1);
  }
}
