package io.penstock.wire;

import java.util.HexFormat;
import java.util.Optional;

/**
 * Writes a list as a text: {@code 3:0.8/4[0a000001 0a000002]} for values, {@code 3{01 02|03 04}}
 * for records. A list that could not be read has no closing bracket but {@code !} and why.
 */
final class ListText {

  private static final HexFormat HEX = HexFormat.of();

  private final ListReader reader = new ListReader();

  /** Which kind of list a field of these tests' templates is; by IANA's numbers alone. */
  static Optional<DataType> typeOf(FieldSpecifier field) {
    return switch (field.enterprise() == 0 ? field.id() : 0) {
      case 291 -> Optional.of(DataType.BASIC_LIST);
      case 292 -> Optional.of(DataType.SUB_TEMPLATE_LIST);
      case 293 -> Optional.of(DataType.SUB_TEMPLATE_MULTI_LIST);
      default -> Optional.empty();
    };
  }

  String of(DataType type, DataRecord record, int offset, int length) {
    var one = new One(record);
    var outcome = reader.read(type, record, offset, length, one);
    return one.text + (outcome == ListReader.Outcome.WHOLE ? one.end : "!" + outcome);
  }

  private String value(FieldSpecifier field, DataRecord record, int offset, int length) {
    return typeOf(field)
        .map(type -> of(type, record, offset, length))
        .orElseGet(() -> HEX.formatHex(record.bytes(), offset, offset + length));
  }

  /** The text of one list. */
  private final class One implements ListReader.Visitor {

    private final StringBuilder text = new StringBuilder();
    private final DataRecord outer;
    private String end = "";
    private FieldSpecifier element = new FieldSpecifier(0, 0, 0, false);

    One(DataRecord outer) {
      this.outer = outer;
    }

    @Override
    public void values(int semantic, FieldSpecifier element) {
      this.element = element;
      text.append(semantic).append(':').append(element.enterprise()).append('.');
      text.append(element.id()).append('/').append(element.length()).append('[');
      end = "]";
    }

    @Override
    public boolean value(byte[] bytes, int offset, int length) {
      separate(' ');
      text.append(ListText.this.value(element, outer, offset, length));
      return true;
    }

    @Override
    public void records(int semantic) {
      text.append(semantic).append('{');
      end = "}";
    }

    @Override
    public boolean record(DataRecord record) {
      separate('|');
      for (int i = 0; i < record.template().fields().size(); i++) {
        var field = record.template().fields().get(i);
        text.append(i == 0 ? "" : " ");
        text.append(ListText.this.value(field, record, record.offset(i), record.length(i)));
      }
      return true;
    }

    private void separate(char by) {
      char last = text.charAt(text.length() - 1);
      if (last != '[' && last != '{') {
        text.append(by);
      }
    }
  }
}
