package io.penstock.wire;

/** How messages reach us, as far as template management depends on it (RFC 7011 §8.4). */
public enum Transport {
  /** Datagrams: templates expire, a new definition overrides, withdrawals are ignored. */
  UDP,
  /**
   * A TCP or TLS connection or a file (RFC 5655): templates live as long as the session, and
   * withdrawals count.
   */
  STREAM
}
