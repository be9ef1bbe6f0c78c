package io.penstock.sflow;

import io.penstock.wire.Rejection;

/** Who receives what an {@link SflowDecoder} finds, in wire order. */
public interface SflowHandler {

  /** A sample; both views are valid for the call. */
  void sample(SflowDatagram datagram, SflowSample sample);

  /**
   * A datagram was read to its end; after its samples.
   *
   * @param samples how many were handed on
   * @param isComplete whether that is all it held: nothing was cut short or skipped
   */
  default void datagram(SflowDatagram datagram, int samples, boolean isComplete) {}

  /** Something could not be turned into samples; every octet lost is accounted here. */
  default void rejected(Rejection reason, int octets) {}
}
