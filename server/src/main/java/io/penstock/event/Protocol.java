package io.penstock.event;

/**
 * How an event reached us.
 *
 * <p>The numbers are part of the log format: never reuse one.
 */
public enum Protocol {
  NETFLOW_V1(1),
  NETFLOW_V5(5),
  NETFLOW_V7(7),
  NETFLOW_V8(8),
  NETFLOW_V9(9),
  IPFIX(10),
  SFLOW_5(15),
  /** A Zeek {@code conn.log} record posted as JSON. */
  ZEEK(32),
  /** A flow posted as JSON ({@code flows.v1}, NetFlow JSON, goflow2's JSON). */
  FLOW_JSON(33),
  /** A request that was intercepted. */
  HTTP(48);

  private static final Protocol[] VALUES = values();

  private final int number;

  Protocol(int number) {
    this.number = number;
  }

  /**
   * The protocol with this number.
   *
   * @throws IllegalArgumentException when there is none
   */
  public static Protocol of(int number) {
    for (var protocol : VALUES) {
      if (protocol.number == number) {
        return protocol;
      }
    }
    throw new IllegalArgumentException("no protocol has the number " + number);
  }

  /** The number in the log format. */
  public int number() {
    return number;
  }
}
