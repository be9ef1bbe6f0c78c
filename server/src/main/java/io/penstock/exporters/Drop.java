package io.penstock.exporters;

/** Why a datagram that was received was not decoded. */
public enum Drop {
  /** It had come before, and duplicates are not wanted. */
  DUPLICATE,
  /** Its decoder was behind for longer than a socket waits. */
  QUEUE_FULL,
  /** A bug of ours. */
  HANDLER_ERROR,
  /** The server stopped before its turn came. */
  STOPPED,
  /** Its exporter may not send. */
  REFUSED
}
