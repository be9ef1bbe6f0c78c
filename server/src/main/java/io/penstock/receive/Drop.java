package io.penstock.receive;

/** Why a received datagram was not handed on. */
public enum Drop {
  /** Its worker had no room for longer than the socket's patience. */
  QUEUE_FULL,
  /** The handler threw. */
  HANDLER_ERROR,
  /** The server stopped before its turn came. */
  STOPPED
}
