package io.penstock.stream;

import io.penstock.wire.Exporter;
import io.penstock.wire.Rejection;

/**
 * What becomes of the messages of connections. One instance per worker, called by that worker's
 * thread alone.
 */
public interface StreamHandler {

  /**
   * Handles one message of a connection.
   *
   * @param receivedNanos when its last octet was read, nanoseconds since 1970 UTC
   * @param buffer holds the message, valid for the call only
   */
  void message(Exporter exporter, long receivedNanos, byte[] buffer, int offset, int length);

  /** Octets that could not be cut into messages. */
  void rejected(Exporter exporter, Rejection reason, int octets);

  /** The connection is over, and with it its templates (RFC 7011 §8). */
  void closed(Exporter exporter);

  /** Nothing more is at hand: pass on what was gathered. */
  void flush();
}
