package io.penstock.receive;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One socket as an operator sees it.
 *
 * @param listener name of its listener
 * @param address where it is bound
 * @param port the port, chosen by the system if 0 was asked for
 * @param bufferRequested octets of receive buffer asked of the kernel
 * @param bufferGranted octets that it granted
 * @param datagrams received so far
 * @param bytes payload octets received so far
 * @param kernelDrops datagrams that the kernel threw away because the buffer was full; empty where
 *     the system does not tell
 * @param lastReceived when the last datagram came; empty before the first
 */
public record SocketStatus(
    String listener,
    String address,
    int port,
    int bufferRequested,
    int bufferGranted,
    long datagrams,
    long bytes,
    OptionalLong kernelDrops,
    Optional<Instant> lastReceived) {}
