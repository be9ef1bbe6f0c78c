package io.penstock.demo;

import java.util.List;

/** What a device tells, as datagrams of its protocol. */
sealed interface Exporter permits FlowExporter, SampledExporter {

  /**
   * Writes a datagram about some conversations to {@link #bytes}; few enough to fit.
   *
   * @return its octets
   */
  int write(List<Conversation> told, long nowMillis);

  /** The array that datagrams are written to. */
  byte[] bytes();
}
