package io.penstock.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The layout of data records: a template or an options template of NetFlow v9 or IPFIX, or the
 * fixed layout of an older NetFlow expressed in the same terms, so that whoever reads records knows
 * one form. Immutable but for {@link #plan()}.
 */
public final class Template {

  private final ProtocolVersion version;
  private final int id;
  private final List<FieldSpecifier> fields;
  private final int scopeCount;
  private final boolean isOptions;
  private final int minLength;
  private final boolean isVariable;
  private final int[] offsets;
  private final int[] lengths;
  private @Nullable Object plan;

  public Template(ProtocolVersion version, int id, List<FieldSpecifier> fields, boolean isOptions) {
    this.version = version;
    this.id = id;
    this.fields = List.copyOf(fields);
    this.isOptions = isOptions;
    int scopes = 0;
    int length = 0;
    boolean variable = false;
    this.offsets = new int[fields.size()];
    this.lengths = new int[fields.size()];
    for (int i = 0; i < lengths.length; i++) {
      var field = fields.get(i);
      offsets[i] = length;
      lengths[i] = field.length();
      scopes += field.scope() ? 1 : 0;
      length += field.isVariable() ? 1 : field.length();
      variable |= field.isVariable();
    }
    this.scopeCount = scopes;
    this.minLength = length;
    this.isVariable = variable;
  }

  public ProtocolVersion version() {
    return version;
  }

  /** The template id, 256 or more; the protocol's version number for a fixed layout. */
  public int id() {
    return id;
  }

  /** The fields in wire order, scope fields first. */
  public List<FieldSpecifier> fields() {
    return fields;
  }

  public int scopeCount() {
    return scopeCount;
  }

  public boolean isOptions() {
    return isOptions;
  }

  /** Octets of the shortest record this template allows; each variable-length field counts 1. */
  public int minLength() {
    return minLength;
  }

  /** Whether any field has variable length. */
  public boolean isVariable() {
    return isVariable;
  }

  /** Offsets of the fields from the record's start; of use only where no field is variable. */
  int[] offsets() {
    return offsets;
  }

  /** Lengths of the fields as the template gives them. */
  int[] lengths() {
    return lengths;
  }

  /**
   * Whatever the interpreter of records compiled for this template; null until it did. A slot of
   * its own, so that finding the plan costs no look-up per set. Written and read by the one thread
   * that decodes this exporter.
   */
  public @Nullable Object plan() {
    return plan;
  }

  public void plan(Object compiled) {
    plan = compiled;
  }

  /** Equal for the same layout, and never 0. */
  int layoutHash() {
    int hash = 31 * (31 * version.number() + id) + fields.hashCode();
    return isOptions ? ~hash | 1 : hash | 1;
  }

  /** Whether both describe the same layout, whatever their plans. */
  public boolean sameLayout(Template other) {
    return version == other.version
        && id == other.id
        && isOptions == other.isOptions
        && fields.equals(other.fields);
  }
}
