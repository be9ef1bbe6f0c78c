package io.penstock.demo;

import org.jspecify.annotations.Nullable;

/**
 * One conversation of two machines, as a device saw it.
 *
 * @param startMillis when it began, milliseconds since 1970 UTC
 * @param durationMillis how long it took
 * @param tcpFlags of both directions together; 0 when it is not TCP
 * @param scene what is wrong with it; null when nothing is
 */
record Conversation(
    long startMillis,
    int durationMillis,
    End client,
    End server,
    int protocol,
    int tcpFlags,
    Device seenBy,
    @Nullable Scene scene) {

  static final int TCP = 6;
  static final int UDP = 17;
  static final int SYN = 0x02;

  /** SYN, ACK, PSH and FIN: it was opened, used and closed. */
  static final int WHOLE = 0x1b;

  /**
   * One end.
   *
   * @param ip IPv4 address
   * @param bytes octets that it sent
   * @param packets packets that it sent
   */
  record End(int ip, int port, long bytes, long packets) {}

  Conversation startingAt(long millis) {
    return new Conversation(
        millis, durationMillis, client, server, protocol, tcpFlags, seenBy, scene);
  }

  long endMillis() {
    return startMillis + durationMillis;
  }
}
