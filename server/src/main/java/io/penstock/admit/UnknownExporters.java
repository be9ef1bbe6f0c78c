package io.penstock.admit;

/** What becomes of exporters that are no source, while exporters are measured. */
public enum UnknownExporters {
  /** Their datagrams are not decoded. */
  DROP,
  /** They send on behalf of the default tenant. */
  ALLOW
}
