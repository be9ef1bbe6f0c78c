package io.penstock.traffic;

/** A made-up exporter: one datagram at a time, in a buffer that is used again. */
public interface TrafficSource {

  /**
   * Writes the next datagram to {@link #bytes}.
   *
   * @param nowMillis when it is sent, milliseconds since 1970 UTC
   * @return its octets
   */
  int next(long nowMillis);

  /** The array that datagrams are written to. */
  byte[] bytes();

  /** Flows, or sampled packets, in the last datagram. */
  int flows();
}
