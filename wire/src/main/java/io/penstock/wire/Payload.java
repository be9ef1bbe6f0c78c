package io.penstock.wire;

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
    boolean truncated) {}
