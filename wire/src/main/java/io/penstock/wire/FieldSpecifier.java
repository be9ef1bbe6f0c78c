package io.penstock.wire;

/**
 * One field of a template: which Information Element, how long, and whether it is scope (RFC 7011
 * §3.2).
 *
 * @param enterprise private enterprise number, 0 for IANA's elements and for every NetFlow field
 * @param id element id without the enterprise bit; for a NetFlow v9 scope field the scope type
 * @param length octets in a record, or {@link #VARIABLE}
 * @param scope whether this is a scope field of an options template
 */
public record FieldSpecifier(long enterprise, int id, int length, boolean scope) {

  /** The length that stands for "the record says" (RFC 7011 §7). */
  public static final int VARIABLE = 65535;

  public boolean isVariable() {
    return length == VARIABLE;
  }
}
