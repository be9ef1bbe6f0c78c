package io.penstock.sflow;

/**
 * The header of a datagram. A view that the decoder fills anew for each one: whoever keeps a value
 * copies it.
 */
public final class SflowDatagram {

  public static final int VERSION = 5;

  private static final int UNKNOWN = 0;
  private static final int IPV4 = 1;
  private static final int IPV6 = 2;
  private static final long V4_MAPPED = 0xffff_0000_0000L;

  /** Sub-agent, sequence number, uptime, number of samples. */
  private static final int REST = 4 * Xdr.UNIT;

  private long agentHigh;
  private long agentLow;
  private long subAgent;
  private long sequence;
  private long uptimeMillis;
  private long stated;

  SflowDatagram() {}

  /**
   * Reads the header that begins here.
   *
   * @return where the samples begin; -1 when the header is not whole, or its agent address has a
   *     type that nobody knows the length of
   */
  int read(byte[] bytes, int offset, int end) {
    if (end - offset < 2 * Xdr.UNIT) {
      return -1;
    }
    int type = Xdr.bits(bytes, offset + Xdr.UNIT);
    int address = offset + 2 * Xdr.UNIT;
    int length =
        switch (type) {
          case UNKNOWN -> 0;
          case IPV4 -> 4;
          case IPV6 -> 16;
          default -> -1;
        };
    if (length < 0 || end - address < length + REST) {
      return -1;
    }
    agentHigh = length == 16 ? Xdr.hyper(bytes, address) : 0;
    agentLow =
        switch (length) {
          case 4 -> V4_MAPPED | Xdr.unsigned(bytes, address);
          case 16 -> Xdr.hyper(bytes, address + 8);
          default -> 0;
        };
    int at = address + length;
    subAgent = Xdr.unsigned(bytes, at);
    sequence = Xdr.unsigned(bytes, at + 4);
    uptimeMillis = Xdr.unsigned(bytes, at + 8);
    stated = Xdr.unsigned(bytes, at + 12);
    return at + REST;
  }

  /** Upper half of the agent's address. */
  public long agentHigh() {
    return agentHigh;
  }

  /**
   * Lower half of the agent's address, an IPv4 address in its mapped form {@code ::ffff:a.b.c.d};
   * both halves are 0 when the agent has none.
   */
  public long agentLow() {
    return agentLow;
  }

  /** Which of the agent's processes sent it: each numbers its own datagrams. */
  public long subAgent() {
    return subAgent;
  }

  /** Counts the datagrams of this sub-agent. */
  public long sequence() {
    return sequence;
  }

  /** How long the agent has been up, a 32-bit count that wraps. */
  public long uptimeMillis() {
    return uptimeMillis;
  }

  /** How many samples the header says there are. */
  public long stated() {
    return stated;
  }
}
