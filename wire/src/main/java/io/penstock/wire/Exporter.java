package io.penstock.wire;

import java.net.InetSocketAddress;

/**
 * Who sent a datagram: one transport session (RFC 7011 §8) as far as UDP has any.
 *
 * @param address the sender's address and port
 */
public record Exporter(InetSocketAddress address) {}
