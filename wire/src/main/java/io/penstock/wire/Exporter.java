package io.penstock.wire;

import java.net.InetSocketAddress;

/**
 * Who sent a datagram: one transport session (RFC 7011 §8) as far as UDP has any.
 *
 * @param address the sender's address and port, resolved
 * @param transport what carried the message
 */
public record Exporter(InetSocketAddress address, Transport transport) {

  public Exporter {
    if (address.isUnresolved()) {
      throw new IllegalArgumentException("exporter address is not resolved: " + address);
    }
  }

  /** An exporter that sends datagrams. */
  public Exporter(InetSocketAddress address) {
    this(address, Transport.UDP);
  }
}
