package io.penstock.decode;

import io.penstock.event.Quirk;
import io.penstock.registry.InformationElement;
import io.penstock.wire.DataRecord;
import io.penstock.wire.DataType;
import io.penstock.wire.DataType.Shape;
import io.penstock.wire.FieldSpecifier;
import io.penstock.wire.ListReader;
import io.penstock.wire.ProtocolVersion;
import org.jspecify.annotations.Nullable;

/**
 * Writes the lists of a record (RFC 6313) among its extra members, each as an object: {@code
 * {"semantic":"allOf","element":"bgpCommunity","values":[...]}}, or {@code
 * {"semantic":"allOf","records":[{...},...]}} where the records of several templates stand in wire
 * order. A list that cannot be taken apart is the hexadecimal digits of its octets.
 *
 * <p>What a list becomes is bounded by its octets: one that would grow beyond that stays raw.
 */
final class ListWriter {

  /** JSON may have so many octets for each octet of a list, and some for the words around it. */
  private static final int GROWTH_MAX = 32;

  private static final int GROWTH_START = 1_024;

  /** RFC 6313 §4.4. */
  private static final String[] SEMANTICS = {
    "noneOf", "exactlyOneOf", "oneOrMoreOf", "allOf", "ordered"
  };

  private static final int UNDEFINED = 255;

  private final ExtraMembers out;
  private final ListReader reader = new ListReader();

  /** Where the outermost list's JSON must end. */
  private long limit;

  private int depth;
  private int quirks;

  ListWriter(ExtraMembers out) {
    this.out = out;
  }

  /** Forgets the last record. */
  void begin() {
    depth = 0;
    quirks = 0;
  }

  /** What was odd about the lists since {@link #begin}, as bits of {@link Quirk}. */
  int quirks() {
    return quirks;
  }

  /** Writes a list as a value. */
  void write(DataType type, DataRecord record, int offset, int length, Vocabulary vocabulary) {
    int start = out.size();
    if (depth == 0) {
      limit = start + GROWTH_START + (long) GROWTH_MAX * length;
    }
    depth++;
    var list = new OneList(record, vocabulary);
    var outcome = reader.read(type, record, offset, length, list);
    depth--;
    if (outcome == ListReader.Outcome.WHOLE) {
      out.raw("]}");
      return;
    }
    boolean isUnknown = outcome == ListReader.Outcome.TEMPLATE_UNKNOWN;
    quirks |= (isUnknown ? Quirk.LIST_TEMPLATE_UNKNOWN : Quirk.LIST_MALFORMED).bit();
    out.cut(start);
    out.hex(record.bytes(), offset, length);
  }

  private void semantic(int semantic) {
    out.raw("{\"semantic\":");
    if (semantic < SEMANTICS.length) {
      out.plain(SEMANTICS[semantic]);
    } else if (semantic == UNDEFINED) {
      out.plain("undefined");
    } else {
      out.unsigned(semantic);
    }
  }

  /** One list on its way into the members. */
  private final class OneList implements ListReader.Visitor {

    private final DataRecord outer;
    private final Vocabulary vocabulary;
    private ExtraField field = ExtraField.SILENT;
    private @Nullable DataType listType;
    private boolean isFirst = true;

    OneList(DataRecord outer, Vocabulary vocabulary) {
      this.outer = outer;
      this.vocabulary = vocabulary;
    }

    @Override
    public void values(int semantic, FieldSpecifier element) {
      var known = vocabulary.find(ProtocolVersion.IPFIX, element);
      var name =
          known.map(InformationElement::name).orElse(element.enterprise() + "." + element.id());
      field = known.map(e -> ExtraField.known(name, e)).orElseGet(() -> ExtraField.unknown(name));
      listType =
          known.map(InformationElement::type).filter(t -> t.shape() == Shape.LIST).orElse(null);
      semantic(semantic);
      out.raw(",\"element\":");
      out.text(name);
      out.raw(",\"values\":[");
    }

    @Override
    public boolean value(byte[] bytes, int offset, int length) {
      separate();
      if (listType == null) {
        field.writeElement(out, bytes, offset, length);
      } else {
        write(listType, outer, offset, length, vocabulary);
      }
      return out.size() <= limit;
    }

    @Override
    public void records(int semantic) {
      semantic(semantic);
      out.raw(",\"records\":[");
    }

    @Override
    public boolean record(DataRecord record) {
      separate();
      out.raw('{');
      RecordPlan.of(record.template(), vocabulary)
          .inList(record.template(), vocabulary)
          .write(record, out, ListWriter.this, vocabulary);
      out.raw('}');
      return out.size() <= limit;
    }

    private void separate() {
      if (!isFirst) {
        out.raw(',');
      }
      isFirst = false;
    }
  }
}
