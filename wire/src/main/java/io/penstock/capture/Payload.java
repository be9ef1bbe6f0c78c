package io.penstock.capture;

import io.penstock.wire.Octets;
import io.penstock.wire.Transport;
import java.net.InetSocketAddress;

/**
 * What one datagram carried, or one message of a stream. Owns its octets.
 *
 * @param transport what carried it
 * @param source who sent it; {@link Capture#NOBODY} when the file does not say
 * @param destination who it was sent to; {@link Capture#NOBODY} when the file does not say
 * @param timeNanos when it was captured, nanoseconds since 1970 UTC; {@link Capture#NO_TIME} when
 *     the file does not say
 * @param bytes the array that holds it
 * @param offset its first octet in {@code bytes}
 * @param length its octets
 * @param truncated whether the capture holds less than was sent
 */
public record Payload(
    Transport transport,
    InetSocketAddress source,
    InetSocketAddress destination,
    long timeNanos,
    byte[] bytes,
    int offset,
    int length,
    boolean truncated) {

  /**
   * When the exporter says it sent this, seconds since 1970 UTC; -1 when it is no message of
   * NetFlow or IPFIX.
   */
  public long exportSeconds() {
    int version = length < 12 ? -1 : Octets.u16(bytes, offset);
    return switch (version) {
      case 10 -> Octets.u32(bytes, offset + 4);
      case 1, 5, 7, 8, 9 -> Octets.u32(bytes, offset + 8);
      default -> -1;
    };
  }
}
