package io.penstock.wire;

/** The export protocols told apart by the first 16 bits of a message. */
public enum ProtocolVersion {
  NETFLOW_V1(1),
  NETFLOW_V5(5),
  NETFLOW_V7(7),
  NETFLOW_V8(8),
  NETFLOW_V9(9),
  IPFIX(10);

  private final int number;

  ProtocolVersion(int number) {
    this.number = number;
  }

  /** The version number on the wire. */
  public int number() {
    return number;
  }
}
