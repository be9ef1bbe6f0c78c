package io.penstock.wire;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Keeps copies of all that a decoder hands on. */
public final class Collected implements RecordHandler {

  /** A copy of one record: the values in hexadecimal, in the template's order. */
  public record Copy(
      Exporter exporter,
      Template template,
      MessageHeader header,
      boolean late,
      List<String> values) {

    String text() {
      return String.join(" ", values);
    }
  }

  /** One rejection. */
  public record Refusal(Exporter exporter, Rejection reason, int octets) {}

  public final List<Copy> records = new ArrayList<>();
  public final List<Template> templates = new ArrayList<>();
  public final List<Refusal> refusals = new ArrayList<>();

  /** Every list (RFC 6313) of every record, as {@link ListText} writes it. */
  public final List<String> lists = new ArrayList<>();

  private final ListText text = new ListText();

  @Override
  public void record(Exporter exporter, DataRecord record) {
    var values = new ArrayList<String>();
    for (int i = 0; i < record.template().fields().size(); i++) {
      int from = record.offset(i);
      int length = record.length(i);
      values.add(HexFormat.of().formatHex(record.bytes(), from, from + length));
      ListText.typeOf(record.template().fields().get(i))
          .ifPresent(type -> lists.add(text.of(type, record, from, length)));
    }
    records.add(
        new Copy(
            exporter, record.template(), record.header(), record.isLate(), List.copyOf(values)));
  }

  @Override
  public void template(Exporter exporter, long domain, Template template) {
    templates.add(template);
  }

  @Override
  public void rejected(Exporter exporter, Rejection reason, int octets) {
    refusals.add(new Refusal(exporter, reason, octets));
  }

  /** All records, one text each. */
  public List<String> texts() {
    return records.stream().map(Copy::text).toList();
  }

  public List<Rejection> reasons() {
    return refusals.stream().map(Refusal::reason).toList();
  }
}
