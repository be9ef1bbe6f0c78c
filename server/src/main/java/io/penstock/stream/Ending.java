package io.penstock.stream;

import org.slf4j.event.Level;

/** Why a connection ended. */
enum Ending {
  /** The exporter closed it. */
  CLOSED,
  /** It broke: reset, or cut off inside TLS. */
  BROKEN,
  /** What came is no IPFIX message; nothing behind it can be found. */
  CORRUPT,
  /** NetFlow came, which is not defined over TCP. */
  NETFLOW,
  /** TLS came to a port without it. */
  TLS_ON_PLAIN_PORT,
  /** No TLS session came about: no common version, or a certificate that is missing or not ours. */
  HANDSHAKE_FAILED,
  /** The TLS handshake took too long. */
  HANDSHAKE_TIMEOUT,
  /** A message was begun and not ended in time. */
  MESSAGE_TIMEOUT,
  /** Nothing came for too long. */
  IDLE,
  /** It held the message that was incomplete for longest when all of them took too much memory. */
  MEMORY,
  /** It had sent no message yet when another exporter needed its place. */
  DISPLACED,
  /** The exporter has connected again from the same port. */
  REPLACED,
  /** The server stopped. */
  STOPPED,
  /** A bug of ours. */
  FAILED;

  /**
   * How much an operator cares: not when the exporter just goes, and little when its connection is
   * reset, which RFC 7011 §11.6 wants logged nevertheless.
   */
  Level level() {
    return switch (this) {
      case CLOSED, IDLE, REPLACED, STOPPED -> Level.DEBUG;
      case BROKEN -> Level.INFO;
      default -> Level.WARN;
    };
  }

  /** The constant message of its log line. */
  String message() {
    return switch (this) {
      case TLS_ON_PLAIN_PORT ->
          "connection closed, it speaks TLS to a port without it: use the TLS port";
      case NETFLOW -> "connection closed, it carries NetFlow, which is defined over UDP only";
      default -> "connection closed";
    };
  }
}
