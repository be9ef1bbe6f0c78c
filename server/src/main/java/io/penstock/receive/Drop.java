package io.penstock.receive;

/** Why a received datagram was not handed on. */
public enum Drop {
  /** Its worker had no room for longer than the socket's patience. */
  QUEUE_FULL,
  /** The handler threw. */
  HANDLER_ERROR,
  /** The server stopped before its turn came. */
  STOPPED,
  /** Its sender may not send at all. */
  DISABLED,
  /** Its sender is nobody we listen to. */
  IP_NOT_ALLOWED,
  /** Whether its sender may send could not be decided: a bug of ours. */
  ADMISSION_ERROR
}
