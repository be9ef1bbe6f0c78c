package io.penstock.receive;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What a worker does with datagrams. One instance per worker, called by that worker's thread alone;
 * all datagrams of one exporter's address come to the same instance, in the order received.
 */
public interface DatagramHandler {

  /**
   * Handles one datagram. Blocking here holds back this worker's exporters.
   *
   * @param from sender; equal senders are mostly the same instance
   * @param receivedNanos when it was read off the socket, nanoseconds since 1970 UTC
   * @param buffer holds the payload, valid for the call only
   * @param offset where the payload starts
   * @param length octets of payload, 0 to 65,527
   */
  void handle(InetSocketAddress from, long receivedNanos, byte[] buffer, int offset, int length);

  /**
   * Asked before each datagram is handled: why it is not to be, null when it is.
   *
   * @param from sender
   */
  default @Nullable Drop refuses(InetSocketAddress from) {
    return null;
  }

  /** The datagrams from here on came to this port. */
  default void receivedOn(int localPort) {}

  /**
   * A datagram was received that this handler was not given, or that it failed at. Called by any
   * thread, while others handle datagrams; must not wait.
   */
  default void dropped(
      Drop reason, InetSocketAddress from, byte[] buffer, int offset, int length) {}

  /** A batch is over: pass on what was gathered, the next datagram may be long in coming. */
  void flush();
}
