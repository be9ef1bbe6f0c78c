package io.penstock.forward;

/** Why a datagram that a destination wants was not sent to it. */
enum Drop {
  /** The destination's thread does not keep up. */
  QUEUE_FULL,
  /** The destination's name has no address. */
  UNRESOLVED,
  /** The sender's address is to be kept, and the destination has none of its family. */
  FAMILY,
  /** It does not fit: an IPv6 payload may be 20 octets longer than an IPv4 one. */
  TOO_LARGE,
  /** The system refused to send it. */
  FAILED,
  /** The server stopped before its turn came. */
  STOPPED
}
