package io.penstock.sflow;

import java.util.List;

/**
 * The layout of the octets behind one data format: what sflow.org calls a struct.
 *
 * @param index its place among all structures, from 0
 * @param enterprise who defined it: 0 is sflow.org
 * @param format its number with that enterprise
 * @param name as its definition spells it
 * @param fields in wire order
 * @param isCounters whether it tells of counters, where all ones means that a value is unknown
 */
public record Structure(
    int index, int enterprise, int format, String name, List<Field> fields, boolean isCounters) {

  public Structure {
    fields = List.copyOf(fields);
  }

  /** A field, by the name that the definition gives it. */
  public record Field(String name, FieldType type) {}

  /** Enterprise and format in the 32 bits that stand before the octets. */
  int dataFormat() {
    return enterprise << 12 | format;
  }
}
